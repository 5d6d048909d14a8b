"""What explaining a posted count needs of the file: its lines with their items, and the movements before each was counted."""

import sqlite3
from typing import Final

from gateway.domain.counting_differences import Counted, History, Moved
from gateway.domain.told import said_in
from gateway.store.items import load_item
from gateway.store.stock import list_movements
from replication.wire.events import DocumentPosted
from replication.wire.location import SHOP
from replication.wire.quantity import THOUSANDTHS

HISTORY_MAX: Final = 200
"""Movements of an item looked at: a cause further back would have been found by the count before."""


def counted_lines(connection: sqlite3.Connection, event: DocumentPosted) -> list[Counted]:
    """The lines of a posted count."""
    found = []
    for index, line in enumerate(event.lines):
        detail, row = line.detail, load_item(connection, line.item)
        item = None if row is None else row.item
        factor = None if detail is None else detail.factor
        base = int(line.quantity) if factor is None else line.quantity * factor // THOUSANDTHS
        location = SHOP if detail is None or detail.location is None else detail.location
        found.append(
            Counted(
                index, line.item, location, said_in(detail, "lot") or "", base, int(said_in(detail, "expected") or 0),
                "" if item is None else item.name, None if item is None else item.category,
                () if item is None else tuple(int(pack.factor) for pack in item.packs),
            )
        )  # fmt: skip
    return found


def history_before(connection: sqlite3.Connection, event: DocumentPosted) -> History:
    """Looks up what moved of a line's item before it was counted."""

    def look_up(one: Counted) -> list[Moved]:
        at_seq = said_in(event.lines[one.line].detail, "at_seq")
        return [
            Moved(row.seq, row.type, row.number, row.posted_at, row.quantity, row.location)
            for row in list_movements(connection, one.item, limit=HISTORY_MAX)
            if (at_seq is None or row.seq <= at_seq) and row.type != "stock_count"
        ]

    return look_up
