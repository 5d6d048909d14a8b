"""Count sheets: what was counted so far, each line with the ledger's position of its moment. Drafts, in no journal."""

import sqlite3
from typing import Final

import msgspec

SHEETS_KEPT_MILLISECONDS: Final = 30 * 24 * 3600 * 1000
"""A sheet that nobody posted for a month is about shelves that are others by now; a posted one is in the journal."""


class SheetLine(msgspec.Struct, frozen=True, array_like=True):
    """A counted line. `quantity` and `unit` as they were typed, `counted` in thousandths of the base unit; `time` is 1 for the
    first count and 2 for the second; `again`: a second count is asked for."""

    line: int
    item: str
    location: str
    lot: str
    quantity: str
    unit: str | None
    counted: int
    time: int
    person: str
    epoch: int
    at_seq: int
    at: int
    again: bool


class Sheet(msgspec.Struct, frozen=True):
    """A sheet and its lines in order."""

    id: bytes
    location: str
    person: str
    begun_at: int
    lines: tuple[SheetLine, ...]


def find_sheet(connection: sqlite3.Connection, sheet: bytes) -> Sheet | None:
    """A sheet by its id, which is that of the document it becomes."""
    row = connection.execute("SELECT location, person, begun_at FROM count_sheets WHERE id = ?", (sheet,)).fetchone()
    if row is None:
        return None
    lines = connection.execute(
        "SELECT line, item, location, lot, quantity, unit, counted, time, person, epoch, at_seq, at, again"
        " FROM count_lines WHERE sheet = ? ORDER BY line",
        (sheet,),
    )
    location, person, begun_at = row
    return Sheet(
        sheet, location, person, begun_at,
        tuple([msgspec.convert((*line[:-1], bool(line[-1])), SheetLine) for line in lines]),
    )  # fmt: skip


def list_open_sheets(connection: sqlite3.Connection, *, limit: int) -> list[Sheet]:
    """Sheets that were begun and are in no journal, newest first. Sheets are kept for a month only, so there are few."""
    rows = connection.execute(
        "SELECT id FROM count_sheets WHERE NOT EXISTS (SELECT 1 FROM journal WHERE event_id = count_sheets.id)"
        " ORDER BY begun_at DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return [sheet for (id_,) in rows if (sheet := find_sheet(connection, bytes(id_))) is not None]


def keep_line(connection: sqlite3.Connection, sheet: bytes, line: SheetLine) -> None:
    """Note a line, and begin its sheet where this is the first. Runs in the writer's transaction."""
    connection.execute(
        "INSERT OR IGNORE INTO count_sheets VALUES (?, ?, ?, ?)", (sheet, line.location, line.person, line.at)
    )
    connection.execute(
        "INSERT OR REPLACE INTO count_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            sheet, line.line, line.item, line.location, line.lot, line.quantity, line.unit, line.counted, line.time,
            line.person, line.epoch, line.at_seq, line.at, int(line.again),
        ),
    )  # fmt: skip


def drop_old_sheets(connection: sqlite3.Connection, now: int) -> int:
    """Forget sheets of long ago; how many. Runs in the writer's transaction."""
    before = now - SHEETS_KEPT_MILLISECONDS
    old = "SELECT id FROM count_sheets WHERE begun_at < ?"
    connection.execute(f"DELETE FROM count_lines WHERE sheet IN ({old})", (before,))
    return connection.execute("DELETE FROM count_sheets WHERE begun_at < ?", (before,)).rowcount
