"""A real ledger with its inbox and its price watch, as stories about headquarters speak to it."""

import contextlib
import random
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from gateway.domain.document import Body
from gateway.domain.policy import GENERAL
from gateway.store.items import catalogue_version, load_item
from gateway.store.ledger import Ledger
from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted
from gateway.store.verify import verify_site
from gateway.use_cases.apply_inbox import LedgerInbox
from gateway.use_cases.post_document import post_document
from gateway.use_cases.price_watch import PriceWatch
from gateway.use_cases.put_item import ItemRefused, ItemStored, put_item
from gateway.use_cases.shop import NoScales, Poster, Shop
from replication.branch.inbox import Step
from replication.wire.events import KnownEvent, decode_event
from replication.wire.item import Item
from replication.wire.item_entry import ItemEntry
from replication.wire.messages import InboxPosition
from replication.wire.outbox import CatalogueItem, OutboxMessage, Price

NOW = 1_795_000_000_000
HOUR = 3_600_000
ADMIN = Poster("admin", "admin")


class Heard:
    """A watcher that remembers which items changed."""

    def __init__(self) -> None:
        self.items: list[str] = []

    def posted(self, document: Posted) -> None:
        """Not of interest here."""

    def item_changed(self, sku: str, seq: int) -> None:
        """Remember it."""
        del seq
        self.items.append(sku)

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """Not of interest here."""

    def print_changed(self, job: PrintJobRow) -> None:
        """Not of interest here."""


class Site:
    """A ledger with its inbox, and a wall clock that is set by hand."""

    def __init__(self, folder: Path, now: int) -> None:
        self.now = now
        randomness = random.Random(7)
        self.ledger = Ledger.open(folder, on_fatal=_fatal, clock=lambda: self.now, randomness=randomness.randbytes)
        self.heard = Heard()
        self.shop = Shop(self.ledger, GENERAL, [self.heard], NoScales(), lambda _station: None, lambda: self.now)
        self.watch = PriceWatch(self.shop)
        self.inbox = LedgerInbox(self.shop, self.watch)
        self.seq = 0

    async def hear(self, *messages: OutboxMessage, told_at: int = 0) -> None:
        """Apply messages in one step."""
        self.seq += len(messages)
        await self.inbox.apply(Step(messages, InboxPosition(1, self.seq, bytes(32)), told_at))

    async def put(self, sku: str, **changes: object) -> ItemStored | ItemRefused:
        """Put an item of the branch's own."""
        entry = {"name": sku, "unit": "piece", "price": 250} | changes
        return await put_item(self.shop, ADMIN, sku, msgspec.convert(entry, ItemEntry))

    async def item(self, sku: str) -> Item:
        """The item as it is sold now."""
        row = await self.ledger.read(lambda connection: load_item(connection, sku))
        assert row is not None
        return row.item

    async def sold_at(self, sku: str) -> int:
        """Sell one without saying a price; answers the total."""
        body = msgspec.convert({"type": "sale", "lines": [{"item": sku, "quantity": "1"}], "settled": True}, Body)
        posted = await post_document(self.shop, Poster("lin", "cashier", may_settle=True), uuid.uuid4().bytes, body)
        assert isinstance(posted, Posted)
        return posted.total

    async def journal(self) -> list[KnownEvent]:
        """Every event of the journal."""
        rows = await self.ledger.read(lambda c: c.execute("SELECT kind, payload FROM journal ORDER BY seq").fetchall())
        return [event for kind, payload in rows if isinstance(event := decode_event(kind, payload), KnownEvent)]

    async def version(self) -> str:
        """The catalogue's version."""
        return await self.ledger.read(catalogue_version)


def _fatal(error: BaseException) -> None:
    raise AssertionError("the writer ended") from error


@contextlib.asynccontextmanager
async def opened(folder: Path, now: int = NOW) -> AsyncIterator[Site]:
    """A site on a folder; its ledger is verified when it is closed."""
    site = Site(folder, now)
    try:
        yield site
    finally:
        await site.ledger.close()
    report = verify_site(folder)
    assert report.clean, report.differences


def item(sku: str, version: int, price: int = 100, unit: str = "piece", **more: object) -> CatalogueItem:
    """An item of headquarters."""
    return CatalogueItem(msgspec.structs.replace(Item(sku, sku.title(), unit, price), **more), version)  # type: ignore[arg-type]


def price(sku: str, amount: int, effective_at: int, version: int) -> Price:
    """A price of headquarters."""
    return Price("default", sku, amount, effective_at, version)
