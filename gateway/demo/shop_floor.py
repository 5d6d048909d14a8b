"""Composition of `kontor simulate`: a branch's simulated devices on the lines its settings name, and their page."""

import asyncio
import contextlib
import importlib.metadata
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from admin_ui.contexts.shell import Site
from admin_ui.serving.server import serve
from gateway.config import BranchConfig
from gateway.demo.goods import goods
from gateway.web.simulated_devices import Sample, ShownPrinter, build_simulated_devices
from peripherals.config import DeviceConfig
from peripherals.simulated import SimulatedFloor
from peripherals.simulated_printer import SimulatedPrinter
from peripherals.simulators.paper import Slip

# How often the printer's paper is looked at, to know when a slip came out. Slips carry no time of their own.
PAPER_LOOK_SECONDS = 0.5
# One code of every few kinds of goods: enough to play with, few enough to see at once.
SAMPLES = 9
# The page's slips are few dozen; a time is kept for each that may still be shown.
TIMES_MAX = 1000


class FloorError(Exception):
    """The settings name no devices that can be simulated."""

    def __init__(self, what: str, hint: str) -> None:
        """`hint` says which setting to add."""
        super().__init__(what)
        self.hint = hint


def page_address(config: BranchConfig) -> tuple[str, int]:
    """Where the page of the simulated devices answers."""
    url = urlsplit(config.demo.devices_url or "")
    if not config.demo.enabled or url.hostname is None or url.port is None:
        raise FloorError(
            "this branch has no simulated devices",
            'add [demo] with enabled = true and devices_url = "http://127.0.0.1:PORT/" to its config.toml',
        )
    return url.hostname, url.port


async def run_shop_floor(config: BranchConfig, stop: asyncio.Event) -> None:
    """Runs the devices and their page until `stop` is set."""
    host, port = page_address(config)
    scale = _first(config, "toledo8217", "serial")
    scanner = _first(config, "serial-scanner", "serial")
    printer = _first(config, "escpos", "tcp")
    others = [one for one in config.devices if one.driver == "escpos" and one.transport == "tcp" and one is not printer]
    display = next((one for one in config.devices if one.driver == "cd5220" and one.path), None)
    assert scale.path, "checked when the settings were read"
    assert scanner.path, "as above"
    assert printer.host, "as above"
    assert printer.port, "as above"
    floor = SimulatedFloor(
        scale_link=Path(scale.path),
        scanner_link=Path(scanner.path),
        display_link=Path(display.path) if display is not None and display.path else None,
        printer_host=printer.host,
        printer_port=printer.port,
        baud_rate=scale.baud_rate or 9600,
        unit=scale.unit,
        encoding=printer.encoding,
    )
    async with contextlib.AsyncExitStack() as plugged:
        await plugged.enter_async_context(floor)
        standing = [(printer.name, floor.printer)]
        for one in others:
            assert one.host, "as above"
            assert one.port, "as above"
            line = SimulatedPrinter(host=one.host, port=one.port, encoding=one.encoding)
            standing.append((one.name, await plugged.enter_async_context(line)))
        kitchens = {kitchen.printer for kitchen in config.kitchens}
        times = [SlipTimes(line.slips) for _, line in standing]
        shown = [
            ShownPrinter(name=name, kitchen=name in kitchens, printer=line, printed_at=seen.of)
            for (name, line), seen in zip(standing, times, strict=True)
        ]
        app = build_simulated_devices(floor, _site(config), samples(), shown, port=port, clock=time.time)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(keep_looking(times))
            await serve(app, host, port, stop)
            looking.cancel()


class SlipTimes:
    """When each slip of one printer was first seen to come out."""

    def __init__(self, slips: Callable[[], Sequence[Slip]]) -> None:
        """Nothing has been printed yet. `slips` are those that lie there."""
        self._slips = slips
        self._seen: dict[int, float] = {}

    def of(self, number: int) -> float:
        """Seconds since 1970; a slip nobody has looked at yet came out just now."""
        if number not in self._seen:
            while len(self._seen) >= TIMES_MAX:
                del self._seen[next(iter(self._seen))]
            self._seen[number] = time.time()
        return self._seen[number]

    def look(self) -> None:
        """Notes what came out since the last look."""
        for slip in self._slips():
            self.of(slip.number)


async def keep_looking(times: Sequence[SlipTimes]) -> None:
    """Looks at the paper of all printers until cancelled."""
    while True:
        for one in times:
            one.look()
        await asyncio.sleep(PAPER_LOOK_SECONDS)


def samples() -> tuple[Sample, ...]:
    """Codes from all over the shop, the last of them a case's."""
    coded = [good for good in goods() if good.barcode]
    chosen = coded[:: len(coded) // SAMPLES][: SAMPLES - 1]
    singles = [Sample(code=str(good.barcode), name=good.name, name_zh=good.name_zh) for good in chosen]
    case = coded[0]
    whole = Sample(
        code=str(case.case_barcode),
        name=f"{case.name}, case of {case.case_of}",
        name_zh=f"{case.name_zh}，整箱{case.case_of}件",
    )
    return (*singles, whole)


def _first(config: BranchConfig, driver: str, transport: str) -> DeviceConfig:
    for device in config.devices:
        if device.driver == driver and device.transport == transport:
            return device
    raise FloorError(
        f"this branch has no {driver} device on a {transport} line, so there is nothing to simulate",
        "a simulated branch needs a toledo8217 and a serial-scanner on serial lines, and an escpos printer on tcp",
    )


def _site(config: BranchConfig) -> Site:
    return Site(
        kind="branch",
        id=config.site.id,
        name=config.site.name,
        name_zh=config.site.name_zh,
        version=importlib.metadata.version("kontor"),
        currency=config.site.currency,
        minor_unit_digits=config.minor_unit_digits,
        time_zone=config.site.time_zone,
        stations=tuple(station.name for station in config.stations),
    )
