"""Reading documents back: one by id, pages newest first, the takings of a day. All from rows that never change."""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.document import document_number
from gateway.store.pruning import is_pruned
from replication.wire.events import DocumentPosted, PayloadError, decode_event


class StoredDocument(msgspec.Struct, frozen=True):
    """A posted document with its place in the journal. A pruned one has neither lines nor tenders here: what it said line
    by line is at headquarters."""

    id: bytes
    seq: int
    hash: bytes
    event: DocumentPosted
    pruned: bool = False


class DocumentRow(msgspec.Struct, frozen=True):
    """A document in a list."""

    id: bytes
    seq: int
    type: str
    number: str
    total: int
    station: str | None
    person: str
    posted_at: int


class Takings(msgspec.Struct, frozen=True):
    """Sales of one quarter of an hour; `slot` counts quarters since 1970 UTC."""

    slot: int
    sales: int
    sales_total: int
    returns_total: int


def load_document(connection: sqlite3.Connection, document_id: bytes) -> StoredDocument | None:
    """The document of an id."""
    row = connection.execute(
        "SELECT journal.seq, hash, kind, payload FROM journal JOIN documents USING (seq) WHERE event_id = ?",
        (document_id,),
    ).fetchone()
    return None if row is None else _stored(connection, document_id, *row)


def load_document_at(connection: sqlite3.Connection, seq: int) -> StoredDocument | None:
    """The document of a seq."""
    row = connection.execute(
        "SELECT event_id, journal.seq, hash, kind, payload FROM journal JOIN documents USING (seq) WHERE journal.seq = ?",
        (seq,),
    ).fetchone()
    return None if row is None else _stored(connection, *row)


def _stored(
    connection: sqlite3.Connection, document_id: bytes, seq: int, hash_: bytes, kind: int, payload: bytes
) -> StoredDocument:
    if is_pruned(kind, payload):
        type_, count, total, station, person, at = connection.execute(
            "SELECT type, count, total, name, person, posted_at FROM documents LEFT JOIN stations USING (station_id)"
            " WHERE seq = ?",
            (seq,),
        ).fetchone()
        rest = DocumentPosted(
            type_, document_number(type_, count), at, None, person, station, total, 0, (), (), (), (), None
        )
        return StoredDocument(document_id, seq, hash_, rest, pruned=True)
    event = decode_event(kind, payload)
    if not isinstance(event, DocumentPosted):
        raise PayloadError(f"entry {seq} is listed as a document but is of kind {kind}")
    return StoredDocument(document_id, seq, hash_, event)


_LIST: Final = (
    "SELECT event_id, documents.seq, type, count, total, stations.name, person, posted_at FROM documents"
    " JOIN journal USING (seq) LEFT JOIN stations USING (station_id) WHERE documents.seq < ?"
)


def list_documents(
    connection: sqlite3.Connection, *, before_seq: int, limit: int, type_: str | None = None, station: str | None = None
) -> list[DocumentRow]:
    """Documents with a seq below `before_seq`, newest first."""
    sql, values = _LIST, [before_seq]
    filters: list[object] = list(values)
    if type_ is not None:
        sql += " AND type = ?"
        filters.append(type_)
        if type_ != "sale":
            sql += " AND type != 'sale'"
    if station is not None:
        sql += " AND stations.name = ?"
        filters.append(station)
    filters.append(limit)
    rows = connection.execute(f"{sql} ORDER BY documents.seq DESC LIMIT ?", filters)
    return [
        DocumentRow(id_, seq, kind, document_number(kind, count), total, station_, person, at)
        for id_, seq, kind, count, total, station_, person, at in rows
    ]


def count_documents(connection: sqlite3.Connection) -> dict[str, int]:
    """How many documents of each type were ever posted."""
    return dict(connection.execute("SELECT type, count FROM counters").fetchall())


def known_stations(connection: sqlite3.Connection) -> list[str]:
    """Every station that ever sent a document."""
    return [name for (name,) in connection.execute("SELECT name FROM stations ORDER BY name")]


def takings(connection: sqlite3.Connection, first_slot: int, last_slot: int) -> list[Takings]:
    """The quarters from `first_slot` up to and including `last_slot` in which something was posted."""
    rows = connection.execute(
        "SELECT slot, sales, sales_total, returns_total FROM slots WHERE slot BETWEEN ? AND ? ORDER BY slot",
        (first_slot, last_slot),
    )
    return [Takings(*row) for row in rows]


def first_seq_of_slot(connection: sqlite3.Connection, slot: int) -> int:
    """The first seq posted in or after a quarter; one past the head if there is none."""
    row = connection.execute("SELECT first_seq FROM slots WHERE slot >= ? ORDER BY slot LIMIT 1", (slot,)).fetchone()
    if row is not None:
        return int(row[0])
    (head,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    return int(head) + 1
