"""Create or change an item. The same content again changes nothing and makes no new event.

An item that headquarters sent is changed there only.
"""

import hashlib
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from gateway.store.headquarters_items import take_held_items
from gateway.store.session import LedgerSession, TooLarge
from gateway.use_cases.shop import Poster, Shop
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.item import Item
from replication.wire.item_entry import ItemEntry, is_malformed, read_item

OWNED: Final = "owned_by_headquarters"


class ItemStored(msgspec.Struct, frozen=True):
    """The item as it now is; `created` where it is new, `seq` None where nothing changed. `fitting` are items of
    headquarters that were held and fit since this change."""

    item: Item
    created: bool
    seq: int | None
    fitting: tuple[str, ...] = ()


class ItemRefused(msgspec.Struct, frozen=True):
    """What is wrong with the entry: answered 400 where it could not be read, 409 where something else stands against it,
    422 for the rest. `code` is the answer's own, where the contract names one."""

    faults: tuple[Fault, ...]
    status: int
    code: str | None = None


async def put_item(shop: Shop, poster: Poster, sku: str, entry: ItemEntry) -> ItemStored | ItemRefused:
    """Store an item under its SKU. Raises StoreBusy."""
    item = read_item(sku, entry)
    if not isinstance(item, Item):
        return ItemRefused(item, 400 if is_malformed(item) else 422)
    content = hashlib.blake2b(msgspec.msgpack.encode(item), digest_size=16).digest()

    def command(session: LedgerSession) -> ItemStored | ItemRefused:
        known = session.items.get(sku)
        if known is not None and known.version:
            faults = (Fault("", "owned_by_headquarters", {"item": sku}),)
            return ItemRefused(faults, 409, OWNED)
        before = session.item(sku)
        if session.item_content(sku) == content:
            return ItemStored(item, created=False, seq=None)
        if before is not None and before.unit != item.unit:
            facts = {"unit": item.unit, "base": before.unit}
            return ItemRefused((Fault("unit", "unit_fixed", facts),), 409)
        outcome = session.append_item(item, content, poster.person)
        match outcome:
            case Fault():
                return ItemRefused((outcome,), 409)
            case TooLarge():
                facts = {"bytes": str(outcome.size), "limit": str(ENTRY_BYTES_MAX)}
                return ItemRefused((Fault("", "document_too_large", facts),), 422)
            case (seq, created):
                return ItemStored(item, created, seq, tuple(take_held_items(session, shop.clock())))

    stored = await shop.ledger.write(command)
    if isinstance(stored, ItemStored) and stored.seq is not None:
        for watcher in shop.watchers:
            for changed in (sku, *stored.fitting):
                watcher.item_changed(changed, stored.seq)
    return stored
