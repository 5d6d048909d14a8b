"""Items and prices of headquarters entering the ledger: each version once, the newest wins, journalled as taken.

What does not fit is held and said, never forced: a base unit that differs counts other goods, and a barcode of two items
would sell the wrong one. Runs inside the writer's transaction.
"""

import hashlib
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from gateway.store.held_items import (
    HELD_RETRIED_MAX,
    HeldItem,
    count_held,
    find_held,
    hold_item,
    list_held,
    release_item,
)
from gateway.store.known_items import item_content
from gateway.store.session import LedgerSession
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.events import (
    DocumentPosted,
    ItemPut,
    LotBlocked,
    LotReleased,
    PriceTaken,
    RecipePut,
    encode_event,
)
from replication.wire.item import Item
from replication.wire.outbox import CatalogueItem, Price

HEADQUARTERS: Final = "headquarters"
"""The person of entries that headquarters decided."""
UNKNOWN_UNIT: Final = "piece"
"""The base unit of an item of which only a sale is known. The item is named by its SKU, which shows that somebody has to
look; headquarters' own of another unit is held for a person to merge."""

NamesItems = DocumentPosted | LotBlocked | LotReleased | RecipePut
"""Entries of another device that may name items which are not here."""


def take_item(session: LedgerSession, sent: CatalogueItem, at: int) -> Fault | None:
    """Make an item headquarters' own, over the branch's of that SKU where it fits; answers why it is held, if it is."""
    item = sent.item
    known = session.items.get(item.sku)
    if known is not None and known.version >= sent.version:
        return None
    kind, payload = encode_event(ItemPut(item, HEADQUARTERS, at, sent.version, sent.seal))
    codes = session.items.barcode_owners(item)
    fault: Fault | None = None
    if known is not None and known.item.unit != item.unit:
        fault = Fault("unit", "unit_differs", {"unit": item.unit, "base": known.item.unit})
    elif isinstance(codes, Fault):
        fault = codes
    elif len(payload) > ENTRY_BYTES_MAX:
        fault = Fault("", "document_too_large", {"bytes": str(len(payload)), "limit": str(ENTRY_BYTES_MAX)})
    if fault is not None or isinstance(codes, Fault):
        assert fault is not None
        hold_item(session.connection, HeldItem(item, sent.version, fault, at, sent.seal))
        return fault
    session.append_entry(_name("item", item.sku, sent.version), int(kind), payload)
    session.items.store(item, codes, item_content(item), session.head_seq, sent.version)
    release_item(session.connection, item.sku)
    return None


def take_price(session: LedgerSession, price: Price, at: int) -> None:
    """Keep a price; it comes into force by itself."""
    if session.prices.holds(price):
        return
    event = PriceTaken(price.price_list, price.sku, price.price, price.effective_at, price.version, at, price.seal)
    kind, payload = encode_event(event)
    session.append_entry(_name(f"price\x1f{price.price_list}", price.sku, price.version), int(kind), payload)
    session.prices.take(price, session.head_seq)
    session.items.forget_prices((price.sku,))


def take_held_items(session: LedgerSession, at: int) -> list[str]:
    """Look again at what did not fit, after other items changed; answers what fits now."""
    if not count_held(session.connection):
        return []
    waiting = list_held(session.connection, after="", limit=HELD_RETRIED_MAX)
    again = [CatalogueItem(held.item, held.version, held.seal) for held in waiting]
    return [sent.item.sku for sent in again if take_item(session, sent, at) is None]


def make_missing_items(session: LedgerSession, event: NamesItems, at: int) -> list[str]:
    """Make the items that an entry of another device names and that are not here, since what was sold is sold; answers
    which. As headquarters has it where it is held, without the codes that stand against it; else by its SKU."""
    made = []
    for sku, price in _named(event):
        if session.items.get(sku) is None:
            held = find_held(session.connection, sku)
            item = held or Item(sku, sku, UNKNOWN_UNIT, price)
            packs = tuple(msgspec.structs.replace(pack, barcode=None) for pack in item.packs)
            item = msgspec.structs.replace(item, barcodes=(), packs=packs)
            kind, payload = encode_event(ItemPut(item, HEADQUARTERS, at))
            session.append_entry(_name("missing", item.sku, 0), int(kind), payload)
            session.items.store(item, {}, item_content(item), session.head_seq)
            made.append(item.sku)
    return made


def _named(event: NamesItems) -> list[tuple[str, int]]:
    """The items an entry names, each with a price of its base unit, 0 where it tells none."""
    if isinstance(event, RecipePut):
        recipe = event.recipe
        parts = (*(one.item for one in recipe.components), *(one.item for one in recipe.by_products))
        return [(sku, 0) for sku in (recipe.item, *parts)]
    if not isinstance(event, DocumentPosted):
        return [(event.item, 0)]
    return [(line.item, line.price if line.detail is None or line.detail.unit is None else 0) for line in event.lines]


def _name(what: str, sku: str, version: int) -> bytes:
    """The event id of a version taken: the same on every device of the branch, so that it is never taken twice."""
    return hashlib.blake2b(f"{what}\x1f{sku}\x1f{version}".encode(), digest_size=16).digest()
