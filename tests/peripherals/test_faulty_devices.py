"""One faulty device delays neither another nor the till: floods, hung adapters, dead name servers, a busy loop."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from peripherals.config import DeviceConfig
from peripherals.device import BURST_SECONDS, BYTES_PER_SECOND_MAX, EVENTS_PER_SECOND_MAX
from peripherals.errors import InvalidDeviceConfig, LineError
from peripherals.events import DeviceBack, DeviceLost, Garbled, Scanned, Weighed
from peripherals.hub import Hub
from peripherals.protocols.listening import BUSY_SECONDS_MAX, LATE_SECONDS, Listening
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scales import SCALES
from peripherals.protocols.serial_scanner import QUIET_SECONDS, STALE_SECONDS, ScanReader
from peripherals.transports import serial as serial_line
from peripherals.transports.memory import MemoryStream, memory_pair
from peripherals.transports.node import open_printer_node
from peripherals.transports.serial import open_serial
from peripherals.transports.stream import ByteStream
from peripherals.transports.tcp import open_tcp

pytestmark = pytest.mark.anyio


class Counting:
    """A conversation that counts what it is given."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.bytes, self.largest = inner, 0, 0
        self.write_seconds_max = inner.write_seconds_max

    @property
    def condition(self) -> Any:
        return self.inner.condition

    def receive(self, data: bytes, now: float) -> Any:
        self.bytes += len(data)
        self.largest = max(self.largest, len(data))
        return self.inner.receive(data, now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Floor:
    """Devices on in-memory lines whose far ends a test holds."""

    def __init__(self, clock: Any, configs: list[DeviceConfig]) -> None:
        self.far: dict[str, MemoryStream] = {}
        self.hub = Hub(configs, clock=clock, jitter=lambda: 0.5, open_line=self._opener)
        self.events: list[Any] = []
        self.hub._emit = self._heard  # type: ignore[method-assign]
        for device in self.hub._devices.values():
            device._emit_to = self._heard
        self.tasks: list[asyncio.Task[None]] = []

    def _heard(self, name: str, event: Any) -> None:
        self.events.append((name, event))

    def _opener(self, config: DeviceConfig, _: Any) -> Any:
        async def open_it() -> ByteStream:
            near, self.far[config.name] = memory_pair(config.name)
            return near

        return open_it

    def counted(self, name: str) -> Counting:
        device = self.hub._devices[name]
        device.conversation = counting = Counting(device.conversation)  # type: ignore[assignment]
        return counting

    def start(self) -> None:
        self.tasks.append(asyncio.create_task(self.hub.run()))

    def flood(self, name: str, data: bytes) -> None:
        async def pour() -> None:
            while True:
                await self.far[name].write(data)

        self.tasks.append(asyncio.create_task(pour()))

    def scans(self) -> list[tuple[str, str]]:
        return [(name, event.code) for name, event in self.events if isinstance(event, Scanned)]


@pytest.fixture
async def floor(clock: Any) -> AsyncIterator[Callable[..., Floor]]:
    made: list[Floor] = []

    def make(*configs: DeviceConfig) -> Floor:
        made.append(Floor(clock, list(configs)))
        return made[-1]

    yield make
    for each in made:
        for task in each.tasks:
            task.cancel()
        await asyncio.gather(*each.tasks, return_exceptions=True)


def serial(name: str, driver: str, **more: Any) -> DeviceConfig:
    return DeviceConfig(name=name, driver=driver, transport="serial", path=f"/dev/{name}", **more)


async def test_a_scale_that_floods_its_line_gets_its_share_and_no_more(floor: Any, clock: Any) -> None:
    """What it may say in ten seconds is bounded, a turn of the loop too, and a scan beside it is heard in the same turn."""
    shop = floor(serial("noisy", "sartorius-sbi"), serial("scanner-1", "serial-scanner"))
    counted = shop.counted("noisy")
    shop.start()
    await clock.settle()
    shop.flood("noisy", os.urandom(4_096))
    for number in range(100):
        await clock.advance(0.1)
        await shop.far["scanner-1"].write(b"%d\r" % number)
        await clock.settle()
        assert len(shop.scans()) == number + 1
    assert counted.largest <= 4_096
    assert BYTES_PER_SECOND_MAX * 8 < counted.bytes <= BYTES_PER_SECOND_MAX * (10 + BURST_SECONDS) + 8_192


async def test_a_scanner_gone_mad_does_not_fill_the_pages(floor: Any, clock: Any) -> None:
    """Thousands of codes a second are cut to what a hand could do; a stack of them at once still comes whole."""
    shop = floor(serial("mad", "serial-scanner"), serial("scanner-1", "serial-scanner"))
    shop.start()
    await clock.settle()
    await shop.far["scanner-1"].write(b"".join(b"%013d\r" % number for number in range(200)))
    await clock.settle()
    assert [code for _, code in shop.scans()] == [f"{number:013}" for number in range(200)]
    shop.flood("mad", b"6901234567892\r" * 100)
    await clock.advance(60)
    told = len([name for name, _ in shop.scans() if name == "mad"])
    assert told <= EVENTS_PER_SECOND_MAX * (60 + BURST_SECONDS) + 4_096


async def test_a_device_that_floods_is_shown_until_all_of_it_is_worked_off(floor: Any, clock: Any) -> None:
    """A scanner that scans by itself is no working scanner; a stack of codes out of its memory is no fault."""
    shop = floor(serial("scanner-1", "serial-scanner"))
    shop.start()
    await clock.settle()
    await shop.far["scanner-1"].write(b"".join(b"%013d\r" % number for number in range(400)))
    await clock.advance(5)
    assert len(shop.scans()) == 400
    (state,) = shop.hub.states()
    assert state.code == "ok"
    shop.flood("scanner-1", b"6901234567892\r" * 100)
    await clock.advance(8)
    (state,) = shop.hub.states()
    assert (state.state, state.code, state.detail) == ("error", "flooding", "scanner-1 sends without end")
    shop.tasks.pop().cancel()
    await clock.advance(120)
    (state,) = shop.hub.states()
    assert (state.state, state.code) == ("online", "ok")
    told = [type(event) for _, event in shop.events if isinstance(event, DeviceLost | DeviceBack)]
    assert told == [DeviceLost, DeviceBack]


@pytest.mark.parametrize("weights", [1, 2])
async def test_a_scale_that_floods_weighs_for_nobody_until_all_of_it_is_worked_off(clock: Any, weights: int) -> None:
    """What it says then was weighed long ago; afterwards what lies there is told, also where that did not change."""
    near, far = memory_pair("scale-1")

    async def line() -> ByteStream:
        return near

    hub = Hub([serial("scale-1", "cas-type6", asking="stream")], clock=clock, open_line=lambda *_: line)
    frames = [b"\x01\x02S 01.250kgg\x03\x04", b"\x01\x02S 01.350kgf\x03\x04"]

    async def pour() -> None:
        while True:
            await far.write(b"".join(frames[:weights]) * 100)

    async def talk() -> None:
        while True:
            await far.write(frames[weights - 1])
            await clock.sleep(0.5)

    tasks = [asyncio.create_task(hub.run())]
    try:
        await clock.settle()
        await far.write(frames[0])
        await clock.settle()
        assert isinstance(hub.latest_reading("scale-1"), Weighed)
        tasks.append(asyncio.create_task(pour()))
        await clock.advance(8)
        with hub.subscribe() as events:
            await clock.advance(8)
            assert not [told for told in events._queue if isinstance(told.event, Weighed)]
            assert not isinstance(hub.latest_reading("scale-1"), Weighed)
        tasks.pop().cancel()
        tasks.append(asyncio.create_task(talk()))
        await clock.advance(60)
        said = hub.latest_reading("scale-1")
        assert isinstance(said, Weighed)
        assert hub.weight(said.reading) is not None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_forty_devices_of_which_half_flood_and_a_scan_is_heard(floor: Any, clock: Any) -> None:
    """Each has its own task and its own share."""
    drivers = sorted(set(SCALES) - {"usb-hid-scale"})
    noisy = [serial(f"noisy-{number}", drivers[number % len(drivers)]) for number in range(20)]
    quiet = [serial(f"scanner-{number}", "serial-scanner") for number in range(20)]
    shop = floor(*noisy, *quiet)
    shop.start()
    await clock.settle()
    for one in noisy:
        shop.flood(one.name, os.urandom(512))
    await clock.settle()
    for one in quiet:
        await shop.far[one.name].write(b"4006381333931\r")
    await clock.settle()
    assert sorted(shop.scans()) == sorted((one.name, "4006381333931") for one in quiet)


async def test_two_devices_on_one_line_are_a_fault_of_the_settings() -> None:
    """Each would hear a part of what is said, or both act on one scan."""
    with pytest.raises(InvalidDeviceConfig, match="scale-1"):
        Hub(
            [
                serial("scale-1", "toledo8217"),
                DeviceConfig(name="b", driver="nci", transport="serial", path="/dev/scale-1"),
            ]
        )


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Set at the end, so that no thread outlives the test."""
    release = threading.Event()
    yield release
    release.set()


async def test_a_name_nobody_resolves_takes_no_thread_from_others(
    hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The internet is down, and with it the name server; pages are drawn on the loop's own threads."""

    def hang(*_: Any, **__: Any) -> Any:
        hanging.wait(30)
        raise socket.gaierror("nobody answers")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr("peripherals.transports.tcp.CONNECT_SECONDS_MAX", 0.05)
    tries = await asyncio.gather(*(open_tcp("printer.shop", 9100) for _ in range(40)), return_exceptions=True)
    assert all(isinstance(one, LineError) for one in tries)
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "drawn"), 10) == "drawn"


