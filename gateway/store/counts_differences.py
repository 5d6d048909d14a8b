"""What explaining a posted count needs of the file: its lines, and what moved before each was counted."""

import sqlite3

from gateway.domain.counting_differences import Counted, Histories
from gateway.domain.explain_history import History, SheetLine
from gateway.domain.told import said_in
from gateway.store.documents import StoredDocument
from gateway.store.explain import HistoryReader
from replication.wire.location import SHOP
from replication.wire.quantity import THOUSANDTHS


def counted_lines(stored: StoredDocument) -> list[Counted]:
    """The lines of a posted count."""
    found = []
    for index, line in enumerate(stored.event.lines):
        detail = line.detail
        factor = None if detail is None else detail.factor
        base = int(line.quantity) if factor is None else line.quantity * factor // THOUSANDTHS
        location = SHOP if detail is None or detail.location is None else detail.location
        at_seq = said_in(detail, "at_seq")
        found.append(
            Counted(
                index, line.item, location, said_in(detail, "lot") or "", base, int(said_in(detail, "expected") or 0),
                stored.seq - 1 if at_seq is None else at_seq, stored.event.posted_at,
            )
        )  # fmt: skip
    return found


def histories(connection: sqlite3.Connection, sheet: list[Counted], now: int, today: str) -> Histories:
    """Looks up what moved of a line's item before it was counted."""
    reader = HistoryReader(connection, now, today)
    lines = tuple(SheetLine(one.item, one.location, one.lot, one.difference) for one in sheet if one.difference)

    def look_up(one: Counted) -> History | None:
        return reader.read(one.item, one.location, until=one.seq, sheet=lines)

    return look_up
