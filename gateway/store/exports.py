"""Everything the ledger holds as plain rows of text, a page after a key at a time. A page is one snapshot; the next may be later."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from gateway.domain.import_columns import COLUMNS, ImportKind
from gateway.store.items import item_as_sold
from gateway.store.partners import MEMBER, SUPPLIER, list_partners
from gateway.store.recipes import list_recipes
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from replication.wire.events import decode_event
from replication.wire.quantity import Quantity, shortest

PAGE_ROWS: Final = 500
"""Read at once: some milliseconds of one reader, and all that is ever in memory."""

Key = tuple[object, ...]
Row = tuple[str | None, ...]
Page = Callable[[sqlite3.Connection, Key, int], tuple[list[Row], Key | None]]


class Export(msgspec.Struct, frozen=True):
    """A list: its heads, where it begins, and how its next page is read with the currency's decimals."""

    heads: tuple[str, ...]
    start: Key
    page: Page


def _amount(minor: int | None, digits: int) -> str | None:
    """Minor units as a decimal of the currency, exactly."""
    if minor is None:
        return None
    text = str(abs(minor)).rjust(digits + 1, "0")
    return ("-" if minor < 0 else "") + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def _quantity(value: int | None) -> str | None:
    return None if value is None else shortest(Quantity(value))


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _paged(sql: str, keys: int, shape: Callable[[tuple[object, ...], int], Iterable[Row]]) -> Page:
    """Pages of a statement that takes its key and a limit; the first `keys` columns of a row are its key."""

    def page(connection: sqlite3.Connection, key: Key, digits: int) -> tuple[list[Row], Key | None]:
        found = connection.execute(sql, (*key, PAGE_ROWS)).fetchall()
        rows = [row for one in found for row in shape(one[keys:], digits)]
        return rows, (tuple(found[-1][:keys]) if len(found) == PAGE_ROWS else None)

    return page


def _texts(values: Iterable[object]) -> Row:
    return tuple(None if value is None else str(value) for value in values)


def _item(row: tuple[object, ...], digits: int) -> Iterable[Row]:
    item = item_as_sold(row[0], row[1])  # type: ignore[arg-type]
    yield (
        item.sku, item.name, item.name_zh, item.unit, _amount(item.price, digits), " ".join(item.barcodes), item.category,
        item.category_zh, item.tracking.value, _yes(item.weighed), _quantity(item.low_below), _yes(item.whole), item.tax,
        None if item.keep_below is None else shortest(Quantity(item.keep_below)),
    )  # fmt: skip


def _codes(row: tuple[object, ...], digits: int) -> Iterable[Row]:
    item = item_as_sold(row[0], row[1])  # type: ignore[arg-type]
    del digits
    yield from ((item.sku, code, None, None) for code in item.barcodes)
    yield from ((item.sku, pack.barcode, pack.unit, _quantity(pack.factor)) for pack in item.packs)


def _partners(kind: str) -> Page:
    def page(connection: sqlite3.Connection, key: Key, digits: int) -> tuple[list[Row], Key | None]:
        del digits
        found = list_partners(connection, kind, after=str(key[0]), limit=PAGE_ROWS)
        rows: list[Row] = [(one.code, one.name, one.name_zh, one.phone, one.note, _yes(one.active)) for one in found]
        return rows, ((found[-1].code,) if len(found) == PAGE_ROWS else None)

    return page


def _recipes(connection: sqlite3.Connection, key: Key, digits: int) -> tuple[list[Row], Key | None]:
    del digits
    found = list_recipes(connection, after=str(key[0]), limit=PAGE_ROWS)
    rows: list[Row] = []
    for recipe in (row.recipe for row in found):
        for one in recipe.components:
            ratio = (None, None) if (one.units, one.bases) == (1, 1) else (str(one.units), str(one.bases))
            rows.append((
                recipe.code, recipe.item, _quantity(recipe.output), _amount(recipe.good, 2), recipe.deplete_on.value,
                recipe.location, one.item, _quantity(one.quantity), one.unit, *ratio, _amount(one.usable, 2),
            ))  # fmt: skip
    return rows, ((found[-1].recipe.code,) if len(found) == PAGE_ROWS else None)


