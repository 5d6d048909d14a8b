"""Lots, single pieces and goods that came back, inside the open transaction of the writer, and recomputable from the journal.

Rows are written at once: goods kept by lot or by serial number are a part of what a shop sells, and an everyday sale says
nothing here. What is known of a lot is kept in memory until something is said of it.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from gateway.domain.goods_words import came_back, lot_words, serial_moves
from gateway.domain.lots import Lot
from gateway.store.goods_tables import PLACES
from replication.wire.events import DocumentPosted, KnownEvent

CACHED_LOTS_MAX: Final = 10_000
"""About 2 MB; beyond it the cache is emptied between groups."""

_TABLES: Final = ("lot_words", "serial_moves", "came_back")
_SETTLE: Final = (
    "UPDATE lots SET expiry = (SELECT expiry FROM lot_words WHERE lot_id = ?1 AND expiry IS NOT NULL GROUP BY expiry"
    " HAVING sum(1 - 2 * withdrawn) > 0 ORDER BY min(place) LIMIT 1),"
    " blocked = (SELECT CASE WHEN blocked THEN place END FROM lot_words WHERE lot_id = ?1 AND blocked IS NOT NULL"
    " ORDER BY place DESC LIMIT 1) WHERE lot_id = ?1"
)
_LOT: Final = "SELECT lots.lot, lots.expiry, reason FROM lots LEFT JOIN lot_words ON place = lots.blocked"


class GoodsBook:
    """What entries said of goods."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lots: dict[int, Lot] = {}

    def forget(self) -> None:
        """Drop everything that may have come from rows that are gone."""
        self._lots.clear()

    def keep_within_bounds(self) -> None:
        """Called between groups, when everything here is on disk."""
        if len(self._lots) > CACHED_LOTS_MAX:
            self._lots.clear()

    def note(self, seq: int, event_id: bytes, event: KnownEvent, item_id_of: Callable[[str], int]) -> None:
        """An entry was appended to the journal, and the lots it names are in the ledger; what it says is written."""
        run, first = self._connection.executemany, seq * PLACES
        for place, word in enumerate(lot_words(event), first):
            lot_id = self._meet(item_id_of(word.item), word.lot)
            values = (place, lot_id, word.expiry, word.blocked, word.reason, word.person, word.at, word.withdrawn)
            run("INSERT INTO lot_words VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [values])
            self._settle(lot_id)
        if isinstance(event, DocumentPosted):
            pieces = [
                (place, item_id_of(one.item), one.serial, one.source, one.destination, one.lot)
                for place, one in enumerate(serial_moves(event), first)
            ]
            run("INSERT INTO serial_moves VALUES (?, ?, ?, ?, ?, ?)", pieces)
            back = [
                (place, one.original, one.document, one.item, one.lot, one.quantity)
                for place, one in enumerate(came_back(event_id, event, self.original_of), first)
            ]
            run("INSERT INTO came_back VALUES (?, ?, ?, ?, ?, ?)", back)

    def set_aside(self, after: int) -> None:
        """The entries after a seq leave the journal, and what they said with them."""
        first = (after + 1) * PLACES
        said_of = self._connection.execute(
            "SELECT DISTINCT lot_id FROM lot_words WHERE place >= ?", (first,)
        ).fetchall()
        for table in _TABLES:
            self._connection.execute(f"DELETE FROM {table} WHERE place >= ?", (first,))
        for (lot_id,) in said_of:
            self._settle(lot_id)

    def lot(self, lot_id: int) -> Lot:
        """What is known of a lot that is in the ledger."""
        known = self._lots.get(lot_id)
        if known is None:
            row = self._connection.execute(f"{_LOT} WHERE lots.lot_id = ?", (lot_id,)).fetchone()
            known = self._lots[lot_id] = Lot(*row)
        return known

    def lot_named(self, item_id: int, lot: str) -> Lot | None:
        """A lot by its item and name."""
        row = self._connection.execute(f"{_LOT} WHERE lots.item_id = ? AND lots.lot = ?", (item_id, lot)).fetchone()
        return None if row is None else Lot(*row)

    def newest_lot(self, item_id: int) -> Lot | None:
        """The lot of an item that came last; one that is blocked only where all are."""
        row = self._connection.execute(
            f"{_LOT} WHERE lots.item_id = ? ORDER BY lots.blocked IS NOT NULL, lots.lot_id DESC LIMIT 1", (item_id,)
        ).fetchone()
        return None if row is None else Lot(*row)

    def serial_at(self, item_id: int, serial: str) -> str | None:
        """Where a single piece went last; None where it never moved."""
        row = self._connection.execute(
            "SELECT destination FROM serial_moves WHERE serial = ? AND item_id = ? ORDER BY place DESC LIMIT 1",
            (serial, item_id),
        ).fetchone()
        return None if row is None else str(row[0])

    def returned(self, original: bytes) -> dict[tuple[str, str], int]:
        """What of a sale came back so far, by item and lot."""
        rows = self._connection.execute(
            "SELECT item, lot, sum(quantity) FROM came_back WHERE original = ? GROUP BY item, lot", (original,)
        )
        return {(item, lot): quantity for item, lot, quantity in rows}

    def original_of(self, document: bytes) -> bytes | None:
        """The sale that a return was of."""
        return original_of(self._connection, document)

    def _meet(self, item_id: int, lot: str) -> int:
        """The id of a lot; one that nobody had goods of may be blocked before they come."""
        values = (item_id, lot)
        self._connection.execute("INSERT OR IGNORE INTO lots (item_id, lot) VALUES (?, ?)", values)
        (lot_id,) = self._connection.execute("SELECT lot_id FROM lots WHERE item_id = ? AND lot = ?", values).fetchone()
        return int(lot_id)

    def _settle(self, lot_id: int) -> None:
        """A lot's row as its words say: the first expiry told that was not withdrawn, and the newest word on whether it is blocked."""
        self._connection.execute(_SETTLE, (lot_id,))
        self._lots.pop(lot_id, None)


def original_of(connection: sqlite3.Connection, document: bytes) -> bytes | None:
    """The sale that a return was of."""
    row = connection.execute("SELECT original FROM came_back WHERE document = ? LIMIT 1", (document,)).fetchone()
    return None if row is None else bytes(row[0])
