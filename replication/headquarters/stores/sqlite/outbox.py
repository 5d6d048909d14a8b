"""The outboxes: per branch a gapless, chained run of entries that headquarters sends down. Touched by the writer only.

The table is the log: nothing is removed from it, so that a branch that went back in time reads again what it forgot. An
entry's epoch is the incarnation of headquarters that wrote it, and its hash chains over that too: after a restore of
headquarters no position that was told before is taken for another one.
"""

import hashlib
import sqlite3
from typing import Any, Final

from replication.headquarters.stores.store import ContentError, OutboxRow
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position
from replication.wire.envelope import BATCH_BYTES_MAX
from replication.wire.outbox import OutboxMessage, encode_outbox

EVENT_ID_BYTES: Final = 16
MESSAGE_BYTES_MAX: Final = BATCH_BYTES_MAX
"""Largest message for a branch: a larger one might not fit an answer, and the branch could never read on. A third more than
the largest entry that a branch writes, so that what is said of one fits."""


class Outboxes:
    """All outboxes within the writer's transaction; new entries are buffered and written flat."""

    def __init__(self, connection: sqlite3.Connection, incarnation: int) -> None:
        self._connection = connection
        self._incarnation = incarnation
        self._heads: dict[str, Position] = {}
        self._rows: list[tuple[Any, ...]] = []
        self.grown: dict[str, int] = {}
        """Branches whose outbox grew in this transaction, with its newest seq."""

    def post(self, branch: str, message: OutboxMessage) -> int:
        """Append a message for a branch; answers its seq. Raises ContentError where it could not be sent: then whoever
        caused it is stopped, not the branch that would have to read it."""
        kind, payload = encode_outbox(message)
        if len(payload) > MESSAGE_BYTES_MAX:
            detail = f"a message of {len(payload)} bytes for {branch}, at most {MESSAGE_BYTES_MAX}"
            raise ContentError(detail)
        before = self.head(branch)
        seq = before.seq + 1
        name = hashlib.blake2b(f"{branch}\x1f{self._incarnation}\x1f{seq}\x1f{kind}\x1f".encode(), digest_size=16)
        name.update(payload)
        entry = Entry(self._incarnation, seq, name.digest(), int(kind), payload)
        after = entry.hash_after(before.hash)
        self._rows.append((branch, seq, entry.epoch, entry.event_id, entry.kind, payload, after))
        self._heads[branch] = Position(entry.epoch, seq, after)
        self.grown[branch] = seq
        return seq

    def head(self, branch: str) -> Position:
        """The newest entry of a branch's outbox; seq 0 where there is none."""
        head = self._heads.get(branch)
        if head is None:
            head = self._heads[branch] = outbox_head(self._connection, branch)
        return head

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at a seq of a branch's outbox; None where there is no such entry."""
        if seq == 0:
            return GENESIS_HASH
        self._write()
        return outbox_hash_at(self._connection, branch, seq)

    def after(self, branch: str, seq: int, *, entries_max: int, bytes_max: int) -> list[OutboxRow]:
        """Entries after a seq, oldest first."""
        self._write()
        return outbox_after(self._connection, branch, seq, entries_max=entries_max, bytes_max=bytes_max)

    def flush(self) -> None:
        """Write what is buffered."""
        self._write()

    def discarded(self) -> None:
        """Rolled back."""
        self._rows.clear()
        self._heads.clear()
        self.grown = {}

    def _write(self) -> None:
        if self._rows:
            self._connection.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)", self._rows)
            self._rows.clear()


def outbox_head(connection: sqlite3.Connection, branch: str) -> Position:
    """The newest entry of a branch's outbox, from the rows."""
    found = connection.execute(
        "SELECT incarnation, seq, hash FROM outbox WHERE branch = ? ORDER BY seq DESC LIMIT 1", (branch,)
    ).fetchone()
    return Position(0, 0, GENESIS_HASH) if found is None else Position(found[0], found[1], bytes(found[2]))


def outbox_hash_at(connection: sqlite3.Connection, branch: str, seq: int) -> bytes | None:
    """The chain hash at a seq of a branch's outbox, from the rows."""
    if seq == 0:
        return GENESIS_HASH
    found = connection.execute("SELECT hash FROM outbox WHERE branch = ? AND seq = ?", (branch, seq)).fetchone()
    return None if found is None else bytes(found[0])


def outbox_after(
    connection: sqlite3.Connection, branch: str, seq: int, *, entries_max: int, bytes_max: int
) -> list[OutboxRow]:
    """Entries of one incarnation after a seq, oldest first: at least one where there is one, then as fits the bounds."""
    run: list[OutboxRow] = []
    size = 0
    for row in connection.execute(
        "SELECT incarnation, seq, event_id, kind, payload, hash FROM outbox WHERE branch = ? AND seq > ? ORDER BY seq"
        " LIMIT ?",
        (branch, seq, entries_max),
    ):
        entry = Entry(row[0], row[1], bytes(row[2]), row[3], bytes(row[4]))
        size += len(entry.payload) + EVENT_ID_BYTES
        if run and (size > bytes_max or entry.epoch != run[0].entry.epoch):
            break
        run.append(OutboxRow(entry, bytes(row[5])))
    return run
