"""Headquarters' loop: fetch, commit, acknowledge, tell. Joins a line to a store; the store's own place is the truth.

After any fault of the line it starts again from the database, so that a crash between commit and acknowledgement is
only a duplicate.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Mapping
from typing import Final

from replication.headquarters.admission import ALL_SECONDS, Admission
from replication.headquarters.apply import Applier
from replication.headquarters.hello import BranchKnown, answer_hello
from replication.headquarters.outcome import Outcome
from replication.headquarters.presence import Presence
from replication.headquarters.pull import answer_pull
from replication.headquarters.readmit import readmit
from replication.headquarters.stores.store import ApplySession, BranchState, Store
from replication.link import ConsumerLost, HeadquartersHears, HeadquartersLink, LineDown, LineUp, LinkError, Question
from replication.storage.errors import StoreBusy
from replication.wire.identity import SITE_ID
from replication.wire.messages import (
    Continue,
    Hello,
    HelloAnswer,
    Later,
    Nudge,
    Pull,
    PullAnswer,
    PullRefused,
    Rebase,
    Refused,
)

FETCH_MESSAGES_MAX: Final = 32
"""Batches in one transaction: at 500 entries each about 16,000 entries, half a second of applying at most."""
FETCH_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 1.0
"""Before a line or a stream that is not there is tried again."""

_log = logging.getLogger(__name__)


class Consumer:
    """Keeps headquarters' database following all branches. `changed` hears of each commit; `welcome` is called inside the
    transaction that accepts a branch's hello. `tell` posts a bounded part of what branches are still to be told, in a
    transaction of its own, and answers whether there is more."""

    def __init__(
        self,
        link: HeadquartersLink,
        store: Store,
        applier: Applier,
        presence: Presence,
        *,
        incarnation: int,
        utc_milliseconds: Callable[[], int],
        changed: Callable[[Outcome], None] = lambda _: None,
        welcome: Callable[[ApplySession, str], None] = lambda _session, _branch: None,
        tell: Callable[[ApplySession, int], bool] = lambda _session, _at: False,
        site: str = "hq",
    ) -> None:
        self._link = link
        self._store = store
        self._applier = applier
        self._presence = presence
        self._incarnation = incarnation
        self._utc_milliseconds = utc_milliseconds
        self._changed = changed
        self._welcome = welcome
        self._tell = tell
        self._site = site
        self._is_up = asyncio.Event()
        self._grown: dict[str, int] = {}
        self._to_do = asyncio.Event()
        self._to_readmit: set[str] = set()
        self._is_to_tell = True
        self._to_call: dict[str, None] = {}
        self._is_to_call = asyncio.Event()
        self._admission = Admission()
        self.line_up = False

    async def run(self) -> None:
        """Follow until the line is closed."""
        loop = asyncio.get_running_loop()
        self._store.listen(lambda grown: _from_any_thread(loop, self._outboxes_grew, grown))
        tasks = (
            asyncio.create_task(self._link.run(self._hear, self._answer), name="headquarters line"),
            asyncio.create_task(self._read(), name="headquarters reading"),
            asyncio.create_task(self._follow_up(), name="headquarters follow-up"),
            asyncio.create_task(self._call_unasked(), name="headquarters calling"),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                if not task.done():
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def call(self, branch: str) -> None:
        """Ask a branch to say hello: its next one is judged by what was just decided."""
        with contextlib.suppress(LinkError):
            await self._link.tell(Refused("say_hello", "", 0, b"", self._incarnation), branch)

    # --- the line ---

    def _hear(self, heard: HeadquartersHears) -> None:
        if isinstance(heard, LineUp):
            self.line_up = True
            self._is_up.set()
            # A quiet branch would wait for its next heartbeat to be known as there.
            self._to_call |= dict.fromkeys(self._presence.unasked())
            self._is_to_call.set()
        elif isinstance(heard, LineDown):
            self.line_up = False
            self._is_up.clear()
        else:
            self._presence.beat(heard)
            if self._presence.is_unasked(heard.branch) and not heard.leaving and SITE_ID.fullmatch(heard.branch):
                # Nothing else would tell a quiet branch that headquarters forgot some of it.
                self._to_call[heard.branch] = None
                self._is_to_call.set()

    async def _answer(self, question: Question) -> HelloAnswer | PullAnswer:
        if isinstance(question, Pull):
            return await self._answer_pull(question)
        return await self._answer_hello(question)

    async def _answer_pull(self, pull: Pull) -> PullAnswer:
        """From a snapshot beside the writer: a branch that is made whole again delays no other."""
        incarnation, now = self._incarnation, self._utc_milliseconds()
        if not SITE_ID.fullmatch(pull.branch):
            return PullRefused("unknown_branch", repr(pull.branch[:80]), incarnation)
        return await self._store.look(
            lambda archive: answer_pull(pull, archive, site=self._site, incarnation=incarnation, now=now)
        )

    async def _answer_hello(self, hello: Hello) -> HelloAnswer:
        """Asked in the writer's order, so that the answer is never behind a watermark already sent."""
        at, told = self._utc_milliseconds(), self._presence.told_seq(hello.branch)
        if not SITE_ID.fullmatch(hello.branch):
            return Refused("unknown_branch", repr(hello.branch[:80]), 0, b"", self._incarnation)

        waits = self._admission.wait(hello.branch, asyncio.get_running_loop().time())
        if waits:
            return Later(math.ceil(waits * 1000), self._incarnation)

        def greet(session: ApplySession) -> tuple[BranchState, HelloAnswer, bool]:
            branch, state = hello.branch, session.branch(hello.branch)
            known = BranchKnown(
                cursor=state.cursor,
                binding=state.binding,
                seen_seq=max(state.seen_seq, told),
                written_by=session.written_by(branch),
                kept_runs=tuple(session.forks.kept_runs(branch, hello.boot_id)),
                is_aside_full=session.forks.is_full(branch),
                durable_seq=state.durable_seq,
                block=state.block,
            )
            decision = answer_hello(hello, known, lambda seq: session.hash_at(branch, seq), at, self._incarnation)
            if isinstance(decision.answer, Continue | Rebase):
                session.greet(branch, hello.name, hello.name_zh, hello.currency, hello.head.seq, at)
                self._welcome(session, branch)
            session.bind(branch, decision.cursor, decision.binding, decision.seen_seq)
            more = False
            if isinstance(decision.answer, Continue | Rebase):
                # What was the branch's own a moment ago may be another's now; and a step may have been lost with a process.
                more = readmit(session, branch, at)[1]
            return session.branch(branch), decision.answer, more

        state, answer, more = await self._store.transact(greet)
        if more:
            self._to_readmit.add(hello.branch)
            self._to_do.set()
        self._presence.greeted(hello, state, answer)
        return answer

    # --- what follows a commit ---

    def _outboxes_grew(self, grown: Mapping[str, int]) -> None:
        self._grown |= grown
        self._is_to_tell = True
        self._to_do.set()

    async def _follow_up(self) -> None:
        """Nudge the branches that have something waiting, and go on with what was too much for one transaction: fork stores
        and what is to be told. At start as well: a step may have been the last of a process."""
        self._to_do.set()
        while True:
            await self._to_do.wait()
            self._to_do.clear()
            grown, self._grown = self._grown, {}
            for branch, head_seq in grown.items():
                with contextlib.suppress(LinkError):
                    await self._link.tell(Nudge(branch, self._incarnation, head_seq), branch)
            for branch in list(self._to_readmit):
                if not await self._step(_readmit_more(branch)):
                    self._to_readmit.discard(branch)
            if self._is_to_tell:
                self._is_to_tell = False  # before the step: what is put meanwhile is told by the next one
                more = await self._step(self._tell)
                self._is_to_tell = self._is_to_tell or more
            if self._to_readmit or self._is_to_tell:
                self._to_do.set()

    async def _call_unasked(self) -> None:
        """Ask branches for their hello that have said none to this opening, at the pace at which hellos are answered."""
        while True:
            await self._is_to_call.wait()
            self._is_to_call.clear()
            while self._to_call:
                branch = next(iter(self._to_call))
                del self._to_call[branch]
                if self._presence.is_unasked(branch):
                    with contextlib.suppress(LinkError):
                        await self._link.tell(Refused("opened", "", 0, b"", self._incarnation), branch)
                    await asyncio.sleep(ALL_SECONDS)

    async def _step(self, work: Callable[[ApplySession, int], bool]) -> bool:
        """One bounded step; whether there is more."""

        def step(session: ApplySession) -> bool:
            return work(session, self._utc_milliseconds())

        try:
            return await self._store.transact(step)
        except StoreBusy:
            await asyncio.sleep(PAUSE_SECONDS)
            return True

    # --- the stream ---

    async def _read(self) -> None:
        while True:
            await self._is_up.wait()
            try:
                await self._link.open(await self._store.place())
                while True:
                    await self._once()
            except ConsumerLost as error:
                _log.warning("the place in the stream is gone, opening it again from the database: %s", error)
            except LinkError as error:
                _log.info("reading the stream stopped: %s", error)
            except StoreBusy:
                _log.warning("the database has more to write than it can")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _once(self) -> None:
        deliveries = await self._link.fetch(FETCH_MESSAGES_MAX, FETCH_SECONDS)
        if not deliveries:
            return
        outcome = await self._applier.apply(deliveries)
        self._presence.applied(outcome)
        self._changed(outcome)
        if outcome.unread:
            self._to_readmit |= outcome.unread
            self._to_do.set()
        await self._link.acknowledge(deliveries)
        for branch, watermark in outcome.watermarks.items():
            await self._link.tell(watermark, branch)
        for branch, want in outcome.wants.items():
            await self._link.tell(want, branch)
        for branch, refused in outcome.refusals.items():
            await self._link.tell(refused, branch)


def _readmit_more(branch: str) -> Callable[[ApplySession, int], bool]:
    return lambda session, at: readmit(session, branch, at)[1]


def _from_any_thread(
    loop: asyncio.AbstractEventLoop, take: Callable[[Mapping[str, int]], None], grown: Mapping[str, int]
) -> None:
    try:
        loop.call_soon_threadsafe(take, grown)
    except RuntimeError:
        return  # the loop ended: branches ask by themselves with their next heartbeat
