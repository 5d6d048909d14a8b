"""The branch's ledger in one SQLite file. SQL lives here and nowhere else in `gateway`.

`ledger` is the front door: one writer thread with a `LedgerSession`, and readers beside it.
"""
