"""Verify the outboxes: every branch's is gapless from one, and each hash is that of the entries up to it. Reads only."""

import sqlite3
from collections.abc import Iterator

from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry


def outbox_differences(connection: sqlite3.Connection) -> Iterator[str]:
    """A sentence for each difference; at most one per outbox, since everything after it would differ as well."""
    of, expected, running, is_told = "", 1, GENESIS_HASH, False
    for branch, seq, incarnation, event_id, kind, payload, stored in connection.execute(
        "SELECT branch, seq, incarnation, event_id, kind, payload, hash FROM outbox ORDER BY branch, seq"
    ):
        if branch != of:
            of, expected, running, is_told = branch, 1, GENESIS_HASH, False
        running = Entry(incarnation, seq, bytes(event_id), kind, bytes(payload)).hash_after(running)
        if not is_told and (seq != expected or running != stored):
            is_told = True
            what = "is missing" if seq != expected else "is not what was chained"
            yield f"{branch}: entry {expected} of the outbox {what}"
        expected = seq + 1
