"""Items over HTTP: put, read, search."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.store.items import list_items, load_item
from gateway.use_cases.put_item import ItemRefused, put_item
from gateway.web.branch import Branch
from gateway.web.change_asked import change_asked
from gateway.web.keys import NameKey
from gateway.web.problems import refusal
from replication.wire.item import Item
from replication.wire.item_entry import ItemEntry
from replication.wire.quantity import format_quantity, shortest

SEARCH_CHARACTERS_MAX: Final = 100
"""Longer than any name or code a person types into a search field; the rest is cut."""

_encode = msgspec.json.Encoder().encode
_entry_decoder = msgspec.json.Decoder(ItemEntry)


class PackView(msgspec.Struct, frozen=True):
    """A pack; `factor` is base units per pack."""

    unit: str
    factor: str
    barcode: str | None


class ItemView(msgspec.Struct, frozen=True):
    """An item as it is sold now; `version` is the seq of its last change. `owner` is `headquarters` for an item that is
    changed there only, else `branch`."""

    sku: str
    name: str
    name_zh: str | None
    unit: str
    price: int
    barcodes: tuple[str, ...]
    packs: tuple[PackView, ...]
    tracking: str
    weighed: bool
    category: str | None
    category_zh: str | None
    low_below: str | None
    version: int | None
    owner: str = "branch"
    whole: bool = False
    tax: str | None = None
    keep_below: str | None = None


def item_view(item: Item, version: int | None, sent_version: int = 0) -> ItemView:
    """An item as the API shows it."""
    return ItemView(
        item.sku, item.name, item.name_zh, item.unit, item.price, item.barcodes,
        tuple(PackView(pack.unit, format_quantity(pack.factor), pack.barcode) for pack in item.packs),
        item.tracking.value, item.weighed, item.category, item.category_zh,
        None if item.low_below is None else format_quantity(item.low_below), version,
        "headquarters" if sent_version else "branch", item.whole, item.tax,
        None if item.keep_below is None else shortest(item.keep_below),
    )  # fmt: skip


def put_one(branch: Branch) -> RawHandler:
    """`PUT /items/{sku}`: 201 new, 200 changed or the same again."""

    async def put(scope: Any, receive: Any, send: Any) -> None:
        asked = await change_asked(branch, scope, lambda: read_body(receive), _entry_decoder, Role.MANAGER)
        if isinstance(asked, Problem):
            await send_problem(send, asked)
            return
        poster, entry = asked
        sku = scope["path_params"]["sku"]
        stored = await put_item(branch.shop, poster, sku, entry)
        if isinstance(stored, ItemRefused):
            await send_problem(send, refusal(branch.sentences, stored.status, stored.faults, stored.code))
            return
        version = stored.seq
        if version is None:
            row = await branch.shop.ledger.read(lambda connection: load_item(connection, sku))
            version = None if row is None else row.seq
        await respond(send, 201 if stored.created else 200, _encode(item_view(stored.item, version)))

    return put


def get_one(branch: Branch) -> RawHandler:
    """`GET /items/{sku}`."""

    async def get_it(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        sku = scope["path_params"]["sku"]
        row = await branch.shop.ledger.read(lambda connection: load_item(connection, sku))
        if row is None:
            await send_problem(send, make("not_found"))
        else:
            await respond(send, 200, _encode(item_view(row.item, row.seq, row.version)))

    return get_it


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /items`."""

    @get("/api/v1/items", tags=["items"], summary="Items by name", guards=[at_least(Role.CASHIER)])
    async def items(
        q: FromQuery[str] = "", after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[ItemView]:
        start = decode_cursor("items", after, NameKey) or NameKey("", 0)
        most = page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_items(
                connection, search=q.strip()[:SEARCH_CHARACTERS_MAX], after=(start.name, start.item_id), limit=most + 1
            )
        )
        page = page_of("items", rows, most, lambda row: NameKey(*row.key))
        return Page([item_view(row.item, row.seq, row.version) for row in page.rows], page.next)

    return [items]
