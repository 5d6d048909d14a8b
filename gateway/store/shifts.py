"""The shift book's rows, beside the journal and recomputable from it. What is open stands in the writer's memory: a sale asks
no table, and a group of sales writes one row per station."""

import sqlite3
from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.domain.shifts import Shift, ShiftBook, is_of_drawer
from gateway.store.pruned import is_pruned
from replication.storage.rows import RowWriter
from replication.wire.events import DocumentPosted, EventKind, decode_event

SHIFT_TABLES: Final = """
CREATE TABLE shifts (
    opened_seq INTEGER PRIMARY KEY, station TEXT NOT NULL, closed_seq INTEGER, z INTEGER, body BLOB NOT NULL) STRICT;
CREATE INDEX shifts_by_station ON shifts (station, opened_seq);
CREATE INDEX shifts_by_number ON shifts (station, z);
CREATE INDEX shifts_open ON shifts (station) WHERE closed_seq IS NULL
"""

_SHIFTS: Final = RowWriter("INSERT OR REPLACE INTO shifts", 5)
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Shift)


class Shifts:
    """Shifts inside the open transaction of the writer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Start again from what the file says."""
        rows = self._connection.execute("SELECT body FROM shifts WHERE closed_seq IS NULL").fetchall()
        self._book = ShiftBook(_decoder.decode(body) for (body,) in rows)
        self._changed: dict[int, Shift] = {}
        self._moved: set[int] = set()
        """Of these the indexed columns changed: they began or ended. The others cost their row's own page alone."""

    def note(self, seq: int, event: DocumentPosted, change: int | None = None) -> None:
        """A document was appended to the journal; `change` is what it gave back, where that is known already."""
        for shift in self._book.take(seq, event, change):
            self._changed[shift.opened_seq] = shift
            if shift.opened_seq == seq or shift.closed_seq is not None:
                self._moved.add(shift.opened_seq)

    def flush(self) -> None:
        """Write what changed."""
        if self._changed:
            if self._moved:
                _SHIFTS.write(self._connection, [_row(self._changed.pop(seq)) for seq in self._moved])
                self._moved = set()
            for seq, shift in self._changed.items():
                self._connection.execute("UPDATE shifts SET body = ? WHERE opened_seq = ?", (_encode(shift), seq))
            self._changed = {}

    def open_at(self, station: str) -> Shift | None:
        """The open shift of a station."""
        return self._book.open.get(station)

    def next_z(self, station: str) -> int:
        """The number the next Z report of a station gets."""
        self.flush()
        (last,) = self._connection.execute("SELECT max(z) FROM shifts WHERE station = ?", (station,)).fetchone()
        return (last or 0) + 1

    def set_aside(self, after: int) -> None:
        """The entries after a seq, still in the journal, leave it: what they did to shifts that began before is undone."""
        run = self._connection.execute
        began = "SELECT body FROM shifts WHERE opened_seq <= ? AND (closed_seq IS NULL OR closed_seq > ?)"
        shifts = {shift.station: shift for shift in (_decoder.decode(body) for (body,) in run(began, (after, after)))}
        entries = run(
            "SELECT seq, kind, payload FROM journal WHERE seq > ? AND kind = ? ORDER BY seq",
            (after, EventKind.DOCUMENT_POSTED),
        )
        for seq, kind, payload in entries if shifts else ():
            event = None if is_pruned(kind, payload) else decode_event(kind, payload)
            if not isinstance(event, DocumentPosted) or event.station is None or not is_of_drawer(event):
                continue
            shift = shifts.get(event.station)
            if shift is not None and (shift.closed_seq is None or seq < shift.closed_seq):
                shift.figures.count(event, -1)
        for shift in shifts.values():
            shift.reopen()
        run("DELETE FROM shifts WHERE opened_seq > ?", (after,))
        _SHIFTS.write(self._connection, [_row(shift) for shift in shifts.values()])
        self.forget()


class ShiftRow(msgspec.Struct, frozen=True):
    """A shift with the id of the document that opened it."""

    id: bytes
    shift: Shift


_ROWS: Final = "SELECT event_id, body FROM shifts JOIN journal ON journal.seq = opened_seq"


def list_shifts(
    connection: sqlite3.Connection, *, before: int, limit: int, station: str | None = None
) -> list[ShiftRow]:
    """Shifts opened below a seq, newest first."""
    chosen, values = "opened_seq < ?", list[object]([before])
    if station is not None:
        chosen, values = f"station = ? AND {chosen}", [station, *values]
    rows = connection.execute(f"{_ROWS} WHERE {chosen} ORDER BY opened_seq DESC LIMIT ?", (*values, limit))
    return [ShiftRow(bytes(event_id), _decoder.decode(body)) for event_id, body in rows]


def find_shift(connection: sqlite3.Connection, document_id: bytes) -> ShiftRow | None:
    """The shift that a document opened."""
    row = connection.execute(f"{_ROWS} WHERE event_id = ?", (document_id,)).fetchone()
    return None if row is None else ShiftRow(bytes(row[0]), _decoder.decode(row[1]))


def stored_shifts(connection: sqlite3.Connection) -> dict[int, Shift]:
    """All of them, by the seq that opened them, for whoever compares them."""
    return {seq: _decoder.decode(body) for seq, body in connection.execute("SELECT opened_seq, body FROM shifts")}


def shifts_listed(connection: sqlite3.Connection, shifts: Mapping[int, Shift]) -> dict[int, tuple[object, object]]:
    """Shifts whose columns, which lists are made from, say other things than they do: both."""
    rows = connection.execute("SELECT opened_seq, station, closed_seq, z FROM shifts").fetchall()
    return {row[0]: (row, said) for row in rows if row[0] in shifts and (said := _row(shifts[row[0]])[:4]) != row}


def _row(shift: Shift) -> tuple[int, str, int | None, int | None, bytes]:
    return shift.opened_seq, shift.station, shift.closed_seq, shift.z, _encode(shift)
