"""Joins the branch's state machine to its journal and its line: carries out orders, brings back facts. Decides nothing.

The journal is the outbox. A fault of replication never reaches selling: `run` restarts itself and says so in its status.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final, assert_never

import msgspec

from replication.branch.downlink import Downlink
from replication.branch.errands import Errands
from replication.branch.exchange import (
    BatchAcked,
    BatchFailed,
    BeginRebase,
    CloseInbox,
    Connected,
    Disconnected,
    Fact,
    HelloAnswered,
    HelloFailed,
    JournalGrew,
    OpenInbox,
    Order,
    Rebased,
    RecordWatermark,
    RefusalReceived,
    Report,
    SendBatch,
    SendHeartbeat,
    SendHello,
    Tick,
    Wait,
    Wanted,
    WatermarkReceived,
    position_named,
)
from replication.branch.journal import Clock, Journal
from replication.branch.packer import Card, Packed, Packer
from replication.branch.rebasing import carry_out
from replication.branch.recorder import Recorder
from replication.branch.status import ReplicationStatus, State, trouble
from replication.branch.sync import BranchSync, SyncSettings
from replication.link import BranchHears, BranchLink, LineDown, LineUp, LinkError
from replication.wire.entry import Position
from replication.wire.messages import Heartbeat, InboxPosition, Nudge, Peripherals, Rebase, Refused, Want, Watermark

RESTART_SECONDS: Final = 5.0
"""Pause before an unexpected fault is tried again."""
TURN_SECONDS_MIN: Final = 0.001
"""A timer that fires a hair too early must not make the loop spin."""
INBOX_MAX: Final = 1024
"""Facts waiting for the machine; beyond it messages from the line are dropped, and the next hello heals that."""

GATHER_SECONDS: Final = 0.02
"""Growth within this time after the last look at it is looked at together: a rush of sales does not ask the machine for each,
and fewer than a batch holds come in between."""
LOOK_SECONDS: Final = 0.9
"""A lost wake-up costs a second: the journal is looked at so often though nobody said that it grew."""
REBASE: Final = "rebase"
"""The errand that outlives the line it began on."""

_log = logging.getLogger(__name__)


class Shipper:
    """Ships one branch's journal over a line. `watch` is called on the loop with each new status and must not block."""

    def __init__(
        self,
        branch: str,
        journal: Journal,
        link: BranchLink,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        boot_id: bytes,
        settings: SyncSettings | None = None,
        name: str = "",
        name_zh: str = "",
        currency: str = "",
        device: str = "",
        hardware: str = "",
        replacement: str = "",
        software: str = "",
        downlink: Downlink | None = None,
        watch: Callable[[ReplicationStatus], None] | None = None,
        peripherals: Callable[[], Peripherals] | None = None,
    ) -> None:
        self._branch = branch
        self._journal = journal
        self._link = link
        self._clock = clock
        self._jitter = jitter
        self._settings = settings or SyncSettings()
        self._card = Card(
            branch=branch, boot_id=boot_id, name=name, name_zh=name_zh, currency=currency, device=device,
            hardware=hardware, replacement=replacement, software=software,
        )  # fmt: skip
        self._downlink = downlink
        self._packer = Packer(self._card, journal, clock, self._inbox_position)
        self._watch = watch
        self._peripherals = peripherals
        self._status = ReplicationStatus(
            head_seq=0, applied_seq=0, durable_seq=0, epoch=0, lag_seconds=0.0, state=State.OFFLINE, waiting=0
        )
        self._sync: BranchSync | None = None
        self._inbox: list[Fact | Watermark] = []
        self._noted = asyncio.Event()
        self._grown: Position | None = None
        self._woken = False
        # When the machine was last asked, and what asks it for the growth since then.
        self._turned_at = float("-inf")
        self._gathering: asyncio.TimerHandle | None = None
        self._looked_at = clock.monotonic()
        self._head: Position | None = None
        self._held: Packed | None = None
        self._recorder = Recorder(journal)
        self._errands = Errands(branch, self._noted.set)

    @property
    def status(self) -> ReplicationStatus:
        """How replication stands now."""
        if self._sync is not None:
            return self._sync.status(self._clock.monotonic())
        return self._status

    def wake(self, head: Position | None = None) -> None:
        """The journal grew, to `head` if the caller knows it. Cheap, for after each commit, on the loop's thread."""
        if head is not None:
            self._grown = head
        else:
            self._woken = True
        now = self._clock.monotonic()
        if now >= self._turned_at + GATHER_SECONDS:
            self._noted.set()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(
                self._turned_at + GATHER_SECONDS - now, self._gathered
            )

    def _gathered(self) -> None:
        self._gathering = None
        self._noted.set()

    async def run(self) -> None:
        """Ship, and take in what headquarters sends, until cancelled or the line is closed."""
        inbox = None
        if self._downlink is not None:
            inbox = asyncio.create_task(self._downlink.run(), name=f"inbox of {self._branch}")
        try:
            await self._keep_running()
        finally:
            if inbox is not None:
                inbox.cancel()
                await asyncio.gather(inbox, return_exceptions=True)

    async def _keep_running(self) -> None:
        while True:
            try:
                return await self._run_once()
            except Exception as error:  # noqa: BLE001 - the task's outermost edge: selling must not notice
                _log.exception("replication of %s stopped, starting again", self._branch)
                self._sync = None
                self._say(self._status_of_fault(error))
            finally:
                self._open_inbox(is_open=False)
            await asyncio.sleep(RESTART_SECONDS)

    async def close(self) -> None:
        """Say good-bye, keep the last watermark, and end `run`."""
        if self._sync is not None and self._head is not None:
            with contextlib.suppress(LinkError):
                await self._link.beat(self._heartbeat(leaving=True))
        await self._recorder.flush()
        await self._link.close()

    # --- the loop ---

    async def _run_once(self) -> None:
        head, applied = await self._journal.head(), await self._journal.applied()
        self._head, self._held = head, None
        self._packer.forget()
        self._inbox.clear()
        now = self._clock.monotonic()
        self._sync = BranchSync(
            head=head,
            applied_seq=min(applied.seq, head.seq),
            durable_seq=applied.durable_seq,
            jitter=self._jitter,
            settings=self._settings,
            now=now,
            waiting_since=now - await self._packer.waited_seconds(min(applied.seq, head.seq)),
            boot_id=self._card.boot_id,
        )
        line = asyncio.create_task(self._link.run(self._hear), name=f"line of {self._branch}")
        recorder = asyncio.create_task(self._recorder.run(), name=f"watermarks of {self._branch}")
        for task in (line, recorder):
            task.add_done_callback(lambda _: self._noted.set())
        try:
            await self._turn(self._sync, line, recorder)
        finally:
            line.cancel()
            recorder.cancel()
            await asyncio.gather(line, recorder, self._errands.end(), return_exceptions=True)

    async def _turn(self, sync: BranchSync, line: "asyncio.Task[None]", recorder: "asyncio.Task[None]") -> None:
        until = self._do(sync, Tick())
        while not line.done():
            if self._errands.fault is not None:
                raise self._errands.fault
            if recorder.done():
                recorder.result()
            await self._noted_or(until)
            facts, self._inbox = self._inbox, []
            for fact in facts:
                if isinstance(fact, Watermark):
                    until = self._do(sync, WatermarkReceived(fact, await self._packer.own_hash(fact.applied_seq)))
                else:
                    until = self._do(sync, fact)
            await self._look_at_journal()
            grown = JournalGrew(self._head) if self._head is not None else Tick()
            until = self._do(sync, grown)
        line.result()

    async def _noted_or(self, until: float) -> None:
        delay = max(until - self._clock.monotonic(), TURN_SECONDS_MIN)
        timer = asyncio.get_running_loop().call_later(delay, self._noted.set)
        try:
            await self._noted.wait()
        finally:
            timer.cancel()
        self._noted.clear()
        self._turned_at = self._clock.monotonic()
        if self._clock.monotonic() >= self._looked_at + LOOK_SECONDS:
            self._woken = True  # a wake-up may have been lost

    async def _look_at_journal(self) -> None:
        if self._grown is not None:
            grown, self._grown, self._woken = self._grown, None, False
            if self._head is None or grown.seq > self._head.seq:
                epoch = grown.epoch if self._head is None else max(grown.epoch, self._head.epoch)
                self._head = Position(epoch, grown.seq, grown.hash)  # whoever wakes us may not know of a new epoch yet
        elif self._woken:
            self._woken = False
            self._head = await self._journal.head()
        else:
            return
        self._looked_at = self._clock.monotonic()

    def _note(self, fact: Fact | Watermark) -> None:
        self._inbox.append(fact)
        self._noted.set()

    def _hear(self, heard: BranchHears) -> None:
        match heard:
            case LineUp():
                self._note(Connected())
            case LineDown(code, detail):
                # Whoever waits for the line waits in vain. A rebase ends by itself: it may be in the middle of its switch.
                self._errands.drop(but=REBASE)
                self._note(Disconnected(code, detail))
            case Watermark() | Want() | Refused() | Nudge() if len(self._inbox) >= INBOX_MAX:
                return
            case Watermark():
                if heard.branch == self._branch:
                    self._note(heard)
            case Want():
                self._note(Wanted(heard))
            case Refused():
                self._note(RefusalReceived(heard.boot_id, was_opened=heard.code == "opened"))
            case Nudge():
                if self._downlink is not None:
                    self._downlink.nudged(heard)
            case _:
                assert_never(heard)

    # --- orders ---

    def _do(self, sync: BranchSync, fact: Fact) -> float:
        until = self._clock.monotonic() + 1.0
        for order in sync.handle(fact, self._clock.monotonic()):
            if isinstance(order, Wait):
                until = order.until
            else:
                self._carry_out(order)
        return until

    def _carry_out(self, order: Order) -> None:
        match order:
            case SendHello():
                self._errands.send("hello", self._say_hello(order))
            case SendHeartbeat():
                self._errands.send("heartbeat", self._beat())
            case SendBatch():
                self._errands.send("batch", self._send(order))
            case BeginRebase(rebase):
                self._errands.send(REBASE, self._rebase(rebase))
            case OpenInbox() | CloseInbox():
                self._open_inbox(is_open=isinstance(order, OpenInbox))
            case RecordWatermark(watermark):
                self._recorder.keep(watermark)
            case Report(status):
                self._say(status)
            case Wait():
                pass
            case _:
                assert_never(order)

    async def _say_hello(self, order: SendHello) -> None:
        try:
            answer = await self._link.hello(await self._packer.introduce(order))
        except LinkError as error:
            self._note(HelloFailed(error.code, str(error)))
            return
        named = position_named(answer)
        self._note(HelloAnswered(answer, None if named is None else await self._packer.own_hash(named)))

    async def _rebase(self, rebase: Rebase) -> None:
        _log.info("%s: epoch %d is offered, %s", self._branch, rebase.epoch, rebase.reason)
        ended = await carry_out(rebase, self._journal, self._link, self._card, self._clock)
        # Where it failed, a part of it may have been taken.
        self._packer.forget()
        self._held = None
        self._head = ended.head if isinstance(ended, Rebased) else await self._journal.head()
        self._note(ended)

    def _open_inbox(self, *, is_open: bool) -> None:
        if self._downlink is not None:
            (self._downlink.connected if is_open else self._downlink.disconnected)()

    def _inbox_position(self) -> InboxPosition | None:
        return None if self._downlink is None else self._downlink.position

    def _heartbeat(self, *, leaving: bool = False) -> Heartbeat:
        assert self._head is not None
        head = self._head
        return Heartbeat(
            self._branch, head.epoch, head.seq, self._clock.utc_milliseconds(), leaving, self._card.boot_id,
            None if self._peripherals is None else self._peripherals(),
        )  # fmt: skip

    async def _beat(self) -> None:
        try:
            await self._link.beat(self._heartbeat())
        except LinkError:
            return  # the line's own supervisor says what is wrong with it

    async def _send(self, order: SendBatch) -> None:
        held = self._held if order.again and self._held and self._held.first_seq == order.from_seq else None
        if held is None:
            held = await self._packer.pack(order.from_seq, self._head.seq if self._head else 0, order.round)
        if held is None:
            self._note(BatchFailed(order.ticket, "internal", f"no entry {order.from_seq} in the journal"))
            return
        self._held = held
        try:
            await self._link.publish(held.parcel)
        except LinkError as error:
            self._note(BatchFailed(order.ticket, error.code, str(error)))
            return
        self._note(BatchAcked(order.ticket, held.last_seq))

    # --- status ---

    def _say(self, status: ReplicationStatus) -> None:
        self._status = status
        if self._watch is not None:
            self._watch(status)

    def _status_of_fault(self, error: Exception) -> ReplicationStatus:
        return msgspec.structs.replace(self._status, state=State.BLOCKED, last_error=trouble("internal", repr(error)))
