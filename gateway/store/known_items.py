"""The overlay of items: those the writer has met, and how one is stored with its barcodes.

Part of the writer's session and touched by its thread only.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from gateway.store.items import item_as_sold
from gateway.store.prices import Prices
from gateway.store.search import index_item
from gateway.store.shelves import ALL_PLACES
from replication.wire.item import Item
from replication.wire.item_entry import codes_of
from replication.wire.name_order import zh_order

CACHED_ITEMS_MAX: Final = 20_000
"""About 12 MB; beyond it the cache is emptied between groups."""

_encoder = msgspec.msgpack.Encoder()


def item_content(item: Item) -> bytes:
    """The digest by which the same item put again is recognised."""
    return hashlib.blake2b(_encoder.encode(item), digest_size=16).digest()


class KnownItem(msgspec.Struct, frozen=True):
    """An item as it is sold now, with its interned id, the digest of the content it was last put with, and headquarters'
    version (0: own)."""

    item_id: int
    item: Item
    content: bytes
    version: int = 0


class KnownItems:
    """Items by SKU as they are inside the open transaction."""

    def __init__(self, connection: sqlite3.Connection, prices: Prices) -> None:
        self._connection = connection
        self._prices = prices
        self._known: dict[str, KnownItem] = {}

    def forget(self) -> None:
        """Drop everything that may have come from rows that are gone."""
        self._known.clear()

    def keep_within_bounds(self) -> None:
        """Called between groups, when everything here is on disk."""
        if len(self._known) > CACHED_ITEMS_MAX:
            self._known.clear()

    def get(self, sku: str) -> KnownItem | None:
        """The item of a SKU, or None if nobody made it."""
        known = self._known.get(sku)
        if known is None:
            row = self._connection.execute(
                "SELECT item_id, body, list_price, content, version FROM items WHERE sku = ?", (sku,)
            ).fetchone()
            if row is not None:
                known = self._known[sku] = KnownItem(row[0], item_as_sold(row[1], row[2]), row[3], row[4])
        return known

    def item_id(self, sku: str) -> int:
        """The interned id of an item that is known to exist."""
        known = self.get(sku)
        assert known is not None, "a planned line names a known item"
        return known.item_id

    def barcode_owners(self, item: Item) -> dict[str, str | None] | Fault:
        """The item's barcodes with the pack they stand for, unless another item has one of them."""
        codes = codes_of(item)
        for code in codes:
            row = self._connection.execute(
                "SELECT sku FROM barcodes JOIN items USING (item_id) WHERE barcode = ? AND sku != ?", (code, item.sku)
            ).fetchone()
            if row is not None:
                return Fault("barcodes", "barcode_taken", {"barcode": code, "item": row[0]})
        return codes

    def store(self, item: Item, codes: dict[str, str | None], content: bytes, seq: int, version: int = 0) -> None:
        """Write an item as of a journal entry, with its barcodes in place of the ones it had."""
        connection = self._connection
        row = connection.execute("SELECT item_id, name, name_zh FROM items WHERE sku = ?", (item.sku,)).fetchone()
        before: tuple[str | None, ...] = ()
        if row is not None:
            had = connection.execute("SELECT barcode FROM barcodes WHERE item_id = ?", row[:1])
            before = (*row[1:], item.sku, *(code for (code,) in had))
        inserted = connection.execute(
            "INSERT INTO items (sku, name, name_zh, zh_order, category, weighed, low_below, body, content, seq, version)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE SET name = excluded.name, name_zh = excluded.name_zh,"
            " zh_order = excluded.zh_order,"
            " category = excluded.category, weighed = excluded.weighed, low_below = excluded.low_below, body = excluded.body,"
            " content = excluded.content, seq = excluded.seq, version = excluded.version, list_price = NULL",
            (
                item.sku, item.name, item.name_zh, zh_order(item.name, item.name_zh), item.category, item.weighed,
                item.low_below, _encoder.encode(item), content, seq, version,
            ),
        )  # fmt: skip
        item_id = inserted.lastrowid if row is None else row[0]
        assert item_id is not None, "a row that was inserted has an id"
        if row is None:
            connection.execute("INSERT INTO balances VALUES (?, ?, 0, 0, 0)", (item_id, ALL_PLACES))
        else:
            connection.execute("DELETE FROM barcodes WHERE item_id = ?", (item_id,))
        connection.executemany(
            "INSERT INTO barcodes (barcode, item_id, unit) VALUES (?, ?, ?)",
            [(code, item_id, unit) for code, unit in codes.items()],
        )
        index_item(connection, item_id, before, (item.name, item.name_zh, item.sku, *codes))
        if version:
            # Its prices may have come first, or it takes the place of an item that had none.
            self._prices.settle(item.sku)
        self._known.pop(item.sku, None)

    def forget_prices(self, skus: Iterable[str]) -> None:
        """The prices in force of these items changed."""
        for sku in skus:
            self._known.pop(sku, None)
