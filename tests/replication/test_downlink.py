"""Items and prices from headquarters' real database into real ledgers and back: met late, restored, read again."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import msgspec
import pytest

from gateway.store.journal import Journal
from replication.branch.downlink import Downlink
from replication.branch.inbox import InboxSettings
from replication.headquarters.apply import Applier
from replication.headquarters.catalogue import CatalogueProjection, CataloguePut, put_item, welcome
from replication.headquarters.downlink import TOLD_MAX, _lasting, tell
from replication.headquarters.prices import PriceRow, put_prices
from replication.headquarters.pull import answer_pull
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.store import ApplySession
from replication.headquarters.stores.verify import verify_site
from replication.link import Delivery, LinkDown, StreamPlace
from replication.wire.envelope import pack_batch
from replication.wire.events import ItemPut, PriceTaken
from replication.wire.item import Item
from replication.wire.messages import Nudge, Pull, PullAnswer
from replication.wire.outbox import CatalogueItem, Price
from tests.replication.test_nats_faults import RealClock, until
from tests.store.branch_site import NOW, Site, opened

pytestmark = pytest.mark.anyio

QUICK = InboxSettings(pull_every=0.2, backoff_first=0.01, backoff_max=0.05)


def _fatal(error: BaseException) -> None:
    raise AssertionError("the writer ended") from error


class Office:
    """Headquarters' database with what answers branches; no line between."""

    def __init__(self, folder: Path, minute: int) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.store = SqliteStore.open(folder, on_fatal=_fatal, opened_at=NOW // 1000 + 60 * minute)
        self.applier = Applier(
            self.store,
            self.store.writer.session.incarnation,
            monotonic=lambda: 0.0,
            utc_milliseconds=lambda: NOW,
            projections=(CatalogueProjection(),),
        )
        self.is_up = True
        self._delivered = 0

    async def put(self, sku: str, price: int, **more: object) -> CataloguePut:
        """A person puts an item."""
        item = Item(sku, sku.title(), "piece", price, **more)  # type: ignore[arg-type]
        outcome = await self.store.transact(lambda session: put_item(session, item, NOW))
        assert isinstance(outcome, CataloguePut)
        await self.tell()
        return outcome

    async def price(self, sku: str, price: int, effective_at: int = NOW) -> Price:
        """A person puts a price."""
        rows = [PriceRow(sku, price, effective_at)]
        (outcome,) = await self.store.transact(lambda session: put_prices(session, "default", rows, NOW))
        assert isinstance(outcome, Price)
        await self.tell()
        return outcome

    async def tell(self) -> int:
        """Headquarters tells branches what it has not told yet; answers in how many steps."""
        steps = 1
        while await self.store.transact(lambda session: tell(session, NOW)):
            steps += 1
        return steps

    async def meet(self, branch: str, *, told: bool = True) -> None:
        """A branch says hello, and is told the catalogue."""

        def hello(session: ApplySession) -> None:
            session.branch(branch)
            session.greet(branch, branch, "", "CNY", 0, NOW)
            welcome(session, branch)

        await self.store.transact(hello)
        if told:
            await self.tell()

    async def pull(self, pull: Pull) -> PullAnswer:
        """A branch asks."""
        if not self.is_up:
            raise LinkDown("pull", "test")
        incarnation = await self.store.incarnation()
        return await self.store.look(
            lambda archive: answer_pull(pull, archive, site="hq", incarnation=incarnation, now=NOW)
        )

    async def take(self, branch: str, site: Site) -> None:
        """The branch ships its journal, in one batch."""
        state = await self.store.transact(lambda session: session.branch(branch))
        journal = Journal(site.ledger)
        run = await journal.entries_after(state.cursor.seq, 500, 10**6)
        if run is None:
            return
        entries = [entry for entry, _ in run.entries]
        data = pack_batch(
            branch, entries, run.previous, run.entries[-1][1], head_seq=entries[-1].seq,
            boot_id=bytes(8), sent_at=NOW,
        )  # fmt: skip
        self._delivered += 1
        outcome = await self.applier.apply([Delivery(branch, data, StreamPlace("1", self._delivered))])
        assert outcome.watermarks[branch].applied_seq == entries[-1].seq, outcome
        await self.tell()

    async def owned(self) -> dict[str, int]:
        """Price of each item of headquarters."""
        return await self.store.transact(
            lambda session: {sent.item.sku: sent.item.price for _, sent in session.catalogue.items_after(0, 10**6)}
        )

    async def close(self) -> None:
        """Close the database; verified."""
        await self.store.close()
        assert verify_site(self.folder).clean


@contextlib.asynccontextmanager
async def office_at(folder: Path, minute: int = 0) -> AsyncIterator[Office]:
    """Headquarters on a folder, opened so many minutes after the story began."""
    office = Office(folder, minute)
    try:
        yield office
    finally:
        await office.close()


@contextlib.asynccontextmanager
async def listening(
    branch: str, site: Site, office: Office, settings: InboxSettings = QUICK
) -> AsyncIterator[Downlink]:
    """A branch that takes what the office has."""
    downlink = Downlink(
        branch, site.inbox, office, clock=RealClock(), jitter=Random(1).random, boot_id=bytes(8), settings=settings
    )
    task = asyncio.create_task(downlink.run())
    downlink.connected()
    try:
        yield downlink
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _has(downlink: Downlink, seq: int) -> Callable[[], bool]:
    return lambda: downlink.status is not None and downlink.status.seq == seq


async def prices_at(site: Site) -> dict[str, int]:
    """What each item is sold for at a branch."""
    rows = await site.ledger.read(lambda c: c.execute("SELECT sku FROM items ORDER BY sku").fetchall())
    return {sku: (await site.item(sku)).price for (sku,) in rows}


async def taken(site: Site) -> list[int]:
    """The versions in a branch's journal."""
    return [event.version for event in await site.journal() if isinstance(event, ItemPut | PriceTaken)]


async def test_a_change_reaches_every_branch_after_a_nudge_and_once(tmp_path: Path) -> None:
    """Nothing polls: the branch asks because it was nudged, and a restart of its inbox applies nothing again."""
    slow = InboxSettings(pull_every=60.0)
    async with office_at(tmp_path / "hq") as office, opened(tmp_path / "b1") as one, opened(tmp_path / "b2") as two:
        for branch in ("b001", "b002"):
            await office.meet(branch)
        async with listening("b001", one, office, slow) as first, listening("b002", two, office, slow) as second:
            for downlink in (first, second):
                await until(_has(downlink, 0), lambda: None)
            await office.put("TEA", 300)
            await office.price("TEA", 250)
            for branch, downlink in (("b001", first), ("b002", second)):
                downlink.nudged(Nudge(branch, await office.store.incarnation(), 2))
            await until(lambda: _has(first, 2)() and _has(second, 2)(), lambda: (first.status, second.status))
        assert await one.sold_at("TEA") == await two.sold_at("TEA") == 250
        versions = await taken(one)
        async with listening("b001", one, office) as again:
            await asyncio.sleep(0.3)
            assert again.status is not None
            assert again.status.seq == 2
        assert await taken(one) == versions == sorted(versions)


async def test_a_branch_met_later_gets_the_whole_catalogue(tmp_path: Path) -> None:
    """With the price in force and those to come, but none that is over; a second hello brings nothing more."""
    async with office_at(tmp_path / "hq") as office, opened(tmp_path / "b1") as site:
        for number in range(150):
            await office.put(f"SKU-{number}", 100 + number)
        for price, at in ((1, NOW - 20), (2, NOW - 10), (3, NOW + 10**9)):
            await office.price("SKU-0", price, at)
        await office.meet("b001")
        await office.meet("b001")
        async with listening("b001", site, office) as downlink:
            await until(_has(downlink, 152), lambda: downlink.status)
        sold = await prices_at(site)
        assert (len(sold), sold["SKU-0"], sold["SKU-149"]) == (150, 2, 249)
        assert [event.price for event in await site.journal() if isinstance(event, PriceTaken)] == [2, 3]


async def test_a_line_that_is_gone_costs_only_time(tmp_path: Path) -> None:
    """What could not be asked is asked again."""
    async with office_at(tmp_path / "hq") as office, opened(tmp_path / "b1") as site:
        await office.meet("b001")
        office.is_up = False
        async with listening("b001", site, office) as downlink:
            await until(lambda: downlink.status is not None and downlink.status.error is not None, lambda: None)
            await office.put("TEA", 300)
            office.is_up = True
            await until(_has(downlink, 1), lambda: downlink.status)
            assert downlink.status is not None
            assert downlink.status.error is None


async def test_a_restored_headquarters_learns_back_what_it_had_sent(tmp_path: Path) -> None:
    """One branch took what the backup does not hold, another never got it: both and headquarters end alike, by themselves."""
    async with opened(tmp_path / "b1") as one, opened(tmp_path / "b2") as two:
        async with office_at(tmp_path / "hq") as office:
            for branch in ("b001", "b002"):
                await office.meet(branch)
            await office.put("TEA", 300, barcodes=("6901",))
            await office.put("RICE", 500)
            async with listening("b001", one, office) as first, listening("b002", two, office) as second:
                await until(lambda: _has(first, 2)() and _has(second, 2)(), lambda: (first.status, second.status))
            await office.take("b001", one)
        shutil.copytree(tmp_path / "hq", tmp_path / "backup")
        async with office_at(tmp_path / "hq", minute=60) as office:
            await office.put("TEA", 350, barcodes=("6902",))
            await office.put("SALT", 90)
            await office.price("RICE", 450)
            async with listening("b001", one, office) as first:
                await until(_has(first, 5), lambda: first.status)
        async with office_at(tmp_path / "backup", minute=120) as office:
            assert await office.owned() == {"TEA": 300, "RICE": 500}
            await office.take("b001", one)
            assert await office.owned() == {"TEA": 350, "RICE": 500, "SALT": 90}
            await office.put("RICE", 480)
            async with listening("b001", one, office) as first, listening("b002", two, office) as second:
                ends = [(await office.store.transact(lambda s, b=b: s.outbox_head(b))).seq for b in ("b001", "b002")]
                await until(
                    lambda: _has(first, ends[0])() and _has(second, ends[1])(), lambda: (first.status, second.status)
                )
            assert await prices_at(one) == await prices_at(two) == {"RICE": 480, "SALT": 90, "TEA": 350}
            await office.take("b001", one)
            await office.take("b002", two)
            assert await office.owned() == {"TEA": 350, "RICE": 480, "SALT": 90}
            for site in (one, two):
                versions = [event.version for event in await site.journal() if isinstance(event, ItemPut)]
                assert len(versions) == len(set(versions))


async def test_a_branch_restored_from_an_older_backup_reads_again(tmp_path: Path) -> None:
    """Its position went back with its ledger: the same is applied again, under the same event ids as before."""
    async with office_at(tmp_path / "hq") as office:
        await office.meet("b001")
        await office.put("TEA", 300)
        async with opened(tmp_path / "b1") as site, listening("b001", site, office) as downlink:
            await until(_has(downlink, 1), lambda: downlink.status)
        shutil.copytree(tmp_path / "b1", tmp_path / "restored")
        await office.put("TEA", 350)
        await office.price("TEA", 320)
        ids = []
        for folder in ("b1", "restored"):
            async with opened(tmp_path / folder) as site, listening("b001", site, office) as downlink:
                await until(lambda: downlink.status is not None and downlink.status.seq >= 3, lambda: downlink.status)
                assert await prices_at(site) == {"TEA": 320}
                ids.append(await site.ledger.read(lambda c: c.execute("SELECT event_id FROM journal").fetchall()))
        assert ids[0] == ids[1]


@pytest.mark.parametrize("minute", [0, 60])
async def test_what_headquarters_never_gave_is_not_learnt_from_a_lying_branch(tmp_path: Path, minute: int) -> None:
    """Neither in the opening that knows all it gave nor after a restore: no version, seal or content of a liar's own is
    believed, while what was true of the same branch is."""
    async with opened(tmp_path / "b1") as site:
        async with office_at(tmp_path / "hq") as office:
            await office.meet("b001")
            await office.put("TEA", 300)
        shutil.copytree(tmp_path / "hq", tmp_path / "backup")
        async with office_at(tmp_path / "hq", minute=1) as office:
            true = [await office.put("SALT", 90), await office.put("TEA", 310)]
            async with listening("b001", site, office) as downlink:
                await until(_has(downlink, 3), lambda: downlink.status)
            if minute == 0:
                await office.take("b001", site)
        newest = max(put.version for put in true)
        seals = [event.seal for event in await site.journal() if isinstance(event, ItemPut) and event.version]
        lies: list[CatalogueItem | Price] = []
        for number, seal in enumerate((b"", bytes(16), *seals)):
            version = newest + 1 + number
            lies.append(CatalogueItem(Item("TEA", "Tea", "piece", 1), version, seal))
            lies.append(CatalogueItem(Item(f"LIE-{number}", "Lie", "piece", 1), version, seal))
            lies.append(Price("default", "TEA", 1, number, version, seal))
        await site.hear(*lies)
        async with office_at(tmp_path / ("backup" if minute else "hq"), minute=120) as office:
            assert await office.owned() == ({"TEA": 300} if minute else {"TEA": 310, "SALT": 90})
            await office.take("b001", site)
            assert await office.owned() == {"TEA": 310, "SALT": 90}
            assert await office.store.transact(lambda session: session.catalogue.prices_after(0, 9, NOW)) == []


def test_a_field_added_later_changes_no_seal() -> None:
    """What is sealed is the same values for both versions, also deep inside, until the new field says something."""

    class Unit(msgspec.Struct, array_like=True):
        name: str

    class UnitNow(msgspec.Struct, array_like=True):
        name: str
        grams: int = 0

    class Goods(msgspec.Struct, array_like=True):
        units: tuple[Unit, ...]
        seal: bytes = b""

    class GoodsNow(msgspec.Struct, array_like=True):
        units: tuple[UnitNow, ...]
        seal: bytes = b""
        colour: str | None = None

    assert _lasting(Goods((Unit("bag"),))) == _lasting(GoodsNow((UnitNow("bag"),))) == [[["bag"]]]
    assert _lasting(GoodsNow((UnitNow("bag"),), colour="red")) == [[["bag"]], b"", "red"]


async def test_a_large_catalogue_is_told_in_bounded_steps_over_a_crash(tmp_path: Path) -> None:
    """10,000 items, and the process ends between two steps, several times: each is in the outbox once, in order, and a
    branch that has all but one is not kept waiting."""
    count = 10_000

    def fill(session: ApplySession) -> None:
        for number in range(count):
            session.catalogue.put(CatalogueItem(Item(f"SKU-{number}", "Tea", "pc", 100), 1 + number), NOW)

    async def told(office: Office, branch: str) -> int:
        return (await office.store.transact(lambda session: session.outbox_head(branch))).seq

    async with office_at(tmp_path / "hq") as office:
        await office.meet("b000")
        await office.store.transact(fill)
        assert await office.tell() == count // TOLD_MAX
        await office.meet("b001", told=False)
        await office.meet("b002", told=False)
    for minute in range(1, 6):
        office = Office(tmp_path / "hq", minute)
        before = await told(office, "b001") + await told(office, "b002")
        assert await office.store.transact(lambda session: tell(session, NOW))
        assert await told(office, "b001") + await told(office, "b002") == before + TOLD_MAX
        await office.store.close()
    async with office_at(tmp_path / "hq", 9) as office, opened(tmp_path / "b1") as site:
        item = Item("LAST", "Tea", "piece", 1)
        assert isinstance(await office.store.transact(lambda session: put_item(session, item, NOW)), CataloguePut)
        await office.store.transact(lambda session: tell(session, NOW))
        assert await told(office, "b000") == count + 1
        async with listening("b001", site, office) as downlink:
            await office.tell()
            await until(_has(downlink, count + 1), lambda: downlink.status)
        skus = [event.item.sku for event in await site.journal() if isinstance(event, ItemPut)]
        assert skus == [*(f"SKU-{number}" for number in range(count)), "LAST"]
        assert await told(office, "b002") == count + 1
