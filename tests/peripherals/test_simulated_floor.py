"""The hub on real lines: pseudo-terminals and TCP, with everything that happens to cables and paper."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from peripherals.config import DeviceConfig
from peripherals.events import (
    DeviceBack,
    DeviceLost,
    Event,
    NotReady,
    PrintJobChanged,
    Scanned,
    Weighed,
)
from peripherals.hub import Hub
from peripherals.print_job import Columns, Cut, DrawerPulse, PrintJob, QrCode, TextLine
from peripherals.simulated import SimulatedFloor
from peripherals.simulators.paper import PrintedQr, PrintedText
from peripherals.subscription import DeviceEvent

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The product's loop only: the lines themselves are proved on both in `test_streams.py`."""
    return ("asyncio", {"use_uvloop": True})


RECEIPT = PrintJob(
    parts=(
        TextLine(text="河滨店", align="center", bold=True, double=True),
        Columns(left="苹果 Apples", right="12.50"),
        QrCode(data="https://kontor.invalid/d/1"),
        Cut(),
        DrawerPulse(),
    )
)


class Counter:
    """A floor of simulated devices and a hub joined to it by real lines."""

    def __init__(self, folder: Path, floor: SimulatedFloor) -> None:
        self.folder, self.floor = folder, floor
        self.events: list[DeviceEvent] = []
        self.hub = self._hub()
        self._tasks: list[asyncio.Task[None]] = []

    def _hub(self) -> Hub:
        serial = {"transport": "serial", "baud_rate": 9600}
        return Hub(
            [
                DeviceConfig(
                    name="scale-1", driver="toledo8217", path=str(self.folder / "scale-1"), framing="7E1", **serial
                ),
                DeviceConfig(name="scanner-1", driver="serial-scanner", path=str(self.folder / "scanner-1"), **serial),
                DeviceConfig(
                    name="printer-1",
                    driver="escpos",
                    transport="tcp",
                    host="127.0.0.1",
                    port=self.floor.printer_port,
                ),
            ],
            jitter=lambda: 0.0,
        )

    async def _listen(self) -> None:
        async for event in self.hub.subscribe():
            self.events.append(event)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self.hub.run())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def told(self, *kinds: type[Event], device: str | None = None) -> list[Any]:
        return [
            event.event
            for event in self.events
            if isinstance(event.event, kinds) and (device is None or event.device == device)
        ]

    def online(self, name: str) -> bool:
        return next(state for state in self.hub.states() if state.name == name).state == "online"

    def all_online(self) -> bool:
        return all(state.state == "online" for state in self.hub.states())

    def outcome(self, job_id: str) -> tuple[str, str] | None:
        known = self.hub.print_job("printer-1", job_id)
        return None if known is None else (known.state, known.detail)


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with SimulatedFloor(
        scale_link=tmp_path / "dev" / "scale-1", scanner_link=tmp_path / "dev" / "scanner-1", settle_seconds=0.05
    ) as floor:
        made = Counter(tmp_path / "dev", floor)
        made.start()
        yield made
        await made.stop()


async def test_a_sale_at_the_counter(counter: Counter, eventually: Callable[..., Any]) -> None:
    """Weigh, scan, print, open the drawer; every byte over a real line."""
    await eventually(counter.all_online)
    counter.floor.put_weight("1.250")
    (weighed,) = await eventually(lambda: counter.told(Weighed))
    assert weighed.weight.text == "1.250"
    counter.floor.scan("0109521234567899\x1d10AB-1", "gs1_datamatrix")
    (scanned,) = await eventually(lambda: counter.told(Scanned))
    assert (scanned.data, scanned.symbology) == ("0109521234567899\x1d10AB-1", "gs1_datamatrix")
    counter.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("printed", ""))
    (slip,) = counter.floor.paper()
    assert slip.lines[0] == PrintedText(text="河滨店", align="center", bold=True, double=True)
    assert isinstance(slip.lines[-1], PrintedQr)
    assert counter.floor.state().drawer_open
    counter.floor.close_drawer()
    counter.hub.open_drawer("printer-1")
    await eventually(lambda: counter.floor.state().drawer_pulses == 2)


async def test_a_burst_of_scans_arrives_whole_and_in_order(counter: Counter, eventually: Callable[..., Any]) -> None:
    """Faster than any hand, with separators inside, at the line's own speed."""
    await eventually(lambda: counter.online("scanner-1"))
    codes = [f"0109521234567899\x1d10L{number:02d}\x1d17261231" for number in range(10)]
    for code in codes:
        counter.floor.scan(code, "gs1_128")
    await eventually(lambda: len(counter.told(Scanned)) == len(codes))
    assert [scanned.data for scanned in counter.told(Scanned)] == codes


