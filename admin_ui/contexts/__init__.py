"""What each page needs, as frozen structs of plain values; one file per page. Knows no ledger and no HTTP."""
