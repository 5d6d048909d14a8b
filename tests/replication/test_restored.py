"""Headquarters put back to an older copy of its files: it converges with its branches without anybody's help."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from replication.branch.shipper import Shipper
from replication.headquarters.app import run
from replication.headquarters.config import HeadquartersConfig, SiteSettings, WebSettings
from replication.headquarters.pull import answer_pull
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.verify import verify_site
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from replication.wire.item import Item
from replication.wire.messages import Lane, Pull, Pulled
from replication.wire.outbox import CatalogueItem
from tests.replication.shop import MemoryJournal
from tests.replication.test_nats_faults import RealClock, until

pytestmark = pytest.mark.anyio


class Chain:
    """A headquarters that can be stopped, put back and started, with branches that keep running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = MemoryBroker()
        self.journals: dict[str, MemoryJournal] = {}
        self.shippers: dict[str, Shipper] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.office: tuple[asyncio.Event, asyncio.Task[None]] | None = None

    async def start(self) -> None:
        config = HeadquartersConfig(site=SiteSettings(data=str(self.folder)), web=WebSettings(port=0))
        stop, started = asyncio.Event(), asyncio.Event()
        link = MemoryHeadquartersLink(self.broker)
        task = asyncio.create_task(run(config, stop, started=lambda _: started.set(), link=link))
        self.office = (stop, task)
        await asyncio.wait_for(started.wait(), 15)

    async def stop(self) -> None:
        assert self.office is not None
        self.office[0].set()
        await asyncio.wait_for(self.office[1], 15)
        self.office = None

    def open_branch(self, branch: str) -> MemoryJournal:
        journal = self.journals[branch] = MemoryJournal(branch)
        shipper = self.shippers[branch] = Shipper(
            branch, journal, MemoryBranchLink(self.broker, branch), clock=RealClock(), jitter=Random(1).random,
            boot_id=branch.encode().ljust(8, b"."), name=branch, name_zh=branch, currency="CNY",
        )  # fmt: skip
        self.tasks.append(asyncio.create_task(shipper.run()))
        return journal

    async def arrived(self) -> None:
        for branch, shipper in self.shippers.items():
            shipper.wake()
            head = len(self.journals[branch].entries)
            await until(
                lambda b=branch, h=head: self.held(b) == h, lambda b=branch: (self.shippers[b].status, self.held(b))
            )

    def held(self, branch: str) -> int:
        """How many entries of a branch headquarters has, as its own store tells."""
        reader = sqlite3.connect(f"file:{self.folder / 'hq.db'}?mode=ro", uri=True)
        try:
            return int(
                reader.execute(
                    "SELECT COUNT(*) FROM events e JOIN branches b USING (branch_id) WHERE b.branch = ?", (branch,)
                ).fetchone()[0]
            )
        finally:
            reader.close()

    async def close(self) -> None:
        for shipper in self.shippers.values():
            await shipper.close()
        await asyncio.gather(*self.tasks)
        if self.office is not None:
            await self.stop()


@pytest.fixture
async def chain(tmp_path: Path) -> AsyncIterator[Chain]:
    made = Chain(tmp_path / "hq")
    await made.start()
    yield made
    await made.close()
    assert verify_site(tmp_path / "hq").differences == ()


@pytest.mark.parametrize("stream", ["kept", "gone"])
async def test_a_headquarters_put_back_gets_everything_again_once(chain: Chain, tmp_path: Path, stream: str) -> None:
    """A real copy of the files, older by sales of two branches; the stream may still hold them or not."""
    one, two = chain.open_branch("b001"), chain.open_branch("b002")
    one.sell(20)
    two.sell(5)
    await chain.arrived()
    await chain.stop()
    shutil.copytree(tmp_path / "hq", tmp_path / "copy")
    await chain.start()
    one.sell(30)
    two.sell(1)
    await chain.arrived()
    await chain.stop()
    shutil.rmtree(tmp_path / "hq")
    shutil.copytree(tmp_path / "copy", tmp_path / "hq")
    assert chain.held("b001") == 20
    if stream == "gone":
        chain.broker.wipe()
    one.sell(2)
    await chain.start()
    await chain.arrived()
    report = verify_site(tmp_path / "hq")
    assert report.entries == len(one.entries) + len(two.entries)
    assert report.blocked == report.quarantined == 0


async def test_an_outbox_position_that_is_forgotten_starts_from_the_beginning(tmp_path: Path) -> None:
    """A branch was sent more than the copy knows: it is told to begin anew, and one that was not goes on where it was."""
    copy = tmp_path / "copy"
    pulled: list[Pulled] = []

    async def opened(posted: int, pull: Pull) -> tuple[Pulled, bytes]:
        store = SqliteStore.open(copy, on_fatal=lambda error: pytest.fail(repr(error)))
        for number in range(posted):
            sent = CatalogueItem(Item(f"SKU-{number}", "Tea", "pc", 100), number)
            await store.transact(lambda session, sent=sent: session.post_outbox("b001", sent))
        await store.transact(lambda session: session.greet("b001", "", "", "CNY", 0, 0))
        number = await store.incarnation()
        answer = await store.look(lambda archive: answer_pull(pull, archive, site="hq", incarnation=number, now=0))
        head = await store.transact(lambda session: session.outbox_head("b001"))
        await store.close()
        assert isinstance(answer, Pulled)
        pulled.append(answer)
        return answer, head.hash

    start = Pull("b001", Lane.OUTBOX, 0, bytes(32), 0)
    answer, at_three = await opened(3, start)
    assert (answer.head_seq, answer.from_beginning) == (3, False)
    saved = (copy / "hq.db").read_bytes()
    answer, at_five = await opened(2, Pull("b001", Lane.OUTBOX, 3, at_three, 1))
    assert (answer.head_seq, answer.from_beginning) == (5, False)
    (copy / "hq.db").write_bytes(saved)
    answer, _ = await opened(2, Pull("b001", Lane.OUTBOX, 5, at_five, 2))
    assert (answer.head_seq, answer.from_beginning) == (5, True), "the same seq, and another history"
    answer, _ = await opened(0, Pull("b001", Lane.OUTBOX, 3, at_three, 1))
    assert (answer.head_seq, answer.from_beginning) == (5, False), "what both know stands"
    assert len({one.incarnation for one in pulled}) == len(pulled)
