"""A counter's worth of simulated devices on real lines: scale, scanner and customer display on pseudo-terminals, the printer on TCP.

For the demo, and for whoever develops without hardware. A gateway cannot tell the lines from real ones, and may be
killed and started again at any time. Refuses to know what is sold.
"""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, assert_never

import msgspec

from peripherals.config import Encoding
from peripherals.events import WeightUnit
from peripherals.simulated_printer import SimulatedPrinter
from peripherals.simulators.display import DisplaySimulator
from peripherals.simulators.paper import Slip
from peripherals.simulators.printer import PaperState
from peripherals.simulators.scale import ScaleSimulator
from peripherals.simulators.scanner import ScannerSimulator, Suffix
from peripherals.transports.pty_end import PtyEnd

SETTLE_SECONDS = 0.4
"""A counter scale's pan swings for about that long."""

Cable = Literal["scale", "scanner", "display", "printer"]
CABLES: tuple[Cable, ...] = ("scale", "scanner", "display", "printer")


class FloorState(msgspec.Struct, frozen=True):
    """What a person standing at the counter sees."""

    weight: str
    unit: WeightUnit
    moving: bool
    paper: PaperState
    cover_open: bool
    printer_silent: bool
    printer_jammed: bool
    drawer_open: bool
    drawer_pulses: int
    display: tuple[str, str]
    plugged: tuple[Cable, ...]
    printer_port: int


class SimulatedFloor:
    """Use it in an `async with`; its devices live as long as the block."""

    def __init__(
        self,
        *,
        scale_link: Path,
        scanner_link: Path,
        display_link: Path | None = None,
        printer_host: str = "127.0.0.1",
        printer_port: int = 0,
        baud_rate: int = 9600,
        unit: WeightUnit = "kg",
        suffix: Suffix = "CR",
        encoding: Encoding = "gb18030",
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """Without a `display_link` there is no display. Port 0 takes a free one, which stays the same while the floor lives; read it from `printer_port`."""
        self._unit: WeightUnit = unit
        self._scale = ScaleSimulator(unit)
        self._scanner = ScannerSimulator(suffix)
        self._display = DisplaySimulator(encoding=encoding)
        self.printer = SimulatedPrinter(host=printer_host, port=printer_port, encoding=encoding)
        self._scale_line = PtyEnd(scale_link, self._scale.receive, baud_rate)
        self._scanner_line = PtyEnd(scanner_link, lambda _: b"", baud_rate)
        self._display_line = None if display_link is None else PtyEnd(display_link, self._display.receive, baud_rate)
        self._settle_seconds = settle_seconds
        self._settling: asyncio.TimerHandle | None = None
        self._moving = False

    async def __aenter__(self) -> Self:
        """Plugs everything in."""
        for cable in CABLES:
            await self.plug(cable)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Pulls every cable and takes the links away."""
        if self._settling is not None:
            self._settling.cancel()
        for cable in CABLES:
            await self.unplug(cable)
        await self.printer.settle()

    @property
    def printer_port(self) -> int:
        """Where the printer answers."""
        return self.printer.port

    # --- cables ----------------------------------------------------------------------------------------------------

    async def plug(self, cable: Cable) -> None:
        """Plugs a device in."""
        match cable:
            case "scale":
                self._scale_line.plug()
            case "scanner":
                self._scanner_line.plug()
            case "display":
                if self._display_line is not None:
                    self._display_line.plug()
            case "printer":
                await self.printer.plug()
            case _:
                assert_never(cable)

    async def unplug(self, cable: Cable) -> None:
        """Pulls a device's cable."""
        match cable:
            case "scale":
                self._scale_line.unplug()
            case "scanner":
                self._scanner_line.unplug()
            case "display":
                self._display.switch_off()
                if self._display_line is not None:
                    self._display_line.unplug()
            case "printer":
                self.printer.unplug()
            case _:
                assert_never(cable)

    # --- scale and scanner -----------------------------------------------------------------------------------------

    def put_weight(self, text: str | None) -> None:
        """Puts that much on the pan (`"1.250"`) or clears it; it swings first. Raises `ValueError`."""
        self._scale.put_weight(text)
        if self._settling is not None:
            self._settling.cancel()
        self._scale.set_motion(True)
        self._settling = asyncio.get_running_loop().call_later(self._settle_seconds, self._settled)

    def set_motion(self, moving: bool) -> None:
        """Keeps the pan moving, or lets it come to rest."""
        self._moving = moving
        self._scale.set_motion(moving)

    def set_scale_silent(self, silent: bool) -> None:
        """Switches the scale off with its cable plugged in."""
        self._scale.set_silent(silent)

    def scan(self, code: str, symbology: str | None = None) -> None:
        """Pulls the trigger over a code; `symbology` is a name (`ean13`) or an AIM id (`]E0`). Raises `KeyError`."""
        self._scanner_line.send(self._scanner.scan(code, symbology))

    # --- printer ---------------------------------------------------------------------------------------------------

    def set_paper(self, state: PaperState, *, lines_left: int | None = None) -> None:
        """`present`, `near_end` or `out`; with `lines_left` it runs out by itself."""
        self.printer.set_paper(state, lines_left=lines_left)

    def set_cover(self, is_open: bool) -> None:
        """Opens or closes the printer's cover."""
        self.printer.set_cover(is_open)

    def set_jammed(self, jammed: bool) -> None:
        """Jams the knife."""
        self.printer.set_jammed(jammed)

    def set_printer_silent(self, silent: bool) -> None:
        """Makes it a clone that prints and never answers."""
        self.printer.set_silent(silent)

    def close_drawer(self) -> None:
        """Pushes the drawer shut."""
        self.printer.close_drawer()

    def open_drawer(self) -> None:
        """Opens the drawer with its key."""
        self.printer.open_drawer()

    def paper(self) -> list[Slip]:
        """The last slips, oldest first; the last may still hang from the printer."""
        return self.printer.slips()

    def state(self) -> FloorState:
        """Everything a page shows besides the paper."""
        printer = self.printer.state()
        plugged: dict[Cable, bool] = {
            "scale": self._scale_line.plugged,
            "scanner": self._scanner_line.plugged,
            "display": self._display_line is not None and self._display_line.plugged,
            "printer": printer.plugged,
        }
        return FloorState(
            weight=self._scale.shown,
            unit=self._unit,
            moving=self._moving or self._settling is not None,
            paper=printer.paper,
            cover_open=printer.cover_open,
            printer_silent=printer.silent,
            printer_jammed=printer.jammed,
            drawer_open=printer.drawer_open,
            drawer_pulses=printer.drawer_pulses,
            display=self._display.rows,
            plugged=tuple(cable for cable, there in plugged.items() if there),
            printer_port=self.printer_port,
        )

    def _settled(self) -> None:
        self._settling = None
        self._scale.set_motion(self._moving)
