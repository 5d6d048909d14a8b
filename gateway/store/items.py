"""Reading items: by SKU, by barcode, by search, and all of them for the till's catalogue."""

import sqlite3
from collections.abc import Iterator

import msgspec

from gateway.store.search import SEARCH_CLAUSE, search_values
from replication.wire.item import Item

_item_decoder = msgspec.msgpack.Decoder(Item)


class ItemRow(msgspec.Struct, frozen=True):
    """An item with the seq of its last change and the key that continues a page after it."""

    key: tuple[str, int]
    item: Item
    seq: int


def load_item(connection: sqlite3.Connection, sku: str) -> ItemRow | None:
    """The item of a SKU."""
    row = connection.execute("SELECT name, item_id, body, seq FROM items WHERE sku = ?", (sku,)).fetchone()
    return None if row is None else ItemRow((row[0], row[1]), _item_decoder.decode(row[2]), row[3])


def find_barcode(connection: sqlite3.Connection, codes: tuple[str, ...]) -> tuple[Item, str | None] | None:
    """The item that has one of these codes, and the pack unit the code stands for."""
    for code in codes:
        row = connection.execute(
            "SELECT body, barcodes.unit FROM barcodes JOIN items USING (item_id) WHERE barcode = ? ORDER BY seq DESC",
            (code,),
        ).fetchone()
        if row is not None:
            return _item_decoder.decode(row[0]), row[1]
    return None


def list_items(connection: sqlite3.Connection, *, search: str, after: tuple[str, int], limit: int) -> list[ItemRow]:
    """Items by name; `search` looks in both names, SKU and barcodes."""
    sql = "SELECT name, item_id, body, seq FROM items WHERE (name, item_id) > (?, ?)"
    values: list[object] = list(after)
    if search:
        sql += SEARCH_CLAUSE
        values += search_values(search)
    values.append(limit)
    rows = connection.execute(f"{sql} ORDER BY name, item_id LIMIT ?", values)
    return [ItemRow((name, item_id), _item_decoder.decode(body), seq) for name, item_id, body, seq in rows]


def catalogue_version(connection: sqlite3.Connection) -> str:
    """Names the items as they now are: the newest change with its place in the chain, and how many there are."""
    newest, count = connection.execute("SELECT coalesce(max(seq), 0), count(*) FROM items").fetchone()
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (newest,)).fetchone()
    return f"{newest}-{count}-{'' if row is None else row[0][:6].hex()}"


def every_item(connection: sqlite3.Connection) -> Iterator[Item]:
    """All items by category and name, one at a time."""
    for (body,) in connection.execute("SELECT body FROM items ORDER BY category, name, item_id"):
        yield _item_decoder.decode(body)