async def test_a_moving_pan_is_unstable_until_it_rests(counter: Counter, eventually: Callable[..., Any]) -> None:
    """And gives one reading then."""
    await eventually(lambda: counter.online("scale-1"))
    counter.floor.set_motion(True)
    counter.floor.put_weight("0.500")
    await eventually(lambda: [event.status for event in counter.told(NotReady)][-1:] == ["unstable"])
    assert counter.told(Weighed) == []
    counter.floor.set_motion(False)
    await eventually(lambda: counter.told(Weighed))


async def test_pulled_and_plugged_in_again(counter: Counter, eventually: Callable[..., Any]) -> None:
    """A new terminal at the same name, as with a real adapter; the weight there is a new reading."""
    counter.floor.put_weight("1.000")
    await eventually(lambda: counter.all_online() and counter.told(Weighed))
    before = (counter.folder / "scale-1").readlink()
    await counter.floor.unplug("scale")
    await eventually(lambda: counter.told(DeviceLost, device="scale-1"))
    assert counter.hub.latest_reading("scale-1") is None
    assert counter.online("scanner-1")
    taken = os.openpty()  # so that the new terminal gets another number than the old
    await counter.floor.plug("scale")
    after = (counter.folder / "scale-1").readlink()
    await eventually(lambda: counter.told(DeviceBack, device="scale-1"))
    await eventually(lambda: len(counter.told(Weighed)) == 2)
    for end in taken:
        os.close(end)
    assert before != after
    readings = [weighed.reading for weighed in counter.told(Weighed)]
    assert readings[0] != readings[1]


async def test_a_gateway_that_dies_and_comes_back_finds_its_devices(
    counter: Counter, eventually: Callable[..., Any]
) -> None:
    """The floor does not notice; the terminals are opened again at 7E1 and 8N1."""
    await eventually(counter.all_online)
    for _ in range(3):
        await counter.stop()
        second = Counter(counter.folder, counter.floor)
        second.start()
        await eventually(second.all_online)
        second.hub.print("printer-1", "j1", RECEIPT)
        await eventually(lambda hub=second: hub.outcome("j1") == ("printed", ""))
        await second.stop()
    assert len(counter.floor.paper()) == 3


async def test_a_scan_while_no_gateway_listens_is_not_heard_later(
    counter: Counter, eventually: Callable[..., Any]
) -> None:
    """A code from before would land in the next customer's cart."""
    await eventually(counter.all_online)
    await counter.stop()
    counter.floor.scan("9521234567899", "ean13")
    await asyncio.sleep(0.05)
    second = Counter(counter.folder, counter.floor)
    second.start()
    await eventually(second.all_online)
    counter.floor.scan("9521234000004", "ean13")
    await eventually(lambda: second.told(Scanned))
    assert [scanned.data for scanned in second.told(Scanned)] == ["9521234000004"]
    await second.stop()


async def test_paper_out_waits_and_paper_back_prints(counter: Counter, eventually: Callable[..., Any]) -> None:
    """By itself, once."""
    counter.floor.set_paper("out")
    counter.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("waiting", "paper_end"))
    counter.floor.set_paper("present")
    await eventually(lambda: counter.outcome("j1") == ("printed", ""))
    assert len(counter.floor.paper()) == 1


async def test_paper_that_ends_within_a_receipt(counter: Counter, eventually: Callable[..., Any]) -> None:
    """Half of it hangs from the printer; with paper back the rest follows and counts."""
    await eventually(counter.all_online)
    counter.floor.set_paper("present", lines_left=1)
    counter.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("waiting", "paper_end"))
    (hanging,) = counter.floor.paper()
    assert (len(hanging.lines), hanging.cut) == (1, None)
    counter.floor.set_paper("present")
    await eventually(lambda: counter.outcome("j1") == ("printed", ""))
    (slip,) = counter.floor.paper()
    assert (len(slip.lines), slip.cut) == (3, "partial")


async def test_an_open_cover_is_said(counter: Counter, eventually: Callable[..., Any]) -> None:
    """In the printer's condition and at the job that waits for it."""
    counter.floor.set_cover(True)
    counter.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("waiting", "cover_open"))
    (printer,) = [state for state in counter.hub.states() if state.name == "printer-1"]
    assert (printer.state, printer.code, printer.detail_zh) == ("error", "cover_open", "上盖已打开")
    counter.floor.set_cover(False)
    await eventually(lambda: counter.outcome("j1") == ("printed", ""))


async def test_a_silent_clone_prints_and_the_outcome_is_unknown(
    counter: Counter, eventually: Callable[..., Any]
) -> None:
    """Sent is not printed."""
    counter.floor.set_printer_silent(True)
    counter.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("unknown", "no_confirmation"), 12)
    assert len(counter.floor.paper()) == 1


