"""Reading stock: balances by item, place and lot; the overview the admin page shows; an item's movements."""

import enum
import sqlite3
from typing import Final

import msgspec

from gateway.domain.document import document_number
from gateway.store.search import SEARCH_CLAUSE, search_values
from replication.wire.item import Item
from replication.wire.location import INSPECTION

_item_decoder = msgspec.msgpack.Decoder(Item)


class BalanceRow(msgspec.Struct, frozen=True):
    """One item at one location and lot. `key` continues a page after this row."""

    key: tuple[int, int, int]
    item: str
    location: str
    lot: str | None
    on_hand: int
    available: int
    as_of_seq: int


class OverviewRow(msgspec.Struct, frozen=True):
    """One item over the branch's physical stock: the sum of `parts` balances, last moved at that time (UTC ms)."""

    item_id: int
    item: Item
    on_hand: int
    available: int
    last_seq: int
    parts: int
    last_moved: int | None


class MovementRow(msgspec.Struct, frozen=True):
    """One movement of an item at a physical location; `balance` is the item over the whole branch after it."""

    key: tuple[int, int, int, int]
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
    connection: sqlite3.Connection, *, after: tuple[int, int, int], limit: int, item: str | None, location: str | None
) -> list[BalanceRow]:
    """Balances in key order. Virtual locations only where one is named. An item nobody moved has no row."""
    sql = (
        "SELECT balances.item_id, balances.location_id, balances.lot_id, sku, locations.name, lot, quantity, balances.seq"
        " FROM balances JOIN items USING (item_id) JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
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
    return [
        BalanceRow((item_id, location_id, lot_id), sku, name, lot, quantity, 0 if name == INSPECTION else quantity, seq)
        for item_id, location_id, lot_id, sku, name, lot, quantity, seq in connection.execute(sql + order, values)
    ]


_PHYSICAL: Final = (
    "SELECT item_id, sum(quantity) AS on_hand, sum(CASE WHEN locations.name = 'inspection' THEN 0 ELSE quantity END) AS available,"
    " max(seq) AS last_seq, count(*) AS parts FROM balances JOIN locations USING (location_id) WHERE NOT virtual GROUP BY item_id"
)
_LEVELS: Final = {
    Level.ALL: "1",
    Level.LOW: "low_below IS NOT NULL AND coalesce(on_hand, 0) < low_below AND coalesce(on_hand, 0) > 0",
    Level.OUT: "coalesce(on_hand, 0) = 0",
    Level.NEGATIVE: "on_hand < 0",
}


def list_overview(
    connection: sqlite3.Connection, *, level: Level, search: str, after: tuple[str, int], limit: int
) -> list[OverviewRow]:
    """Items by name with their stock; `search` looks in names, SKU and barcodes."""
    sql = (
        "SELECT items.item_id, body, coalesce(on_hand, 0), coalesce(available, 0), coalesce(last_seq, 0), coalesce(parts, 0),"
        f" posted_at FROM items LEFT JOIN ({_PHYSICAL}) USING (item_id) LEFT JOIN documents ON documents.seq = last_seq"
        f" WHERE {_LEVELS[level]} AND (items.name, items.item_id) > (?, ?)"
    )
    values: list[object] = list(after)
    if search:
        sql += SEARCH_CLAUSE
        values += search_values(search)
    values.append(limit)
    rows = connection.execute(f"{sql} ORDER BY items.name, items.item_id LIMIT ?", values)
    return [OverviewRow(id_, _item_decoder.decode(body), *figures) for id_, body, *figures in rows]


def count_levels(connection: sqlite3.Connection) -> dict[Level, int]:
    """How many items each tab holds."""
    sums = ", ".join(f"sum(CASE WHEN {_LEVELS[level]} THEN 1 ELSE 0 END)" for level in Level)
    row = connection.execute(f"SELECT {sums} FROM items LEFT JOIN ({_PHYSICAL}) USING (item_id)").fetchone()
    return dict(zip(Level, (count or 0 for count in row), strict=True))


def item_overview(connection: sqlite3.Connection, sku: str) -> OverviewRow | None:
    """One item with its stock."""
    row = connection.execute(
        "SELECT items.item_id, body, coalesce(on_hand, 0), coalesce(available, 0), coalesce(last_seq, 0), coalesce(parts, 0),"
        f" posted_at FROM items LEFT JOIN ({_PHYSICAL}) USING (item_id) LEFT JOIN documents ON documents.seq = last_seq"
        " WHERE sku = ?",
        (sku,),
    ).fetchone()
    return None if row is None else OverviewRow(row[0], _item_decoder.decode(row[1]), *row[2:])


BEFORE_ANY: Final = (2**62, 0, 0, 0)
"""A movement key above every other: where a newest-first page begins."""


def list_movements(
    connection: sqlite3.Connection, sku: str, *, before: tuple[int, int, int, int] = BEFORE_ANY, limit: int
) -> list[MovementRow]:
    """An item's movements at physical locations, newest first."""
    rows = connection.execute(
        "SELECT movements.seq, movements.line, movements.location_id, movements.lot_id, event_id, type, count, person,"
        " stations.name, posted_at, quantity, balance, locations.name, lot"
        " FROM movements JOIN documents USING (seq) JOIN journal USING (seq) JOIN locations USING (location_id)"
        " LEFT JOIN lots USING (lot_id) LEFT JOIN stations USING (station_id)"
        " WHERE movements.item_id = (SELECT item_id FROM items WHERE sku = ?)"
        " AND (movements.seq, movements.line, movements.location_id, movements.lot_id) < (?, ?, ?, ?)"
        " ORDER BY movements.seq DESC, movements.line DESC, movements.location_id DESC, movements.lot_id DESC LIMIT ?",
        (sku, *before, limit),
    )
    return [
        MovementRow(
            (seq, line, location_id, lot_id), seq, document, type_, document_number(type_, count), person, station, at,
            quantity, balance, location, lot,
        )
        for seq, line, location_id, lot_id, document, type_, count, person, station, at, quantity, balance, location, lot in rows
    ]  # fmt: skip


def sold_since(connection: sqlite3.Connection, sku: str, first_seq: int) -> list[tuple[int, int]]:
    """(posted_at ms, thousandths sold) of an item's sales from a seq on; returns count as negative sales."""
    rows = connection.execute(
        "SELECT posted_at, -quantity FROM movements JOIN documents USING (seq)"
        " WHERE movements.item_id = (SELECT item_id FROM items WHERE sku = ?) AND movements.seq >= ?"
        " AND type IN ('sale', 'sale_return')",
        (sku, first_seq),
    )
    return [(at, quantity) for at, quantity in rows]
