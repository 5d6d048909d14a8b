"""Joins the inbox's state machine to the ledger and the line: carries out orders, brings back facts. Decides nothing.

The shipper owns the line and passes on what it hears; a fault here is written down and tried again, and never reaches
shipping or selling.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Final, Protocol, assert_never

import msgspec

from replication.branch.inbox import (
    Applied,
    AppliedUpTo,
    Apply,
    ApplyFailed,
    BranchInbox,
    Connected,
    Disconnected,
    InboxFact,
    InboxSettings,
    InboxStatus,
    Nudged,
    PullAnswered,
    PullFailed,
    SendPull,
    Step,
    Tick,
    Wait,
)
from replication.branch.journal import Clock
from replication.branch.status import trouble
from replication.link import LinkError
from replication.storage.errors import StoreBusy
from replication.wire.messages import InboxPosition, Lane, Nudge, Pull, PullAnswer

RESTART_SECONDS: Final = 5.0
"""Pause before an unexpected fault is tried again."""
TURN_SECONDS_MIN: Final = 0.001
"""A timer that fires a hair too early must not make the loop spin."""
FACTS_MAX: Final = 256
"""Facts waiting for the machine; beyond it nudges are dropped, and the next pull heals that."""

_log = logging.getLogger(__name__)


class Inbox(Protocol):
    """The ledger as the downlink needs it."""

    async def standing(self) -> AppliedUpTo:
        """How far what headquarters sent is applied."""

    async def apply(self, step: Step) -> int:
        """Apply a step's messages in order and keep its position, in one transaction; answers when (UTC ms). May raise
        StoreBusy."""


class Puller(Protocol):
    """The line, as far as it is needed here."""

    async def pull(self, pull: Pull) -> PullAnswer:
        """Ask headquarters for entries. Raises LinkError."""


class Downlink:
    """One branch's inbox over a line. `watch` is called on the loop after each change and must not block."""

    def __init__(
        self,
        branch: str,
        inbox: Inbox,
        link: Puller,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        boot_id: bytes,
        device: str = "",
        settings: InboxSettings | None = None,
        watch: Callable[[InboxStatus], None] | None = None,
    ) -> None:
        self._branch = branch
        self._inbox = inbox
        self._link = link
        self._clock = clock
        self._jitter = jitter
        self._boot_id = boot_id
        self._device = device
        self._settings = settings or InboxSettings()
        self._watch = watch
        self._connected = False
        self._facts: list[InboxFact] = []
        self._noted = asyncio.Event()
        self._errands: dict[str, asyncio.Task[None]] = {}
        self._fault: BaseException | None = None
        self._status: InboxStatus | None = None
        self._position: InboxPosition | None = None

    @property
    def position(self) -> InboxPosition | None:
        """The last outbox entry applied, for the hello; None until the ledger was asked."""
        return self._position

    @property
    def status(self) -> InboxStatus | None:
        """How the inbox stands; None until the ledger was asked."""
        return self._status

    def connected(self) -> None:
        """The line stands and headquarters accepted this branch; again, when another opening of headquarters did."""
        self._connected = True
        self._note(Connected())

    def disconnected(self) -> None:
        """The line is gone."""
        self._connected = False
        self._note(Disconnected())

    def nudged(self, nudge: Nudge) -> None:
        """Headquarters has something."""
        if nudge.branch == self._branch and len(self._facts) < FACTS_MAX:
            self._note(Nudged(nudge.incarnation, nudge.head_seq))

    async def run(self) -> None:
        """Take in what headquarters sends, until cancelled."""
        while True:
            try:
                await self._run_once()
            except Exception as error:  # noqa: BLE001 - the task's outermost edge: selling must not notice
                _log.exception("the inbox of %s stopped, starting again", self._branch)
                if self._status is not None:
                    self._say(msgspec.structs.replace(self._status, error=trouble("internal", repr(error))))
            finally:
                await self._drop_errands()
            await asyncio.sleep(RESTART_SECONDS)

    async def _run_once(self) -> None:
        standing = await self._inbox.standing()
        self._position = standing.position
        self._fault = None
        machine = BranchInbox(
            position=standing.position,
            applied_at=standing.at,
            jitter=self._jitter,
            settings=self._settings,
            now=self._clock.monotonic(),
        )
        self._facts = [Connected()] if self._connected else []
        until = self._do(machine, Tick())
        while True:
            self._say(machine.status())
            if self._fault is not None:
                raise self._fault
            await self._noted_or(until)
            facts, self._facts = self._facts, []
            for fact in facts or (Tick(),):
                until = self._do(machine, fact)

    async def _noted_or(self, until: float) -> None:
        try:
            async with asyncio.timeout(max(until - self._clock.monotonic(), TURN_SECONDS_MIN)):
                await self._noted.wait()
        except TimeoutError:
            pass
        self._noted.clear()

    def _note(self, fact: InboxFact) -> None:
        self._facts.append(fact)
        self._noted.set()

    def _do(self, machine: BranchInbox, fact: InboxFact) -> float:
        until = self._clock.monotonic() + self._settings.pull_every
        for order in machine.handle(fact, self._clock.monotonic()):
            match order:
                case SendPull():
                    self._errand("pull", self._pull(order))
                case Apply():
                    self._errand("apply", self._apply(order))
                case Wait():
                    until = order.until
                case _:
                    assert_never(order)
        return until

    def _errand(self, name: str, work: Coroutine[object, object, None]) -> None:
        """The machine has one pull and one step under way at most; a pull given up is replaced by the next."""
        previous = self._errands.get(name)
        if previous is not None:
            previous.cancel()
        task = asyncio.create_task(work, name=f"inbox {name} of {self._branch}")
        self._errands[name] = task
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fault = error
            self._noted.set()

    async def _drop_errands(self) -> None:
        for task in self._errands.values():
            task.cancel()
        await asyncio.gather(*self._errands.values(), return_exceptions=True)
        self._errands.clear()

    async def _pull(self, order: SendPull) -> None:
        after = order.after
        pull = Pull(
            self._branch,
            Lane.OUTBOX,
            after.seq,
            after.hash,
            after.incarnation,
            device=self._device,
            boot_id=self._boot_id,
        )
        try:
            answer = await self._link.pull(pull)
        except LinkError as error:
            self._note(PullFailed(order.ticket, error.code, str(error)))
            return
        self._note(PullAnswered(order.ticket, answer))

    async def _apply(self, order: Apply) -> None:
        try:
            at = await self._inbox.apply(order.step)
        except StoreBusy as error:
            self._note(ApplyFailed(order.ticket, "store_busy", str(error)))
            return
        self._position = order.step.position
        self._note(Applied(order.ticket, at))

    def _say(self, status: InboxStatus) -> None:
        if status != self._status:
            self._status = status
            if self._watch is not None:
                self._watch(status)
