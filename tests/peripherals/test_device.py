"""A device is lost once, back once, and tried again with patience; silence is not loss."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from peripherals.device import BACKOFF_SECONDS_MAX, Device
from peripherals.errors import LineMissing
from peripherals.events import (
    ConditionChanged,
    DeviceBack,
    DeviceLost,
    Event,
    NotReady,
    PrinterStatusChanged,
    PrintJobChanged,
    Scanned,
    Weighed,
)
from peripherals.print_job import PrintJob, TextLine
from peripherals.print_queue import PrintQueue
from peripherals.protocols import toledo8217
from peripherals.protocols.escpos import Paper
from peripherals.protocols.listening import Listening
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.serial_scanner import ScanReader
from peripherals.simulators.scale import ScaleSimulator
from peripherals.transports.memory import MemoryStream, memory_pair
from peripherals.transports.stream import ByteStream

pytestmark = pytest.mark.anyio


class Bench:
    """A device on an in-memory line whose far end a test holds; the clock is turned by hand."""

    def __init__(self, clock: Any, conversation: Any, device_class: Any) -> None:
        self.clock = clock
        self.events: list[Event] = []
        self.plugged = True
        self.tries: list[float] = []
        self.far: MemoryStream | None = None
        self.answer: Callable[[bytes], bytes] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.device = Device(
            name="dev-1",
            device_class=device_class,
            driver="test",
            line="memory",
            conversation=conversation,
            open_line=self.open,
            clock=clock,
            jitter=lambda: 1.0,
            emit=lambda _, event: self.events.append(event),
        )

    async def open(self) -> ByteStream:
        self.tries.append(self.clock.monotonic())
        if not self.plugged:
            raise LineMissing(what="open", on="memory")
        near, self.far = memory_pair()
        if self.answer is not None:
            self._tasks.append(asyncio.create_task(self._serve(self.far, self.answer)))
        return near

    async def _serve(self, far: MemoryStream, answer: Callable[[bytes], bytes]) -> None:
        while True:
            await far.write(answer(await far.read()))

    async def unplug(self) -> None:
        self.plugged = False
        assert self.far is not None
        await self.far.close()

    def start(self) -> None:
        self._tasks.append(asyncio.create_task(self.device.run()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kinds(self, *kinds: type) -> list[type]:
        return [type(event) for event in self.events if isinstance(event, kinds)]


@pytest.fixture
async def bench(clock: Any) -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(conversation: Any, device_class: str = "Scale") -> Bench:
        made.append(Bench(clock, conversation, device_class))
        return made[-1]

    yield make
    for each in made:
        await each.stop()


async def test_lost_and_back_are_each_told_and_logged_once(bench: Any, clock: Any, caplog: Any) -> None:
    """An hour without the device is one line in the log."""
    caplog.set_level(logging.INFO, "peripherals")
    scale = ScaleSimulator()
    scale.put_weight("1.250")
    here = bench(ScalePolling(toledo8217.PROTOCOL, lambda: "r"))
    here.answer = scale.receive
    here.start()
    await clock.advance(1)
    assert here.kinds(Weighed, DeviceLost, DeviceBack) == [Weighed]
    await here.unplug()
    await clock.advance(3600)
    assert here.kinds(Weighed, DeviceLost, DeviceBack) == [Weighed, DeviceLost]
    assert here.device.state().state == "offline"
    here.plugged = True
    await clock.advance(10)
    assert here.kinds(Weighed, DeviceLost, DeviceBack) == [Weighed, DeviceLost, DeviceBack, Weighed]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert here.device.state().state == "online"


async def test_a_device_that_speaks_another_language_is_not_said_to_be_silent(
    bench: Any, clock: Any, caplog: Any
) -> None:
    """Whoever reads "does not answer" looks for the power switch; here the settings want a look."""
    here = bench(ScalePolling(toledo8217.PROTOCOL, lambda: "r"))
    here.answer = lambda _: b"\x02zz\r\x02yy\r"
    here.start()
    await clock.advance(5)
    state = here.device.state()
    assert (state.state, state.code) == ("not_answering", "garbled")
    assert state.detail == "What dev-1 sends is not understood"
    assert "kontor devices record" in state.hint
    assert "无法识别" in state.detail_zh
    assert [record.getMessage().split(".")[0] for record in caplog.records] == [
        "device dev-1: What dev-1 sends is not understood"
    ]


async def test_retries_grow_from_a_fifth_of_a_second_to_five(bench: Any, clock: Any) -> None:
    """And start anew once a line has held."""
    here = bench(Listening(ScanReader()), "Scanner")
    here.plugged = False
    here.start()
    await clock.advance(30)
    waits = [round(later - earlier, 3) for earlier, later in zip(here.tries, here.tries[1:], strict=False)]
    assert waits[:6] == [0.2, 0.4, 0.8, 1.6, 3.2, BACKOFF_SECONDS_MAX]
    here.plugged = True
    await clock.advance(60)
    tries = len(here.tries)
    await here.unplug()
    await clock.advance(0.21)
    assert len(here.tries) == tries + 1


async def test_a_device_missing_from_the_start_is_told_once(bench: Any, clock: Any) -> None:
    """With the reason and what to do, in both languages."""
    here = bench(Listening(ScanReader()), "Scanner")
    here.plugged = False
    here.start()
    await clock.advance(60)
    (lost,) = [event for event in here.events if isinstance(event, DeviceLost)]
    assert lost.condition.code == "line_missing"
    assert lost.hint.startswith("Plug")
    assert lost.hint_zh.startswith("请")


async def test_a_silent_scale_is_not_answering_and_its_line_stays_open(bench: Any, clock: Any) -> None:
    """Two states, two cures: the cable, or the scale's own switch."""
    scale = ScaleSimulator()
    here = bench(ScalePolling(toledo8217.PROTOCOL, lambda: "r"))
    here.answer = scale.receive
    here.start()
    await clock.advance(1)
    scale.set_silent(True)
    await clock.advance(60)
    assert here.device.state().state == "not_answering"
    assert len(here.tries) == 1
    assert here.kinds(DeviceLost, DeviceBack, NotReady) == [NotReady, NotReady, DeviceLost]
    scale.set_silent(False)
    await clock.advance(1)
    assert here.kinds(DeviceBack) == [DeviceBack]


