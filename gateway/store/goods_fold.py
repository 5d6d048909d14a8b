"""What the journal says of goods, beside the rows the ledger keeps of it: a part of verifying.

Rows are compared in the order of the journal; of a pruned entry they are taken as they stand.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

from gateway.domain.goods_words import came_back, lot_words, serial_moves
from gateway.store.goods import original_of
from gateway.store.goods_tables import PLACES
from gateway.store.ordered_rows import OrderedRows, Row
from replication.wire.events import DocumentPosted, KnownEvent

_STORED: Final = {
    "lot words": "SELECT place, sku, lots.lot, lot_words.expiry, lot_words.blocked, reason, person, at, withdrawn FROM lot_words"
    " LEFT JOIN lots USING (lot_id) LEFT JOIN items USING (item_id)",
    "serial moves": "SELECT place, sku, serial, source, destination, lot FROM serial_moves LEFT JOIN items USING (item_id)",
    "came back": "SELECT place, original, document, item, lot, quantity FROM came_back",
}

Known = tuple[str | None, int | None]
"""The expiry of a lot, and the place of the word that blocks it."""


class GoodsFold:
    """What the entries so far said of goods."""

    def __init__(self, connection: sqlite3.Connection, differ: Callable[[str], None]) -> None:
        self._connection = connection
        self._rows = {name: OrderedRows(name, _stored(connection, name), differ) for name in _STORED}
        self.lots: dict[tuple[str, str], Known] = {}
        self._told: dict[tuple[str, str], dict[str, int]] = {}

    def read(self, seq: int, event_id: bytes, event: KnownEvent) -> None:
        """An entry, whole."""
        first = seq * PLACES
        for place, word in enumerate(lot_words(event), first):
            self._meet("lot words", place, (
                word.item, word.lot, word.expiry, None if word.blocked is None else int(word.blocked), word.reason,
                word.person, word.at, int(word.withdrawn),
            ))  # fmt: skip
        if isinstance(event, DocumentPosted):
            for place, one in enumerate(serial_moves(event), first):
                self._meet("serial moves", place, (one.item, one.serial, one.source, one.destination, one.lot))
            for place, back in enumerate(came_back(event_id, event, self._original_of), first):
                row = (back.original, back.document, back.item, back.lot, back.quantity)
                self._meet("came back", place, row)

    def pass_over(self, seq: int) -> None:
        """An entry that lost its bytes."""
        for name in _STORED:
            for place, *row in self._connection.execute(
                f"{_STORED[name]} WHERE place >= ? AND place < ? ORDER BY place", (seq * PLACES, (seq + 1) * PLACES)
            ):
                self._meet(name, place, tuple(row))

    def end(self) -> None:
        """The journal says no more."""
        for rows in self._rows.values():
            rows.end()

    def _meet(self, name: str, place: int, row: Row) -> None:
        self._rows[name].meet(place, row)
        if name == "lot words":
            item, lot, expiry, blocked, *_, withdrawn = row
            goods = (str(item), str(lot))
            _, block = self.lots.get(goods, (None, None))
            told = self._told.setdefault(goods, {})
            if expiry is not None:
                told[str(expiry)] = told.get(str(expiry), 0) + (-1 if withdrawn else 1)
            if blocked is not None:
                block = place if blocked else None
            self.lots[goods] = (next((date for date, times in told.items() if times > 0), None), block)

    def _original_of(self, document: bytes) -> bytes | None:
        return original_of(self._connection, document)


def stored_lots(connection: sqlite3.Connection) -> dict[tuple[str, str], Known]:
    """What the ledger's rows say of lots of which anything was ever said."""
    rows = connection.execute(
        "SELECT sku, lot, lots.expiry, blocked FROM lots JOIN items USING (item_id)"
        " WHERE lots.expiry IS NOT NULL OR blocked IS NOT NULL OR EXISTS"
        " (SELECT 1 FROM lot_words WHERE lot_words.lot_id = lots.lot_id)"
    )
    return {(sku, lot): (expiry, blocked) for sku, lot, expiry, blocked in rows}


def _stored(connection: sqlite3.Connection, name: str) -> Iterator[tuple[int, Row]]:
    for place, *row in connection.execute(f"{_STORED[name]} ORDER BY place"):
        yield place, tuple(row)
