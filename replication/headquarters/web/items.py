"""Items of the chain over HTTP: read all, and put headquarters' own."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make
from admin_ui.serving.raw import Operation, RawHandler, RawRoute, respond, send_problem
from admin_ui.serving.roles import Role
from replication.headquarters.catalogue import put_item
from replication.headquarters.stores.rows import ItemRow
from replication.headquarters.stores.sqlite.queries import find_item, list_items
from replication.headquarters.web.office import Office
from replication.headquarters.web.refusals import Refusals
from replication.wire.fault import Fault
from replication.wire.item import Item
from replication.wire.item_entry import ItemEntry, PackEntry, is_malformed, read_item
from replication.wire.quantity import format_quantity, shortest

SEARCH_CHARACTERS_MAX: Final = 100
"""Longer than any name or code a person types into a search field; the rest is cut."""


_entry_decoder = msgspec.json.Decoder(ItemEntry)
_encode = msgspec.json.Encoder().encode
EXAMPLE: Final = ItemEntry(
    "Oolong tea 500 ml", "bottle", 650, name_zh="乌龙茶 500 毫升", barcodes=("9521101530001",),
    packs=(PackEntry("box", "24", "9521101530018"),), category="Drinks", category_zh="饮料",
)  # fmt: skip


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
    """An item as it is now; `version` counts its changes here. What a code that moved before it was made lacks is null.

    `owner` is `headquarters` for an item that was put here and is sent to every branch, else `branch`; `sent_version` is
    the version sent. `list_price` is the price in force of the price list, which goes before `price`.
    """

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
    owner: str
    sent_version: int | None
    list_price: int | None
    whole: bool = False
    tax: str | None = None
    keep_below: str | None = None


def routes(office: Office) -> Sequence[Any]:
    """`GET /items`, `GET /items/{sku}`."""

    @get("/api/v1/items", tags=["items"], summary="Items by name", guards=[at_least(Role.CASHIER)])
    async def items(
        q: FromQuery[str] = "", after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[ItemView]:
        start = decode_cursor("items", after, NameKey) or NameKey("", 0)
        most, now = page_limit(limit), office.utc_milliseconds()
        rows = await office.store.read(
            lambda connection: list_items(
                connection,
                search=q.strip()[:SEARCH_CHARACTERS_MAX],
                after=(start.name, start.item_id),
                limit=most + 1,
                now=now,
            )
        )
        page = page_of("items", rows, most, lambda row: NameKey(row.name, row.item_id))
        return Page([_view(row) for row in page.rows], page.next)

    @get("/api/v1/items/{sku:str}", tags=["items"], summary="An item", guards=[at_least(Role.CASHIER)])
    async def item(sku: FromPath[str]) -> ItemView:
        now = office.utc_milliseconds()
        row = await office.store.read(lambda connection: find_item(connection, sku, now=now))
        if row is None:
            raise ProblemRaised(make("not_found"))
        return _view(row)

    return [items, item]


def raw_routes(office: Office) -> list[RawRoute]:
    """`PUT /items/{sku}`."""
    return [
        RawRoute("/api/v1/items/{sku:str}", {
            "PUT": Operation(
                handler=_put(office),
                summary="Create or change an item of the chain; every branch gets it",
                name="put_item",
                tags=["items"],
                request=ItemEntry,
                request_example=EXAMPLE,
                responses={
                    201: ItemView, 200: ItemView, 400: Problem, 403: Problem, 409: Problem, 422: Problem, 503: Problem,
                },
            )
        }, {"sku": "tea-500"}),
    ]  # fmt: skip


def _put(office: Office) -> RawHandler:
    refusals = Refusals(office.config.site.currency)

    async def put(scope: Any, receive: Any, send: Any) -> None:
        entry = await office.entered(scope, receive, Role.MANAGER, _entry_decoder)
        if isinstance(entry, Problem):
            await send_problem(send, entry)
            return
        sku, now = scope["path_params"]["sku"], office.utc_milliseconds()
        item = read_item(sku, entry)
        if not isinstance(item, Item):
            await send_problem(send, refusals.of(400 if is_malformed(item) else 422, item))
            return
        outcome = await office.store.transact(lambda session: put_item(session, item, now))
        if isinstance(outcome, Fault):
            await send_problem(send, refusals.of(422 if outcome.code == "document_too_large" else 409, (outcome,)))
            return
        row = await office.store.read(lambda connection: find_item(connection, sku, now=now))
        assert row is not None, "what was just put is there"
        await respond(send, 201 if outcome.created else 200, _encode(_view(row)))

    return put


def _view(row: ItemRow) -> ItemView:
    item = row.item
    owner = "branch" if row.sent_version is None else "headquarters"
    sent = (row.version, owner, row.sent_version, row.list_price)
    if item is None:
        return ItemView(row.sku, row.name, row.name_zh, None, None, (), (), None, False, None, None, None, *sent)
    return ItemView(
        row.sku, row.name, row.name_zh, item.unit, item.price, item.barcodes,
        tuple(PackView(pack.unit, format_quantity(pack.factor), pack.barcode) for pack in item.packs),
        item.tracking.value, item.weighed, item.category, item.category_zh,
        None if item.low_below is None else format_quantity(item.low_below), *sent, item.whole, item.tax,
        None if item.keep_below is None else shortest(item.keep_below),
    )  # fmt: skip
