"""Puts a profile's sample shop into a ledger, through the same use cases as any person: items, recipes, one opening balance.

Done once; a second time changes nothing, for every id follows from the profile's name.
"""

import datetime as dt
import hashlib
import uuid
from typing import Any, Final

import msgspec

from gateway.domain.document import Body
from gateway.domain.recipe_entry import RecipeEntry
from gateway.profiles.profile import Profile, ProfileItem
from gateway.store.session import Posted
from gateway.use_cases.post_document import Exists, post_document
from gateway.use_cases.put_item import ItemStored, put_item
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from gateway.use_cases.shop import Poster, Shop
from replication.wire.item_entry import ItemEntry

OPENER: Final = Poster("admin", "admin")
FIRST_LOT: Final = "OPENING"
"""The lot of goods that were there before anybody wrote lots down."""


class SampleRefused(Exception):
    """The ledger would not take the sample shop: it holds other goods under the same names."""


async def open_sample_shop(shop: Shop, profile: Profile) -> int:
    """How many items were put. Raises SampleRefused and StoreBusy."""
    sample = profile.sample()
    for one in sample.items:
        stored = await put_item(shop, OPENER, one.sku, msgspec.convert(one.item, ItemEntry))
        if not isinstance(stored, ItemStored):
            raise SampleRefused(f"item {one.sku}: {_codes(stored.faults)}")
    for code, body in sample.recipes.items():
        put = await put_recipe(shop, OPENER, code, msgspec.convert(body, RecipeEntry))
        if not isinstance(put, RecipeStored):
            raise SampleRefused(f"recipe {code}: {_codes(put.faults)}")
    today = dt.date.fromisoformat(shop.calendar.today())
    lines = [line for one in sample.items for line in _opening(one, today)]
    opening = {"type": "opening_balance", "lines": lines, "note": "Sample shop · 示例商店"}
    document = _opening_id(profile, shop.site)
    answer = await post_document(shop, OPENER, document, msgspec.convert(opening, Body))
    # On another day the lots would expire on other days: what stands is the first day's.
    if not isinstance(answer, (Posted, Exists)) and not await _is_open(shop, document):
        raise SampleRefused(f"opening balance: {_codes(getattr(answer, 'faults', ()))}")
    return len(sample.items)


async def _is_open(shop: Shop, document: bytes) -> bool:
    return await shop.ledger.write(lambda session: session.find_document(document) is not None)


def _opening(one: ProfileItem, today: dt.date) -> list[dict[str, Any]]:
    lines = []
    for place, quantity in one.opening.items():
        line: dict[str, Any] = {"item": one.sku, "quantity": quantity, "cost": one.cost, "location": place}
        if one.item.get("tracking") == "lot":
            line["lot"] = FIRST_LOT
            if one.expires_in is not None:
                line["expiry"] = (today + dt.timedelta(days=one.expires_in)).isoformat()
        lines.append(line)
    return lines


def _opening_id(profile: Profile, site: str) -> bytes:
    digest = hashlib.sha256(f"sample {profile.name} {site}".encode()).digest()
    return uuid.UUID(bytes=digest[:16], version=5).bytes


def _codes(faults: Any) -> str:
    return "; ".join(f"{fault.path} {fault.code}".strip() for fault in faults) or "refused"
