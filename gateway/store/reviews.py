"""Sales that were settled with warnings while the gateway was silent: what a manager still has to look at, and who did.

That there is something to look at follows from the journal. That somebody did is a note of this branch, as the decisions on
requests are: it changes neither goods nor money, and a device that took its history from headquarters asks again rather than
forget. Kept by the document's id, which no epoch changes.
"""

import sqlite3
from typing import Final

import msgspec

from replication.wire.events import DocumentDetail

REVIEW_TABLES: Final = """
CREATE TABLE reviews (
    place INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, reviewed_by TEXT, reviewed_at INTEGER, note TEXT) STRICT;
CREATE INDEX reviews_open ON reviews (place) WHERE reviewed_at IS NULL
"""

COUNTED_MAX: Final = 1_000
"""Documents to review that are counted: beyond, a page only says that there are more."""


class Review(msgspec.Struct, frozen=True):
    """A document to look at; `reviewed_at` (UTC ms) is None until somebody did. `place` continues a list after it."""

    place: int
    id: bytes
    reviewed_by: str | None
    reviewed_at: int | None
    note: str | None


def wants_review(detail: DocumentDetail | None) -> bool:
    """Whether policy would have asked somebody, and could not."""
    return detail is not None and detail.settled and bool(detail.warnings)


def note_review(connection: sqlite3.Connection, document_id: bytes) -> None:
    """Such a document is in the journal; one that was looked at before stays so."""
    connection.execute("INSERT OR IGNORE INTO reviews (id) VALUES (?)", (document_id,))


def find_review(connection: sqlite3.Connection, document_id: bytes) -> Review | None:
    """The review of a document; None where it needs none."""
    row = connection.execute(f"{_ROWS} WHERE id = ?", (document_id,)).fetchone()
    return None if row is None else Review(*row)


def list_reviews(connection: sqlite3.Connection, *, after: int, limit: int) -> list[Review]:
    """What nobody looked at yet, oldest first."""
    query = f"{_ROWS} WHERE reviewed_at IS NULL AND place > ? ORDER BY place LIMIT ?"
    return [Review(*row) for row in connection.execute(query, (after, limit))]


def count_reviews(connection: sqlite3.Connection) -> int:
    """How many wait, up to COUNTED_MAX."""
    query = "SELECT count(*) FROM (SELECT 1 FROM reviews WHERE reviewed_at IS NULL LIMIT ?)"
    (count,) = connection.execute(query, (COUNTED_MAX,)).fetchone()
    return int(count)


def tick_off(connection: sqlite3.Connection, document_id: bytes, *, person: str, at: int, note: str) -> None:
    """Somebody looked at it; the first word stands."""
    connection.execute(
        "UPDATE reviews SET reviewed_by = ?, reviewed_at = ?, note = ? WHERE id = ? AND reviewed_at IS NULL",
        (person, at, note or None, document_id),
    )


_ROWS: Final = "SELECT place, id, reviewed_by, reviewed_at, note FROM reviews"
