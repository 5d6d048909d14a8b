"""The start-up check of the journal's end: the newest entries must still chain, or nothing more is appended to them."""

import sqlite3
from typing import Final

from gateway.store.pruned import is_pruned
from gateway.store.staging import follows
from replication.storage.checks import Check, CheckState
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry

TAIL_ENTRIES: Final = 1000
"""A power cut can only hurt what was written last; a thousand entries are re-hashed in a few milliseconds."""

_ROW_TYPES: Final = (int, int, bytes, int, bytes, bytes)
"""Of seq, epoch, event_id, kind, payload, hash."""


def check_tail(connection: sqlite3.Connection) -> Check:
    """Re-compute the chain over the newest entries and look for gaps."""
    rows = connection.execute(
        "SELECT seq, epoch, event_id, kind, payload, hash FROM journal ORDER BY seq DESC LIMIT ?", (TAIL_ENTRIES + 1,)
    ).fetchall()
    rows.reverse()
    if not rows:
        return Check("journal_tail", CheckState.GOOD, "#0")
    torn = next((index for index, row in enumerate(rows) if not _is_whole(row)), None)
    if torn is not None:
        return _bad(f"the entry after #{rows[torn - 1][0] if torn else 0} is torn")
    if rows[0][0] == 1:
        epoch_before, seq, previous = rows[0][1], 0, GENESIS_HASH
    else:
        seq, epoch_before, previous = rows[0][0], rows[0][1], rows[0][5]
        rows = rows[1:]
    for found_seq, epoch, event_id, kind, payload, stored in rows:
        entry = Entry(epoch, found_seq, event_id, kind, payload)
        if not follows(epoch_before, seq, entry) or not (
            is_pruned(kind, payload) or entry.hash_after(previous) == stored
        ):
            return _bad(f"entry {found_seq} does not follow entry {seq}")
        epoch_before, seq, previous = epoch, found_seq, stored
    return Check("journal_tail", CheckState.GOOD, f"#{seq}")


def _is_whole(row: tuple[object, ...]) -> bool:
    """Whether a row has the types of its columns. SQLite answers NULL for what a torn page no longer holds."""
    return tuple(map(type, row)) == _ROW_TYPES


def _bad(found: str) -> Check:
    return Check(
        "journal_tail", CheckState.BAD, found,
        "Stop selling on this device, keep its card, and rejoin from headquarters or restore the last backup.",
        "请停止在此设备上销售并保留存储卡，然后从总部重新加入或恢复最近的备份。",
    )  # fmt: skip
