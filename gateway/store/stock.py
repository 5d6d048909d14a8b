"""Reading stock: balances by item, place and lot; the overview the admin page shows; an item's movements."""

import enum
import json
import sqlite3
from collections.abc import Collection
from typing import Any, Final

import msgspec

from gateway.domain.document import document_number
from gateway.store.recipes import made_when_sold
from gateway.store.search import rows_by_name
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from gateway.store.work_orders import Reserved
from replication.wire.item import Item
from replication.wire.location import is_sellable
from replication.wire.name_order import NameOrder

_item_decoder = msgspec.msgpack.Decoder(Item)


SOLD_MOVEMENTS_MAX: Final = 20_000
"""Steps of one walk for a chart: two weeks of an item sold every minute of the day."""


class BalanceRow(msgspec.Struct, frozen=True):
    """One item at one location and lot. `key` continues a page after this row. `reserved` is what started work orders, and documents that
    wait for approval, will still take of it, and not available."""

    key: tuple[int, int, int]
    item: str
    location: str
    lot: str | None
    on_hand: int
    available: int
    as_of_seq: int
    reserved: int = 0


class OverviewRow(msgspec.Struct, frozen=True):
    """One item over the branch's physical stock: the sum of `parts` balances, last moved at that time (UTC ms). One that is `made` when
    it is sold is never out."""

    item_id: int
    item: Item
    on_hand: int
    available: int
    last_seq: int
    parts: int
    last_moved: int | None
    made: bool = False


class MovementRow(msgspec.Struct, frozen=True):
    """One movement of an item at a physical location; `balance` is the item over the whole branch after it."""

    key: int
    seq: int
    document: bytes
    type: str
    number: str
    person: str
    station: str | None
    posted_at: int
    quantity: int
    balance: int
    location: str
    lot: str | None


class Level(enum.StrEnum):
    """The tabs of the stock page."""

    ALL = "all"
    LOW = "low"
    OUT = "out"
    NEGATIVE = "negative"


