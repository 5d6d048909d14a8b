"""Everything the ledger holds as plain rows of text, a page after a key at a time. A page is one snapshot; the next may be later."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from gateway.domain.costing import MILLIONTHS, Valuation, unit_cost
from gateway.domain.import_cells import joined
from gateway.domain.import_columns import COLUMNS, ImportKind
from gateway.domain.import_goods import Partner
from gateway.store.items import item_as_sold
from gateway.store.partners import MEMBER, SUPPLIER, list_partners
from gateway.store.recipes import list_recipes
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from replication.wire.events import decode_event
from replication.wire.item import Item, Tracking
from replication.wire.quantity import THOUSANDTHS, Quantity, shortest
from replication.wire.recipe import Recipe

PAGE_ROWS: Final = 500
"""Read at once: some milliseconds of one reader, and all that is ever in memory."""

SERIALS_A_ROW: Final = 25
"""Of 64 characters each, in a cell of 2,000."""

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


def item_row(item: Item, digits: int) -> Row:
    """An item in the columns of its table."""
    return (
        item.sku, item.name, item.name_zh, item.unit, _amount(item.price, digits), joined(item.barcodes), item.category,
        item.category_zh, item.tracking.value, _yes(item.weighed), _quantity(item.low_below), _yes(item.whole), item.tax,
        None if item.keep_below is None else shortest(Quantity(item.keep_below)),
    )  # fmt: skip


def code_rows(item: Item) -> Iterable[Row]:
    """Its barcodes and packs."""
    yield from ((item.sku, code, None, None) for code in item.barcodes)
    yield from ((item.sku, pack.barcode, pack.unit, _quantity(pack.factor)) for pack in item.packs)


def partner_row(one: Partner) -> Row:
    """A supplier or a member in the columns of their table."""
    return one.code, one.name, one.name_zh, one.phone, one.note, _yes(one.active)


def recipe_rows(recipe: Recipe) -> Iterable[Row]:
    """A row for each component, by-product and step, each with what is said of the whole."""
    heads = _heads(ImportKind.RECIPES)
    whole: dict[str, str | None] = {
        "code": recipe.code, "item": recipe.item, "output": _quantity(recipe.output), "good": _amount(recipe.good, 2),
        "tolerance": _amount(recipe.tolerance, 2), "deplete_on": recipe.deplete_on.value, "location": recipe.location,
        "shelf_life_days": None if recipe.shelf_life_days is None else str(recipe.shelf_life_days),
        "active": _yes(recipe.active),
    }  # fmt: skip
    parts: list[dict[str, str | None]] = []
    for one in recipe.components:
        ratio = {} if one.unit is None else {"unit": one.unit, "units": str(one.units), "bases": str(one.bases)}
        parts.append(
            {"component": one.item, "quantity": _quantity(one.quantity), "usable": _amount(one.usable, 2), **ratio}
        )
    parts += [
        {"by_product": one.item, "quantity": _quantity(one.quantity), "share": _amount(one.share, 2)}
        for one in recipe.by_products
    ]
    for step in recipe.steps:
        minutes = None if step.minutes is None else str(step.minutes)
        parts.append({"step": step.name, "step_zh": step.name_zh, "minutes": minutes})
    for part in parts:
        said = whole | part
        yield tuple(said.get(head) for head in heads)


_BALANCES: Final = (
    "SELECT balances.item_id, location_id, lot_id, items.body, balances.quantity, locations.name, lot, expiry, valuations.quantity,"
    " value, last FROM balances JOIN items USING (item_id) JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
    " LEFT JOIN valuations USING (item_id) WHERE (balances.item_id, location_id, lot_id) > (?, ?, ?) AND balances.quantity != 0"
    " AND NOT virtual ORDER BY balances.item_id, location_id, lot_id LIMIT ?"
)


def _balances(connection: sqlite3.Connection, key: Key, digits: int) -> tuple[list[Row], Key | None]:
    """Goods at a place. Their cost is the average, to a minor unit: a bill says no less."""
    found = connection.execute(_BALANCES, (*key, PAGE_ROWS)).fetchall()
    rows: list[Row] = []
    for item_id, _, _, body, quantity, location, lot, expiry, held, value, last in found:
        item = item_as_sold(body, None)
        each = None if held is None else unit_cost(Valuation(held, value, last))
        cost = None if each is None else _amount((each + MILLIONTHS // 2) // MILLIONTHS, digits)
        for part, serials in _pieces(connection, item_id, item, quantity, location, lot):
            rows.append((item.sku, _quantity(part), item.unit, cost, location, lot, expiry, serials))
    return rows, (tuple(found[-1][:3]) if len(found) == PAGE_ROWS else None)


def _pieces(
    connection: sqlite3.Connection, item_id: int, item: Item, quantity: int, location: str, lot: str | None
) -> Iterable[tuple[int, str | None]]:
    """A quantity with its serial numbers, in rows of as many as a cell has room for; those nobody named are a row as well."""
    if item.tracking is Tracking.SERIAL:
        standing = connection.execute(
            "SELECT serial, destination, lot, max(place) FROM serial_moves WHERE item_id = ? GROUP BY serial ORDER BY serial",
            (item_id,),
        )
        serials = [serial for serial, *where, _ in standing if where == [location, lot or ""]]
        for at in range(0, len(serials), SERIALS_A_ROW):
            some = serials[at : at + SERIALS_A_ROW]
            yield len(some) * THOUSANDTHS, joined(some)
        quantity -= len(serials) * THOUSANDTHS
    if quantity:
        yield quantity, None


def _partners(kind: str) -> Page:
    def page(connection: sqlite3.Connection, key: Key, digits: int) -> tuple[list[Row], Key | None]:
        del digits
        found = list_partners(connection, kind, after=str(key[0]), limit=PAGE_ROWS)
        return [partner_row(one) for one in found], ((found[-1].code,) if len(found) == PAGE_ROWS else None)

    return page


def _recipes(connection: sqlite3.Connection, key: Key, digits: int) -> tuple[list[Row], Key | None]:
    del digits
    found = list_recipes(connection, after=str(key[0]), limit=PAGE_ROWS)
    rows = [one for row in found for one in recipe_rows(row.recipe)]
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


def _sold(row: tuple[object, ...]) -> Item:
    return item_as_sold(row[0], row[1])  # type: ignore[arg-type]


def _heads(kind: ImportKind) -> tuple[str, ...]:
    return tuple(column.name for column in COLUMNS[kind])


_ITEMS: Final = "SELECT sku, body, list_price FROM items WHERE sku > ? ORDER BY sku LIMIT ?"

EXPORTS: Final[dict[str, Export]] = {
    "items": Export(_heads(ImportKind.ITEMS), ("",), _paged(_ITEMS, 1, lambda row, digits: [item_row(_sold(row), digits)])),
    "barcodes": Export(_heads(ImportKind.BARCODES), ("",), _paged(_ITEMS, 1, lambda row, _: code_rows(_sold(row)))),
    "balances": Export(_heads(ImportKind.BALANCES), (0, 0, 0), _balances),
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
