"""Fills the sample shop through the public API: goods, one opening balance, and the dishes of a kitchen. Done once; asked again it
does nothing."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Tokens, read_or_create_key
from gateway.demo.branch_client import BranchClient, BranchSilent
from gateway.demo.goods import goods, hot_food
from gateway.up.plan import Plan, Site

# When the sample shop opened, in milliseconds since 1970: the first half of its opening balance's id.
OPENED_AT_MS = 1_767_225_600_000
# What the goods cost us, in hundredths of the price.
COST_PERCENT = 65
GRANTED = (200, 201)


class ShopRefused(Exception):
    """The branch would not take the sample shop."""


async def prepare_shops(plan: Plan, say: Callable[[str], None]) -> None:
    """Fills every branch that is not yet filled, all at once. A branch that refuses is told of, and left as it is."""
    began = time.monotonic()
    results = await asyncio.gather(
        *(asyncio.to_thread(prepare_shop, branch) for branch in plan.branches), return_exceptions=True
    )
    for branch, result in zip(plan.branches, results, strict=True):
        if isinstance(result, (ShopRefused, BranchSilent)):
            say(f"{branch.id}: the sample shop is not complete: {result}. It is tried again at the next start.")
        elif isinstance(result, BaseException):
            raise result
    if filled := sum(1 for result in results if result is True):
        say(f"sample shop: {len(goods())} items in {filled} branches, {time.monotonic() - began:.1f} s")


def prepare_shop(branch: Site) -> bool:
    """True when it was filled now, False when it was before. Raises `ShopRefused` or `BranchSilent`."""
    client = BranchClient(branch.port, make_token(branch, Role.ADMIN, "admin"))
    try:
        filled = _fill_shelves(client, branch)
        return (branch.kitchen and _write_menu(client)) or filled
    finally:
        client.close()


def _fill_shelves(client: BranchClient, branch: Site) -> bool:
    opening = f"/api/v1/documents/{document_id(f'opening balance of {branch.id}')}"
    if _granted(client, opening):
        return False
    for good in goods():
        _put_item(client, good.sku, good.as_item())
    lines = [
        {"item": good.sku, "quantity": good.opening_quantity(branch.id), "cost": good.price * COST_PERCENT // 100}
        for good in goods()
    ]
    body = {"type": "opening_balance", "lines": lines, "note": "Sample shop · 示例商店"}
    _put(client, "opening balance", opening, body)
    return True


def _write_menu(client: BranchClient) -> bool:
    """The dishes, each with its recipe. Those that are there stay as somebody may have changed them."""
    menu = hot_food()
    wanted = [dish for dish in menu.items if not _granted(client, f"/api/v1/recipes/{dish.sku}")]
    for dish in wanted:
        _put_item(client, dish.sku, dish.item)
        _put(client, f"recipe {dish.sku}", f"/api/v1/recipes/{dish.sku}", menu.recipes[dish.sku])
    return bool(wanted)


def _granted(client: BranchClient, path: str) -> bool:
    status, _ = client.ask("GET", path)
    return status in GRANTED


def _put_item(client: BranchClient, sku: str, item: dict[str, Any]) -> None:
    # A conflict means that headquarters owns the item by now: it knows better than the sample.
    _put(client, f"item {sku}", f"/api/v1/items/{sku}", item, good=(*GRANTED, HTTPStatus.CONFLICT))


def _put(client: BranchClient, what: str, path: str, body: object, *, good: Sequence[int] = GRANTED) -> None:
    status, answer = client.ask("PUT", path, body)
    if status not in good:
        raise ShopRefused(f"{what}: {status} {_detail(answer)}")


def make_token(site: Site, role: Role, person: str) -> str:
    """A token as `kontor token` makes it."""
    return Tokens(read_or_create_key(site.folder), site.id).issue(role=role, person=person, issued=int(time.time()))


def document_id(name: str) -> uuid.UUID:
    """The same UUIDv7 for the same name, so that a second try is recognised as the first."""
    return make_document_id(OPENED_AT_MS, hashlib.sha256(name.encode()).digest()[:10])


def make_document_id(milliseconds: int, chance: bytes) -> uuid.UUID:
    """A UUIDv7 from a time and ten bytes."""
    number = milliseconds << 80 | int.from_bytes(chance, "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def _detail(answer: object) -> str:
    if isinstance(answer, dict):
        return str(answer.get("detail") or answer.get("title") or answer)[:300]
    return ""
