"""Which documents were taken back: the originals that reversals in the journal name, so that each is reversed once."""

import sqlite3
from typing import Final

from gateway.domain.document_type import DocumentType
from replication.wire.events import DocumentPosted
from replication.wire.transfer import read_transfer_id

REVERSAL_TABLES: Final = """
CREATE TABLE reversals (seq INTEGER PRIMARY KEY, original BLOB NOT NULL) STRICT;
CREATE INDEX reversals_by_original ON reversals (original)
"""
REVERSAL: Final = DocumentType.REVERSAL.value


def original_of(event: DocumentPosted) -> bytes | None:
    """The document a reversal takes back; None for every other document."""
    if event.type != REVERSAL or event.detail is None:
        return None
    return read_transfer_id(event.detail.original or "")


class Reversals:
    """Reversals inside the open transaction of the writer, written at once: they are seldom."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def note(self, seq: int, event: DocumentPosted) -> None:
        """A reversal was appended to the journal."""
        original = original_of(event)
        if original is not None:
            self._connection.execute("INSERT INTO reversals VALUES (?, ?)", (seq, original))

    def has(self, original: bytes) -> bool:
        """Whether a document was taken back."""
        row = self._connection.execute("SELECT 1 FROM reversals WHERE original = ?", (original,)).fetchone()
        return row is not None

    def set_aside(self, after: int) -> None:
        """The entries after a seq leave the journal."""
        self._connection.execute("DELETE FROM reversals WHERE seq > ?", (after,))


def find_reversal(connection: sqlite3.Connection, original: bytes) -> int | None:
    """The seq of the reversal that took a document back."""
    row = connection.execute("SELECT seq FROM reversals WHERE original = ?", (original,)).fetchone()
    return None if row is None else int(row[0])


def list_reversals(connection: sqlite3.Connection) -> dict[int, bytes]:
    """The original of each reversal, by its seq."""
    return dict(connection.execute("SELECT seq, original FROM reversals"))
