"""The overlay of stock: balances, item totals and movements as a group of documents changes them, before they are written.

Knows item ids, not items; part of the writer's session and touched by its thread only.
"""

import sqlite3
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from gateway.domain.lines import NO_LOT
from replication.storage.rows import RowWriter
from replication.wire.digest import DIGEST_MASK, digest_bytes, weight
from replication.wire.events import PostedLine
from replication.wire.location import is_virtual
from replication.wire.movement import Movement, Route

MOVEMENTS_PER_DOCUMENT: Final = 1024
"""Room for the movements of one document in `movement_id`: 500 lines with at most two physical sides each."""
CACHED_BALANCES_MAX: Final = 200_000
"""About 30 MB; beyond it the cache is emptied between groups, which costs one read per cell, no correctness."""

_MOVEMENTS: Final = RowWriter("INSERT INTO movements", 7)
_TOTALS: Final = RowWriter("INSERT OR REPLACE INTO item_totals", 3)
_BALANCES: Final = RowWriter("INSERT OR REPLACE INTO balances", 5)

Cell = tuple[int, int, int]
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
        """All of them."""


class _ItemTotal(msgspec.Struct):
    """An item over all physical locations, with its newest movement."""

    total: int
    last_movement: int


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
        self._balances: dict[Cell, int] = {}
        self._weights: dict[Cell, int] = {}
        self._totals: dict[int, _ItemTotal] = {}
        (digest,) = self._connection.execute("SELECT digest FROM replication").fetchone()
        self.digest = int.from_bytes(digest, "big")
        self._clear_buffers()

    def _clear_buffers(self) -> None:
        self._movement_rows: list[tuple[int, int, int, int, int, int, int]] = []
        self._dirty_balances: dict[Cell, int] = {}
        self._dirty_totals: set[int] = set()

    def on_hand(self, item_id: int, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""
        location_id = self._locations.get(location)
        lot_id = 0 if lot == NO_LOT else self._lot_id(item_id, lot)
        if location_id is None or lot_id is None:
            return 0
        return self._balance((item_id, location_id, lot_id))

    def apply(self, seq: int, posting: Moves, item_id_of: Callable[[str], int]) -> tuple[StockChange, ...]:
        """Change the balances on both sides of each movement, and note those of the physical side."""
        stock: dict[Cell, StockChange] = {}
        sides = [
            [(name, self._location_id(name), is_virtual(name)) for name in (route.source, route.destination)]
            for route in posting.routes
        ]
        balances, dirty, lines, weights = self._balances, self._dirty_balances, posting.lines, self._weights
        digest = self.digest
        movement_id = seq * MOVEMENTS_PER_DOCUMENT
        for movement in posting.movements:
            line = lines[movement.line]
            item_id, lot = item_id_of(line.item), movement.lot
            lot_id = 0 if lot is None else self._make_lot(item_id, lot, line)
            delta = -movement.quantity
            for location, location_id, virtual in sides[movement.route]:
                cell = (item_id, location_id, lot_id)
                quantity = balances.get(cell)
                if quantity is None:
                    quantity = self._balance(cell)
                quantity += delta
                balances[cell] = quantity
                dirty[cell] = seq
                if cell not in weights:
                    weights[cell] = weight(line.item, location, lot or NO_LOT)
                digest += delta * weights[cell]
                if not virtual:
                    self._note(movement_id, cell, delta)
                    movement_id += 1
                    stock[cell] = StockChange(line.item, location, lot or NO_LOT, quantity)
                delta = -delta
        self.digest = digest & DIGEST_MASK
        return tuple(stock.values())

    def flush(self) -> None:
        """Write movements, totals and balances."""
        if not self._dirty_balances:
            return
        connection, totals, balances = self._connection, self._totals, self._balances
        _MOVEMENTS.write(connection, self._movement_rows)
        _TOTALS.write(
            connection,
            [(item_id, totals[item_id].total, totals[item_id].last_movement) for item_id in sorted(self._dirty_totals)],
        )
        _BALANCES.write(
            connection, sorted([(*cell, balances[cell], seq) for cell, seq in self._dirty_balances.items()])
        )
        self._connection.execute("UPDATE replication SET digest = ?", (digest_bytes(self.digest),))
        self._clear_buffers()

    def keep_within_bounds(self) -> None:
        """Called between groups, when everything here is on disk."""
        if len(self._balances) > CACHED_BALANCES_MAX:
            self._balances.clear()
            self._weights.clear()
            self._totals.clear()
            self._lots.clear()

    def _note(self, movement_id: int, cell: Cell, delta: int) -> None:
        """A movement of the physical side, chained to the one of its item before it."""
        item_id, location_id, lot_id = cell
        total = self._totals.get(item_id)
        if total is None:
            row = self._connection.execute(
                "SELECT total, last_movement FROM item_totals WHERE item_id = ?", (item_id,)
            ).fetchone()
            total = self._totals[item_id] = _ItemTotal(0, 0) if row is None else _ItemTotal(*row)
        total.total += delta
        self._movement_rows.append((movement_id, item_id, location_id, lot_id, delta, total.total, total.last_movement))
        total.last_movement = movement_id
        self._dirty_totals.add(item_id)

    def _balance(self, cell: Cell) -> int:
        quantity: int | None = self._balances.get(cell)
        if quantity is None:
            row = self._connection.execute(
                "SELECT quantity FROM balances WHERE item_id = ? AND location_id = ? AND lot_id = ?", cell
            ).fetchone()
            quantity = self._balances[cell] = 0 if row is None else row[0]
        return quantity

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

    def _make_lot(self, item_id: int, lot: str, line: PostedLine) -> int:
        lot_id = self._lot_id(item_id, lot)
        if lot_id is None:
            expiry = None if line.detail is None else line.detail.expiry
            cursor = self._connection.execute(
                "INSERT INTO lots (item_id, lot, expiry) VALUES (?, ?, ?)", (item_id, lot, expiry)
            )
            assert cursor.lastrowid is not None
            lot_id = self._lots[item_id, lot] = cursor.lastrowid
        return lot_id
