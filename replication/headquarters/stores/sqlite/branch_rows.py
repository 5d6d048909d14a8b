"""The branches' rows in the writer's memory: loaded once, changed by applying, written once per transaction."""

import sqlite3
from typing import Any, Final

import msgspec

from replication.headquarters.binding import Binding, binding_bytes, read_binding
from replication.headquarters.decide import NEW_BRANCH, Cursor
from replication.headquarters.hello import Block
from replication.headquarters.stores.store import BranchState
from replication.wire.digest import digest_bytes

SEQ_MAX: Final = 2**63 - 1
"""What a column holds; a figure told from outside is cut to it."""

_COLUMNS: Final = (
    "name, name_zh, currency, epoch, seq, hash, durable_seq, head_seq, applied_at, contact_at, block_code,"
    " block_detail, block_at, seen_seq, digest, digest_open"
)
_SAVE: Final = (
    f"UPDATE branches SET ({_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE branch_id = ?"
)


class BranchMemory(msgspec.Struct):
    """A branch's row; `pending` are events that were asked back from the fork store and have not come yet."""

    branch_id: int
    name: str
    name_zh: str
    currency: str
    cursor: Cursor
    durable_seq: int
    head_seq: int
    applied_at: int | None
    contact_at: int | None
    block: Block | None
    seen_seq: int
    digest: int
    digest_open: bool
    binding: Binding
    pending: set[bytes]

    def state(self) -> BranchState:
        """What applying needs to know."""
        return BranchState(
            self.cursor, self.durable_seq, self.block, self.binding, self.seen_seq, self.digest, self.digest_open
        )


class BranchRows:
    """Rows by name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, BranchMemory] = {}
        self._changed: set[str] = set()
        self._bound: set[str] = set()

    def row(self, branch: str) -> BranchMemory:
        """A branch, made where it is new; tell `change` of it before changing it."""
        row = self._rows.get(branch)
        if row is None:
            row = self._rows[branch] = self._load(branch)
        return row

    def change(self, branch: str) -> BranchMemory:
        """A branch whose row will be written."""
        self._changed.add(branch)
        return self.row(branch)

    def spoke(self, branch: str) -> bool:
        """Whether a branch ever introduced itself or sent anything; asking makes no branch."""
        row = self._rows.get(branch)
        if row is not None:
            return row.contact_at is not None
        query = "SELECT contact_at IS NOT NULL FROM branches WHERE branch = ?"
        found = self._connection.execute(query, (branch,)).fetchone()
        return found is not None and bool(found[0])

    def bind(self, branch: str, binding: Binding) -> None:
        """Which device is the branch now."""
        row = self.row(branch)
        if binding != row.binding:
            row.binding = binding
            self._bound.add(branch)

    def flush(self) -> None:
        """Write what changed."""
        if self._changed:
            self._connection.executemany(_SAVE, [_saved(self._rows[name]) for name in sorted(self._changed)])
            self._changed.clear()
        if self._bound:
            self._connection.executemany(
                "INSERT OR REPLACE INTO bindings VALUES (?, ?)",
                [
                    (row.branch_id, binding_bytes(row.binding))
                    for row in map(self._rows.__getitem__, sorted(self._bound))
                ],
            )
            self._bound.clear()

    def discarded(self) -> None:
        """Rolled back: read everything anew."""
        self._rows.clear()
        self._changed.clear()
        self._bound.clear()

    def _load(self, branch: str) -> BranchMemory:
        query = f"SELECT branch_id, {_COLUMNS} FROM branches WHERE branch = ?"
        found = self._connection.execute(query, (branch,)).fetchone()
        if found is None:
            self._connection.execute(
                "INSERT INTO branches (branch, name, name_zh, currency, epoch, seq, hash, durable_seq, head_seq,"
                " seen_seq, digest, digest_open) VALUES (?, '', '', '', ?, ?, ?, 0, 0, 0, ?, 0)",
                (branch, NEW_BRANCH.epoch, NEW_BRANCH.seq, NEW_BRANCH.hash, digest_bytes(0)),
            )
            found = self._connection.execute(query, (branch,)).fetchone()
        (
            branch_id, name, name_zh, currency, epoch, seq, hash_, durable_seq, head_seq, applied_at,
            contact_at, block_code, block_detail, block_at, seen_seq, digest, digest_open,
        ) = found  # fmt: skip
        bound = self._connection.execute("SELECT binding FROM bindings WHERE branch_id = ?", (branch_id,)).fetchone()
        pending = self._connection.execute(
            "SELECT event_id FROM readmissions WHERE branch = ? AND seq IS NULL", (branch,)
        )
        return BranchMemory(
            branch_id, name, name_zh, currency, Cursor(epoch, seq, bytes(hash_)), durable_seq, head_seq,
            applied_at, contact_at, None if block_code is None else Block(block_code, block_detail, block_at), seen_seq,
            int.from_bytes(digest, "big"), bool(digest_open), read_binding(None if bound is None else bound[0]),
            {bytes(row[0]) for row in pending},
        )  # fmt: skip


def _saved(row: BranchMemory) -> tuple[Any, ...]:
    cursor, block = row.cursor, row.block
    stop = (block.code, block.detail, block.at) if block else (None, None, None)
    return (
        row.name, row.name_zh, row.currency, cursor.epoch, cursor.seq, cursor.hash, row.durable_seq, row.head_seq,
        row.applied_at, row.contact_at, *stop, row.seen_seq, digest_bytes(row.digest),
        int(row.digest_open), row.branch_id,
    )  # fmt: skip
