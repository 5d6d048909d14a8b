"""Imports on their way: what was judged good is staged, and taken from there step by step until all of it is done.

An import begins to count in one transaction, `begin`. From then on a crash only delays it: its rows are on disk, and `done` moves
in the transaction that takes them.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from gateway.domain.import_changes import Change, RowFault
from gateway.domain.import_columns import ImportKind
from replication.wire.item import Item
from replication.wire.item_entry import codes_of

KEPT_MAX: Final = 500
"""Imports remembered: those are the ids whose repetition does nothing."""
STAGE_ROWS: Final = 200
"""Rows staged in one transaction: a millisecond or two of the writer."""

IMPORT_TABLES: Final = """
CREATE TABLE imports (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, content BLOB NOT NULL, state TEXT NOT NULL,
    person TEXT NOT NULL, role TEXT NOT NULL, at INTEGER NOT NULL, rows INTEGER NOT NULL, changes INTEGER NOT NULL,
    done INTEGER NOT NULL, changed INTEGER NOT NULL, faults BLOB NOT NULL) STRICT;
CREATE INDEX imports_unfinished ON imports (number) WHERE state != 'done';
CREATE TABLE import_rows (
    number INTEGER NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (number, place)) STRICT, WITHOUT ROWID
"""
_SELECT: Final = (
    "SELECT number, id, kind, content, state, person, role, at, rows, changes, done, changed, faults FROM imports"
)

_encoder = msgspec.msgpack.Encoder()
_change_decoder = msgspec.msgpack.Decoder(Change)
_faults_decoder = msgspec.msgpack.Decoder(tuple[RowFault, ...])


class ImportRow(msgspec.Struct, frozen=True):
    """An import. `state` is `staging`, `applying` or `done`; `done` of its `changes` were gone through, `changed` of them changed
    something. `faults` are rows that somebody's own change overtook between the judging and the doing."""

    number: int
    id: bytes
    kind: ImportKind
    content: bytes
    state: str
    person: str
    role: str
    at: int
    rows: int
    changes: int
    done: int
    changed: int
    faults: tuple[RowFault, ...]


def find_import(connection: sqlite3.Connection, import_id: bytes) -> ImportRow | None:
    """The import of an id."""
    return _row(connection.execute(f"{_SELECT} WHERE id = ?", (import_id,)).fetchone())


def next_applying(connection: sqlite3.Connection) -> ImportRow | None:
    """The oldest that is begun and not done."""
    return _row(
        connection.execute(f"{_SELECT} WHERE state != 'done' AND state = 'applying' ORDER BY number LIMIT 1").fetchone()
    )


def add_import(connection: sqlite3.Connection, row: ImportRow) -> int:
    """Note an import that is being staged, in place of an unfinished staging of that id; answers its number. Those too old to be
    asked for are forgotten."""
    old = find_import(connection, row.id)
    if old is not None:
        assert old.state == "staging", "what counts is never staged again"
        connection.execute("DELETE FROM import_rows WHERE number = ?", (old.number,))
        connection.execute("DELETE FROM imports WHERE number = ?", (old.number,))
    (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM imports").fetchone()
    connection.execute(
        "INSERT INTO imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, row.id, row.kind.value, row.content, row.state, row.person, row.role, row.at, row.rows, row.changes, 0, 0,
            _encoder.encode(()),
        ),
    )  # fmt: skip
    connection.execute("DELETE FROM imports WHERE state = 'done' AND number <= ?", (number - KEPT_MAX,))
    return int(number)


def stage_changes(connection: sqlite3.Connection, number: int, first: int, changes: Sequence[Change]) -> None:
    """Keep some of what an import asks."""
    connection.executemany(
        "INSERT INTO import_rows VALUES (?, ?, ?)",
        [(number, first + at, _encoder.encode(change)) for at, change in enumerate(changes)],
    )


def begin(connection: sqlite3.Connection, number: int) -> None:
    """From here on the import counts."""
    connection.execute("UPDATE imports SET state = 'applying' WHERE number = ?", (number,))


def drop_stagings(connection: sqlite3.Connection) -> None:
    """Forget what never began to count: the gateway stopped while it was staged."""
    for (number,) in connection.execute(
        "SELECT number FROM imports WHERE state != 'done' AND state = 'staging'"
    ).fetchall():
        connection.execute("DELETE FROM import_rows WHERE number = ?", (number,))
        connection.execute("DELETE FROM imports WHERE number = ?", (number,))


def staged_after(connection: sqlite3.Connection, number: int, done: int, limit: int) -> list[Change]:
    """What comes next."""
    rows = connection.execute(
        "SELECT body FROM import_rows WHERE number = ? AND place >= ? ORDER BY place LIMIT ?", (number, done, limit)
    )
    return [_change_decoder.decode(body) for (body,) in rows]


def note_done(
    connection: sqlite3.Connection, row: ImportRow, gone: int, changed: int, faults: Sequence[RowFault]
) -> None:
    """So many more were gone through, in the transaction that did. What is done leaves the staging."""
    connection.execute(
        "DELETE FROM import_rows WHERE number = ? AND place >= ? AND place < ?", (row.number, row.done, row.done + gone)
    )
    connection.execute(
        "UPDATE imports SET done = ?, changed = ?, faults = ?, state = ? WHERE number = ?",
        (
            row.done + gone, row.changed + changed, _encoder.encode((*row.faults, *faults)),
            "done" if row.done + gone >= row.changes else "applying", row.number,
        ),
    )  # fmt: skip


def code_taken(connection: sqlite3.Connection, item: Item) -> Fault | None:
    """Whether another item has one of its barcodes."""
    for code in codes_of(item):
        row = connection.execute(
            "SELECT sku FROM barcodes JOIN items USING (item_id) WHERE barcode = ? AND sku != ?", (code, item.sku)
        ).fetchone()
        if row is not None:
            return Fault("barcodes", "barcode_taken", {"barcode": code, "item": row[0]})
    return None


def _row(row: tuple[object, ...] | None) -> ImportRow | None:
    if row is None:
        return None
    values = dict(zip(ImportRow.__struct_fields__, row, strict=True))
    values["kind"] = ImportKind(str(values["kind"]))
    faults = values["faults"]
    assert isinstance(faults, bytes)
    values["faults"] = _faults_decoder.decode(faults)
    return ImportRow(**values)  # type: ignore[arg-type]  # STRICT columns in the struct's own order
