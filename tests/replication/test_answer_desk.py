"""The desk that answers branches' questions: some at a time, and none takes its neighbours' place."""

import asyncio

import pytest

from replication.link import Question
from replication.nats_link.desk import WAITING_PER_BRANCH_MAX, Desk
from replication.wire.messages import HelloAnswer, Lane, Later, Pull, PullAnswer

pytestmark = pytest.mark.anyio


def pull(branch: str) -> Pull:
    return Pull(branch, Lane.OUTBOX, 0, bytes(32), 0)


async def test_a_branch_that_asks_without_end_takes_no_neighbours_place() -> None:
    """Of two thousand questions of one branch a few wait; the next branch's is answered as if nobody else were there."""
    open_, answered = asyncio.Event(), list[str]()

    async def answer(question: Question) -> HelloAnswer | PullAnswer:
        await open_.wait()
        answered.append(question.branch)
        return Later(1, 1)

    async def respond(data: bytes) -> None:
        assert data

    desk = Desk(answer)
    for _ in range(2_000):
        desk.take(pull("b001"), respond)
    desk.take(pull("b002"), respond)
    open_.set()
    await asyncio.sleep(0.01)
    assert sorted(answered) == ["b001"] * WAITING_PER_BRANCH_MAX + ["b002"]
    desk.take(pull("b001"), respond)
    await asyncio.sleep(0.01)
    assert answered[-1] == "b001", "it is heard again when its questions are answered"
    await desk.close()
