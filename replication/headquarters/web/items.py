"""Items of the chain over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from replication.headquarters.stores.rows import ItemRow
from replication.headquarters.stores.sqlite.queries import find_item, list_items
from replication.headquarters.web.office import Office
from replication.wire.quantity import format_quantity

SEARCH_CHARACTERS_MAX: Final = 100
"""Longer than any name or code a person types into a search field; the rest is cut."""


class NameKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the items by name."""

    name: str
    item_id: Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class PackView(msgspec.Struct, frozen=True):
    """A pack; `factor` is base units per pack."""

    unit: str
    factor: str
    barcode: str | None


class ItemView(msgspec.Struct, frozen=True):
    """An item as it is now; `version` counts its changes here. What a code that moved before it was made lacks is null."""

    sku: str
    name: str
    name_zh: str | None
    unit: str | None
    price: int | None
    barcodes: tuple[str, ...]
    packs: tuple[PackView, ...]
    tracking: str | None
    weighed: bool
    category: str | None
    category_zh: str | None
    low_below: str | None
    version: int


def routes(office: Office) -> Sequence[Any]:
    """`GET /items`, `GET /items/{sku}`."""

    @get("/api/v1/items", tags=["items"], summary="Items by name", guards=[at_least(Role.CASHIER)])
    async def items(
        q: FromQuery[str] = "", after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[ItemView]:
        start = decode_cursor("items", after, NameKey) or NameKey("", 0)
        most = page_limit(limit)
        rows = await office.store.read(
            lambda connection: list_items(
                connection, search=q.strip()[:SEARCH_CHARACTERS_MAX], after=(start.name, start.item_id), limit=most + 1
            )
        )
        page = page_of("items", rows, most, lambda row: NameKey(row.name, row.item_id))
        return Page([_view(row) for row in page.rows], page.next)

    @get("/api/v1/items/{sku:str}", tags=["items"], summary="An item", guards=[at_least(Role.CASHIER)])
    async def item(sku: FromPath[str]) -> ItemView:
        row = await office.store.read(lambda connection: find_item(connection, sku))
        if row is None:
            raise ProblemRaised(make("not_found"))
        return _view(row)

    return [items, item]


def _view(row: ItemRow) -> ItemView:
    item = row.item
    if item is None:
        return ItemView(row.sku, row.name, row.name_zh, None, None, (), (), None, False, None, None, None, row.version)
    return ItemView(
        row.sku, row.name, row.name_zh, item.unit, item.price, item.barcodes,
        tuple(PackView(pack.unit, format_quantity(pack.factor), pack.barcode) for pack in item.packs),
        item.tracking.value, item.weighed, item.category, item.category_zh,
        None if item.low_below is None else format_quantity(item.low_below), row.version,
    )  # fmt: skip
