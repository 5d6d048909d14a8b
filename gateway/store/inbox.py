"""How far what headquarters sent is applied: one row, moved in the transaction that applies it."""

import sqlite3

from replication.branch.inbox import AppliedUpTo
from replication.wire.messages import InboxPosition


def read_inbox(connection: sqlite3.Connection) -> AppliedUpTo:
    """Where the inbox stands."""
    incarnation, seq, hash_, at = connection.execute("SELECT incarnation, seq, hash, at FROM inbox").fetchone()
    return AppliedUpTo(InboxPosition(incarnation, seq, bytes(hash_)), at)


def move_inbox(connection: sqlite3.Connection, position: InboxPosition, at: int) -> None:
    """Everything up to there is applied. It moves back when headquarters went back in time."""
    connection.execute(
        "UPDATE inbox SET incarnation = ?, seq = ?, hash = ?, at = ?",
        (position.incarnation, position.seq, position.hash, at),
    )
