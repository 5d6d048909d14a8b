"""One device: keeps its line open and its conversation going. Refuses to know what is said on it.

Lost and back are each said and logged once. A device that is silent on an open line is `not_answering`, not lost.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from peripherals.clock import Clock, wait_for
from peripherals.device_state import DeviceState, life, words
from peripherals.errors import (
    DeviceFault,
    Flooding,
    LineError,
    LineLost,
    LineStuck,
    NoAnswer,
    NotUnderstood,
    PeripheralError,
)
from peripherals.events import Condition, ConditionChanged, DeviceBack, DeviceClass, DeviceLost, Event
from peripherals.protocols.conversation import Conversation
from peripherals.transports.stream import ByteStream, Opener

log = logging.getLogger(__name__)

BACKOFF_SECONDS_MIN = 0.2
"""A cable that was only moved is back at once."""
BACKOFF_SECONDS_MAX = 5.0
"""Nobody who plugs a device back in waits longer, and an absent device costs nothing."""
HEALTHY_SECONDS = 5.0
"""A line that held this long starts the back-off anew; one that breaks sooner is flapping and keeps it."""
TAKE_BYTES_MAX = 4_096
"""What a protocol is given in one turn of the loop: a few milliseconds' work."""
BYTES_PER_SECOND_MAX = 32_768
"""Nearly three times a line of 115,200 baud. What talks faster for long is broken, and must leave time to the tills."""
EVENTS_PER_SECOND_MAX = 128
"""Nobody scans so fast. Each event goes to every open page."""
BURST_SECONDS = 2.0
"""So much more than these may come at once: a stack of codes out of a scanner's memory."""
FLOOD_SECONDS = 3.0
"""Who has to wait for its turn for so long is no stack of codes any more: it is shown as a fault."""
INBOX_BYTES_MAX = 16_384
"""Four full reads. More than the conversation can take at once stays in the system's buffers."""


class _Released(Exception):
    """A person wants the line for something else."""


