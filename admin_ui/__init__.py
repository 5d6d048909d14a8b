"""The pages people see, and the web kit both kinds of site serve them with. Knows no stock and no device."""