def stock_head(connection: sqlite3.Connection) -> int:
    """The seq this snapshot stands at."""
    (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    return int(seq)


def list_balances(
    connection: sqlite3.Connection,
    *,
    after: tuple[int, int, int],
    limit: int,
    item: str | None,
    location: str | None,
    today: str = "",
) -> list[BalanceRow]:
    """Balances in key order. Virtual locations only where one is named. An item nobody moved has no row. `today`: goods that have
    expired are reserved last."""
    sql = (
        "SELECT balances.item_id, balances.location_id, balances.lot_id, sku, locations.name, lot, quantity, balances.seq,"
        " lots.blocked FROM balances JOIN items USING (item_id) JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
        " WHERE (balances.item_id, balances.location_id, balances.lot_id) > (?, ?, ?)"
    )
    values: list[object] = list(after)
    if item is not None:
        sql += " AND balances.item_id = (SELECT item_id FROM items WHERE sku = ?)"
        values.append(item)
    if location is not None:
        sql += " AND locations.name = ?"
        values.append(location)
    else:
        sql += " AND NOT virtual"
    values.append(limit)
    order = " ORDER BY balances.item_id, balances.location_id, balances.lot_id LIMIT ?"
    reserved = Reserved(connection, today)
    found = []
    for *key, sku, name, lot, quantity, seq, blocked in connection.execute(sql + order, values).fetchall():
        kept = reserved.of(key[0], name, lot or "")
        available = quantity - kept if is_sellable(name) and blocked is None else 0
        found.append(BalanceRow((key[0], key[1], key[2]), sku, name, lot, quantity, available, seq, kept))
    return found


_OVERVIEW: Final = (
    "SELECT items.item_id, body, coalesce(item_totals.total, 0), coalesce(item_totals.total, 0) - coalesce((SELECT sum(quantity) FROM balances"
    "  JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id) WHERE balances.item_id = items.item_id"
    "  AND (locations.name IN ('inspection', 'rejected') OR (blocked IS NOT NULL AND NOT virtual))), 0)"
    " - coalesce((SELECT sum(reserved.quantity) FROM reserved WHERE reserved.item_id = items.item_id"
    "  AND NOT EXISTS (SELECT 1 FROM journal WHERE event_id = work_order)), 0),"
    f" coalesce(last_movement, 0) / {MOVEMENTS_PER_DOCUMENT}, (SELECT count(*) FROM balances JOIN locations USING (location_id)"
    "  WHERE balances.item_id = items.item_id AND NOT virtual),"
    " posted_at FROM items LEFT JOIN item_totals USING (item_id)"
    f" LEFT JOIN documents ON documents.seq = last_movement / {MOVEMENTS_PER_DOCUMENT} WHERE "
)


class _Tab(msgspec.Struct, frozen=True):
    """Which items a tab holds; `index` knows their ids without a walk through all items."""

    chosen: str
    index: str = ""


_WHOLE: Final = "FROM balances INDEXED BY {index} WHERE location_id = 0 AND lot_id = 0 AND quantity {what}"
_TABS: Final = {
    Level.ALL: _Tab("1"),
    Level.LOW: _Tab(
        _LOW := "low_below IS NOT NULL AND item_totals.total < low_below AND item_totals.total > 0",
        f"FROM items INDEXED BY items_with_minimum CROSS JOIN item_totals USING (item_id) WHERE {_LOW}",
    ),
    Level.OUT: _Tab("item_totals.total = 0", _WHOLE.format(index="balances_none", what="= 0")),
    Level.NEGATIVE: _Tab("item_totals.total < 0", _WHOLE.format(index="balances_negative", what="< 0")),
}


def list_overview(
    connection: sqlite3.Connection,
    *,
    level: Level,
    search: str,
    after: tuple[str, int],
    limit: int,
    order: NameOrder = NameOrder.ENGLISH,
) -> list[OverviewRow]:
    """Items by name with their stock; `search` looks in names, SKU and barcodes."""
    tab, dishes = _TABS[level], made_when_sold(connection)
    proposed = f"SELECT item_id {tab.index}" if tab.index else ""
    chosen = tab.chosen
    if level is Level.OUT and dishes:
        chosen += f" AND items.item_id NOT IN ({', '.join(map(str, sorted(dishes)))})"
    rows = rows_by_name(
        connection, _OVERVIEW + chosen, order=order, after=after, limit=limit, search=search, proposed=proposed
    )
    return [_overview(row, dishes) for row in rows]


def count_levels(connection: sqlite3.Connection) -> dict[Level, int]:
    """How many items each tab holds, by indexes and recipes alone."""
    counts = {
        level: int(connection.execute(f"SELECT count(*) {tab.index or 'FROM items'}").fetchone()[0])
        for level, tab in _TABS.items()
    }
    (none_of,) = connection.execute(
        "SELECT count(*) FROM json_each(?) CROSS JOIN item_totals ON item_id = value WHERE total = 0",
        (json.dumps(sorted(made_when_sold(connection))),),
    ).fetchone()
    return counts | {Level.OUT: counts[Level.OUT] - int(none_of)}


def item_overview(connection: sqlite3.Connection, sku: str) -> OverviewRow | None:
    """One item with its stock."""
    row = connection.execute(_OVERVIEW + "sku = ?", (sku,)).fetchone()
    return None if row is None else _overview(row, made_when_sold(connection))


def _overview(row: tuple[Any, ...], dishes: Collection[int]) -> OverviewRow:
    id_, body, on_hand, available, seq, parts, moved = row
    return OverviewRow(id_, _item_decoder.decode(body), on_hand, available, seq, parts, moved, id_ in dishes)


_WALK: Final = (
    "WITH RECURSIVE walk (movement_id) AS (SELECT {start} UNION ALL"
    " SELECT previous FROM movements JOIN walk USING (movement_id) WHERE previous {stop} LIMIT ?)"
)


def list_movements(
    connection: sqlite3.Connection, sku: str, *, before: int | None = None, limit: int
) -> list[MovementRow]:
    """An item's movements at physical locations, newest first; `before` is the key of the last row already seen."""
    if before is None:
        start = "last_movement FROM item_totals WHERE item_id = (SELECT item_id FROM items WHERE sku = ?)"
        values: list[object] = [sku]
    else:
        start = "previous FROM movements WHERE item_id = (SELECT item_id FROM items WHERE sku = ?) AND movement_id = ?"
        values = [sku, before]
    rows = connection.execute(
        _WALK.format(start=start, stop="> 0")
        + " SELECT movements.movement_id, documents.seq, event_id, type, count, person, stations.name, posted_at, quantity,"
        " balance, locations.name, lot FROM walk JOIN movements USING (movement_id)"
        f" JOIN documents ON documents.seq = movement_id / {MOVEMENTS_PER_DOCUMENT} JOIN journal ON journal.seq = documents.seq"
        " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id) LEFT JOIN stations USING (station_id)"
        " ORDER BY movements.movement_id DESC",
        (*values, limit),
    )
    return [
        MovementRow(
            key,
            seq,
            document,
            type_,
            document_number(type_, count),
            person,
            station,
            at,
            quantity,
            balance,
            location,
            lot,
        )
        for key, seq, document, type_, count, person, station, at, quantity, balance, location, lot in rows
    ]


def sold_since(connection: sqlite3.Connection, sku: str, first_seq: int) -> list[tuple[int, int]]:
    """(posted_at ms, thousandths sold) of an item's sales from a seq on; returns count as negative sales."""
    floor = first_seq * MOVEMENTS_PER_DOCUMENT
    start = "last_movement FROM item_totals WHERE last_movement >= ? AND item_id = (SELECT item_id FROM items WHERE sku = ?)"
    rows = connection.execute(
        _WALK.format(start=start, stop=">= ?")
        + f" SELECT posted_at, -quantity FROM walk JOIN movements USING (movement_id)"
        f" JOIN documents ON documents.seq = movement_id / {MOVEMENTS_PER_DOCUMENT} WHERE type IN ('sale', 'sale_return')",
        (floor, sku, max(floor, 1), SOLD_MOVEMENTS_MAX),
    )
    return [(at, quantity) for at, quantity in rows]
