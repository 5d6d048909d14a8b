"""The SQLite engine that a branch's ledger and headquarters' store both stand on.

One writer thread with group commit, query-only readers, start-up checks. Knows no tables: a store brings its own
session object and its own SQL.
"""
