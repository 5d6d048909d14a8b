"""Reading items: by SKU, by barcode, by search, and all of them for the till's catalogue."""

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.store.prices import prices_until
from gateway.store.search import rows_by_name
from replication.wire.item import Item
from replication.wire.name_order import NameOrder

_item_decoder = msgspec.msgpack.Decoder(Item)
_SELECT: Final = "SELECT name, item_id, body, list_price, seq, version FROM items"


class ItemRow(msgspec.Struct, frozen=True):
    """An item as it is sold now, with the seq of its last change, the key that continues a page after it, and the version
    headquarters gave it (0: the branch's own)."""

    key: tuple[str, int]
    item: Item
    seq: int
    version: int = 0


def item_as_sold(body: bytes, list_price: int | None) -> Item:
    """A stored item with the price that is in force."""
    item = _item_decoder.decode(body)
    return item if list_price is None else msgspec.structs.replace(item, price=list_price)


def load_item(connection: sqlite3.Connection, sku: str) -> ItemRow | None:
    """The item of a SKU."""
    row = connection.execute(f"{_SELECT} WHERE sku = ?", (sku,)).fetchone()
    return None if row is None else _row(*row)


def find_barcode(connection: sqlite3.Connection, codes: tuple[str, ...]) -> tuple[Item, str | None] | None:
    """The item that has one of these codes, and the pack unit the code stands for."""
    for code in codes:
        row = connection.execute(
            "SELECT body, list_price, barcodes.unit FROM barcodes JOIN items USING (item_id) WHERE barcode = ? ORDER BY seq DESC",
            (code,),
        ).fetchone()
        if row is not None:
            return item_as_sold(row[0], row[1]), row[2]
    return None


def list_items(connection: sqlite3.Connection, *, search: str, after: tuple[str, int], limit: int) -> list[ItemRow]:
    """Items by name; `search` looks in both names, SKU and barcodes."""
    rows = rows_by_name(
        connection, f"{_SELECT} WHERE 1", order=NameOrder.ENGLISH, after=after, limit=limit, search=search
    )
    return [_row(*row) for row in rows]


def _row(name: str, item_id: int, body: bytes, list_price: int | None, seq: int, version: int) -> ItemRow:
    return ItemRow((name, item_id), item_as_sold(body, list_price), seq, version)


def catalogue_version(connection: sqlite3.Connection) -> str:
    """Names the items as they now are: the newest change of an item or a price with its place in the chain, how many items
    there are, and up to when prices are in force."""
    # Asked one by one: together they would read the whole table, and a till asks whenever its page opens.
    (newest,) = connection.execute("SELECT coalesce(max(seq), 0) FROM items").fetchone()
    (count,) = connection.execute("SELECT count(*) FROM items").fetchone()
    priced = connection.execute("SELECT coalesce(max(seq), 0) FROM prices").fetchone()[0]
    newest = max(newest, priced)
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (newest,)).fetchone()
    return f"{newest}-{count}-{'' if row is None else row[0][:6].hex()}-{prices_until(connection)}"


def every_item(connection: sqlite3.Connection) -> Iterator[Item]:
    """All items by category and name, one at a time."""
    for body, list_price in connection.execute("SELECT body, list_price FROM items ORDER BY category, name, item_id"):
        yield item_as_sold(body, list_price)
