"""The overlay of stock: balances, item totals and movements as a group of documents changes them, before they are written.

Knows item ids, not items; part of the writer's session and touched by its thread only.
"""

import sqlite3
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from gateway.domain.goods import MOVEMENTS_MAX
from gateway.domain.lines import NO_LOT
from gateway.store.ways import Cell, Goods, ItemTotal, Key, Way, by_item
from replication.storage.rows import RowWriter
from replication.wire.digest import DIGEST_MASK, digest_bytes
from replication.wire.events import DocumentPosted, PostedLine
from replication.wire.location import SHOP, Virtual, is_virtual
from replication.wire.movement import Movement, Route

MOVEMENTS_PER_DOCUMENT: Final = MOVEMENTS_MAX
"""Room for the movements of one document in `movement_id`: 500 lines with at most two physical sides each."""
CACHED_BALANCES_MAX: Final = 30_000
"""About 16 MB with their ways: 10,000 goods received and sold, more than one shop does in a day; beyond it the cache is
emptied between groups, which costs one read for each of its goods that is met again, no correctness."""

WALKED_MAX: Final = 20_000
"""Movements of an item that are walked back for a count: many days of the busiest goods, and some ten milliseconds."""
_MOVED_SINCE: Final = (
    "WITH RECURSIVE walk (movement_id) AS (SELECT last_movement FROM item_totals WHERE item_id = ? AND last_movement >= ?"
    " UNION ALL SELECT previous FROM movements JOIN walk USING (movement_id) WHERE previous >= ? LIMIT ?)"
    " SELECT item_id, location_id, lot_id, quantity FROM walk JOIN movements USING (movement_id)"
)

ALL_PLACES: Final = 0
"""The place of what an item has over all physical ones: a row among its balances, whose `seq` is its newest movement."""
# What is met of an item is read at once: its total, and what stands at four places in no lot.
_MEET: Final = (
    "SELECT location_id, quantity, seq FROM balances WHERE item_id = ?"
    f" AND location_id IN ({ALL_PLACES}, ?, ?, ?, ?) AND lot_id = 0"
)
_NOWHERE: Final = -1
"""The id of a location that nobody made yet."""

_MOVEMENTS: Final = RowWriter("INSERT INTO movements", 7)
_BALANCES: Final = RowWriter(
    "INSERT INTO balances", 5, " ON CONFLICT DO UPDATE SET quantity = excluded.quantity, seq = excluded.seq"
)


class StockChange(msgspec.Struct, frozen=True, gc=False):
    """A balance after a document, for those who watch; physical locations only."""

    item: str
    location: str
    lot: str
    on_hand: int


