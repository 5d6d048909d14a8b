"""What a ledger holds, in a handful of figures: for whoever takes a branch over and wants to see that it came."""

import sqlite3

import msgspec


class Standing(msgspec.Struct, frozen=True):
    """Entries of the journal, documents and items among them, where it ends, and how many entries wait in staging."""

    entries: int
    documents: int
    items: int
    staged: int
    head_seq: int
    epoch: int


def standing(connection: sqlite3.Connection) -> Standing:
    """How a ledger stands now."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM documents), (SELECT count(*) FROM items),"
        " (SELECT count(*) FROM staged), (SELECT coalesce(max(seq), 0) FROM journal), epoch FROM replication"
    ).fetchone()
    return Standing(*row)
