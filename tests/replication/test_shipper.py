"""The branch's runtime: wake-ups are hints, watermarks are written down seldom, and no fault of its own ends it."""

import asyncio
from random import Random

from replication.branch.recorder import RECORD_SECONDS
from replication.branch.shipper import RESTART_SECONDS, Shipper
from replication.branch.status import ReplicationStatus, State
from replication.headquarters.apply import Applier
from replication.headquarters.consumer import Consumer
from replication.headquarters.presence import OFFLINE_SECONDS, Presence
from replication.headquarters.presence import State as BranchState
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from replication.storage.errors import StoreBusy
from replication.wire.entry import Position
from replication.wire.messages import Watermark
from tests.replication.memory_store import MemoryStore
from tests.replication.shop import MemoryJournal
from tests.simulation.virtual_time import VirtualClock, run_virtually


class Line:
    """A branch and headquarters on virtual time."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        self.broker = MemoryBroker()
        self.journal = journal or MemoryJournal("b001")
        self.said: list[ReplicationStatus] = []
        self.store = MemoryStore()
        self.presence = Presence(monotonic=self.clock.monotonic, utc_milliseconds=self.clock.utc_milliseconds)
        self.shipper = Shipper(
            "b001", self.journal, MemoryBranchLink(self.broker, "b001"), clock=self.clock, jitter=Random(1).random,
            boot_id=bytes(16), watch=self.said.append,
        )  # fmt: skip
        monotonic, utc = self.clock.monotonic, self.clock.utc_milliseconds
        consumer = Consumer(
            MemoryHeadquartersLink(self.broker), self.store,
            Applier(self.store, 1, monotonic=monotonic, utc_milliseconds=utc), self.presence, incarnation=1,
            utc_milliseconds=utc,
        )  # fmt: skip
        self.tasks = [asyncio.create_task(consumer.run()), asyncio.create_task(self.shipper.run())]

    def sell_and_wake(self) -> None:
        self.journal.sell()
        seq = len(self.journal.entries)
        self.shipper.wake(Position(1, seq, self.journal.hash_of(seq)))


def test_a_woken_sale_is_at_headquarters_at_once_and_a_lost_wake_up_costs_a_second() -> None:
    async def story() -> tuple[float, float]:
        line = Line()
        await asyncio.sleep(5)
        line.sell_and_wake()
        began = line.clock.monotonic()
        while line.shipper.status.applied_seq < 1:
            await asyncio.sleep(0.005)
        woken = line.clock.monotonic() - began
        await asyncio.sleep(5)
        line.journal.sell()
        began = line.clock.monotonic()
        while line.shipper.status.applied_seq < 2:
            await asyncio.sleep(0.005)
        return woken, line.clock.monotonic() - began

    woken, unwoken = run_virtually(story())
    assert woken < 0.1
    assert unwoken < 1.5


def test_watermarks_are_written_down_at_most_once_a_second() -> None:
    async def story() -> tuple[int, float, int]:
        line = Line()
        await asyncio.sleep(1)
        began = line.clock.monotonic()
        for _ in range(500):
            line.sell_and_wake()
            await asyncio.sleep(0.02)
        seconds = line.clock.monotonic() - began
        await line.shipper.close()
        return len(line.journal.recorded), seconds, line.journal.recorded[-1].applied_seq

    written, seconds, last = run_virtually(story())
    assert written <= seconds / RECORD_SECONDS + 2
    assert last >= 490, "and the last one when it closes"


class BusyJournal(MemoryJournal):
    """Its writer is busy, and once it breaks."""

    def __init__(self) -> None:
        super().__init__("b001")
        self.busy = 3
        self.breaks = 0

    async def record_watermark(self, watermark: Watermark) -> None:
        if self.busy:
            self.busy -= 1
            raise StoreBusy(1024, 1)
        await super().record_watermark(watermark)

    async def minimum_seq(self) -> int:
        if self.breaks:
            self.breaks -= 1
            raise OSError("the card is gone")
        return await super().minimum_seq()


def test_a_busy_writer_is_asked_again_later() -> None:
    async def story() -> int:
        journal = BusyJournal()
        line = Line(journal)
        line.sell_and_wake()
        await asyncio.sleep(10)
        return journal.recorded[-1].applied_seq

    assert run_virtually(story()) == 1


def test_a_broken_journal_is_said_and_tried_again() -> None:
    async def story() -> tuple[list[str], int]:
        journal = BusyJournal()
        journal.breaks = 2
        line = Line(journal)
        line.sell_and_wake()
        await asyncio.sleep(3 * RESTART_SECONDS)
        return [said.last_error.code for said in line.said if said.last_error], line.shipper.status.applied_seq

    troubles, applied = run_virtually(story())
    assert "internal" in troubles
    assert applied == 1


def test_headquarters_sees_a_branch_go_and_come() -> None:
    async def story() -> list[BranchState]:
        line = Line()
        line.sell_and_wake()
        seen = []
        await asyncio.sleep(5)
        seen.append(line.presence.standing("b001").state)
        line.broker.branches["b001"].stands = False  # the cable is out; nobody says so
        await asyncio.sleep(OFFLINE_SECONDS + 20)
        seen.append(line.presence.standing("b001").state)
        line.broker.branches["b001"].cut()
        await asyncio.sleep(5)
        seen.append(line.presence.standing("b001").state)
        await line.shipper.close()
        await asyncio.sleep(1)
        seen.append(line.presence.standing("b001").state)
        return seen

    assert run_virtually(story()) == [
        BranchState.CURRENT, BranchState.OFFLINE, BranchState.CURRENT, BranchState.OFFLINE,
    ]  # fmt: skip


def test_the_status_says_in_both_languages_why_it_waits() -> None:
    async def story() -> ReplicationStatus:
        line = Line()
        await asyncio.sleep(1)
        line.broker.stop()
        line.sell_and_wake()
        await asyncio.sleep(60)
        return line.shipper.status

    status = run_virtually(story())
    assert (status.state, status.waiting) == (State.OFFLINE, 1)
    assert 55 < status.lag_seconds < 65
    assert status.last_error is not None
    assert status.last_error.words.en
    assert status.last_error.words.zh
