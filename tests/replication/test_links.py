"""One contract for both lines: the one in memory and the one over a real nats-server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from replication.link import (
    BranchHears,
    BranchLink,
    Delivery,
    HeadquartersHears,
    HeadquartersLink,
    LineUp,
    LinkDown,
    LinkError,
    NobodyListens,
    Parcel,
    StreamPlace,
)
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from replication.nats_link import NatsBranchLink, NatsHeadquartersLink, NatsSettings
from replication.wire.messages import Ancestor, Continue, Heartbeat, Hello, HelloAnswer, Refused, Want, Watermark
from tests.replication.nats_process import NatsProcess

pytestmark = pytest.mark.anyio

WAIT_SECONDS = 15.0
ANSWER = Continue(1, 4, bytes(32), 0, 1000, 7)
WATERMARK = Watermark("b001", 1, 4, bytes(32), 0, 1000, 7)


class Ends(msgspec.Struct):
    """Both ends of a line, running."""

    branch: BranchLink
    headquarters: HeadquartersLink
    branch_heard: "asyncio.Queue[BranchHears]"
    headquarters_heard: "asyncio.Queue[HeadquartersHears]"
    hellos: list[Hello]


@contextlib.asynccontextmanager
async def running(branch: BranchLink, headquarters: HeadquartersLink) -> AsyncIterator[Ends]:
    ends = Ends(branch, headquarters, asyncio.Queue(), asyncio.Queue(), [])

    async def answer(hello: Hello) -> HelloAnswer:
        ends.hellos.append(hello)
        return ANSWER

    tasks = [
        asyncio.create_task(headquarters.run(ends.headquarters_heard.put_nowait, answer)),
        asyncio.create_task(branch.run(ends.branch_heard.put_nowait)),
    ]
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            assert isinstance(await ends.headquarters_heard.get(), LineUp)
            assert isinstance(await ends.branch_heard.get(), LineUp)
        yield ends
    finally:
        await branch.close()
        await headquarters.close()
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.gather(*tasks)


@pytest.fixture(params=["memory", pytest.param("nats", marks=pytest.mark.needs("nats-server"))])
async def ends(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ends]:
    if request.param == "memory":
        broker = MemoryBroker()
        async with running(MemoryBranchLink(broker, "b001"), MemoryHeadquartersLink(broker)) as made:
            yield made
        return
    server = NatsProcess(tmp_path / "nats")
    await server.start()
    jitter = Random(1).random
    try:
        async with running(
            NatsBranchLink(NatsSettings(url=server.url, name="b001"), "b001", jitter=jitter),
            NatsHeadquartersLink(NatsSettings(url=server.url, name="hq"), jitter=jitter),
        ) as made:
            yield made
    finally:
        await server.stop()


def hello() -> Hello:
    return Hello("b001", 1, bytes(8), 1, Ancestor(4, bytes(32)), (), (1,), 0)


async def fetch(ends: Ends, count: int) -> list[Delivery]:
    found: list[Delivery] = []
    async with asyncio.timeout(WAIT_SECONDS):
        while len(found) < count:
            found += await ends.headquarters.fetch(16, 0.3)
    return found


async def test_a_batch_arrives_with_its_branch_its_bytes_and_its_place(ends: Ends) -> None:
    await ends.headquarters.open(None)
    await ends.branch.publish(Parcel("b001.e1.1-3.aaaa", b"one"))
    await ends.branch.publish(Parcel("b001.e1.4-5.bbbb", b"two"))
    found = await fetch(ends, 2)
    assert [(one.branch, one.data) for one in found] == [("b001", b"one"), ("b001", b"two")]
    assert found[0].place.sequence < found[1].place.sequence
    await ends.headquarters.acknowledge(found)
    assert list(await ends.headquarters.fetch(16, 0.2)) == []


async def test_the_same_message_id_is_kept_once(ends: Ends) -> None:
    await ends.headquarters.open(None)
    for _ in range(3):
        await ends.branch.publish(Parcel("b001.e1.1-3.aaaa", b"one"))
    assert len(await fetch(ends, 1)) == 1
    assert list(await ends.headquarters.fetch(16, 0.2)) == []


async def test_reading_goes_on_after_the_place_headquarters_names(ends: Ends) -> None:
    await ends.headquarters.open(None)
    for number in range(4):
        await ends.branch.publish(Parcel(f"m{number}", b"%d" % number))
    second = (await fetch(ends, 4))[1].place
    await ends.headquarters.open(second)
    assert [one.data for one in await fetch(ends, 2)] == [b"2", b"3"], "unacknowledged or not"
    await ends.headquarters.open(StreamPlace("another stream", 99))
    assert len(await fetch(ends, 4)) == 4
    await ends.headquarters.open(StreamPlace(second.created, 10_000))
    assert len(await fetch(ends, 4)) == 4, "a stream that forgot is read from its beginning"


async def test_a_hello_is_answered_and_a_heartbeat_heard(ends: Ends) -> None:
    assert await ends.branch.hello(hello()) == ANSWER
    assert ends.hellos == [hello()]
    await ends.branch.beat(Heartbeat("b001", 1, 9, 0))
    async with asyncio.timeout(WAIT_SECONDS):
        assert await ends.headquarters_heard.get() == Heartbeat("b001", 1, 9, 0)


async def test_watermarks_wants_and_refusals_reach_their_branch(ends: Ends) -> None:
    messages: list[Watermark | Want | Refused] = [
        WATERMARK,
        Want("b001", 1, 3),
        Refused("fork", "why", 0, bytes(32), 7),
    ]
    for message in messages:
        await ends.headquarters.tell(message, "b002")
    for message in messages:
        await ends.headquarters.tell(message, "b001")
    async with asyncio.timeout(WAIT_SECONDS):
        heard = [await ends.branch_heard.get() for _ in messages]
    assert sorted(map(repr, heard)) == sorted(map(repr, messages))
    await asyncio.sleep(0.05)
    assert ends.branch_heard.empty(), "another branch's are not heard"


async def test_a_hello_without_headquarters_says_so(ends: Ends) -> None:
    await ends.headquarters.close()
    await asyncio.sleep(0.2)
    with pytest.raises(NobodyListens):
        await ends.branch.hello(hello())


async def test_after_closing_every_use_says_that_the_line_is_down(ends: Ends) -> None:
    await ends.branch.close()
    await ends.headquarters.close()
    await asyncio.sleep(0.2)
    for use in (
        ends.branch.publish(Parcel("m", b"")),
        ends.branch.hello(hello()),
        ends.branch.beat(Heartbeat("b001", 1, 0, 0)),
        ends.headquarters.open(None),
        ends.headquarters.tell(WATERMARK, "b001"),
    ):
        with pytest.raises(LinkDown) as refused:
            await use
        assert isinstance(refused.value, LinkError)
        assert refused.value.where
