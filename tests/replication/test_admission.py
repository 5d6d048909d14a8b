"""Who says hello when: everybody is answered, nobody has another's turn, and headquarters is known to be back at once."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from replication.branch.settings import SyncSettings
from replication.branch.shipper import Shipper
from replication.headquarters import admission
from replication.headquarters.admission import (
    ALL_IN_A_ROW,
    ALL_SECONDS,
    NAMES_MAX,
    OWN_IN_A_ROW,
    WAIT_SECONDS_MAX,
    Admission,
)
from replication.headquarters.apply import Applier
from replication.headquarters.consumer import Consumer
from replication.headquarters.presence import Presence, State
from replication.headquarters.stores.sqlite.queries import list_branches
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.nats_link import NatsBranchLink, NatsHeadquartersLink, NatsSettings
from tests.replication.nats_process import NatsProcess
from tests.replication.shop import MemoryJournal
from tests.replication.test_nats_faults import RealClock, server, until

__all__ = ["server"]

BRANCHES = 50
BACK_SECONDS_MAX = 3.0


def test_a_branch_that_asks_without_end_waits_and_takes_nobody_elses_turn() -> None:
    """After its own measure it is told to wait, again and again, while another is let in at once."""
    desk = Admission()
    assert [desk.wait("b001", 0.0) for _ in range(OWN_IN_A_ROW)] == [0.0] * OWN_IN_A_ROW
    assert all(0 < desk.wait("b001", 0.5) <= 1.0 for _ in range(10 * ALL_IN_A_ROW))
    assert desk.wait("b002", 0.5) == 0.0
    assert desk.wait("b001", 1.0) == 0.0


def test_a_whole_chain_that_comes_at_once_is_let_in_after_one_refusal_each() -> None:
    """Their moments are spread, and none is pushed back by others that come meanwhile."""
    desk, chance = Admission(), Random(1)
    waits = {f"b{number}": desk.wait(f"b{number}", 100.0) for number in range(1000)}
    refused = sorted(wait for wait in waits.values() if wait)
    assert len(refused) == 1000 - ALL_IN_A_ROW
    assert all(abs(b - a - ALL_SECONDS) < 1e-6 for a, b in pairwise(refused))
    again = sorted((100.0 + wait * (1 + chance.random() / 2), branch) for branch, wait in waits.items() if wait)
    for number, (at, branch) in enumerate(again):
        desk.wait(f"late-{number}", at)
        assert desk.wait(branch, at + 1e-6) == 0.0, branch


def test_no_wait_is_longer_than_its_bound_and_no_name_is_kept_for_ever() -> None:
    """However many come."""
    desk = Admission()
    waits = [desk.wait(f"b{number}", 5.0) for number in range(20_000)]
    assert max(waits) == WAIT_SECONDS_MAX
    assert desk.wait("b19999", 5.0 + 2 * WAIT_SECONDS_MAX) == 0.0
    assert len(desk._own) < NAMES_MAX


class Chain:
    """Fifty branches and a headquarters that is started again, over a real server."""

    def __init__(self, server: NatsProcess, folder: Path) -> None:
        self._url, self._folder, self._random = server.url, folder, Random(7)
        self._shippers: list[Shipper] = []
        self._tasks: list[asyncio.Task[None]] = []

    def _settings(self, name: str) -> NatsSettings:
        return NatsSettings(url=self._url, name=name, reconnect_seconds_max=0.5)

    async def open(self, opened_at: int) -> None:
        """Headquarters is started, as `app` does it."""
        clock = RealClock()
        self.store = SqliteStore.open(
            self._folder, on_fatal=lambda error: pytest.fail(repr(error)), opened_at=opened_at
        )
        incarnation = await self.store.incarnation()
        self.presence = Presence(monotonic=clock.monotonic, utc_milliseconds=clock.utc_milliseconds)
        for row in await self.store.read(list_branches):
            self.presence.known(row.branch, row.applied_seq, row.head_seq, row.contact_at, None, row.binding)
        applier = Applier(
            self.store, incarnation, monotonic=clock.monotonic, utc_milliseconds=clock.utc_milliseconds
        )  # fmt: skip
        self.link = NatsHeadquartersLink(self._settings("hq"), jitter=self._random.random, stream_bytes_max=2**26)
        self._consumer = Consumer(
            self.link, self.store, applier, self.presence, incarnation=incarnation,
            utc_milliseconds=clock.utc_milliseconds,
        )  # fmt: skip
        self._task = asyncio.create_task(self._consumer.run())

    async def shut(self) -> None:
        """Headquarters ends."""
        await self.link.close()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.store.close()

    def branch(self, name: str) -> None:
        """A branch with some sales, and the times of a real one."""
        journal, link = MemoryJournal(name), NatsBranchLink(self._settings(name), name, jitter=self._random.random)
        journal.sell(3)
        shipper = Shipper(
            name, journal, link, clock=RealClock(), jitter=self._random.random, boot_id=name.encode().ljust(8, b"-"),
            settings=SyncSettings(),
        )  # fmt: skip
        self._shippers.append(shipper)
        self._tasks.append(asyncio.create_task(shipper.run()))

    def waiting(self) -> list[str]:
        """Branches that headquarters does not call current."""
        names = [f"b{number:03}" for number in range(BRANCHES)]
        standings = {name: self.presence.standing(name) for name in names}
        return [name for name, one in standings.items() if one.state is not State.CURRENT or one.applied_seq != 3]

    async def end(self) -> None:
        """Everything ends."""
        await self.shut()
        for shipper in self._shippers:
            await shipper.close()
        await asyncio.gather(*self._tasks)


@pytest.mark.anyio
async def test_after_a_restart_every_branch_is_current_at_once(
    server: NatsProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a heartbeat: headquarters asks, all answer within seconds, and those who are too many at once come
    again at their time. None is left over."""
    chain = Chain(server, tmp_path)
    await chain.open(1_795_000_000)
    for number in range(BRANCHES):
        chain.branch(f"b{number:03}")
    await until(lambda: not chain.waiting(), chain.waiting)
    await chain.shut()
    monkeypatch.setattr(admission, "ALL_IN_A_ROW", 5)
    monkeypatch.setattr(admission, "ALL_SECONDS", 0.02)
    began = time.monotonic()
    await chain.open(1_795_000_600)
    assert len(chain.waiting()) == BRANCHES
    await until(lambda: not chain.waiting(), chain.waiting)
    assert time.monotonic() - began < BACK_SECONDS_MAX
    await chain.end()
