"""A receipt printer on real lines, as a serial port and as a USB node: paced, pulled out within a receipt, plugged in again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from peripherals.config import DeviceConfig, Transport
from peripherals.events import DeviceBack, DeviceLost
from peripherals.hub import Hub
from peripherals.print_job import Cut, PrintJob, TextLine
from peripherals.simulators.printer import PrinterSimulator
from peripherals.transports.pty_end import PtyEnd

pytestmark = pytest.mark.anyio

SHORT = PrintJob((TextLine("茶 6.50"), Cut()))
LONG = PrintJob((*(TextLine("x" * 40) for _ in range(2_500)), Cut()))
"""More than a pseudo-terminal holds."""


class Counter:
    """A hub with one printer on a pseudo-terminal."""

    def __init__(self, folder: Path, transport: Transport) -> None:
        self.printer = PrinterSimulator()
        self.line = PtyEnd(folder / "printer", self._receive, 115_200)
        self.line.plug()
        self.hub = Hub(
            [DeviceConfig(name="p1", driver="escpos", transport=transport, path=str(folder / "printer"))],
            jitter=lambda: 0.0,
        )
        self.events: list[Any] = []
        self.tasks = [asyncio.create_task(self.hub.run()), asyncio.create_task(self._listen())]

    def _receive(self, data: bytes) -> bytes:
        return self.printer.receive(data)

    async def _listen(self) -> None:
        with self.hub.subscribe() as told:
            async for one in told:
                self.events.append(one.event)

    def outcome(self, job: str) -> tuple[str, str] | None:
        state = self.hub.print_job("p1", job)
        return None if state is None else (state.state, state.detail)

    def stop_reading(self) -> None:
        """The printer is busy with itself: the line fills up."""
        master = self.line._master
        assert master is not None
        asyncio.get_running_loop().remove_reader(master)

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.line.unplug()


@pytest.fixture(params=["serial", "usblp"])
async def counter(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Counter]:
    made = Counter(tmp_path, request.param)
    yield made
    await made.stop()


async def test_a_receipt_is_printed_and_one_pulled_out_within_is_unknown(
    counter: Counter, eventually: Callable[..., Any]
) -> None:
    """What comes next waits for the line, and is whole; lost and back are each told once."""
    await eventually(lambda: counter.hub.states()[0].state == "online")
    counter.hub.print("p1", "j1", SHORT)
    await eventually(lambda: counter.outcome("j1") == ("printed", ""))
    assert counter.printer.slips[-1].text == "茶 6.50"
    counter.hub.print("p1", "j2", LONG)
    await eventually(lambda: counter.outcome("j2") == ("printing", ""))
    counter.stop_reading()
    counter.hub.print("p1", "j3", SHORT)
    await asyncio.sleep(0.1)
    counter.line.unplug()
    counter.printer.switch_off()
    await eventually(lambda: counter.outcome("j2") == ("unknown", "line_lost"))
    assert counter.outcome("j3") == ("waiting", "offline")
    counter.line.plug()
    await eventually(lambda: counter.outcome("j3") == ("printed", ""))
    assert counter.printer.slips[-1].text.splitlines()[-1] == "茶 6.50"
    assert [type(event) for event in counter.events if isinstance(event, (DeviceLost, DeviceBack))] == [
        DeviceLost,
        DeviceBack,
    ]
