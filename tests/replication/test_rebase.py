"""Old backups, copies and new devices over a line in memory and headquarters' real database: nothing is lost or doubled."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import pytest

from replication.branch.shipper import Shipper
from replication.branch.status import State
from replication.branch.sync import SyncSettings
from replication.headquarters.apply import Applier
from replication.headquarters.binding import with_replacement
from replication.headquarters.consumer import Consumer
from replication.headquarters.presence import Presence
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.store import ApplySession
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from replication.wire.envelope import read_envelope, unpack_entries
from replication.wire.messages import PullAnswer, Pulled
from tests.replication.office import cut, journal_of
from tests.replication.shop import MemoryJournal
from tests.replication.test_nats_faults import RealClock, until

pytestmark = pytest.mark.anyio

SETTINGS = SyncSettings(backoff_max=0.2, patience=0.5, refused_again=0.3, heartbeat_every=0.5)


class Shop:
    """Headquarters, and devices that say they are branch b001."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = MemoryBroker()
        self.random = Random(3)
        self.sold: Counter[bytes] = Counter()
        self.devices: dict[bytes, tuple[Shipper, asyncio.Task[None]]] = {}
        self.links: dict[bytes, MemoryBranchLink] = {}

    async def open(self) -> None:
        clock = RealClock()
        self.store = SqliteStore.open(self.folder, on_fatal=lambda error: print(f"FATAL {error!r}"))
        incarnation = await self.store.incarnation()
        monotonic, utc = clock.monotonic, clock.utc_milliseconds
        consumer = Consumer(
            MemoryHeadquartersLink(self.broker), self.store,
            Applier(self.store, incarnation, monotonic=monotonic, utc_milliseconds=utc),
            Presence(monotonic=monotonic, utc_milliseconds=utc), incarnation=incarnation, utc_milliseconds=utc,
        )  # fmt: skip
        self.task = asyncio.create_task(consumer.run())

    async def shut(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.store.close()

    def start(self, journal: MemoryJournal, boot: bytes, *, device: str = "UDEVICE", replacement: str = "") -> Shipper:
        link = self.links[boot] = MemoryBranchLink(self.broker, "b001")
        shipper = Shipper(
            "b001", journal, link, clock=RealClock(), jitter=self.random.random, boot_id=boot, settings=SETTINGS,
            device=device, hardware=device.lower(), replacement=replacement,
        )  # fmt: skip
        self.devices[boot] = shipper, asyncio.create_task(shipper.run())
        return shipper

    async def stop(self, boot: bytes) -> None:
        shipper, task = self.devices.pop(boot)
        await shipper.close()
        await task

    def sell(self, journal: MemoryJournal, count: int) -> None:
        before = len(journal.entries)
        journal.sell(count)
        self.sold.update(entry.event_id for entry in journal.entries[before:])

    async def replicated(self, shipper: Shipper, journal: MemoryJournal) -> None:
        def done() -> bool:
            status = shipper.status
            return status.state is State.CURRENT and status.applied_seq == journal.position().seq

        await until(done, lambda: shipper.status)

    async def held(self) -> list[bytes]:
        """The event ids headquarters holds of the branch, apart from beginnings of epochs."""
        found: list[bytes] = []
        after = 0
        while True:
            run = await self.store.look(lambda archive, seq=after: archive.held_after("b001", seq))
            if run is None:
                return found
            found += [
                one.event_id
                for one in unpack_entries(read_envelope(run.raw))
                if after < one.seq <= run.last_seq and one.kind != 3
            ]
            after = run.last_seq

    async def each_sale_is_held_once(self) -> None:
        held = Counter(await self.held())
        assert held == self.sold, f"{len(self.sold - held)} lost, {len(held - self.sold)} doubled or foreign"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    made = Shop(tmp_path / "hq")
    await made.open()
    yield made
    for boot in list(made.devices):
        await made.stop(boot)
    await made.shut()


async def trading(shop: Shop, count: int = 60, boot: bytes = b"boot-1") -> tuple[MemoryJournal, Shipper]:
    journal = MemoryJournal("b001")
    shop.sell(journal, count)
    shipper = shop.start(journal, boot)
    await shop.replicated(shipper, journal)
    return journal, shipper


async def test_an_old_backup_is_made_whole_and_goes_on_in_a_new_epoch(shop: Shop) -> None:
    """Restored and online at once: what the backup lacks comes back, and new sales follow it."""
    journal, _ = await trading(shop)
    await shop.stop(b"boot-1")
    restored = cut(journal, 25)
    shipper = shop.start(restored, b"boot-2")
    await shop.replicated(shipper, restored)
    assert [entry.event_id for entry in restored.entries[:60]] == [entry.event_id for entry in journal.entries]
    assert (restored.epoch, restored.entries[60].kind, restored.forked) == (2, 3, [])
    shop.sell(restored, 10)
    await shop.replicated(shipper, restored)
    await shop.each_sale_is_held_once()


async def test_an_old_backup_that_sold_offline_keeps_every_sale_of_both_histories(shop: Shop) -> None:
    """The sales of the lost days come back, those made after the restore follow them under the same event ids."""
    journal, _ = await trading(shop)
    await shop.stop(b"boot-1")
    restored = cut(journal, 25)
    shop.sell(restored, 40)
    shipper = shop.start(restored, b"boot-2")
    await shop.replicated(shipper, restored)
    assert len(restored.forked) == 40
    seqs = [entry.seq for entry in restored.entries]
    assert seqs == sorted(set(seqs))
    assert not {entry.seq for entry in restored.forked if entry.seq > 60} & set(seqs), "no seq is used twice"
    await shop.each_sale_is_held_once()


async def test_the_shop_sells_on_while_its_journal_is_joined(shop: Shop) -> None:
    """Sales made between the offer and the switch are set aside and appended anew like the others."""
    journal, _ = await trading(shop, 400)
    await shop.stop(b"boot-1")
    restored = cut(journal, 10)
    shipper = shop.start(restored, b"boot-2")
    slow = shop.links[b"boot-2"].pull

    async def pull(question: object) -> PullAnswer:
        shop.sell(restored, 1)
        await asyncio.sleep(0.01)
        return await slow(question)  # type: ignore[arg-type]

    shop.links[b"boot-2"].pull = pull  # type: ignore[method-assign,assignment]
    await shop.replicated(shipper, restored)
    assert restored.forked
    await shop.each_sale_is_held_once()


async def test_a_new_empty_device_takes_the_branch_over(shop: Shop) -> None:
    """With the code it holds everything the old one had sent; the old one is told that it is replaced, and its tail is kept."""
    journal, _ = await trading(shop)
    await shop.stop(b"boot-1")
    shop.sell(journal, 3)

    def issue(session: ApplySession) -> None:
        state = session.branch("b001")
        binding = with_replacement(state.binding, "b001", "K7QD-4M2X", time.time_ns() // 1_000_000)
        session.bind("b001", state.cursor, binding, state.seen_seq)

    await shop.store.transact(issue)
    fresh = MemoryJournal("b001", Random(9))
    shipper = shop.start(fresh, b"boot-n", device="UNEW", replacement="K7QD-4M2X")
    await shop.replicated(shipper, fresh)
    assert len(fresh.entries) == 61
    await shop.stop(b"boot-n")
    old = shop.start(journal, b"boot-3")
    await until(lambda: old.status.state is State.FENCED, lambda: old.status)
    assert old.status.last_error is not None
    assert old.status.last_error.code == "replaced"

    def asked_for() -> set[bytes]:
        return {entry.event_id for entry in journal.entries[60:]}

    async def readmitted() -> int:
        return await shop.store.transact(
            lambda session: sum(session.forks.asked("b001", event_id) for event_id in asked_for())
        )

    for _ in range(100):
        if await readmitted() == 3:
            break
        await asyncio.sleep(0.05)
    assert await readmitted() == 3, "the new device is asked to append what the old one still had"


async def test_an_older_headquarters_is_sent_everything_again_over_the_epochs(shop: Shop, tmp_path: Path) -> None:
    """Restored from before a new epoch was given, it takes that epoch up where it is chained to what it holds."""
    journal, _ = await trading(shop)
    await shop.stop(b"boot-1")
    await shop.shut()
    shutil.copytree(shop.folder, tmp_path / "backup")
    await shop.open()
    restored = cut(journal, 25)
    shop.sell(restored, 5)
    shipper = shop.start(restored, b"boot-2")
    await shop.replicated(shipper, restored)
    shop.sell(restored, 5)
    await shop.replicated(shipper, restored)
    await shop.shut()
    shutil.rmtree(shop.folder)
    shutil.copytree(tmp_path / "backup", shop.folder)
    shop.broker.wipe()
    await shop.open()
    shop.sell(restored, 5)
    await shop.replicated(shipper, restored)
    await shop.each_sale_is_held_once()
    assert restored.epoch == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: Pulled(answer.lane, answer.envelope[:-3], answer.head_seq, answer.incarnation),
        lambda answer: Pulled(answer.lane, b"", answer.head_seq, answer.incarnation),
        lambda answer: Pulled(answer.lane, answer.envelope, answer.head_seq, answer.incarnation + 1),
        lambda answer: Pulled(answer.lane, journal_of(60, seed=8).batch(26, 60), answer.head_seq, answer.incarnation),
    ],
    ids=["damaged", "empty", "another headquarters", "another history"],
)
async def test_a_spoilt_answer_changes_nothing_and_is_asked_for_again(
    shop: Shop, spoil: Callable[[Pulled], Pulled]
) -> None:
    """Damaged, empty, of another headquarters or of another history: the chain does not lead to what was offered."""
    journal, _ = await trading(shop)
    await shop.stop(b"boot-1")
    restored = cut(journal, 25)
    shipper = shop.start(restored, b"boot-2")
    link, spoilt = shop.links[b"boot-2"], []
    honest = link.pull

    async def pull(question: object) -> PullAnswer:
        answer = await honest(question)  # type: ignore[arg-type]
        if len(spoilt) < 3 and isinstance(answer, Pulled):
            assert restored.position().seq == 25
            spoilt.append(1)
            return spoil(answer)
        return answer

    link.pull = pull  # type: ignore[method-assign,assignment]
    await shop.replicated(shipper, restored)
    assert len(spoilt) == 3
    await shop.each_sale_is_held_once()
