"""Reading lots and single pieces: where goods of a lot lie and what is known of it, and the life of a serial number."""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.document import document_number
from gateway.store.goods_tables import PLACES
from replication.wire.location import is_sellable


class LotBlock(msgspec.Struct, frozen=True):
    """Why nobody may take goods of a lot, who said so, and when (UTC ms)."""

    reason: str
    person: str
    at: int


class LotRow(msgspec.Struct, frozen=True):
    """A lot of an item with what of it lies at each place of the branch."""

    item_id: int
    item: str
    lot: str
    expiry: str | None
    block: LotBlock | None
    places: tuple[tuple[str, int], ...]

    @property
    def on_hand(self) -> int:
        """Over all places."""
        return sum(quantity for _, quantity in self.places)

    @property
    def available(self) -> int:
        """What of it may be sold, as far as its place and its block say."""
        return 0 if self.block else sum(quantity for place, quantity in self.places if is_sellable(place))


class SerialRow(msgspec.Struct, frozen=True):
    """A single piece that went from a place to another with a document. `place` continues a page after it."""

    place: int
    item: str
    serial: str
    source: str
    destination: str
    lot: str
    seq: int
    document: bytes
    type: str
    number: str
    person: str
    station: str | None
    posted_at: int


LOTS: Final = (
    "SELECT lots.item_id, sku, lots.lot, lots.expiry, reason, person, at, lots.lot_id FROM lots JOIN items USING (item_id)"
    " LEFT JOIN lot_words ON place = lots.blocked WHERE lots.lot = ? AND lots.item_id > ? ORDER BY lots.item_id LIMIT ?"
)
_PLACES: Final = (
    "SELECT name, quantity FROM locations CROSS JOIN balances ON balances.item_id = ? AND balances.location_id ="
    " locations.location_id AND lot_id = ? WHERE NOT virtual ORDER BY name"
)
SERIALS: Final = (
    "SELECT place, sku, serial, source, destination, lot, journal.seq, event_id, type, count, person, stations.name, posted_at"
    f" FROM serial_moves JOIN items USING (item_id) JOIN documents ON documents.seq = place / {PLACES}"
    " JOIN journal ON journal.seq = documents.seq LEFT JOIN stations USING (station_id)"
    " WHERE serial = ? AND place < ? {item} ORDER BY place DESC LIMIT ?"
)


def list_lots(connection: sqlite3.Connection, lot: str, *, after: int, limit: int) -> list[LotRow]:
    """The lots of that name, one of each item that has it, after an item's id."""
    found = connection.execute(LOTS, (lot, after, limit)).fetchall()
    return [
        LotRow(
            item_id, sku, name, expiry, None if reason is None else LotBlock(reason, person, at),
            place_quantities(connection, item_id, lot_id),
        )
        for item_id, sku, name, expiry, reason, person, at, lot_id in found
    ]  # fmt: skip


def place_quantities(connection: sqlite3.Connection, item_id: int, lot_id: int) -> tuple[tuple[str, int], ...]:
    """Where it lies: one look-up for each of the few places of a branch."""
    return tuple((name, quantity) for name, quantity in connection.execute(_PLACES, (item_id, lot_id)))


def list_serials(
    connection: sqlite3.Connection, serial: str, *, item: str | None, before: int, limit: int
) -> list[SerialRow]:
    """The life of a serial number, newest first; two items may bear one."""
    chosen = "" if item is None else "AND item_id = (SELECT item_id FROM items WHERE sku = ?)"
    values = (serial, before, limit) if item is None else (serial, before, item, limit)
    return [
        SerialRow(
            place, sku, name, source, destination, lot, seq, bytes(document), type_, document_number(type_, count), person,
            station, at,
        )
        for place, sku, name, source, destination, lot, seq, document, type_, count, person, station, at
        in connection.execute(SERIALS.format(item=chosen), values)
    ]  # fmt: skip
