"""What explaining a posted count needs of the file: its lines, and what moved before each was counted."""

import sqlite3

from gateway.domain.counting_differences import Counted, Histories
from gateway.domain.explain_history import History, SheetLine
from gateway.domain.told import said_in
from gateway.store.counts_fold import lines_counted
from gateway.store.documents import StoredDocument
from gateway.store.explain import HistoryReader


def counted_lines(stored: StoredDocument) -> list[Counted]:
    """The lines of a posted count."""
    found = []
    for index, one in enumerate(lines_counted(stored.event)):
        at_seq = said_in(stored.event.lines[index].detail, "at_seq")
        found.append(
            Counted(
                index, one.item, one.location, one.lot, one.counted, one.expected,
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
