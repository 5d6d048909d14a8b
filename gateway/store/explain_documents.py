"""Documents as explaining reads them: decoded once, lines in the base unit, texts together. Found by seq or by type."""

import sqlite3
from collections.abc import Collection
from typing import Final

from gateway.domain.explain_history import Said, SaidLine
from gateway.domain.told import said_in
from gateway.store.documents import StoredDocument, load_document_at
from replication.wire.events import DocumentPosted, EventKind, decode_event
from replication.wire.movement import Movement
from replication.wire.quantity import THOUSANDTHS

NOTES_WALKED: Final = 5_000
"""Newest entries looked through for sales with a note: some milliseconds, and days of a shop."""
NOTES_READ: Final = 100
"""Of those, so many are read."""
_NOTE: Final = b"\xa4note"
"""How a map of msgpack begins to say `note`."""


def documents_at(connection: sqlite3.Connection, seqs: Collection[int], known: dict[int, Said]) -> list[Said]:
    """The documents of these entries; what was read before is in `known`."""
    for seq in sorted(seqs):
        if seq not in known:
            stored = load_document_at(connection, seq)
            if stored is not None:
                known[seq] = said_of(stored)
    return [known[seq] for seq in seqs if seq in known]


def newest_of(connection: sqlite3.Connection, type_: str, limit: int) -> list[Said]:
    """The newest documents of a type other than sale, by its index."""
    rows = connection.execute(
        "SELECT journal.seq, event_id, hash, kind, payload FROM documents JOIN journal USING (seq)"
        " WHERE type = ? AND type != 'sale' ORDER BY documents.seq DESC LIMIT ?",
        (type_, limit),
    )
    return _decoded(rows)


def sales_with_notes(connection: sqlite3.Connection) -> list[Said]:
    """The newest sales whose cashier wrote something."""
    rows = connection.execute(
        "SELECT seq, event_id, hash, kind, payload FROM (SELECT * FROM journal ORDER BY seq DESC LIMIT ?)"
        " WHERE kind = ? AND instr(payload, ?) > 0 LIMIT ?",
        (NOTES_WALKED, int(EventKind.DOCUMENT_POSTED), _NOTE, NOTES_READ),
    )
    return [said for said in _decoded(rows) if said.type == "sale" and said.text]


def _decoded(rows: sqlite3.Cursor) -> list[Said]:
    found = []
    for seq, event_id, hash_, kind, payload in rows:
        if kind == EventKind.DOCUMENT_POSTED:
            event = decode_event(kind, payload)
            assert isinstance(event, DocumentPosted), "a document's entry is one"
            found.append(said_of(StoredDocument(bytes(event_id), seq, hash_, event)))
    return found


def said_of(stored: StoredDocument) -> Said:
    """A stored document as it was said."""
    event, detail = stored.event, stored.event.detail
    moved = {movement.line: movement for movement in event.moves()}
    texts = [said_in(detail, name) for name in ("note", "reason")]
    return Said(
        stored.seq, bytes(stored.id), event.type, event.number, event.posted_at, event.occurred_at, event.person,
        event.station, tuple(_line(event, index, moved.get(index)) for index in range(len(event.lines))),
        said_in(detail, "supplier"), said_in(detail, "order"), said_in(detail, "original"), said_in(detail, "transfer"),
        said_in(detail, "to_branch"), said_in(detail, "purpose"), said_in(detail, "recipe"), said_in(detail, "expected"),
        " ".join(text for text in texts if text), said_in(detail, "direction"), int(said_in(detail, "amount") or 0),
    )  # fmt: skip


def _line(event: DocumentPosted, index: int, moved: Movement | None) -> SaidLine:
    line = event.lines[index]
    detail = line.detail
    factor = None if detail is None else detail.factor
    expected = said_in(detail, "expected")
    return SaidLine(
        line.item, int(line.quantity),
        int(line.quantity) if factor is None else line.quantity * factor // THOUSANDTHS,
        None if detail is None else detail.unit, "" if detail is None else detail.location or "",
        (None if moved is None else moved.lot) or said_in(detail, "lot") or "", said_in(detail, "role"),
        bool(said_in(detail, "free")), None if expected is None else int(expected), None if detail is None else detail.cost,
    )  # fmt: skip
