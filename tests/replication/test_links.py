"""One contract for both lines: the one in memory and the one over a real nats-server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar

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
    LinkTimeout,
    NobodyListens,
    Parcel,
    Question,
    StreamPlace,
    Told,
)
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from replication.nats_link import NatsBranchLink, NatsHeadquartersLink, NatsSettings
from replication.wire.messages import (
    Ancestor,
    Bisect,
    Continue,
    Fenced,
    Heartbeat,
    Hello,
    HelloAnswer,
    Lane,
    Later,
    Nudge,
    Pull,
    PullAnswer,
    Pulled,
    PullRefused,
    Rebase,
    Refused,
    Want,
    Watermark,
)
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
    questions: list[Question]
    answers: dict[type, HelloAnswer | PullAnswer]
    broken: bool = False
    at_once: int = 0
    at_once_most: int = 0


Said = TypeVar("Said")


async def asked_until_heard(ask: Callable[[], Awaitable[Said]]) -> Said:
    """A line may be made anew at any moment on a busy machine: who finds nobody asks again, as a branch does."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with contextlib.suppress(NobodyListens):
                return await ask()
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def running(branch: BranchLink, headquarters: HeadquartersLink) -> AsyncIterator[Ends]:
    ends = Ends(branch, headquarters, asyncio.Queue(), asyncio.Queue(), [], {Hello: ANSWER, Pull: PULLED})

    async def answer(question: Question) -> HelloAnswer | PullAnswer:
        ends.questions.append(question)
        ends.at_once += 1
        ends.at_once_most = max(ends.at_once_most, ends.at_once)
        await asyncio.sleep(0.02)
        ends.at_once -= 1
        if ends.broken:
            raise OSError("the database is gone")
        return ends.answers[type(question)]

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


PULLED = Pulled(Lane.OUTBOX, bytes(240 * 1024), 9, 7)


def pull() -> Pull:
    return Pull("b001", Lane.OUTBOX, 4, bytes(32), 7, "UDEVICE", bytes(8))


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
    assert ends.questions == [hello()]
    await ends.branch.beat(Heartbeat("b001", 1, 9, 0))
    async with asyncio.timeout(WAIT_SECONDS):
        assert await ends.headquarters_heard.get() == Heartbeat("b001", 1, 9, 0)


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        Bisect(3, 9, 7),
        Rebase(2, 100, 3, bytes(32), 8, bytes(32), "restored", 7),
        Fenced("replaced", "since Monday", 4, 7),
        Later(900, 7),
        Refused("blocked", "entry 4", 3, bytes(32), 7),
    ],
)
async def test_every_answer_to_a_hello_arrives(ends: Ends, answer: HelloAnswer) -> None:
    """Whatever headquarters says to a hello reaches the branch as it was said."""
    ends.answers[Hello] = answer
    assert await asked_until_heard(lambda: ends.branch.hello(hello())) == answer


@pytest.mark.parametrize("answer", [PULLED, PullRefused("fenced", "not you", 7)])
async def test_a_pull_is_answered(ends: Ends, answer: PullAnswer) -> None:
    """Entries as large as an envelope may be come whole; a refusal is an answer too."""
    ends.answers[Pull] = answer
    assert await asked_until_heard(lambda: ends.branch.pull(pull())) == answer
    assert ends.questions == [pull()]


async def test_questions_do_not_wait_for_each_other(ends: Ends) -> None:
    """A slow answer holds up no other: several are worked on at a time, and each gets its own."""
    asked = [ends.branch.pull(pull()) if index % 2 else ends.branch.hello(hello()) for index in range(10)]
    assert await asyncio.gather(*asked) == [ANSWER, PULLED] * 5
    assert ends.at_once_most > 1


async def test_a_question_whose_answer_fails_stays_unanswered(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headquarters' own fault is a silence for the branch, and the next question is answered."""
    monkeypatch.setattr("replication.memory_link.PULL_SECONDS_MAX", 0.2)
    monkeypatch.setattr("replication.nats_link.branch.PULL_SECONDS_MAX", 0.2)
    ends.broken = True
    with pytest.raises(LinkTimeout):
        await ends.branch.pull(pull())
    ends.broken = False
    assert await ends.branch.pull(pull()) == PULLED


async def test_watermarks_wants_refusals_and_nudges_reach_their_branch(ends: Ends) -> None:
    messages: list[Told] = [
        WATERMARK,
        Want("b001", 1, 3),
        Refused("fork", "why", 0, bytes(32), 7, bytes(8)),
        Nudge("b001", 7, 12),
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
    with pytest.raises(NobodyListens):
        await ends.branch.pull(pull())


async def test_after_closing_every_use_says_that_the_line_is_down(ends: Ends) -> None:
    await ends.branch.close()
    await ends.headquarters.close()
    await asyncio.sleep(0.2)
    for use in (
        ends.branch.publish(Parcel("m", b"")),
        ends.branch.hello(hello()),
        ends.branch.pull(pull()),
        ends.branch.beat(Heartbeat("b001", 1, 0, 0)),
        ends.headquarters.open(None),
        ends.headquarters.tell(WATERMARK, "b001"),
    ):
        with pytest.raises(LinkDown) as refused:
            await use
        assert isinstance(refused.value, LinkError)
        assert refused.value.where
