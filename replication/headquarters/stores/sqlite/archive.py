"""What was kept of a branch's journal, read from the raw batches: hashes, entries, runs to hand out. Reads only."""

import sqlite3
from collections.abc import Iterator

from replication.headquarters.binding import UNBOUND, read_binding
from replication.headquarters.decide import Cursor
from replication.headquarters.hello import Block
from replication.headquarters.stores.sqlite.outbox import outbox_after, outbox_hash_at, outbox_head
from replication.headquarters.stores.store import BranchState, HeldRun, OutboxRow
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position
from replication.wire.envelope import read_envelope, unpack_entries


class SqliteArchive:
    """One snapshot, on a reader's connection. Implements Archive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def branch(self, branch: str) -> BranchState | None:
        """The branch as it stood when the snapshot was taken."""
        row = self._connection.execute(
            "SELECT b.epoch, b.seq, b.hash, b.durable_seq, b.block_code, b.block_detail, b.block_at, b.seen_seq, b.digest,"
            " b.digest_open, d.binding FROM branches b LEFT JOIN bindings d ON d.branch_id = b.branch_id WHERE b.branch = ?",
            (branch,),
        ).fetchone()
        if row is None:
            return None
        block = None if row[4] is None else Block(row[4], row[5], row[6])
        binding = UNBOUND if row[10] is None else read_binding(row[10])
        return BranchState(
            Cursor(row[0], row[1], bytes(row[2])),
            row[3],
            block,
            binding,
            row[7],
            int.from_bytes(row[8], "big"),
            bool(row[9]),
        )

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at an applied seq."""
        row = self._connection.execute("SELECT branch_id, seq FROM branches WHERE branch = ?", (branch,)).fetchone()
        return None if row is None or seq > row[1] else hash_at(self._connection, row[0], seq)

    def held_after(self, branch: str, seq: int) -> HeldRun | None:
        """The run that holds the entry after a seq."""
        branch_id = self._id(branch)
        return None if branch_id is None else held_after(self._connection, branch_id, seq)

    def outbox_head(self, branch: str) -> Position:
        """The newest entry of a branch's outbox."""
        return outbox_head(self._connection, branch)

    def outbox_hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at a seq of a branch's outbox."""
        return outbox_hash_at(self._connection, branch, seq)

    def outbox_after(self, branch: str, seq: int, *, entries_max: int, bytes_max: int) -> list[OutboxRow]:
        """Entries of an outbox after a seq."""
        return outbox_after(self._connection, branch, seq, entries_max=entries_max, bytes_max=bytes_max)

    def _id(self, branch: str) -> int | None:
        row = self._connection.execute("SELECT branch_id FROM branches WHERE branch = ?", (branch,)).fetchone()
        return None if row is None else int(row[0])


def hash_at(connection: sqlite3.Connection, branch_id: int, seq: int) -> bytes:
    """The chain hash at a seq up to the cursor, recomputed inside the batch that brought it. Between two epochs numbers
    are left out, and name the entry before them."""
    if seq == 0:
        return GENESIS_HASH
    found = connection.execute(
        "SELECT first_seq, last_seq, hash, raw FROM batches WHERE branch_id = ? AND first_seq <= ?"
        " ORDER BY first_seq DESC LIMIT 1",
        (branch_id, seq),
    ).fetchone()
    if found is None:
        return GENESIS_HASH
    if found[1] <= seq:
        return bytes(found[2])
    running = hash_before(connection, branch_id, found[0])
    for entry in entries_between(found[3], found[0], seq):
        running = entry.hash_after(running)
    return running


def hash_before(connection: sqlite3.Connection, branch_id: int, first_seq: int) -> bytes:
    """The chain hash that a held run builds on, over a jump of epochs too."""
    before = connection.execute(
        "SELECT hash FROM batches WHERE branch_id = ? AND first_seq < ? ORDER BY first_seq DESC LIMIT 1",
        (branch_id, first_seq),
    ).fetchone()
    return GENESIS_HASH if before is None else bytes(before[0])


def held_head(connection: sqlite3.Connection, branch_id: int) -> int:
    """The last seq of which an entry is held."""
    (head,) = connection.execute("SELECT MAX(last_seq) FROM batches WHERE branch_id = ?", (branch_id,)).fetchone()
    return int(head or 0)


def held_after(connection: sqlite3.Connection, branch_id: int, seq: int) -> HeldRun | None:
    """The run that holds the entry after a seq; None where nothing follows it."""
    # Runs do not overlap: the one after is either the last that begins at or before the next seq, or the next to begin.
    row = connection.execute(
        "SELECT first_seq, last_seq, hash, raw FROM batches WHERE branch_id = ? AND first_seq <= ?"
        " ORDER BY first_seq DESC LIMIT 1",
        (branch_id, seq + 1),
    ).fetchone()
    if row is None or row[1] <= seq:
        row = connection.execute(
            "SELECT first_seq, last_seq, hash, raw FROM batches WHERE branch_id = ? AND first_seq > ?"
            " ORDER BY first_seq LIMIT 1",
            (branch_id, seq),
        ).fetchone()
    if row is None:
        return None
    return HeldRun(
        row[0], row[1], hash_before(connection, branch_id, row[0]), bytes(row[2]), bytes(row[3]),
        held_head(connection, branch_id),
    )  # fmt: skip


def entries_between(raw: bytes, first_seq: int, last_seq: int) -> Iterator[Entry]:
    """The entries of a kept batch within bounds: it may repeat what was applied before, or go beyond what was."""
    return (entry for entry in unpack_entries(read_envelope(raw)) if first_seq <= entry.seq <= last_seq)