async def test_a_code_told_before_the_line_broke_is_heard(bench: Any, clock: Any) -> None:
    """The last bytes come before the loss."""
    here = bench(Listening(ScanReader()), "Scanner")
    here.start()
    await clock.settle()
    await here.far.write(b"]E06901234567892\r]E0690")
    await here.unplug()
    await clock.settle()
    assert here.kinds(Scanned, DeviceLost) == [Scanned, DeviceLost]


async def test_without_a_terminator_the_clock_ends_the_code(bench: Any, clock: Any) -> None:
    """The device wakes itself after the silence."""
    here = bench(Listening(ScanReader("none")), "Scanner")
    here.start()
    await clock.settle()
    await here.far.write(b"]E06901234567892")
    await clock.advance(0.049)
    assert here.kinds(Scanned) == []
    await clock.advance(0.002)
    assert here.kinds(Scanned) == [Scanned]


async def test_a_printer_that_takes_no_bytes_is_stuck_and_its_job_unknown(bench: Any, clock: Any) -> None:
    """A minute, then the line is opened anew; what was begun is not printed again."""
    queue = PrintQueue("dev-1", Paper(columns=48, encoding="gb18030"))
    here = bench(queue, "POSPrinter")
    here.start()
    await clock.settle()
    queue.submit("j1", PrintJob(parts=tuple(TextLine(text="x" * 40) for _ in range(2000))))
    here.device.wake()
    # It never answers and never reads, so after two missed answers the job is sent blind until the line is full.
    await clock.advance(3)
    for _ in range(30):
        await clock.settle()
    await clock.advance(70)
    outcomes = [event for event in here.events if isinstance(event, PrintJobChanged)]
    assert [(event.state, event.detail) for event in outcomes] == [("printing", ""), ("unknown", "line_lost")]
    assert here.device.state().code in {"line_stuck", "not_asked", "no_status"}
    assert PrinterStatusChanged(status="offline") in here.events


async def test_a_fault_of_ours_in_a_driver_is_logged_and_the_driver_started_again(
    bench: Any, clock: Any, caplog: Any
) -> None:
    """With its traceback, since it is a bug."""

    class Broken(Listening):
        def receive(self, data: bytes, now: float) -> Any:
            if data == b"bad":
                raise RuntimeError("a bug")
            return super().receive(data, now)

    here = bench(Broken(ScanReader()), "Scanner")
    here.start()
    await clock.settle()
    await here.far.write(b"bad")
    await clock.settle()
    assert here.device.state().code == "driver_fault"
    assert caplog.records[0].exc_info is not None
    await clock.advance(1)
    await here.far.write(b"6901234567892\r")
    await clock.settle()
    assert here.kinds(Scanned) == [Scanned]
    assert here.device.state().state == "online"


async def test_condition_changes_are_told_with_their_reason(bench: Any, clock: Any) -> None:
    """From offline over unknown to online."""
    scale = ScaleSimulator()
    here = bench(ScalePolling(toledo8217.PROTOCOL, lambda: "r"))
    here.answer = scale.receive
    here.start()
    await clock.advance(1)
    states = [event.condition.state for event in here.events if isinstance(event, ConditionChanged)]
    assert states == ["unknown", "online"]


async def test_stopping_a_device_whose_line_is_just_breaking_stops_it(bench: Any, clock: Any) -> None:
    """The end of its reader is awaited then, and the order to stop is not mistaken for that end."""
    here = bench(ScalePolling(toledo8217.PROTOCOL, lambda: "r"))

    class Stuck:
        """Takes no byte; while its reader is being ended, somebody stops the device."""

        async def read(self) -> bytes:
            try:
                return await asyncio.get_running_loop().create_future()
            finally:
                running.cancel()

        async def write(self, data: bytes) -> None:  # noqa: ARG002  (a stream)
            await asyncio.get_running_loop().create_future()

        async def close(self) -> None:
            """Nothing to let go of."""

    async def open_it() -> ByteStream:
        return Stuck()

    here.device._open_line = open_it
    running = asyncio.create_task(here.device.run())
    await clock.advance(3)
    assert running.cancelled()
