"""The branch process: its ledger, its use cases, its pages, and the `kontor` command."""