def _journal(row: tuple[object, ...], digits: int) -> Iterable[Row]:
    del digits
    seq, epoch, event_id, kind, payload, hash_ = row
    assert isinstance(event_id, bytes)
    assert isinstance(payload, bytes)
    assert isinstance(hash_, bytes)
    said = None
    if payload:
        said = msgspec.json.encode(msgspec.to_builtins(decode_event(int(str(kind)), payload))).decode()
    yield (str(seq), str(epoch), event_id.hex(), str(kind), hash_.hex(), payload.hex(), said)


def _heads(kind: ImportKind) -> tuple[str, ...]:
    return tuple(column.name for column in COLUMNS[kind])


_ITEMS: Final = "SELECT sku, body, list_price FROM items WHERE sku > ? ORDER BY sku LIMIT ?"

EXPORTS: Final[dict[str, Export]] = {
    "items": Export(_heads(ImportKind.ITEMS), ("",), _paged(_ITEMS, 1, _item)),
    "barcodes": Export(_heads(ImportKind.BARCODES), ("",), _paged(_ITEMS, 1, _codes)),
    "balances": Export(
        ("sku", "quantity", "unit", "cost", "location", "lot", "expiry"), (0, 0, 0),
        _paged(
            "SELECT balances.item_id, balances.location_id, balances.lot_id, sku, quantity, locations.name, lot, expiry"
            " FROM balances JOIN items USING (item_id) JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
            " WHERE (balances.item_id, balances.location_id, balances.lot_id) > (?, ?, ?) AND quantity != 0 AND NOT virtual"
            " ORDER BY balances.item_id, balances.location_id, balances.lot_id LIMIT ?", 3,
            lambda row, _: [(str(row[0]), _quantity(row[1]), None, None, *_texts(row[2:]))],  # type: ignore[arg-type]
        ),
    ),
    "lots": Export(
        ("sku", "lot", "expiry", "blocked"), (0,),
        _paged(
            "SELECT lot_id, sku, lot, expiry, blocked FROM lots JOIN items USING (item_id) WHERE lot_id > ? ORDER BY lot_id"
            " LIMIT ?", 1, lambda row, _: [(*_texts(row[:3]), _yes(bool(row[3])))],
        ),
    ),
    "movements": Export(
        ("seq", "sku", "location", "lot", "quantity", "on_hand_after"), (0,),
        _paged(
            "SELECT movement_id, movement_id, sku, locations.name, lot, quantity, balance FROM movements JOIN items USING (item_id) JOIN"
            " locations USING (location_id) LEFT JOIN lots USING (lot_id) WHERE movement_id > ? ORDER BY movement_id LIMIT ?",
            1, lambda row, _: [(
                str(int(row[0]) // MOVEMENTS_PER_DOCUMENT), *_texts(row[1:4]), _quantity(row[4]), _quantity(row[5]),  # type: ignore[call-overload, arg-type]
            )],
        ),
    ),
    "documents": Export(
        ("seq", "id", "type", "count", "total", "station", "person", "posted_at_ms"), (0,),
        _paged(
            "SELECT documents.seq, documents.seq, lower(hex(event_id)), type, count, total, stations.name, person, posted_at FROM documents"
            " JOIN journal USING (seq) LEFT JOIN stations USING (station_id) WHERE documents.seq > ? ORDER BY documents.seq LIMIT ?", 1,
            lambda row, digits: [(*_texts(row[:4]), _amount(row[4], digits), *_texts(row[5:]))],  # type: ignore[arg-type]
        ),
    ),
    "suppliers": Export(_heads(ImportKind.SUPPLIERS), ("",), _partners(SUPPLIER)),
    "members": Export(_heads(ImportKind.MEMBERS), ("",), _partners(MEMBER)),
    "recipes": Export(_heads(ImportKind.RECIPES), ("",), _recipes),
    "journal": Export(
        ("seq", "epoch", "event_id", "kind", "hash", "payload_hex", "payload"), (0,),
        _paged(
            "SELECT seq, seq, epoch, event_id, kind, payload, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", 1, _journal,
        ),
    ),
}  # fmt: skip
