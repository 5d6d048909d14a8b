"""What goods were used for, by item and the site's day: folded with their worth, behind the posting path."""

import sqlite3
from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.domain.costing import Valuation, unit_cost
from gateway.domain.usage import Use
from replication.storage.rows import RowWriter
from replication.wire.item import Item

_CAUSES: Final = Use.__struct_fields__
USAGE_TABLES: Final = (
    "CREATE TABLE usages (item_id INTEGER NOT NULL, day INTEGER NOT NULL, "
    + ", ".join(f"{cause} INTEGER NOT NULL" for cause in _CAUSES)
    + ", PRIMARY KEY (item_id, day)) STRICT, WITHOUT ROWID"
)
_USAGES: Final = RowWriter(
    "INSERT INTO usages",
    2 + len(_CAUSES),
    " ON CONFLICT (item_id, day) DO UPDATE SET "
    + ", ".join(f"{cause} = {cause} + excluded.{cause}" for cause in _CAUSES),
)
_decoder = msgspec.msgpack.Decoder(Item)


class UsageRow(msgspec.Struct, frozen=True):
    """What was used of an item over some days; `each` is what a base unit is worth now, in millionths of a minor unit."""

    item_id: int
    item: Item
    use: Use
    each: int


def write_usages(connection: sqlite3.Connection, usages: Mapping[tuple[int, int], Use]) -> None:
    """Add what a step used, by (item, day)."""
    _USAGES.write(connection, [(*place, *msgspec.structs.astuple(use)) for place, use in sorted(usages.items())])


def list_usages(
    connection: sqlite3.Connection, *, first_day: int, last_day: int, item: str | None, after: int, limit: int
) -> list[UsageRow]:
    """Items with what was used of them on these days (counted since 1970, both included), by their place in the ledger."""
    sums = ", ".join(f"sum({cause})" for cause in _CAUSES)
    only = "" if item is None else " AND usages.item_id = (SELECT item_id FROM items WHERE sku = ?)"
    rows = connection.execute(
        f"SELECT usages.item_id, (SELECT body FROM items WHERE items.item_id = usages.item_id), {sums} FROM usages"
        f" WHERE usages.item_id > ? AND day BETWEEN ? AND ?{only} GROUP BY usages.item_id ORDER BY usages.item_id LIMIT ?",
        (after, first_day, last_day, *(() if item is None else (item,)), limit),
    ).fetchall()
    return [
        UsageRow(item_id, _decoder.decode(body), Use(*use), _each(connection, item_id)) for item_id, body, *use in rows
    ]


def _each(connection: sqlite3.Connection, item_id: int) -> int:
    row = connection.execute("SELECT quantity, value, last FROM valuations WHERE item_id = ?", (item_id,)).fetchone()
    return 0 if row is None else unit_cost(Valuation(*row))
