"""How an entry that lost its bytes here is known. Knows nothing of which do."""

import sqlite3
from typing import Final

from replication.wire.events import EventKind

PRUNED: Final = b""
"""The payload of a pruned entry; no event has an empty one."""


def is_pruned(kind: int, payload: bytes) -> bool:
    """Whether an entry lost its bytes here."""
    return payload == PRUNED and kind == EventKind.DOCUMENT_POSTED


def pruned_to(connection: sqlite3.Connection) -> int:
    """Every document up to here that may be pruned is; 0 in a journal that is whole."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'pruned_to'").fetchone()
    return 0 if row is None else int(row[0])
