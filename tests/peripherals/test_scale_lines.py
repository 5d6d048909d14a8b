"""Every language over a real pseudo-terminal, at line speed, through the hub and `serial_asyncio`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from peripherals.config import DeviceConfig, Framing
from peripherals.drivers import DRIVERS
from peripherals.errors import NotConnected, UnknownDevice
from peripherals.events import DeviceBack, DeviceLost, Event, NotReady, Weighed
from peripherals.hub import Hub
from peripherals.protocols.scales import SCALES
from peripherals.simulators.dialog06 import Dialog06Simulator
from peripherals.simulators.scale_languages import LANGUAGES, SpokenScale
from peripherals.simulators.wire_faults import WireFaults
from peripherals.transports.pty_end import PtyEnd

pytestmark = pytest.mark.anyio
SAYS_SECONDS = 0.02
"""Quicker than any scale: what is proved is the line, not the scale's patience."""
SERIAL = sorted(set(LANGUAGES) - {"usb-hid-scale"})
EIGHT_BITS_INSTEAD = ["toledo-continuous", "nci", "sartorius-sbi", "cas-type6"]
"""On an adapter that cannot do seven bits, and a scale that sends parity all the same."""


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The product's loop only: the lines themselves are proved on both in `test_streams.py`."""
    return ("asyncio", {"use_uvloop": True})


def with_parity(data: bytes) -> bytes:
    """Even parity in the top bit: what a 7E1 scale puts on an 8N1 line."""
    return bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in data)


class Counter:
    """One scale on a pseudo-terminal, and a hub that has it."""

    def __init__(self, folder: Path, name: str, framing: Framing | None) -> None:
        self.scale = SpokenScale(name)
        self.cable = WireFaults()
        self.parity = DRIVERS[name].framing.startswith("7") or framing == "8N1"
        self.line = PtyEnd(folder / "scale", lambda data: self._arrives(self.scale.receive(data)), 9600)
        self.talks = SCALES[name].asking == "stream"
        config = DeviceConfig(
            name="scale-1",
            driver=name,
            transport="serial",
            path=str(folder / "scale"),
            baud_rate=9600,
            framing=framing,
        )
        self.hub = Hub([config], jitter=lambda: 0.0)
        self.events: list[Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    def _arrives(self, data: bytes) -> bytes:
        return self.cable.through(with_parity(data) if self.parity else data)

    async def _talk(self) -> None:
        while True:
            self.line.send(self._arrives(self.scale.say()))
            await asyncio.sleep(SAYS_SECONDS)

    async def _listen(self) -> None:
        async for event in self.hub.subscribe():
            self.events.append(event.event)

    def start(self) -> None:
        self.line.plug()
        self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self.hub.run())]
        if self.talks:
            self.tasks.append(asyncio.create_task(self._talk()))

    def weights(self) -> list[str]:
        """What a till would have been told."""
        return [event.weight.text for event in self.events if isinstance(event, Weighed)]

    def kinds(self, *kinds: type[Event]) -> list[type[Event]]:
        return [type(event) for event in self.events if isinstance(event, kinds)]


@contextlib.asynccontextmanager
async def counter_with(folder: Path, name: str, framing: Framing | None = None) -> AsyncIterator[Counter]:
    """It stands for as long as the block lasts."""
    made = Counter(folder, name, framing)
    made.scale.put_weight("1.250")
    made.start()
    try:
        yield made
    finally:
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)
        made.line.unplug()


@pytest.mark.parametrize(
    ("name", "framing"), [(name, None) for name in SERIAL] + [(name, "8N1") for name in EIGHT_BITS_INSTEAD]
)
async def test_a_weight_arrives_and_a_spoilt_frame_does_not(
    name: str, framing: Framing | None, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    """In the driver's usual framing, and in 8N1 with parity in the top bit."""
    async with counter_with(tmp_path, name, framing) as counter:
        counter.cable.flip(4, 1)
        await eventually(counter.weights)
        assert set(counter.weights()) <= {"1.250", "1250"}


@pytest.mark.parametrize("name", ["toledo-continuous", "mt-sics"])
async def test_unplugged_under_load_and_plugged_in_again(
    name: str, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    """Lost once, back once, and the same article on the pan is a new reading; a moving pan is told on the way."""
    async with counter_with(tmp_path, name) as counter:
        await eventually(counter.weights)
        counter.scale.set_motion(True)
        await eventually(lambda: any(isinstance(event, NotReady) for event in counter.events))
        counter.line.unplug()
        await eventually(lambda: counter.kinds(DeviceLost))
        counter.scale.set_motion(False)
        counter.line.plug()
        await eventually(lambda: len(counter.weights()) == 2)
        assert counter.kinds(DeviceLost, DeviceBack) == [DeviceLost, DeviceBack]


async def test_a_price_computing_scale_is_given_the_price_through_the_hub(
    tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    """And its key is pressed the same way on scales that have one; names and lines that are not there are refused."""
    scale = Dialog06Simulator()
    scale.put_weight("0.500")
    line = PtyEnd(tmp_path / "scale", scale.receive, 9600)
    config = DeviceConfig(name="scale-1", driver="dialog06", transport="serial", path=str(tmp_path / "scale"))
    hub = Hub([config], jitter=lambda: 0.0)
    with pytest.raises(NotConnected):
        hub.weigh("scale-1", 250)
    line.plug()
    running = asyncio.create_task(hub.run())
    try:
        await eventually(lambda: hub.states()[0].state == "online")
        assert hub.weigh("scale-1", 250)
        await eventually(lambda: isinstance(hub.latest_reading("scale-1"), Weighed))
        reading = hub.latest_reading("scale-1")
        assert isinstance(reading, Weighed)
        assert (reading.weight.text, reading.price, reading.total) == ("0.500", 250, 125)
        assert not hub.press("scale-1", "tare")
        with pytest.raises(UnknownDevice):
            hub.weigh("scale-2", 250)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        line.unplug()


async def test_the_keys_of_a_scale_are_pressed_through_the_hub(tmp_path: Path, eventually: Callable[..., Any]) -> None:
    """Tared, the bowl is not sold."""
    async with counter_with(tmp_path, "mt-sics") as counter:
        await eventually(counter.weights)
        assert counter.hub.press("scale-1", "tare")
        assert not counter.hub.weigh("scale-1", 250)
        await eventually(lambda: counter.scale.tare == 1250)