async def test_a_printer_pulled_in_the_middle_of_a_receipt(counter: Counter, eventually: Callable[..., Any]) -> None:
    """Its fate is unknown; the next receipt prints when the printer is back, and the repeat carries the mark."""
    await eventually(counter.all_online)
    counter.floor.set_paper("present", lines_left=1)
    counter.hub.print("printer-1", "j1", RECEIPT)
    counter.hub.print("printer-1", "j2", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("waiting", "paper_end"))
    await counter.floor.unplug("printer")
    await eventually(lambda: counter.outcome("j1") == ("unknown", "line_lost"))
    assert counter.outcome("j2") == ("waiting", "offline")
    counter.floor.set_paper("present")
    await counter.floor.plug("printer")
    await eventually(lambda: counter.outcome("j2") == ("printed", ""))
    counter.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: counter.outcome("j1") == ("printed", ""))
    assert counter.floor.paper()[-1].text.startswith("COPY 副本")
    changes = [event for event in counter.told(PrintJobChanged) if event.job_id == "j1"]
    assert changes[-1].duplicate


async def test_a_gateway_killed_within_a_job_does_not_spoil_the_next(
    counter: Counter, eventually: Callable[..., Any]
) -> None:
    """A command that never got its end must not swallow the next receipt."""
    await counter.stop()
    reader, writer = await asyncio.open_connection("127.0.0.1", counter.floor.printer_port)
    writer.write(b"\x1b@half a line\x1d(k\xff\x01")
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await reader.read()
    second = Counter(counter.folder, counter.floor)
    second.start()
    second.hub.print("printer-1", "j1", RECEIPT)
    await eventually(lambda: second.outcome("j1") == ("printed", ""))
    assert counter.floor.paper()[-1].lines[0] == PrintedText(text="河滨店", align="center", bold=True, double=True)
    await second.stop()


FLOOR_PROCESS = """
import asyncio, pathlib, sys
from peripherals.simulated import SimulatedFloor

async def main():
    folder = pathlib.Path(sys.argv[1])
    links = {"scale_link": folder / "scale-1", "scanner_link": folder / "scanner-1"}
    async with SimulatedFloor(**links, printer_port=int(sys.argv[2])) as floor:
        floor.put_weight("1.000")
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_floor_killed_without_a_word_is_found_again(
    tmp_path: Path, free_port: int, eventually: Callable[..., Any]
) -> None:
    """SIGKILL leaves dead links behind; the next floor replaces them, and every device comes back."""

    async def floor() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(sys.executable, "-c", FLOOR_PROCESS, str(tmp_path), str(free_port))

    process = await floor()
    counter = Counter(tmp_path, SimulatedFloor(scale_link=tmp_path, scanner_link=tmp_path, printer_port=free_port))
    counter.start()
    try:
        for round_number in (1, 2):
            await eventually(lambda: counter.all_online() and counter.told(Weighed), 15)
            counter.hub.print("printer-1", f"j{round_number}", RECEIPT)
            await eventually(lambda job=f"j{round_number}": counter.outcome(job) == ("printed", ""))
            if round_number == 1:
                process.kill()
                await process.wait()
                await eventually(lambda: {state.state for state in counter.hub.states()} == {"offline"})
                process = await floor()
    finally:
        await counter.stop()
        process.kill()
        await process.wait()
    names = [event.device for event in counter.events if isinstance(event.event, DeviceBack)]
    assert {"scale-1", "scanner-1", "printer-1"} <= set(names)


async def test_the_line_runs_at_its_own_speed(tmp_path: Path) -> None:
    """At 1200 baud thirty bytes take a quarter of a second; a pseudo-terminal alone would take them at once."""
    async with SimulatedFloor(
        scale_link=tmp_path / "scale", scanner_link=tmp_path / "scanner", baud_rate=1200
    ) as floor:
        near = os.open(tmp_path / "scanner", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        began = time.monotonic()
        floor.scan("123456789012345678901234567890")
        heard = b""
        while not heard.endswith(b"\r"):
            with contextlib.suppress(BlockingIOError):
                heard += os.read(near, 100)
            await asyncio.sleep(0.002)
        assert time.monotonic() - began > 0.9 * 30 * 10 / 1200
        os.close(near)


async def test_links_go_with_the_floor_and_another_floors_links_stay(tmp_path: Path) -> None:
    """A floor that took over the name is not unplugged by the old one's end."""
    links = {"scale_link": tmp_path / "scale", "scanner_link": tmp_path / "scanner"}

    def left() -> list[str]:
        return sorted(path.name for path in tmp_path.iterdir())

    async with SimulatedFloor(**links):
        async with SimulatedFloor(**links):
            assert left() == ["scale", "scanner"]
        assert left() == []
    async with SimulatedFloor(**links) as old, SimulatedFloor(**links):
        newer = (tmp_path / "scale").readlink()
        await old.unplug("scale")
        assert (tmp_path / "scale").readlink() == newer


async def test_what_is_no_weight_or_no_symbology_is_refused(counter: Counter) -> None:
    """The demo's page tells the person."""
    with pytest.raises(ValueError, match="heavy"):
        counter.floor.put_weight("heavy")
    with pytest.raises(KeyError):
        counter.floor.scan("1", "no-such-code")
