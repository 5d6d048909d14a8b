"""Items of headquarters that do not fit this branch's own, over HTTP: what they are, and what stands against each."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.roles import Role
from gateway.store.held_items import HeldItem, list_held
from gateway.web.branch import Branch
from gateway.web.moments import moment


class SkuKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in a list by SKU."""

    sku: str


class HeldItemView(msgspec.Struct, frozen=True):
    """An item as headquarters sent it; `code` and the sentences say why it is not sold here, `since` when it came."""

    sku: str
    name: str
    name_zh: str | None
    unit: str
    price: int
    version: int
    code: str
    detail: str
    detail_zh: str
    since: str


def held_view(branch: Branch, held: HeldItem) -> HeldItemView:
    """A held item as the contract shows it."""
    item, words = held.item, branch.sentences.of(held.fault)
    return HeldItemView(
        item.sku, item.name, item.name_zh, item.unit, item.price, held.version, held.fault.code, words.en, words.zh,
        moment(held.at),
    )  # fmt: skip


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /held-items`."""

    @get(
        "/api/v1/held-items",
        tags=["items"],
        summary="Items of headquarters that do not fit this branch's own",
        guards=[at_least(Role.CASHIER)],
    )
    async def held_items(
        after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[HeldItemView]:
        start, most = decode_cursor("held-items", after, SkuKey) or SkuKey(""), page_limit(limit)
        rows = await branch.shop.ledger.read(lambda connection: list_held(connection, after=start.sku, limit=most + 1))
        page = page_of("held-items", rows, most, lambda row: SkuKey(row.item.sku))
        return Page([held_view(branch, row) for row in page.rows], page.next)

    return [held_items]
