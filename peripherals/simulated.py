"""A counter's worth of simulated devices on real lines: scale, scanner and customer display on pseudo-terminals, the printer on TCP.

For the demo, and for whoever develops without hardware. A gateway cannot tell the lines from real ones, and may be
killed and started again at any time. Refuses to know what is sold.
"""

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, assert_never

import msgspec

from peripherals.config import Encoding
from peripherals.events import WeightUnit
from peripherals.simulators.display import DisplaySimulator
from peripherals.simulators.paper import Slip
from peripherals.simulators.printer import PaperState, PrinterSimulator
from peripherals.simulators.scale import ScaleSimulator
from peripherals.simulators.scanner import ScannerSimulator, Suffix
from peripherals.transports.pty_end import PtyEnd

READ_BYTES_MAX = 4_096
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
        self._printer = PrinterSimulator(encoding)
        self._scale_line = PtyEnd(scale_link, self._scale.receive, baud_rate)
        self._scanner_line = PtyEnd(scanner_link, lambda _: b"", baud_rate)
        self._display_line = None if display_link is None else PtyEnd(display_link, self._display.receive, baud_rate)
        self._host, self.printer_port = printer_host, printer_port
        self._settle_seconds = settle_seconds
        self._settling: asyncio.TimerHandle | None = None
        self._moving = False
        self._jammed = False
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._attended = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

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
        await asyncio.gather(*self._serving, return_exceptions=True)

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
                if self._server is None:
                    self._server = await asyncio.start_server(self._serve, self._host, self.printer_port)
                    self.printer_port = self._server.sockets[0].getsockname()[1]
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
                if self._server is not None:
                    self._server.close()
                    self._server = None
                self._printer.switch_off()
                self._hang_up()
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
        self._tell(self._printer.set_paper(state, lines_left=lines_left))

    def set_cover(self, is_open: bool) -> None:
        """Opens or closes the printer's cover."""
        self._tell(self._printer.set_cover(is_open=is_open))

    def set_jammed(self, jammed: bool) -> None:
        """Jams the knife."""
        self._jammed = jammed
        self._tell(self._printer.set_broken(broken=jammed))

    def set_printer_silent(self, silent: bool) -> None:
        """Makes it a clone that prints and never answers."""
        self._printer.set_silent(silent=silent)

    def close_drawer(self) -> None:
        """Pushes the drawer shut."""
        self._tell(self._printer.close_drawer())

    def open_drawer(self) -> None:
        """Opens the drawer with its key."""
        self._tell(self._printer.open_drawer_by_hand())

    def paper(self) -> list[Slip]:
        """The last slips, oldest first; the last may still hang from the printer."""
        return list(self._printer.slips)

    def state(self) -> FloorState:
        """Everything a page shows besides the paper."""
        plugged: dict[Cable, bool] = {
            "scale": self._scale_line.plugged,
            "scanner": self._scanner_line.plugged,
            "display": self._display_line is not None and self._display_line.plugged,
            "printer": self._server is not None,
        }
        return FloorState(
            weight=self._scale.shown,
            unit=self._unit,
            moving=self._moving or self._settling is not None,
            paper=self._printer.paper_state,
            cover_open=self._printer.cover_open,
            printer_silent=self._printer.silent,
            printer_jammed=self._jammed,
            drawer_open=self._printer.drawer_open,
            drawer_pulses=self._printer.drawer_pulses,
            display=self._display.rows,
            plugged=tuple(cable for cable, there in plugged.items() if there),
            printer_port=self.printer_port,
        )

    def _settled(self) -> None:
        self._settling = None
        self._scale.set_motion(self._moving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; a new one takes the old one's place, as after a gateway that died without a word."""
        self._hang_up()
        self._writer = writer
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            while True:
                while self._printer.room < READ_BYTES_MAX:
                    # Full: it takes no more until someone puts paper in, and the line backs up as a real one would.
                    self._attended.clear()
                    await self._attended.wait()
                data = await reader.read(READ_BYTES_MAX)
                if not data:
                    return
                self._tell(self._printer.receive(data))
                await writer.drain()
        except OSError:
            return
        finally:
            self._printer.drop_incomplete()
            if self._writer is writer:
                self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _tell(self, answers: bytes) -> None:
        self._attended.set()
        if answers and self._writer is not None and not self._writer.is_closing():
            self._writer.write(answers)

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None
            self._attended.set()
