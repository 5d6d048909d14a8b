"""The branch over HTTP: decodes, calls a use case or a query, encodes. Rules live in the domain, rows in the store."""
