"""The branch's pages: each asks the ledger, fills its context struct and renders. Looks and words are `admin_ui`'s."""
