"""Epochs that began at this branch, and where entries stood before one moved them."""

import sqlite3

import msgspec

from replication.wire.outbox import Readmit


class EpochRow(msgspec.Struct, frozen=True):
    """An epoch that began here: entries after `ancestor_seq` were set aside, those up to `held_seq` came from headquarters,
    and the rest of what was set aside follows the entry `base_seq`. `begun_at` is UTC milliseconds."""

    epoch: int
    base_seq: int
    ancestor_seq: int
    held_seq: int
    reason: str
    begun_at: int
    set_aside: int
    readmitted: int


def list_epochs(connection: sqlite3.Connection, *, after: int, limit: int) -> list[EpochRow]:
    """Epochs that began here, oldest first; none in a journal that never left its first."""
    rows = connection.execute(
        "SELECT epoch, base_seq, ancestor_seq, held_seq, reason, begun_at, set_aside, readmitted FROM epochs"
        " WHERE epoch > ? ORDER BY epoch LIMIT ?",
        (after, limit),
    )
    return [EpochRow(*row) for row in rows]


def first_place(connection: sqlite3.Connection, event_id: bytes) -> int | None:
    """The seq an entry was first given, where it was moved since."""
    (seq,) = connection.execute("SELECT min(seq) FROM forked WHERE event_id = ?", (event_id,)).fetchone()
    return None if seq is None else int(seq)


def note_first_place(connection: sqlite3.Connection, readmit: Readmit, became: int) -> None:
    """Keep where an entry stood that another device wrote; it is `became` here."""
    connection.execute(
        "INSERT OR IGNORE INTO forked VALUES (0, ?, ?, ?, ?, ?, x'', NULL, ?)",
        (readmit.from_epoch, readmit.from_seq, readmit.event_id, readmit.kind, readmit.payload, became),
    )
