"""Headquarters restored from an older backup while branches stay: over the line in memory, with real stores, by itself."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from gateway.store.journal import Journal
from replication.branch.downlink import Downlink
from replication.branch.inbox import InboxSettings
from replication.branch.shipper import Shipper
from replication.branch.sync import SyncSettings
from replication.headquarters.apply import Applier
from replication.headquarters.catalogue import CatalogueProjection, CataloguePut, put_item, welcome
from replication.headquarters.consumer import Consumer
from replication.headquarters.downlink import tell
from replication.headquarters.presence import Presence
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from replication.wire.item import Item
from tests.replication.test_nats_faults import RealClock, until
from tests.store.branch_site import Site, opened

pytestmark = pytest.mark.anyio

SYNC = SyncSettings(backoff_max=0.2, patience=0.5, refused_again=0.3, heartbeat_every=0.3, hello_every=0.5)
INBOX = InboxSettings(pull_every=0.5, backoff_first=0.02, backoff_max=0.2)
CLOCK = RealClock()


def _fatal(error: BaseException) -> None:
    raise AssertionError("the writer ended") from error


def _open(folder: Path, minute: int) -> SqliteStore:
    folder.mkdir(exist_ok=True)
    return SqliteStore.open(folder, on_fatal=_fatal, opened_at=CLOCK.utc_milliseconds() // 1000 + 60 * minute)


@contextlib.asynccontextmanager
async def headquarters(folder: Path, broker: MemoryBroker, minute: int) -> AsyncIterator[SqliteStore]:
    """Headquarters on a folder, opened so many minutes from now, without pages."""
    store = _open(folder, minute)
    incarnation = await store.incarnation()
    link = MemoryHeadquartersLink(broker)
    consumer = Consumer(
        link,
        store,
        Applier(
            store, incarnation, monotonic=CLOCK.monotonic, utc_milliseconds=CLOCK.utc_milliseconds,
            projections=(CatalogueProjection(),),
        ),
        Presence(monotonic=CLOCK.monotonic, utc_milliseconds=CLOCK.utc_milliseconds),
        incarnation=incarnation,
        utc_milliseconds=CLOCK.utc_milliseconds,
        welcome=welcome,
        tell=tell,
    )  # fmt: skip
    task = asyncio.create_task(consumer.run())
    try:
        yield store
    finally:
        await link.close()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


@contextlib.asynccontextmanager
async def branch(name: str, site: Site, broker: MemoryBroker) -> AsyncIterator[Downlink]:
    """A branch with its ledger, both directions over one line."""
    link, boot_id = MemoryBranchLink(broker, name), name.encode().ljust(8, b"-")
    jitter = Random(name).random
    downlink = Downlink(name, site.inbox, link, clock=CLOCK, jitter=jitter, boot_id=boot_id, settings=INBOX)
    shipper = Shipper(
        name, Journal(site.ledger), link, clock=CLOCK, jitter=jitter, boot_id=boot_id, settings=SYNC, downlink=downlink
    )
    task = asyncio.create_task(shipper.run())
    try:
        yield downlink
    finally:
        await shipper.close()
        await asyncio.gather(task, return_exceptions=True)


async def put(store: SqliteStore, sku: str, price: int) -> None:
    """A person puts an item."""
    item = Item(sku, sku.title(), "piece", price)
    outcome = await store.transact(lambda session: put_item(session, item, CLOCK.utc_milliseconds()))
    assert isinstance(outcome, CataloguePut)


async def owned(store: SqliteStore) -> dict[str, int]:
    """Headquarters' own items."""
    return await store.transact(
        lambda session: {one.item.sku: one.item.price for _, one in session.catalogue.items_after(0, 100)}
    )


async def sold(site: Site) -> dict[str, int]:
    """What a branch sells, and for how much."""
    rows = await site.ledger.read(lambda c: c.execute("SELECT sku FROM items ORDER BY sku").fetchall())
    return {sku: (await site.item(sku)).price for (sku,) in rows}


async def become(what: dict[str, int], *asked: Site | SqliteStore) -> None:
    """Wait until everybody says the same."""
    found: list[dict[str, int]] = []
    async with asyncio.timeout(20):
        while found != [what] * len(asked):
            await asyncio.sleep(0.05)
            found = [await (sold(one) if isinstance(one, Site) else owned(one)) for one in asked]


async def test_what_a_restored_headquarters_forgot_comes_back_from_a_branch_to_all(tmp_path: Path) -> None:
    """One branch was away when the lost change was made. Nobody does anything but start the old copy."""
    broker = MemoryBroker()
    async with opened(tmp_path / "b1") as one, opened(tmp_path / "b2") as two, branch("b001", one, broker):
        async with headquarters(tmp_path / "hq", broker, 0) as store, branch("b002", two, broker):
            await until(lambda: len(broker.branches) == 2, lambda: broker.branches)
            await put(store, "TEA", 300)
            await become({"TEA": 300}, one, two)
        shutil.copytree(tmp_path / "hq", tmp_path / "backup")
        async with headquarters(tmp_path / "hq", broker, 1) as store:
            await put(store, "TEA", 350)
            await put(store, "SALT", 90)
            await become({"TEA": 350, "SALT": 90}, one)
        async with headquarters(tmp_path / "backup", broker, 2) as store, branch("b002", two, broker):
            await become({"TEA": 350, "SALT": 90}, store, one, two)
            await put(store, "SALT", 95)
            await become({"TEA": 350, "SALT": 95}, store, one, two)
