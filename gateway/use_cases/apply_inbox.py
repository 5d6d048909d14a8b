"""What headquarters sent takes effect: items, prices, transfers, decisions, each kind with a small function of its own.

Messages and the inbox's position are one transaction, so that each is applied exactly once; every kind may come again
without harm, because headquarters that went back in time is read from its beginning.
"""

import hashlib
from typing import assert_never

import msgspec

from gateway.store.documents import load_document
from gateway.store.epochs import note_first_place
from gateway.store.headquarters_items import make_missing_items, take_held_items, take_item, take_price
from gateway.store.inbox import move_inbox, read_inbox
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.post_document import announce, posted_again
from gateway.use_cases.price_watch import PriceWatch
from gateway.use_cases.shop import Shop
from gateway.use_cases.take_transfer_message import take_transfer_message
from replication.branch.inbox import AppliedUpTo, Step
from replication.wire.events import (
    DocumentPosted,
    LotBlocked,
    LotReleased,
    RecipePut,
    SkipTaken,
    decode_event,
    encode_event,
)
from replication.wire.outbox import (
    CatalogueItem,
    OutboxMessage,
    Price,
    Readmit,
    Skipped,
    TransferAdvice,
    TransferCancelRefused,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
)


class Changed(msgspec.Struct):
    """What a step changed, for those who watch: SKUs, documents posted here, ids of documents taken back, and transfers."""

    items: dict[str, None] = {}
    posted: list[Posted] = []
    documents: list[bytes] = []
    transfers: dict[bytes, None] = {}


class LedgerInbox:
    """The downlink's view of a ledger."""

    def __init__(self, shop: Shop, price_watch: PriceWatch) -> None:
        self._shop = shop
        self._price_watch = price_watch

    async def standing(self) -> AppliedUpTo:
        """How far what headquarters sent is applied."""
        return await self._shop.ledger.read(read_inbox)

    async def apply(self, step: Step) -> int:
        """Apply a step and tell those who watch. Raises StoreBusy."""
        shop, at = self._shop, self._shop.clock()

        def command(session: LedgerSession) -> tuple[Changed, int]:
            changed = Changed()
            for message in step.messages:
                apply_message(session, message, at, changed)
            changed.items |= dict.fromkeys(take_held_items(session, at))
            session.put_prices_in_force(step.told_at)
            move_inbox(session.connection, step.position, at)
            return changed, session.head_seq

        changed, head_seq = await shop.ledger.write(command)
        self._price_watch.wake()
        for sku in changed.items:
            for watcher in shop.watchers:
                watcher.item_changed(sku, head_seq)
        for transfer in changed.transfers:
            for watcher in shop.watchers:
                watcher.transfer_changed(transfer, head_seq)
        for posted in changed.posted:
            announce(shop, posted, None)
        for document_id in changed.documents:
            await self._announce_taken(document_id)
        return at

    async def _announce_taken(self, document_id: bytes) -> None:
        stored = await self._shop.ledger.read(lambda connection: load_document(connection, document_id))
        if stored is not None:
            announce(self._shop, posted_again(stored.id, stored.seq, stored.hash, stored.event), None)


def apply_message(session: LedgerSession, message: OutboxMessage, at: int, changed: Changed) -> None:
    """One message inside the open transaction; `at` is this branch's clock (UTC ms)."""
    match message:
        case CatalogueItem():
            take_item(session, message, at)
            changed.items[message.item.sku] = None
        case Price():
            take_price(session, message, at)
            changed.items[message.sku] = None
        case Readmit():
            _readmit(session, message, at, changed)
        case Skipped():
            _note_skip(session, message, at)
        case (
            TransferAdvice() | TransferReleaseAsked() | TransferVoided() | TransferCancelRefused() | TransferReceived()
            | TransferTakenElsewhere()
        ):  # fmt: skip
            changed.posted += take_transfer_message(session, message, at)
            changed.transfers[message.transfer] = None
        case _:
            assert_never(message)


def _readmit(session: LedgerSession, message: Readmit, at: int, changed: Changed) -> None:
    """An entry another device of this branch wrote becomes this one's, unless it is here."""
    if session.find_document(message.event_id) is None:
        event = decode_event(message.kind, message.payload)
        if isinstance(event, DocumentPosted | LotBlocked | LotReleased | RecipePut):
            changed.items |= dict.fromkeys(make_missing_items(session, event, at))
        session.append_decided(message.event_id, message.kind, message.payload)
        note_first_place(session.connection, message, session.head_seq)
        changed.documents.append(message.event_id)


def _note_skip(session: LedgerSession, message: Skipped, at: int) -> None:
    """The journal keeps that a person decided to go on without some of its entries, once."""
    event = SkipTaken(message.first_seq, message.last_seq, message.person, message.reason, message.signature, at)
    name = f"skip\x1f{message.first_seq}\x1f{message.last_seq}\x1f".encode() + message.signature
    event_id = hashlib.blake2b(name, digest_size=16).digest()
    if session.find_document(event_id) is None:
        kind, payload = encode_event(event)
        session.append_entry(event_id, int(kind), payload)