class Device:
    """Runs for ever until cancelled; `emit` is told every event and must not block."""

    def __init__(
        self,
        *,
        name: str,
        device_class: DeviceClass,
        driver: str,
        line: str,
        conversation: Conversation,
        open_line: Opener,
        clock: Clock,
        jitter: Callable[[], float],
        emit: Callable[[str, Event], None],
        bytes_per_second_max: int = BYTES_PER_SECOND_MAX,
    ) -> None:
        """`jitter` gives numbers in [0, 1), so that the devices of a hub that lost power do not retry in step."""
        self.name, self.device_class, self._driver, self._line = name, device_class, driver, line
        self.conversation = conversation
        self._open_line, self._clock, self._jitter, self._emit_to = open_line, clock, jitter, emit
        self._bytes_per_second_max = bytes_per_second_max
        self._worked_until = 0.0
        self._waits_since: float | None = None
        self._fault = ""
        self._woken = asyncio.Event()
        self._hurry = asyncio.Event()
        self._enabled = True
        self._inbox = bytearray()
        self._inbox_room = asyncio.Event()
        self._read_fault: LineError | None = None
        self._connected = False
        self._condition = Condition(state="offline", code="not_opened")
        self._problem: PeripheralError | None = None
        self._told_lost = False
        self._since = clock.wall()
        self._last_event: datetime | None = None

    @property
    def connected(self) -> bool:
        """Whether the line is open."""
        return self._connected

    @property
    def condition(self) -> Condition:
        """How the device is."""
        return self._condition

    def state(self) -> DeviceState:
        """The device in words."""
        detail, detail_zh, hint, hint_zh = words(self._condition, self._problem)
        return DeviceState(
            name=self.name,
            device_class=self.device_class,
            driver=self._driver,
            state=self._condition.state,
            life=life(self._condition, connected=self._connected),
            code=self._condition.code,
            detail=detail,
            detail_zh=detail_zh,
            hint=hint,
            hint_zh=hint_zh,
            since=self._since,
            last_event=self._last_event,
        )

    @property
    def enabled(self) -> bool:
        """Whether its line is kept open."""
        return self._enabled

    def enable(self, enabled: bool) -> None:
        """Releases the line for another program, or takes it up again; what is asked meanwhile is not sent."""
        if enabled != self._enabled:
            self._enabled = enabled
            self._hurry.set()
            self._woken.set()

    def retry(self) -> None:
        """Something was plugged in: look at once whether it is this device."""
        self._hurry.set()

    def wake(self) -> None:
        """Something was asked of the conversation: look at once what is due."""
        self._woken.set()

    async def run(self) -> None:
        """Opens, talks, is lost, waits, opens again."""
        failures = 0
        while True:
            opened_at = self._clock.monotonic()
            self._hurry.clear()
            if not self._enabled:
                self._now(Condition(state="offline", code="released"), None)
                await self._hurry.wait()
                continue
            try:
                await self._one_line()
            except _Released:
                continue
            except LineError as error:
                self._now(Condition(state="offline", code=error.code), error)
            except Exception as error:
                # A task's outermost edge: one driver's fault must not stop the other devices. The same one is logged once.
                fault, self._fault = self._fault, repr(error)
                if fault != self._fault:
                    log.exception("device %s: its driver stopped and is started again", self.name)
                self._now(Condition(state="error", code=DeviceFault.code), DeviceFault(what="run", on=self.name))
            healthy = self._clock.monotonic() - opened_at >= HEALTHY_SECONDS
            failures = 1 if healthy else failures + 1
            longest = min(BACKOFF_SECONDS_MIN * 2 ** min(failures - 1, 10), BACKOFF_SECONDS_MAX)
            # Between half and all of it, so that the shortest wait stays short and no two devices stay in step.
            pause = longest * (0.5 + self._jitter() / 2)
            if await wait_for(self._hurry, self._clock, self._clock.monotonic() + pause):
                failures = 0

    async def _one_line(self) -> None:
        """One life of the line, from opening to losing it."""
        stream = await self._open_line()
        self._inbox.clear()
        self._waits_since = None
        self._read_fault = None
        self._connected = True
        self._woken.set()
        reading = asyncio.create_task(self._read(stream), name=f"read {self.name}")
        try:
            self.conversation.opened(self._clock.monotonic())
            self._look()
            await self._talk(stream)
        finally:
            self._connected = False
            reading.cancel()
            # Not `await reading`: whoever stops the device at this very moment must not be taken for the reader's end.
            await asyncio.gather(reading, return_exceptions=True)
            self._emit(self.conversation.lost(self._clock.monotonic()))
            await stream.close()

    async def _talk(self, stream: ByteStream) -> None:
        while True:
            self._woken.clear()
            take_at = self._worked_until - BURST_SECONDS
            may_take = take_at <= self._clock.monotonic()
            self._notice_flood(waits=bool(self._inbox) and not may_take)
            if self._inbox and may_take:
                self._take()
            if self._read_fault is not None and not (self._inbox and may_take):
                raise self._read_fault
            if not self._enabled:
                raise _Released
            step = self.conversation.advance(self._clock.monotonic())
            self._emit(step.events)
            self._look()
            if step.write:
                await self._write(stream, step.write)
                continue
            if not self._inbox and self._waits_since is None:
                await wait_for(self._woken, self._clock, step.wake_at)
            elif not self._inbox:
                until = self._worked_until if step.wake_at is None else min(self._worked_until, step.wake_at)
                await wait_for(self._woken, self._clock, until)
            else:
                # It says more than a device can mean: the rest waits, here and in the system's buffers.
                until = take_at if step.wake_at is None else min(take_at, step.wake_at)
                await wait_for(self._woken, self._clock, until)

    def _notice_flood(self, *, waits: bool) -> None:
        """Begins with the first byte that must wait, and ends when all that came is worked off."""
        now = self._clock.monotonic()
        if self._waits_since is None and waits:
            self._waits_since = now
        elif not self._inbox and now >= self._worked_until:
            self._waits_since = None

    def _take(self) -> None:
        """Gives the conversation what came, a turn's worth of it."""
        data = bytes(self._inbox[:TAKE_BYTES_MAX])
        del self._inbox[:TAKE_BYTES_MAX]
        self._inbox_room.set()
        self._last_event = self._clock.wall()
        now = self._clock.monotonic()
        events = self.conversation.receive(data, now)
        work = len(data) / self._bytes_per_second_max + len(events) / EVENTS_PER_SECOND_MAX
        self._worked_until = max(self._worked_until, now) + work
        # Back comes before what it says.
        self._look()
        self._emit(events)

    async def _read(self, stream: ByteStream) -> None:
        """Moves bytes to the inbox; how the line ended is left there too, behind the last bytes."""
        try:
            while True:
                data = await stream.read()
                while len(self._inbox) + len(data) > INBOX_BYTES_MAX:
                    self._inbox_room.clear()
                    await self._inbox_room.wait()
                self._inbox += data
                self._woken.set()
        except LineError as error:
            self._read_fault = error
            self._woken.set()

    async def _write(self, stream: ByteStream, data: bytes) -> None:
        """Writes, and notices meanwhile when the line is stuck or the reading side learns that it is gone."""
        writing = asyncio.ensure_future(stream.write(data))
        timer = asyncio.ensure_future(self._clock.sleep(self.conversation.write_seconds_max))
        try:
            while not writing.done():
                noticed = asyncio.ensure_future(self._woken.wait())
                await asyncio.wait((writing, timer, noticed), return_when=asyncio.FIRST_COMPLETED)
                noticed.cancel()
                if writing.done():
                    break
                if timer.done():
                    raise LineStuck(what="write", on=self._line)
                if self._read_fault is not None:
                    raise LineLost(what="write", on=self._line) from self._read_fault
                # Bytes arrived while writing: they wait in the inbox until the write is done.
                self._woken.clear()
            await writing
        finally:
            timer.cancel()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    def _emit(self, events: Sequence[Event]) -> None:
        for event in events:
            self._emit_to(self.name, event)

    def _look(self) -> None:
        """Follows the conversation's condition."""
        condition = self.conversation.condition
        problem: PeripheralError | None = None
        if self._waits_since is not None and self._clock.monotonic() - self._waits_since >= FLOOD_SECONDS:
            condition, problem = Condition(state="error", code=Flooding.code), Flooding(what="read", on=self.name)
        elif condition.state == "not_answering":
            kind = NotUnderstood if condition.code == NotUnderstood.code else NoAnswer
            problem = kind(what="ask", on=self.name)
        self._now(condition, problem)

    def _now(self, condition: Condition, problem: PeripheralError | None) -> None:
        if condition == self._condition:
            return
        self._condition, self._problem, self._since = condition, problem, self._clock.wall()
        self._emit((ConditionChanged(condition=condition),))
        if problem is not None and not self._told_lost:
            self._told_lost = True
            log.warning("device %s: %s", self.name, problem, extra={"device": self.name})
            detail, detail_zh, hint, hint_zh = words(condition, problem)
            self._emit(
                (DeviceLost(condition=condition, detail=detail, detail_zh=detail_zh, hint=hint, hint_zh=hint_zh),)
            )
        elif problem is None and self._told_lost and condition.state in {"online", "error"}:
            # A printer without paper is back all the same: it answers.
            self._told_lost, self._fault = False, ""
            log.info("device %s: back", self.name, extra={"device": self.name})
            self._emit((DeviceBack(),))
