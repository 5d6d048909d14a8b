"""The overlay of stock: balances, item totals and movements as a group of documents changes them, before they are written.

Knows item ids, not items; part of the writer's session and touched by its thread only.
"""

import sqlite3
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from gateway.domain.goods import MOVEMENTS_MAX
from gateway.domain.lines import NO_LOT
from replication.storage.rows import RowWriter
from replication.wire.digest import DIGEST_MASK, digest_bytes, weight
from replication.wire.events import DocumentPosted, PostedLine
from replication.wire.location import is_virtual
from replication.wire.movement import Movement, Route

MOVEMENTS_PER_DOCUMENT: Final = MOVEMENTS_MAX
"""Room for the movements of one document in `movement_id`: 500 lines with at most two physical sides each."""
CACHED_BALANCES_MAX: Final = 30_000
"""About 16 MB with their ways: 10,000 goods received and sold, more than one shop does in a day; beyond it the cache is
emptied between groups, which costs three reads for each of its goods that is met again, no correctness."""

WALKED_MAX: Final = 20_000
"""Movements of an item that are walked back for a count: many days of the busiest goods, and some ten milliseconds."""
_MOVED_SINCE: Final = (
    "WITH RECURSIVE walk (movement_id) AS (SELECT last_movement FROM item_totals WHERE item_id = ? AND last_movement >= ?"
    " UNION ALL SELECT previous FROM movements JOIN walk USING (movement_id) WHERE previous >= ? LIMIT ?)"
    " SELECT item_id, location_id, lot_id, quantity FROM walk JOIN movements USING (movement_id)"
)

_MOVEMENTS: Final = RowWriter("INSERT INTO movements", 7)
_TOTALS: Final = RowWriter("INSERT OR REPLACE INTO item_totals", 3)
_BALANCES: Final = RowWriter("INSERT OR REPLACE INTO balances", 5)

Key = tuple[int, int, int]
"""item_id, location_id, lot_id."""


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


class _Cell:
    """A balance as it is inside the open transaction."""

    __slots__ = ("item", "key", "location", "lot", "quantity", "seq")

    def __init__(self, key: Key, item: str, location: str, lot: str, quantity: int) -> None:
        self.key = key
        self.item = item
        self.location = location
        self.lot = lot
        self.quantity = quantity
        self.seq = 0


class _ItemTotal:
    """An item over all physical locations, with its newest movement."""

    __slots__ = ("item_id", "last_movement", "total")

    def __init__(self, item_id: int, total: int, last_movement: int) -> None:
        self.item_id = item_id
        self.total = total
        self.last_movement = last_movement


