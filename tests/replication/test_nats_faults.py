"""A branch and headquarters over a real nats-server, and what a server, a line or a client may do to them."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from replication.branch.shipper import Shipper
from replication.branch.status import State
from replication.branch.sync import SyncSettings
from replication.headquarters.apply import Applier
from replication.headquarters.consumer import Consumer
from replication.headquarters.presence import Presence
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.verify import verify_site
from replication.link import LineDown, LineUp, MessageTooLarge, NobodyListens, Parcel, StreamFull
from replication.nats_link import NatsBranchLink, NatsHeadquartersLink, NatsSettings
from tests.replication.nats_process import NatsProcess
from tests.replication.shop import MemoryJournal

pytestmark = [pytest.mark.anyio, pytest.mark.needs("nats-server")]

CONVERGE_SECONDS_MAX = 30.0
SETTINGS = SyncSettings(backoff_max=0.5, patience=2.0, refused_again=1.0, heartbeat_every=1.0)


class RealClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc_milliseconds(self) -> int:
        return time.time_ns() // 1_000_000


class Chain:
    """Headquarters and branches as the product runs them, without pages."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.journals: dict[str, MemoryJournal] = {}
        self.shippers: dict[str, Shipper] = {}
        self.links: dict[str, NatsBranchLink] = {}
        self.store: SqliteStore | None = None
        self.consumer: Consumer | None = None
        self.hq_task: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._random = Random(5)

    def settings(self, name: str) -> NatsSettings:
        return NatsSettings(url=self.url, name=name, reconnect_seconds_max=0.5)

    async def start_headquarters(self) -> None:
        clock = RealClock()
        self.store = SqliteStore.open(self.folder, on_fatal=lambda error: print(f"FATAL {error!r}"))
        presence = Presence(monotonic=clock.monotonic, utc_milliseconds=clock.utc_milliseconds)
        self.consumer = Consumer(
            NatsHeadquartersLink(self.settings("hq"), jitter=self._random.random, stream_bytes_max=64 * 1024 * 1024),
            self.store,
            Applier(self.store, 1, monotonic=clock.monotonic, utc_milliseconds=clock.utc_milliseconds),
            presence,
            incarnation=1,
            utc_milliseconds=clock.utc_milliseconds,
        )
        self.hq_task = asyncio.create_task(self.consumer.run())

    async def stop_headquarters(self) -> None:
        assert self.hq_task is not None
        assert self.store is not None
        self.hq_task.cancel()
        await asyncio.gather(self.hq_task, return_exceptions=True)
        await self.store.close()

    def start_branch(self, branch: str) -> Shipper:
        journal = self.journals.setdefault(branch, MemoryJournal(branch))
        link = NatsBranchLink(self.settings(branch), branch, jitter=self._random.random)
        shipper = Shipper(
            branch, journal, link, clock=RealClock(), jitter=self._random.random, boot_id=bytes(16), settings=SETTINGS
        )
        self.shippers[branch], self.links[branch] = shipper, link
        self._tasks.append(asyncio.create_task(shipper.run()))
        return shipper

    def sell(self, branch: str, count: int = 1) -> None:
        self.journals[branch].sell(count)
        self.shippers[branch].wake()

    async def converged(self) -> None:
        """Every branch is current and headquarters holds exactly its journal."""

        def all_there() -> bool:
            return all(
                shipper.status.applied_seq == len(self.journals[branch].entries)
                and shipper.status.state is State.CURRENT
                for branch, shipper in self.shippers.items()
            )

        await until(all_there, lambda: [shipper.status for shipper in self.shippers.values()])

    async def close(self) -> None:
        for shipper in self.shippers.values():
            await shipper.close()
        await asyncio.gather(*self._tasks)
        await self.stop_headquarters()
        report = verify_site(self.folder)
        assert report.differences == ()
        assert report.entries == sum(len(journal.entries) for journal in self.journals.values())
        assert report.quarantined == 0


async def until(condition: Callable[[], bool], otherwise: Callable[[], object]) -> None:
    ends_at = time.monotonic() + CONVERGE_SECONDS_MAX
    while not condition():
        assert time.monotonic() < ends_at, otherwise()
        await asyncio.sleep(0.02)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsProcess]:
    made = NatsProcess(tmp_path / "nats")
    await made.start()
    yield made
    await made.stop(signal.SIGKILL)


@pytest.fixture
async def chain(server: NatsProcess, tmp_path: Path) -> AsyncIterator[Chain]:
    made = Chain(tmp_path / "hq", server.url)
    await made.start_headquarters()
    made.start_branch("b001")
    made.start_branch("b002")
    yield made
    await made.close()


async def test_sales_reach_headquarters_and_the_watermark_comes_back(chain: Chain) -> None:
    chain.sell("b001", 1200)
    chain.sell("b002", 3)
    await chain.converged()
    began = time.monotonic()
    chain.sell("b002")
    await until(lambda: chain.shippers["b002"].status.waiting == 0, lambda: chain.shippers["b002"].status)
    assert time.monotonic() - began < 2.0
    await asyncio.sleep(1.1)
    assert chain.journals["b002"].recorded[-1].applied_seq == 4


