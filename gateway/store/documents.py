"""Reading documents back: one by id, pages newest first. All from rows that never change."""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.document import document_number
from gateway.store.pruned import is_pruned
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


WALKED_MAX: Final = 20_000
"""Documents looked at for a page of one station's: some ten milliseconds, and many days of a shop. No index names the station:
it would cost each sale a page of the card, for a list that is seldom asked for."""

_LIST: Final = (
    "SELECT event_id, documents.seq, type, count, total, stations.name, person, posted_at FROM documents"
    " JOIN journal USING (seq) LEFT JOIN stations USING (station_id) WHERE {chosen} ORDER BY documents.seq DESC LIMIT ?"
)


class DocumentList(msgspec.Struct, frozen=True):
    """Some documents, newest first. `walked_to` is set where the search for a station's was left off at that seq before the
    list was full: it goes on below."""

    rows: list[DocumentRow]
    walked_to: int | None = None


def list_documents(
    connection: sqlite3.Connection, *, before_seq: int, limit: int, type_: str | None = None, station: str | None = None
) -> DocumentList:
    """Documents with a seq below `before_seq`, newest first."""
    chosen, values = "documents.seq < ?", list[object]([before_seq])
    if type_ is not None:
        chosen += " AND type = ?" + ("" if type_ == "sale" else " AND type != 'sale'")
        values.append(type_)
    walked_to: int | None = None
    if station is not None:
        known = connection.execute("SELECT station_id FROM stations WHERE name = ?", (station,)).fetchone()
        if known is None:
            return DocumentList([])
        end = connection.execute(
            f"SELECT seq FROM documents WHERE {chosen} ORDER BY seq DESC LIMIT 1 OFFSET ?", (*values, WALKED_MAX - 1)
        ).fetchone()
        walked_to = None if end is None else end[0]
        chosen += " AND documents.seq >= ? AND documents.station_id = ?"
        values += (walked_to or 0, known[0])
    rows = [_row(*row) for row in connection.execute(_LIST.format(chosen=chosen), (*values, limit))]
    return DocumentList(rows, walked_to if len(rows) < limit else None)


def _row(
    id_: bytes, seq: int, type_: str, count: int, total: int, station: str | None, person: str, posted_at: int
) -> DocumentRow:
    return DocumentRow(id_, seq, type_, document_number(type_, count), total, station, person, posted_at)


def count_documents(connection: sqlite3.Connection) -> dict[str, int]:
    """How many documents of each type were ever posted."""
    return dict(connection.execute("SELECT type, count FROM counters").fetchall())


def known_stations(connection: sqlite3.Connection) -> list[str]:
    """Every station that ever sent a document."""
    return [name for (name,) in connection.execute("SELECT name FROM stations ORDER BY name")]
