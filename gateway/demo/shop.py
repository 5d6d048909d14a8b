"""Fills the sample shop through the public API: goods, then one opening balance. Done once; asked again it does nothing."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable

from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Tokens, read_or_create_key
from gateway.demo.branch_client import BranchClient, BranchSilent
from gateway.demo.goods import goods
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
        opening = f"/api/v1/documents/{document_id(f'opening balance of {branch.id}')}"
        status, _ = client.ask("GET", opening)
        if status in GRANTED:
            return False
        for good in goods():
            status, answer = client.ask("PUT", f"/api/v1/items/{good.sku}", good.as_item())
            # A conflict means that headquarters owns the item by now: it knows better than the sample.
            if status not in {*GRANTED, 409}:
                raise ShopRefused(f"item {good.sku}: {status} {_detail(answer)}")
        lines = [
            {
                "item": good.sku,
                "quantity": good.opening_quantity(branch.id),
                "cost": good.price * COST_PERCENT // 100,
            }
            for good in goods()
        ]
        body = {"type": "opening_balance", "lines": lines, "note": "Sample shop · 示例商店"}
        status, answer = client.ask("PUT", opening, body)
        if status not in GRANTED:
            raise ShopRefused(f"opening balance: {status} {_detail(answer)}")
        return True
    finally:
        client.close()


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