async def test_a_server_killed_and_restarted_is_caught_up_with(chain: Chain, server: NatsProcess) -> None:
    chain.sell("b001", 20)
    await chain.converged()
    await server.stop(signal.SIGKILL)
    await until(lambda: chain.shippers["b001"].status.state is State.OFFLINE, lambda: chain.shippers["b001"].status)
    chain.sell("b001", 50)
    chain.sell("b002", 50)
    trouble = chain.shippers["b001"].status.last_error
    assert trouble is not None
    assert trouble.code == "line_down"
    await server.start()
    await chain.converged()


async def test_a_server_that_lost_its_store_is_caught_up_with(chain: Chain, server: NatsProcess) -> None:
    chain.sell("b001", 700)
    chain.sell("b002", 20)
    await chain.converged()
    await server.stop(signal.SIGKILL)
    server.wipe()
    chain.sell("b001", 5)
    await server.start()
    chain.sell("b002", 5)
    await chain.converged()


async def test_a_headquarters_that_restarts_reads_on_from_its_own_place(chain: Chain) -> None:
    chain.sell("b001", 30)
    await chain.converged()
    await chain.stop_headquarters()
    chain.sell("b001", 600)
    chain.sell("b002", 40)
    await asyncio.sleep(0.3)
    await chain.start_headquarters()
    await chain.converged()


async def test_a_deleted_consumer_and_a_deleted_stream_are_made_again(chain: Chain) -> None:
    chain.sell("b001", 10)
    await chain.converged()
    async with raw_client(chain.url) as api:
        await api("$JS.API.CONSUMER.DELETE.UP.headquarters")
        chain.sell("b001", 10)
        await chain.converged()
        await api("$JS.API.STREAM.DELETE.UP")
        chain.sell("b001", 10)
        chain.sell("b002", 10)
        await chain.converged()


async def test_a_client_the_server_closes_for_ever_is_built_anew(chain: Chain) -> None:
    chain.sell("b001", 10)
    await chain.converged()
    client = chain.links["b001"]._line._client
    assert client is not None
    # A protocol error: the server answers -ERR and the client closes for ever.
    client._transport.write(b"NONSENSE 1 2 3\r\n")
    await until(lambda: client.is_closed, lambda: "the client did not close")
    chain.sell("b001", 10)
    await chain.converged()
    assert chain.links["b001"]._line._client is not client


async def test_a_server_that_freezes_delays_and_loses_nothing(chain: Chain, server: NatsProcess) -> None:
    chain.sell("b001", 10)
    await chain.converged()
    server.pause()
    chain.sell("b001", 10)
    await asyncio.sleep(1.0)
    server.resume()
    await chain.converged()


async def test_a_branch_that_starts_before_its_server_waits_for_it(tmp_path: Path) -> None:
    server = NatsProcess(tmp_path / "nats")
    chain = Chain(tmp_path / "hq", server.url)
    chain.start_branch("b001")
    chain.sell("b001", 5)
    await asyncio.sleep(0.3)
    assert chain.shippers["b001"].status.state is State.OFFLINE
    await chain.start_headquarters()
    await server.start()
    await chain.converged()
    await chain.close()
    await server.stop()


async def test_a_message_over_the_limit_is_caught_before_the_server_cuts_the_line(tmp_path: Path) -> None:
    server = NatsProcess(tmp_path / "nats", "max_payload: 2048")
    await server.start()
    link = NatsBranchLink(NatsSettings(url=server.url, name="b001"), "b001", jitter=Random(1).random)
    heard: list[object] = []
    task = asyncio.create_task(link.run(heard.append))
    await until(lambda: bool(heard), lambda: "no line")
    with pytest.raises(MessageTooLarge):
        await link.publish(Parcel("m", b"x" * 2030))
    with pytest.raises(NobodyListens):
        await link.publish(Parcel("m", b"x" * 1500))
    assert [type(one) for one in heard] == [LineUp]
    await link.close()
    await task
    await server.stop()


async def test_a_full_stream_says_so_and_the_line_lives(server: NatsProcess) -> None:
    random = Random(1).random
    hq = NatsHeadquartersLink(NatsSettings(url=server.url, name="hq"), jitter=random, stream_bytes_max=20_000)
    branch = NatsBranchLink(NatsSettings(url=server.url, name="b001"), "b001", jitter=random)
    heard: list[object] = []
    tasks = [
        asyncio.create_task(hq.run(heard.append, lambda _: asyncio.sleep(0))),
        asyncio.create_task(branch.run(heard.append)),
    ]  # type: ignore[arg-type,return-value]
    await until(lambda: len(heard) == 2, lambda: heard)
    await hq.open(None)
    await branch.publish(Parcel("fits", b"x" * 15_000))
    with pytest.raises(StreamFull):
        await branch.publish(Parcel("too much", b"x" * 15_000))
    assert not [one for one in heard if isinstance(one, LineDown)]
    await branch.close()
    await hq.close()
    await asyncio.gather(*tasks)


@contextlib.asynccontextmanager
async def raw_client(url: str) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Somebody with the right to break things, speaking the protocol by hand."""
    host, _, port = url.removeprefix("nats://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b'CONNECT {"verbose":false}\r\nSUB _INBOX.raw 1\r\nPING\r\n')

    async def ask(subject: str) -> None:
        writer.write(f"PUB {subject} _INBOX.raw 0\r\n\r\n".encode())
        async with asyncio.timeout(5):
            while not (await reader.readline()).startswith(b"MSG"):
                pass
            assert "error" not in json.loads(await reader.readline())

    try:
        yield ask
    finally:
        writer.close()
        await writer.wait_closed()
