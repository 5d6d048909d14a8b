"""Where questions of branches are taken in and answered, some at a time. Knows neither the question's nor the answer's sense."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import nats.errors

from replication.link import ANSWERS_AT_ONCE_MAX, QUESTIONS_WAITING_MAX, Answer, Question
from replication.wire.messages import encode_message

WAITING_PER_BRANCH_MAX: Final = 12
"""Of one branch: a hello and a pull in either lane, from up to four devices that go by its name. Well below what is worked on
at a time, so that a branch that asks without end waits for itself, and not its neighbours for it."""

_log = logging.getLogger(__name__)


class Desk:
    """Answers through `answer`, ANSWERS_AT_ONCE_MAX at a time; a slow pull of one branch holds up no other's hello."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._turns = asyncio.Semaphore(ANSWERS_AT_ONCE_MAX)
        self._at_work: set[asyncio.Task[None]] = set()
        self._of_branch: Counter[str] = Counter()

    def take(self, question: Question, respond: Callable[[bytes], Awaitable[None]]) -> None:
        """Take a question in, unless too many wait: then it stays unanswered, and its branch asks again."""
        branch = question.branch
        if self._of_branch[branch] >= WAITING_PER_BRANCH_MAX:
            _log.debug("%d questions of %s wait; one more is dropped", WAITING_PER_BRANCH_MAX, branch)
            return
        if len(self._at_work) >= QUESTIONS_WAITING_MAX:
            _log.warning("%d questions wait; one of %s is dropped", len(self._at_work), branch)
            return
        task = asyncio.create_task(self._serve(question, respond), name=f"answer to {branch}")
        self._at_work.add(task)
        self._of_branch[branch] += 1
        task.add_done_callback(lambda done: self._ended(done, branch))

    def _ended(self, task: asyncio.Task[None], branch: str) -> None:
        self._at_work.discard(task)
        self._of_branch[branch] -= 1
        if not self._of_branch[branch]:
            del self._of_branch[branch]

    async def _serve(self, question: Question, respond: Callable[[bytes], Awaitable[None]]) -> None:
        async with self._turns:
            try:
                await respond(encode_message(await self._answer(question)))
            except nats.errors.Error as error:
                _log.info("an answer to %s could not be sent: %s", question.branch, error)
            except Exception:  # noqa: BLE001 - the task's outermost edge: the one who asks is another process
                _log.exception("a question of %s stays unanswered", question.branch)

    async def close(self) -> None:
        """Drop what is not answered yet."""
        tasks = list(self._at_work)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
