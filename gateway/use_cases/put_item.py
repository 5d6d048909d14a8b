"""Create or change an item. The same content again changes nothing and makes no new event.

An item that headquarters sent is changed there only.
"""

import hashlib

import msgspec

from gateway.domain.fault import Fault
from gateway.store.session import LedgerSession, TooLarge
from gateway.use_cases.shop import Poster, Shop
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.item import Item
from replication.wire.item_entry import ItemEntry, is_malformed, read_item


class ItemStored(msgspec.Struct, frozen=True):
    """The item as it now is; `created` where it is new, `seq` None where nothing changed."""

    item: Item
    created: bool
    seq: int | None


class ItemRefused(msgspec.Struct, frozen=True):
    """What is wrong with the entry: `malformed` is answered 400, the rest 422, a barcode of another item 409."""

    faults: tuple[Fault, ...]
    status: int


async def put_item(shop: Shop, poster: Poster, sku: str, entry: ItemEntry) -> ItemStored | ItemRefused:
    """Store an item under its SKU. Raises StoreBusy."""
    item = read_item(sku, entry)
    if not isinstance(item, Item):
        return ItemRefused(item, 400 if is_malformed(item) else 422)
    content = hashlib.blake2b(msgspec.msgpack.encode(item), digest_size=16).digest()

    def command(session: LedgerSession) -> ItemStored | ItemRefused:
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
                return ItemStored(item, created, seq)

    stored = await shop.ledger.write(command)
    if isinstance(stored, ItemStored) and stored.seq is not None:
        for watcher in shop.watchers:
            watcher.item_changed(sku, stored.seq)
    return stored
