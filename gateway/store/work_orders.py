"""Work orders: what is to be made, and which steps of it are done. Drafts of a production, which no journal knows until they
are completed; a row is on disk before anybody is answered.

Once a step is started, the components that are still to be taken count as reserved; so do the goods of a document that waits
for approval. An order is open while it is neither
cancelled nor, under its own id, a document of the journal.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.domain.lots import Lot, LotStock, first_expired_first_out

WORK_ORDERS_OPEN_MAX: Final = 2_000
"""Open at once, beyond which a script has a bug: what is reserved is summed over them."""

WORK_ORDER_TABLES: Final = """
CREATE TABLE work_orders (
    place INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, recipe TEXT NOT NULL, item TEXT NOT NULL, quantity INTEGER NOT NULL, location TEXT NOT NULL,
    note TEXT NOT NULL, person TEXT NOT NULL, created_at INTEGER NOT NULL, closed TEXT) STRICT;
CREATE INDEX work_orders_open ON work_orders (place) WHERE closed IS NULL;
CREATE TABLE work_steps (
    work_order BLOB NOT NULL, step INTEGER NOT NULL, name TEXT NOT NULL, name_zh TEXT, operator TEXT, started_at INTEGER,
    finished_at INTEGER, scrap INTEGER NOT NULL, PRIMARY KEY (work_order, step)) STRICT, WITHOUT ROWID;
CREATE TABLE reserved (
    item_id INTEGER NOT NULL, location TEXT NOT NULL, work_order BLOB NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY (item_id, location, work_order)) STRICT, WITHOUT ROWID;
CREATE INDEX reserved_by_order ON reserved (work_order)
"""
CANCELLED: Final = "cancelled"
COMPLETED: Final = "completed"


class WorkStepRow(msgspec.Struct, frozen=True):
    """A step: who began it when (UTC ms), and how much was scrapped at it, in thousandths of the base unit."""

    step: int
    name: str
    name_zh: str | None
    operator: str | None
    started_at: int | None
    finished_at: int | None
    scrap: int


class WorkOrder(msgspec.Struct, frozen=True):
    """An order and its steps; `closed` is why it is not open any more. `quantity` in thousandths of the base unit."""

    place: int
    id: bytes
    recipe: str
    item: str
    quantity: int
    location: str
    note: str
    person: str
    created_at: int
    closed: str | None
    steps: tuple[WorkStepRow, ...]

    @property
    def state(self) -> str:
        """`planned`, `started`, or why it is closed."""
        if self.closed is not None:
            return self.closed
        return "started" if any(step.started_at is not None for step in self.steps) else "planned"


_ORDER: Final = "SELECT place, id, recipe, item, quantity, location, note, person, created_at, closed FROM work_orders"
_OPEN: Final = "closed IS NULL"
_UNPOSTED: Final = "NOT EXISTS (SELECT 1 FROM journal WHERE event_id = work_orders.id)"


def find_work_order(connection: sqlite3.Connection, id_: bytes) -> WorkOrder | None:
    """An order by its id, which is that of the document it becomes."""
    row = connection.execute(f"{_ORDER} WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _order(connection, row)


def list_work_orders(connection: sqlite3.Connection, *, before: int, limit: int, only_open: bool) -> list[WorkOrder]:
    """Newest first."""
    rows = connection.execute(
        f"{_ORDER} WHERE place < ?{f' AND {_OPEN} AND {_UNPOSTED}' if only_open else ''} ORDER BY place DESC LIMIT ?",
        (before, limit),
    ).fetchall()
    return [_order(connection, row) for row in rows]


def count_open(connection: sqlite3.Connection) -> int:
    """How many are open."""
    return int(connection.execute(f"SELECT count(*) FROM work_orders WHERE {_OPEN}").fetchone()[0])


def add_work_order(connection: sqlite3.Connection, order: WorkOrder) -> None:
    """Keep a new order with its steps; its place is given here. Runs in the writer's transaction, as all below does."""
    connection.execute(
        "INSERT INTO work_orders (id, recipe, item, quantity, location, note, person, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order.id,
            order.recipe,
            order.item,
            order.quantity,
            order.location,
            order.note,
            order.person,
            order.created_at,
        ),
    )
    for step in order.steps:
        keep_step(connection, order.id, step)