async def test_an_adapter_that_hangs_while_it_is_opened_holds_nobody_up(
    hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its firmware waits for seconds; what was opened after nobody waited any more is closed again."""
    closed = threading.Event()

    class Hung:
        def __init__(self, **_: Any) -> None:
            hanging.wait(30)

        def close(self) -> None:
            closed.set()

    monkeypatch.setattr(serial_line, "_Port", Hung)
    opening = asyncio.create_task(open_serial("/dev/wedged", 9600, "8N1"))
    turns = 0
    while turns < 50:
        await asyncio.sleep(0)
        turns += 1
    assert not opening.done()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    hanging.set()
    until = time.monotonic() + 10
    while not closed.is_set() and time.monotonic() < until:
        await asyncio.sleep(0.005)
    assert closed.is_set()


async def test_a_usb_printer_with_nothing_to_say_is_not_lost() -> None:
    """Some end every read with nothing; it is written to all the same, and read again after a pause, not in a hot loop."""
    stream = await open_printer_node("/dev/null")
    reading = asyncio.create_task(stream.read())
    await stream.write(b"\x1b@")
    await asyncio.sleep(0.02)
    assert not reading.done()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await stream.close()


async def test_a_code_is_whole_though_the_gateway_was_busy_in_its_middle() -> None:
    """Half a code is another article: silence that nobody listened to is none."""
    for suffix, quiet in (("none", QUIET_SECONDS), ("terminator", STALE_SECONDS)):
        for end in (b"", b"\r")[suffix == "terminator" :]:
            talk = Listening(ScanReader(suffix))  # type: ignore[arg-type]
            talk.opened(0.0)
            told = [*talk.receive(b"400638", 1.0)]
            late = 1.0 + quiet + LATE_SECONDS * 2
            # Either the bytes or the timer may come first when the loop goes on.
            told += talk.advance(late).events
            told += talk.receive(b"1333931" + end, late + 0.001)
            told += talk.advance(late + 0.001 + quiet).events
            assert [event.code for event in told if isinstance(event, Scanned)] == ["4006381333931"]


async def test_what_is_cut_off_for_good_is_still_dropped_or_taken() -> None:
    """A late look costs a moment, and after a long sleep nothing old begins a new code."""
    talk = Listening(ScanReader())
    talk.opened(0.0)
    talk.receive(b"400", 1.0)
    step = talk.advance(2.0)
    assert (step.events, step.wake_at) == ((), 2.0 + LATE_SECONDS)
    (dropped,) = talk.advance(2.0 + LATE_SECONDS).events
    assert isinstance(dropped, Garbled)
    talk.receive(b"400", 3.0)
    told = talk.receive(b"77\r", 3.0 + STALE_SECONDS + BUSY_SECONDS_MAX + 1)
    assert [type(event) for event in told] == [Garbled, Scanned]


def test_a_flood_cost() -> None:
    """Whatever the language, a kilobyte of noise makes a bounded number of events."""
    noise = bytes(range(256)) * 4
    for name, protocol in SCALES.items():
        talk = ScalePolling(protocol, lambda: "r")
        talk.opened(0.0)
        assert len(talk.receive(noise, 0.1)) < 64, name
