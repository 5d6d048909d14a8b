"""A seeded simulation of branches, a bad line and headquarters on virtual time: the production code of both ends runs in it.

`python -m tests.replication.simulator SEED` tells one story again. After the faults stop, everything must converge; what
must hold at every commit is checked at every commit.
"""

import asyncio
import sys
from collections import Counter
from random import Random

import msgspec

from replication.branch.shipper import Shipper
from replication.branch.sync import SyncSettings
from replication.headquarters.apply import Applier
from replication.headquarters.consumer import Consumer
from replication.headquarters.fold import fold
from replication.headquarters.presence import Presence
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink, Weather
from replication.wire.envelope import read_envelope, unpack_entries
from tests.replication.memory_store import MemoryStore
from tests.replication.shop import MemoryJournal
from tests.simulation.virtual_time import VirtualClock, run_virtually

CONVERGE_SECONDS_MAX = 900.0


class Report(msgspec.Struct):
    """What a story contained."""

    seed: int
    events: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    converged_after: float = 0.0


class Simulation:
    """One story."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.report = Report(seed)
        self.loop = asyncio.get_running_loop()
        self.clock = VirtualClock(self.loop)
        loss = self.random.choice((0.0, 0.02, 0.2))
        self.broker = MemoryBroker(
            Weather(
                random=self.random,
                loss=loss,
                duplicate=self.random.choice((0.0, 0.1)),
                reorder=self.random.choice((0.0, 0.3)),
                delay_max=self.random.choice((0.0, 0.2, 2.0)),
            )
        )
        self.store = MemoryStore(self.random, self.check_prefix)
        self.journals = {
            f"b{n:03d}": MemoryJournal(f"b{n:03d}", self.random) for n in range(1, self.random.randrange(3, 5))
        }
        self.shippers: dict[str, tuple[Shipper, asyncio.Task[None]]] = {}
        self.headquarters: asyncio.Task[None] | None = None
        self.named: dict[tuple[str, int, int], bytes] = {}

    async def tell(self) -> Report:
        """The story: faults, then calm, then everything is everywhere once."""
        for branch in self.journals:
            self.start_branch(branch)
        self.start_headquarters()
        for _ in range(self.random.randrange(40, 90)):
            self.something_happens()
            await asyncio.sleep(self.random.random() * 2)
        await self.calm()
        return self.report

    # --- actors ---

    def start_branch(self, branch: str) -> None:
        shipper = Shipper(
            branch,
            self.journals[branch],
            MemoryBranchLink(self.broker, branch),
            clock=self.clock,
            jitter=self.random.random,
            boot_id=self.random.randbytes(8),
            settings=SyncSettings(backoff_max=5.0),
        )
        self.shippers[branch] = (shipper, asyncio.create_task(shipper.run()))

    def start_headquarters(self) -> None:
        monotonic, utc = self.clock.monotonic, self.clock.utc_milliseconds
        consumer = Consumer(
            MemoryHeadquartersLink(self.broker),
            self.store,
            Applier(self.store, 1, monotonic=monotonic, utc_milliseconds=utc),
            Presence(monotonic=monotonic, utc_milliseconds=utc),
            incarnation=1,
            utc_milliseconds=utc,
        )
        self.headquarters = asyncio.create_task(consumer.run())

    # --- faults ---

    def something_happens(self) -> None:
        branch = self.random.choice(list(self.journals))
        roll = self.random.random()
        if roll < 0.6:
            count = self.random.choice((1, 1, 2, 5, 30))
            self.journals[branch].sell(count)
            self.report.events += count
            if self.random.random() < 0.8:
                self.shippers[branch][0].wake()
            return
        name, fault = self.random.choice(
            (
                (
                    "cut a branch's line",
                    self.broker.branches[branch].cut if branch in self.broker.branches else self.broker.start,
                ),
                ("cut headquarters' line", self.cut_headquarters),
                ("crash a branch", lambda: self.crash_branch(branch)),
                ("crash headquarters", self.crash_headquarters),
                ("stop the server", self.broker.stop),
                ("start the server", self.broker.start),
                ("wipe the stream", self.broker.wipe),
                ("lose acknowledged messages", lambda: self.broker.forget_newest(self.random.randrange(1, 6))),
            )
        )
        if branch in self.broker.branches:
            self.report.faults[name] += 1
            fault()

    def cut_headquarters(self) -> None:
        if self.broker.headquarters is not None:
            self.broker.headquarters.cut()

    def crash_branch(self, branch: str) -> None:
        self.shippers[branch][1].cancel()
        self.broker.branches[branch].stands = False
        self.start_branch(branch)

    def crash_headquarters(self) -> None:
        assert self.headquarters is not None
        self.headquarters.cancel()
        if self.broker.headquarters is not None:
            self.broker.headquarters.stands = False
        self.start_headquarters()

    # --- what must hold ---

    def check_prefix(self) -> None:
        """I2, I3: at every commit, headquarters holds a prefix of each journal, each event once, with the same hash."""
        for branch, cursor in self.store.cursors.items():
            journal = self.journals[branch]
            assert cursor.hash == journal.hash_of(cursor.seq), f"{branch}: hash differs at {cursor.seq}"
            assert len(self.store.entries.get(branch, [])) == cursor.seq, f"{branch}: not a prefix"
        assert len(self.store.event_ids) == sum(len(entries) for entries in self.store.entries.values())
        for delivery in self.broker.messages[-5:]:
            for entry in unpack_entries(read_envelope(delivery.data)):
                name = (delivery.branch, entry.epoch, entry.seq)
                assert self.named.setdefault(name, entry.event_id) == entry.event_id, f"{name} names two events"

    async def calm(self) -> None:
        """I4: after the faults everything arrives; then all figures agree."""
        weather = self.broker.weather
        weather.loss = weather.duplicate = weather.reorder = 0.0
        self.broker.start()
        began = self.loop.time()
        while not self.all_arrived():
            waited = self.loop.time() - began
            assert waited < CONVERGE_SECONDS_MAX, f"not converged: {[s.status for s, _ in self.shippers.values()]}"
            await asyncio.sleep(0.5)
        self.report.converged_after = self.loop.time() - began
        for branch, journal in self.journals.items():
            assert self.store.entries.get(branch, []) == journal.entries
            expected = {(branch, *cell): change for cell, change in fold(journal.entries).cells.items()}
            held = {key: quantity for key, quantity in self.store.cells.items() if key[0] == branch}
            assert held == expected, f"{branch}: balances differ"
        assert not self.store.quarantined
        assert not any(self.store.blocks.values())

    def all_arrived(self) -> bool:
        return all(
            shipper.status.applied_seq == len(self.journals[branch].entries)
            and shipper.status.state == "current"
            and not task.done()
            for branch, (shipper, task) in self.shippers.items()
        )


def simulate(seed: int) -> Report:
    """Tell the story of a seed; raises AssertionError where a promise broke."""

    async def story() -> Report:
        return await Simulation(seed).tell()

    return run_virtually(story())


if __name__ == "__main__":
    print(simulate(int(sys.argv[1])))
