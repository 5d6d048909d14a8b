"""Headquarters' items and prices in SQLite. Part of the writer's session and touched by its thread only."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from replication.headquarters.stores.catalogue import CodeTaken, Receiver
from replication.wire.item import Item
from replication.wire.item_entry import codes_of
from replication.wire.name_order import zh_order
from replication.wire.outbox import CatalogueItem, Price

# An item of headquarters stands in `items` too, without a branch. Every item and price that is put or learnt takes the next
# `place` of its table, which is the order branches are told them in; `catalogue_receivers` has the branches that said
# hello, and through which places they were told.
CATALOGUE_TABLES: Final = """
CREATE TABLE catalogue (
    sku TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, put_at INTEGER NOT NULL, place INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_by_version ON catalogue (version);
CREATE UNIQUE INDEX catalogue_by_place ON catalogue (place);
CREATE TABLE catalogue_codes (barcode TEXT PRIMARY KEY, sku TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_codes_by_sku ON catalogue_codes (sku);
CREATE TABLE prices (
    price_list TEXT NOT NULL, sku TEXT NOT NULL, effective_at INTEGER NOT NULL, price INTEGER NOT NULL,
    version INTEGER NOT NULL, put_at INTEGER NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (price_list, sku, effective_at)) STRICT, WITHOUT ROWID;
CREATE INDEX prices_by_version ON prices (version);
CREATE UNIQUE INDEX prices_by_place ON prices (place);
CREATE TABLE catalogue_receivers (
    branch TEXT PRIMARY KEY, items_through INTEGER NOT NULL, prices_through INTEGER NOT NULL) STRICT, WITHOUT ROWID
"""

_decoder = msgspec.msgpack.Decoder(Item)
_encoder = msgspec.msgpack.Encoder()
_PRICE: Final = "SELECT price_list, sku, price, effective_at, version FROM prices"
_IN_FORCE: Final = (
    "coalesce((SELECT max(effective_at) FROM prices AS other WHERE other.price_list = this.price_list"
    " AND other.sku = this.sku AND other.effective_at <= ?), 0)"
)
"""The moment of the price of an item that is in force; 0: none yet."""
ITEMS_AFTER: Final = "SELECT place, body, version FROM catalogue WHERE place > ? ORDER BY place LIMIT ?"
PRICES_AFTER: Final = (
    f"SELECT place, price_list, sku, price, effective_at, version, {_IN_FORCE} FROM prices AS this WHERE place > ?"
    " ORDER BY place LIMIT ?"
)


class SqliteCatalogue:
    """Implements Catalogue; every call is written at once, since a change of the catalogue is rare."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.is_to_be_told = False
        """Whether this transaction put, learnt or promised something that branches are to be told."""
        self._seal_key = b""

    def newest_version(self) -> int:
        """The largest version ever given or learnt."""
        query = "SELECT max(coalesce((SELECT max(version) FROM catalogue), 0), coalesce((SELECT max(version) FROM prices), 0))"
        return int(self._connection.execute(query).fetchone()[0])

    def owned(self, sku: str) -> CatalogueItem | None:
        """The item of headquarters of that SKU."""
        row = self._connection.execute("SELECT body, version FROM catalogue WHERE sku = ?", (sku,)).fetchone()
        return None if row is None else CatalogueItem(_decoder.decode(row[0]), row[1])

    def known(self, sku: str) -> Item | None:
        """The item as anybody put it."""
        row = self._connection.execute("SELECT body FROM items WHERE sku = ?", (sku,)).fetchone()
        return None if row is None or row[0] is None else _decoder.decode(row[0])

    def code_taken(self, item: Item) -> CodeTaken | None:
        """Whether another item of headquarters has one of its barcodes."""
        for code in codes_of(item):
            row = self._connection.execute(
                "SELECT sku FROM catalogue_codes WHERE barcode = ? AND sku != ?", (code, item.sku)
            ).fetchone()
            if row is not None:
                return CodeTaken(code, row[0])
        return None

    def put(self, sent: CatalogueItem, at: int) -> None:
        """Make an item headquarters' own."""
        item, run = sent.item, self._connection.execute
        body = _encoder.encode(item)
        self.is_to_be_told = True
        row = (item.sku, sent.version, body, at, self._newest_place("catalogue") + 1)
        run("INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?, ?, ?)", row)
        run("DELETE FROM catalogue_codes WHERE sku = ?", (item.sku,))
        self._connection.executemany(
            "INSERT OR REPLACE INTO catalogue_codes VALUES (?, ?)", [(code, item.sku) for code in codes_of(item)]
        )
        row = run("SELECT item_id, unit, body, branch_id, seq FROM items WHERE sku = ?", (item.sku,)).fetchone()
        if row is None:
            run(
                "INSERT INTO items (sku, name, name_zh, zh_order, unit, body, version) VALUES (?, ?, ?, ?, ?, ?, 1)",
                (item.sku, item.name, item.name_zh, zh_order(item.name, item.name_zh), item.unit, body),
            )
            return
        item_id, unit, former, branch_id, seq = row
        if branch_id is not None and unit != item.unit:
            # The branch that put it counts other goods under this SKU: kept beside, for a person to merge.
            run(
                "INSERT OR REPLACE INTO item_differences VALUES (?, ?, ?, ?, ?)",
                (item_id, branch_id, unit, former, seq),
            )
        run(
            "UPDATE items SET name = ?, name_zh = ?, zh_order = ?, unit = ?, body = ?, version = version + 1, branch_id = NULL,"
            " seq = NULL WHERE item_id = ?",
            (item.name, item.name_zh, zh_order(item.name, item.name_zh), item.unit, body, item_id),
        )

    def price_at(self, price_list: str, sku: str, effective_at: int) -> Price | None:
        """The price of that list from exactly that moment on."""
        row = self._connection.execute(
            f"{_PRICE} WHERE price_list = ? AND sku = ? AND effective_at = ?", (price_list, sku, effective_at)
        ).fetchone()
        return None if row is None else Price(*row)

    def has_prices(self, price_list: str, sku: str) -> bool:
        """Whether the list ever had a price of the item."""
        query = "SELECT 1 FROM prices WHERE price_list = ? AND sku = ? LIMIT 1"
        return self._connection.execute(query, (price_list, sku)).fetchone() is not None

    def put_price(self, price: Price, at: int) -> None:
        """Keep a price; of two for one moment the newer version stays."""
        self.is_to_be_told = True
        self._connection.execute(
            "INSERT INTO prices (price_list, sku, effective_at, price, version, put_at, place) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (price_list, sku, effective_at) DO UPDATE SET price = excluded.price, version = excluded.version,"
            " put_at = excluded.put_at, place = excluded.place WHERE excluded.version > version",
            (
                price.price_list, price.sku, price.effective_at, price.price, price.version, at,
                self._newest_place("prices") + 1,
            ),
        )  # fmt: skip

    def _newest_place(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT coalesce(max(place), 0) FROM {table}").fetchone()[0])

    def seal_key(self) -> bytes:
        """The key of headquarters' seals."""
        if not self._seal_key:
            (key,) = self._connection.execute("SELECT seal_key FROM site").fetchone()
            self._seal_key = bytes(key)
        return self._seal_key

    def items_after(self, place: int, limit: int) -> Sequence[tuple[int, CatalogueItem]]:
        """Items that were put after a place."""
        rows = self._connection.execute(ITEMS_AFTER, (place, limit))
        return [(row[0], CatalogueItem(_decoder.decode(row[1]), row[2])) for row in rows]

    def prices_after(self, place: int, limit: int, now: int) -> Sequence[tuple[int, Price, bool]]:
        """Prices that were put after a place, and whether a later one is in force."""
        rows = self._connection.execute(PRICES_AFTER, (now, place, limit))
        return [(row[0], Price(*row[1:6]), row[4] < row[6]) for row in rows]

    def receive(self, branch: str) -> None:
        """The branch has the catalogue from now on."""
        run = self._connection.execute
        if run("INSERT OR IGNORE INTO catalogue_receivers VALUES (?, 0, 0)", (branch,)).rowcount:
            self.is_to_be_told = True

    def behind(self, limit: int) -> Sequence[Receiver]:
        """Branches that were not told all."""
        places = (self._newest_place("catalogue"), self._newest_place("prices"))
        rows = self._connection.execute(
            "SELECT branch, items_through, prices_through FROM catalogue_receivers WHERE items_through < ? OR"
            " prices_through < ? ORDER BY items_through + prices_through DESC, branch LIMIT ?",
            (*places, limit),
        )
        return [Receiver(*row) for row in rows]

    def told(self, receiver: Receiver) -> None:
        """A branch was told so far."""
        self._connection.execute(
            "UPDATE catalogue_receivers SET items_through = ?, prices_through = ? WHERE branch = ?",
            (receiver.items_through, receiver.prices_through, receiver.branch),
        )


def list_prices(
    connection: sqlite3.Connection, price_list: str, *, item: str | None, after: tuple[str, int], limit: int, now: int
) -> list[tuple[Price, int]]:
    """Prices by item and moment, each with the moment of the one of its item that is in force (0: none yet)."""
    where, values = ["price_list = ? AND (sku, effective_at) > (?, ?)"], list[object]((price_list, *after))
    if item is not None:
        where.append("sku = ?")
        values.append(item)
    rows = connection.execute(
        f"SELECT price_list, sku, price, effective_at, version, {_IN_FORCE} FROM prices AS this"
        f" WHERE {' AND '.join(where)} ORDER BY sku, effective_at LIMIT ?",
        (now, *values, limit),
    )
    return [(Price(*row[:5]), row[5]) for row in rows]


def next_prices(connection: sqlite3.Connection, price_list: str, skus: Iterable[str], *, now: int) -> dict[str, Price]:
    """The next price to come of each of these items, where there is one."""
    found = {}
    for sku in skus:
        row = connection.execute(
            f"{_PRICE} WHERE price_list = ? AND sku = ? AND effective_at > ? ORDER BY effective_at LIMIT 1",
            (price_list, sku, now),
        ).fetchone()
        if row is not None:
            found[sku] = Price(*row)
    return found
