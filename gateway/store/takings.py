"""What was sold for how much, per quarter of an hour: collected in the writer's overlay, and read back."""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.document import DocumentType
from gateway.domain.told import said_in
from replication.storage.rows import RowWriter
from replication.wire.events import DocumentPosted

SALE: Final = DocumentType.SALE.value
SALE_RETURN: Final = DocumentType.SALE_RETURN.value
SLOT_MILLISECONDS: Final = 15 * 60 * 1000
"""Takings are summed per quarter of an hour: every time zone's hours and days are whole quarters."""

_SLOTS: Final = RowWriter(
    "INSERT INTO slots", 5,
    " ON CONFLICT (slot) DO UPDATE SET sales = sales + excluded.sales,"
    " sales_total = sales_total + excluded.sales_total, returns_total = returns_total + excluded.returns_total",
)  # fmt: skip


class Takings:
    """What the documents of the open transaction add to their quarters; part of the writer's session."""

    def __init__(self) -> None:
        self._slots: dict[int, list[int]] = {}

    def count(self, seq: int, posted_at: int, type_: str, total: int, documents: int = 1) -> None:
        """A document was appended; it begins its quarter where none did. -1 document: it takes one of that type back."""
        figures = self._slots.setdefault(posted_at // SLOT_MILLISECONDS, [seq, 0, 0, 0])
        if type_ == SALE:
            figures[1] += documents
            figures[2] += total
        elif type_ == SALE_RETURN:
            figures[3] += total

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write what was counted."""
        _SLOTS.write(connection, [(slot, *figures) for slot, figures in self._slots.items()])
        self.forget()

    def forget(self) -> None:
        """Nothing was counted."""
        self._slots = {}


def counted_as(event: DocumentPosted) -> tuple[str, int]:
    """As what a document counts, and how often: a reversal takes one of its original's type back."""
    if event.type != DocumentType.REVERSAL:
        return event.type, 1
    return said_in(event.detail, "reverses") or event.type, -1


class SlotTakings(msgspec.Struct, frozen=True):
    """Sales of one quarter of an hour; `slot` counts quarters since 1970 UTC."""

    slot: int
    sales: int
    sales_total: int
    returns_total: int


def takings(connection: sqlite3.Connection, first_slot: int, last_slot: int) -> list[SlotTakings]:
    """The quarters from `first_slot` up to and including `last_slot` in which something was posted."""
    rows = connection.execute(
        "SELECT slot, sales, sales_total, returns_total FROM slots WHERE slot BETWEEN ? AND ? ORDER BY slot",
        (first_slot, last_slot),
    )
    return [SlotTakings(*row) for row in rows]


def first_seq_of_slot(connection: sqlite3.Connection, slot: int) -> int:
    """The first seq posted in or after a quarter; one past the head if there is none."""
    row = connection.execute("SELECT first_seq FROM slots WHERE slot >= ? ORDER BY slot LIMIT 1", (slot,)).fetchone()
    if row is not None:
        return int(row[0])
    (head,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    return int(head) + 1
