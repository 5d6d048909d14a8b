"""What could not be applied, and what a person decided about it: the rows of quarantine and skips. Writer only."""

import hashlib
import sqlite3
from typing import Final

from replication.headquarters.second_history import DAMAGED_FORK
from replication.headquarters.stores.store import Quarantined, Skip
from replication.link import StreamPlace
from replication.wire.digest import digest_bytes

BAD_SUBJECT: Final = "bad_subject"
BAD_SUBJECTS_MAX: Final = 1_000
"""What comes under names that no branch can have stops nobody, so that nobody would ever end it: the first tell enough."""

DAMAGED_FORKS_MAX: Final = 64
"""Per branch, 15 MB at most: they stop nobody either, and a device with a failing card sends them without end. It holds what
it sent, so nothing is lost with those that are not kept."""


def insert_quarantined(connection: sqlite3.Connection, quarantined: Quarantined) -> None:
    """Keep bytes; the same bytes again are counted. What was taken for another device's at first and stops the branch now
    is the newest of what stopped it."""
    if quarantined.code == BAD_SUBJECT:
        (kept,) = connection.execute(f"SELECT COUNT(*) FROM quarantine WHERE code = '{BAD_SUBJECT}'").fetchone()
        if kept >= BAD_SUBJECTS_MAX:
            return
    if quarantined.code == DAMAGED_FORK:
        query = f"SELECT COUNT(*) FROM quarantine WHERE branch = ? AND code = '{DAMAGED_FORK}'"
        (kept,) = connection.execute(query, (quarantined.branch,)).fetchone()
        if kept >= DAMAGED_FORKS_MAX:
            return
    place, fingerprint, times = quarantined.place, hashlib.sha256(quarantined.raw).digest(), 1
    if quarantined.code != DAMAGED_FORK:
        for (before,) in connection.execute(
            "DELETE FROM quarantine WHERE branch = ? AND fingerprint = ? AND code = ? RETURNING times",
            (quarantined.branch, fingerprint, DAMAGED_FORK),
        ).fetchall():
            times += before
    connection.execute(
        "INSERT INTO quarantine (branch, fingerprint, code, detail, raw, stream_created, stream_seq, received_at, times)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (branch, fingerprint) DO UPDATE SET times = times + 1",
        (
            quarantined.branch, fingerprint, quarantined.code, quarantined.detail[:2000],
            quarantined.raw, place.created if place else None, place.sequence if place else None,
            quarantined.received_at, times,
        ),
    )  # fmt: skip


def list_quarantined(connection: sqlite3.Connection, branch: str, limit: int) -> list[Quarantined]:
    """What could not be applied of a branch, newest first; what is another device's stopped nothing."""
    rows = connection.execute(
        "SELECT code, detail, raw, stream_created, stream_seq, received_at FROM quarantine WHERE branch = ? AND code != ?"
        " ORDER BY quarantine DESC LIMIT ?",
        (branch, DAMAGED_FORK, limit),
    )
    return [
        Quarantined(
            branch, row[0], row[1], bytes(row[2]), None if row[3] is None else StreamPlace(row[3], row[4]), row[5]
        )
        for row in rows
    ]


def insert_skip(connection: sqlite3.Connection, branch_id: int, skip: Skip) -> None:
    """Record a decision; how far the digests part by it, the branch's next one tells."""
    connection.execute(
        "INSERT INTO skips (branch_id, first_seq, last_seq, hash, code, person, reason, at, signature, with_effects)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            branch_id, skip.first_seq, skip.last_seq, skip.hash, skip.code, skip.person, skip.reason, skip.at,
            skip.signature, int(skip.with_effects),
        ),
    )  # fmt: skip


def settle_skips(connection: sqlite3.Connection, branch_id: int, correction: int, seq: int) -> None:
    """The branch told its digest at `seq`: the newest open skip carries the difference, those before it none."""
    connection.execute(
        "UPDATE skips SET corrected_at_seq = ?, correction = CASE WHEN skip = (SELECT MAX(skip) FROM skips WHERE"
        " branch_id = ?) THEN ? ELSE ? END WHERE branch_id = ? AND corrected_at_seq IS NULL",
        (seq, branch_id, digest_bytes(correction), digest_bytes(0), branch_id),
    )


def holds_event(connection: sqlite3.Connection, event_id: bytes, branch_id: int) -> bool:
    """Whether an event of a branch stands in its history."""
    return (
        connection.execute(
            "SELECT 1 FROM events WHERE event_id = ? AND branch_id = ?", (event_id, branch_id)
        ).fetchone()
        is not None
    )