Way = tuple[_Cell, _Cell, int, tuple[tuple[_Cell, int], ...], _ItemTotal]
"""What a movement of an item along a route changes: its source and destination, the digest by how much per thousandth, the
physical ones of both with the sign of their change, and the item's total."""


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
        self._cells: dict[Key, _Cell] = {}
        self._totals: dict[int, _ItemTotal] = {}
        self._ways: dict[Route, dict[tuple[str, str | None], Way]] = {}
        self._by_place: dict[tuple[int, int], dict[int, _Cell]] = {}
        self._whole_places: set[tuple[int, int]] = set()
        (digest,) = self._connection.execute("SELECT digest FROM replication").fetchone()
        if not isinstance(digest, bytes):
            raise sqlite3.DatabaseError("database disk image is malformed (no digest)")
        self.digest = int.from_bytes(digest, "big")
        self._clear_buffers()

    def _clear_buffers(self) -> None:
        self._movement_rows: list[tuple[int, int, int, int, int, int, int]] = []
        # Kept in the order of their first change; `None` throughout.
        self._dirty_cells: dict[_Cell, None] = {}
        self._dirty_totals: dict[_ItemTotal, None] = {}

    def on_hand(self, item_id: int, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""
        location_id = self._locations.get(location)
        lot_id = 0 if lot == NO_LOT else self._lot_id(item_id, lot)
        if location_id is None or lot_id is None:
            return 0
        key = (item_id, location_id, lot_id)
        cell = self._cells.get(key)
        return self._read_balance(key) if cell is None else cell.quantity

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
        lines = posting.lines
        ways = [self._ways.setdefault(route, {}) for route in posting.routes]
        steps = (
            [(line, 0, None, line.quantity) for line in lines]
            if posting.plain
            else [(lines[move.line], move.route, move.lot, move.quantity) for move in posting.movements]
        )
        dirty, dirty_totals, rows = self._dirty_cells, self._dirty_totals, self._movement_rows
        digest, movement_id = self.digest, seq * MOVEMENTS_PER_DOCUMENT
        changed: dict[_Cell, None] = {}
        for line, route, lot, quantity in steps:
            way = ways[route].get((line.item, lot))
            if way is None:
                way = self._find_way(posting.routes[route], line, lot, item_id_of(line.item))
            source, destination, lift, physical, total = way
            source.quantity -= quantity
            destination.quantity += quantity
            source.seq = destination.seq = seq
            dirty[source] = dirty[destination] = None
            digest += quantity * lift
            for cell, sign in physical:
                delta = sign * quantity
                total.total += delta
                # Each movement names the one of its item before it.
                rows.append((movement_id, *cell.key, delta, total.total, total.last_movement))
                total.last_movement = movement_id
                movement_id += 1
                dirty_totals[total] = None
                changed[cell] = None
        self.digest = digest & DIGEST_MASK
        return tuple([StockChange(cell.item, cell.location, cell.lot, cell.quantity) for cell in changed])

    def flush(self) -> None:
        """Write movements, totals and balances."""
        if not self._dirty_cells:
            return
        connection = self._connection
        _MOVEMENTS.write(connection, self._movement_rows)
        _TOTALS.write(connection, sorted([(row.item_id, row.total, row.last_movement) for row in self._dirty_totals]))
        _BALANCES.write(connection, sorted([(*cell.key, cell.quantity, cell.seq) for cell in self._dirty_cells]))
        connection.execute("UPDATE replication SET digest = ?", (digest_bytes(self.digest),))
        self._clear_buffers()

    def keep_within_bounds(self) -> None:
        """Called between groups, when everything here is on disk."""
        if len(self._cells) > CACHED_BALANCES_MAX:
            self._ways.clear()
            self._by_place.clear()
            self._whole_places.clear()
            self._cells.clear()
            self._totals.clear()
            self._lots.clear()

    def _find_way(self, route: Route, line: PostedLine, lot: str | None, item_id: int) -> Way:
        lot_id = 0 if lot is None else self._make_lot(item_id, lot)
        source, destination = [
            self._find_cell((item_id, self._location_id(location), lot_id), line.item, location, lot or NO_LOT)
            for location in (route.source, route.destination)
        ]
        physical = tuple(
            [(cell, sign) for cell, sign in ((source, -1), (destination, 1)) if not is_virtual(cell.location)]
        )
        lift = weight(line.item, route.destination, lot or NO_LOT) - weight(line.item, route.source, lot or NO_LOT)
        way = self._ways[route][line.item, lot] = (source, destination, lift, physical, self._find_total(item_id))
        return way

    def _find_cell(self, key: Key, item: str, location: str, lot: str) -> _Cell:
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell(key, item, location, lot, self._read_balance(key))
            if key[2]:
                self._by_place.setdefault(key[:2], {})[key[2]] = cell
        return cell

    def _find_total(self, item_id: int) -> _ItemTotal:
        total = self._totals.get(item_id)
        if total is None:
            row = self._connection.execute(
                "SELECT total, last_movement FROM item_totals WHERE item_id = ?", (item_id,)
            ).fetchone()
            total = self._totals[item_id] = _ItemTotal(item_id, *(row or (0, 0)))
        return total

    def _read_balance(self, key: Key) -> int:
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