class Moves(Protocol):
    """What moves goods: a posting, or a document that was posted before."""

    @property
    def lines(self) -> tuple[PostedLine, ...]:
        """What a movement's line is of."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """The ways its movements take."""

    @property
    def movements(self) -> tuple[Movement, ...]:
        """All of them; empty where they are plain."""

    @property
    def plain(self) -> bool:
        """Whether each line moves its own quantity along the first route."""


class _Decided(msgspec.Struct, frozen=True):
    """The movements of a document that was posted before."""

    lines: tuple[PostedLine, ...]
    routes: tuple[Route, ...]
    movements: tuple[Movement, ...]
    plain: bool


def decided(event: DocumentPosted) -> Moves:
    """The movements of a document as its event tells them."""
    return _Decided(event.lines, event.routes, event.movements or (), event.movements is None)


class Shelves:
    """Balances as they are inside the open transaction; `flush` writes what changed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Drop everything that is not on disk, and every figure that may have come from it."""
        rows = self._connection.execute("SELECT name, location_id FROM locations")
        self._locations: dict[str, int] = dict(rows.fetchall())
        self._lots: dict[tuple[int, str], int] = {}
        self._cells: dict[Key, Cell] = {}
        self._totals: dict[int, ItemTotal] = {}
        self._ways: dict[Route, dict[Goods, Way]] = {}
        self._in_shop: dict[int, Cell] = {}
        self._new_places: set[int] = set()
        """Places nobody went to before these cells were kept: what of them is not among the cells is nothing."""
        self._by_place: dict[tuple[int, int], dict[int, Cell]] = {}
        self._whole_places: set[tuple[int, int]] = set()
        (digest,) = self._connection.execute("SELECT digest FROM replication").fetchone()
        if not isinstance(digest, bytes):
            raise sqlite3.DatabaseError("database disk image is malformed (no digest)")
        self.digest = int.from_bytes(digest, "big")
        self._flushed = 0
        """The newest entry whose changes are written. Seqs ascend: what a later one changed is waiting already."""
        self._clear_buffers()

    def _clear_buffers(self) -> None:
        self._movement_rows: list[tuple[int, int, int, int, int, int, int]] = []
        self._gone: list[Way] = []

    def on_hand(self, item_id: int, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""
        location_id = self._locations.get(location)
        lot_id = 0 if lot == NO_LOT else self._lot_id(item_id, lot)
        if location_id is None or lot_id is None:
            return 0
        key = (item_id, location_id, lot_id)
        cell = self._cells.get(key)
        return self._read_balance(key) if cell is None else cell.quantity

    def in_shop(self, item_id: int, item: str) -> int:
        """Thousandths of the base unit that stand in the shop in no lot."""
        cell = self._in_shop.get(item_id)
        if cell is None:
            shop = self._locations.get(SHOP)
            if shop is None:
                return 0
            if (item_id, shop, 0) not in self._cells:
                self._meet(item_id, item, (SHOP, Virtual.CUSTOMER.value))
            cell = self._in_shop[item_id] = self._cells[item_id, shop, 0]
        return cell.quantity

    def on_hand_at(self, item_id: int, location: str, lot: str, seq: int) -> int | None:
        """What was there after the entry of that seq: what is there less what moved since; None where that is too much."""
        quantity = self.on_hand(item_id, location, lot)
        floor = (seq + 1) * MOVEMENTS_PER_DOCUMENT
        here = (item_id, self._locations.get(location, 0), 0 if lot == NO_LOT else self._lot_id(item_id, lot) or 0)
        quantity -= sum([row[4] for row in self._movement_rows if row[0] >= floor and row[1:4] == here])
        walk = self._connection.execute(_MOVED_SINCE, (item_id, floor, floor, WALKED_MAX + 1)).fetchall()
        if len(walk) > WALKED_MAX:
            return None
        return quantity - sum([int(row[3]) for row in walk if row[:3] == here])

    def lots_at(self, item_id: int, item: str, location: str) -> list[tuple[int, int]]:
        """The lots of an item that have goods at a place, or too few, as (lot_id, thousandths); by their first coming."""
        location_id = self._locations.get(location)
        if location_id is None:
            return []
        place = (item_id, location_id)
        if place not in self._whole_places:
            # Read once, and kept up by the cells themselves from then on.
            for lot_id, lot in self._connection.execute(
                "SELECT lot_id, lot FROM balances JOIN lots USING (lot_id) WHERE balances.item_id = ? AND location_id = ?"
                " AND quantity != 0",
                place,
            ).fetchall():
                self._find_cell((*place, lot_id), item, location, lot)
            self._whole_places.add(place)
        cells = self._by_place.get(place, {})
        return [(lot_id, cells[lot_id].quantity) for lot_id in sorted(cells) if cells[lot_id].quantity]

    def apply(self, seq: int, posting: Moves, item_id_of: Callable[[str], int]) -> tuple[StockChange, ...]:
        """Change the balances on both sides of each movement, and note those of the physical side."""
        assert seq > self._flushed
        flushed, gone, rows = self._flushed, self._gone, self._movement_rows
        digest, movement_id = self.digest, seq * MOVEMENTS_PER_DOCUMENT
        changed: dict[Cell, None] = {}
        for way, quantity in self._ways_of(posting, item_id_of):
            if way.seq <= flushed:
                gone.append(way)
            way.seq = seq
            way.source.quantity -= quantity
            way.destination.quantity += quantity
            digest += quantity * way.lift
            total = way.total
            for cell, sign in way.physical:
                delta = sign * quantity
                total.total += delta
                item_id, location_id, lot_id = cell.key
                # Each movement names the one of its item before it.
                rows.append((movement_id, item_id, location_id, lot_id, delta, total.total, total.last_movement))
                total.last_movement = movement_id
                movement_id += 1
                changed[cell] = None
        self.digest = digest & DIGEST_MASK
        return tuple([StockChange(cell.item, cell.location, cell.lot, cell.quantity) for cell in changed])

    def _ways_of(self, posting: Moves, item_id_of: Callable[[str], int]) -> list[tuple[Way, int]]:
        """Which way each movement goes, and how much does."""
        lines, routes = posting.lines, posting.routes
        known = [self._ways.setdefault(route, {}) for route in routes]
        if posting.plain and lines:
            find = known[0].get
            return [
                (find(line.item) or self._find_way(routes[0], line.item, item_id_of), line.quantity) for line in lines
            ]
        found: list[tuple[Way, int]] = []
        for move in posting.movements:
            item = lines[move.line].item
            goods: Goods = item if move.lot is None else (item, move.lot)
            way = known[move.route].get(goods) or self._find_way(routes[move.route], goods, item_id_of)
            found.append((way, move.quantity))
        return found

    def flush(self) -> None:
        """Write movements, totals and balances."""
        gone = self._gone
        if not gone:
            return
        connection = self._connection
        # Neighbours in the file one after the other; of a cell on several ways the newest entry counts.
        gone.sort(key=by_item)
        cells: dict[Cell, None] = {}
        totals: dict[ItemTotal, None] = {}
        for way in gone:
            seq, source, destination = way.seq, way.source, way.destination
            cells[source] = cells[destination] = None
            source.seq = max(source.seq, seq)
            destination.seq = max(destination.seq, seq)
            if way.physical:
                totals[way.total] = None
        balances = [(row.item_id, ALL_PLACES, 0, row.total, row.last_movement) for row in totals]
        for cell in cells:
            item_id, location_id, lot_id = cell.key
            balances.append((item_id, location_id, lot_id, cell.quantity, cell.seq))
        _MOVEMENTS.write(connection, self._movement_rows)
        _BALANCES.write(connection, balances)
        connection.execute("UPDATE replication SET digest = ?", (digest_bytes(self.digest),))
        self._flushed = max([way.seq for way in gone])
        self._clear_buffers()

    def keep_within_bounds(self) -> None:
        """Called between groups, when everything here is on disk."""
        if len(self._cells) > CACHED_BALANCES_MAX:
            self._ways.clear()
            self._in_shop.clear()
            self._new_places.clear()
            self._by_place.clear()
            self._whole_places.clear()
            self._cells.clear()
            self._totals.clear()
            self._lots.clear()

    def _find_way(self, route: Route, goods: Goods, item_id_of: Callable[[str], int]) -> Way:
        item, lot = (goods, NO_LOT) if isinstance(goods, str) else goods
        item_id = item_id_of(item)
        lot_id = 0 if isinstance(goods, str) else self._make_lot(item_id, lot)
        places = [(self._location_id(location), location) for location in (route.source, route.destination)]
        if not lot_id and any(
            place not in self._new_places and (item_id, place, 0) not in self._cells for place, _ in places
        ):
            self._meet(item_id, item, (route.source, route.destination))
        source, destination = [
            self._find_cell((item_id, place, lot_id), item, location, lot) for place, location in places
        ]
        way = self._ways[route][goods] = Way(source, destination, self._find_total(item_id))
        return way

    def _meet(self, item_id: int, item: str, locations: tuple[str, ...]) -> None:
        """Know of an item, in no lot, what stands in the shop, what customers took and what stands at these places."""
        ids = self._locations
        wanted = {ids[name]: name for name in (SHOP, Virtual.CUSTOMER.value, *locations) if name in ids}
        asked = (*wanted, _NOWHERE, _NOWHERE, _NOWHERE)[:4]
        total, last_movement, quantities = 0, 0, dict.fromkeys(wanted, 0)
        for location_id, quantity, last in self._connection.execute(_MEET, (item_id, *asked)).fetchall():
            if location_id == ALL_PLACES:
                total, last_movement = quantity, last
            else:
                quantities[location_id] = quantity
        if item_id not in self._totals:
            self._totals[item_id] = ItemTotal(item_id, total, last_movement)
        for location_id, quantity in quantities.items():
            key = (item_id, location_id, 0)
            if key not in self._cells:
                self._cells[key] = Cell(key, item, wanted[location_id], NO_LOT, quantity)

    def _find_cell(self, key: Key, item: str, location: str, lot: str) -> Cell:
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = Cell(key, item, location, lot, self._read_balance(key))
            if key[2]:
                self._by_place.setdefault(key[:2], {})[key[2]] = cell
        return cell

    def _find_total(self, item_id: int) -> ItemTotal:
        total = self._totals.get(item_id)
        if total is None:
            row = self._connection.execute(
                "SELECT total, last_movement FROM item_totals WHERE item_id = ?", (item_id,)
            ).fetchone()
            total = self._totals[item_id] = ItemTotal(item_id, *(row or (0, 0)))
        return total

    def _read_balance(self, key: Key) -> int:
        if key[1] in self._new_places:
            return 0
        row = self._connection.execute(
            "SELECT quantity FROM balances WHERE item_id = ? AND location_id = ? AND lot_id = ?", key
        ).fetchone()
        return 0 if row is None else row[0]

    def _location_id(self, name: str) -> int:
        location_id = self._locations.get(name)
        if location_id is None:
            cursor = self._connection.execute(
                "INSERT INTO locations (name, virtual) VALUES (?, ?)", (name, is_virtual(name))
            )
            assert cursor.lastrowid is not None
            location_id = self._locations[name] = cursor.lastrowid
            self._new_places.add(location_id)
        return location_id

    def _lot_id(self, item_id: int, lot: str) -> int | None:
        key = (item_id, lot)
        lot_id: int | None = self._lots.get(key)
        if lot_id is None:
            row = self._connection.execute("SELECT lot_id FROM lots WHERE item_id = ? AND lot = ?", key).fetchone()
            if row is not None:
                lot_id = self._lots[key] = row[0]
        return lot_id

    def _make_lot(self, item_id: int, lot: str) -> int:
        lot_id = self._lot_id(item_id, lot)
        if lot_id is None:
            cursor = self._connection.execute("INSERT INTO lots (item_id, lot) VALUES (?, ?)", (item_id, lot))
            assert cursor.lastrowid is not None
            lot_id = self._lots[item_id, lot] = cursor.lastrowid
        return lot_id