def keep_step(connection: sqlite3.Connection, id_: bytes, step: WorkStepRow) -> None:
    """Note a step as it stands."""
    connection.execute(
        "INSERT OR REPLACE INTO work_steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (id_, step.step, step.name, step.name_zh, step.operator, step.started_at, step.finished_at, step.scrap),
    )


def reserve(connection: sqlite3.Connection, id_: bytes, needs: Iterable[tuple[int, str, int]]) -> None:
    """What an order, or a document that waits for approval, still takes: (item_id, place, thousandths)."""
    connection.executemany(
        "INSERT OR REPLACE INTO reserved VALUES (?, ?, ?, ?)",
        [(item_id, location, id_, quantity) for item_id, location, quantity in needs],
    )


def close_work_order(connection: sqlite3.Connection, id_: bytes, why: str) -> None:
    """It is open no more, and nothing is reserved for it."""
    connection.execute("UPDATE work_orders SET closed = ? WHERE id = ? AND closed IS NULL", (why, id_))
    release(connection, id_)


def release(connection: sqlite3.Connection, id_: bytes) -> None:
    """Nothing is reserved for it any more."""
    connection.execute("DELETE FROM reserved WHERE work_order = ?", (id_,))


def close_posted(connection: sqlite3.Connection) -> None:
    """Close what is in the journal already: the process may have ended between posting and noting it."""
    rows = connection.execute(
        f"SELECT id FROM work_orders WHERE {_OPEN} AND EXISTS (SELECT 1 FROM journal WHERE event_id = work_orders.id)"
    ).fetchall()
    for (id_,) in rows:
        close_work_order(connection, id_, COMPLETED)


class Reserved:
    """What started orders will still take, while a list is read; asked once for each place of an item."""

    def __init__(self, connection: sqlite3.Connection, today: str) -> None:
        self._connection, self._today = connection, today
        self._any = connection.execute("SELECT 1 FROM reserved LIMIT 1").fetchone() is not None
        self._known: dict[tuple[int, str], dict[str, int]] = {}

    def of(self, item_id: int, location: str, lot: str) -> int:
        """Thousandths of a lot, "" for goods in none: of those that would be taken first."""
        if not self._any:
            return 0
        place = (item_id, location)
        if place not in self._known:
            self._known[place] = self._by_lot(*place)
        return self._known[place].get(lot, 0)

    def _by_lot(self, item_id: int, location: str) -> dict[str, int]:
        (quantity,) = self._connection.execute(
            "SELECT coalesce(sum(quantity), 0) FROM reserved WHERE item_id = ? AND location = ?"
            " AND NOT EXISTS (SELECT 1 FROM journal WHERE event_id = work_order)",
            (item_id, location),
        ).fetchone()
        if not quantity:
            return {}
        rows = self._connection.execute(
            "SELECT lots.lot, expiry, blocked, quantity FROM balances JOIN lots USING (lot_id)"
            " JOIN locations USING (location_id) WHERE balances.item_id = ? AND locations.name = ? ORDER BY lot_id",
            (item_id, location),
        )
        stock = [
            LotStock(Lot(lot, expiry, None if blocked is None else "blocked"), held)
            for lot, expiry, blocked, held in rows
        ]
        taken, missing = first_expired_first_out(stock, quantity, spoils=self._today, blocked_too=False)
        return {lot.name: part for lot, part in taken} | ({"": missing} if missing else {})


def _order(
    connection: sqlite3.Connection, row: tuple[int, bytes, str, str, int, str, str, str, int, str | None]
) -> WorkOrder:
    id_ = row[1]
    steps = connection.execute(
        "SELECT step, name, name_zh, operator, started_at, finished_at, scrap FROM work_steps WHERE work_order = ? ORDER BY step",
        (id_,),
    )
    order = WorkOrder(*row, tuple(WorkStepRow(*step) for step in steps))
    if order.closed is None and connection.execute("SELECT 1 FROM journal WHERE event_id = ?", (id_,)).fetchone():
        return msgspec.structs.replace(order, closed=COMPLETED)
    return order
