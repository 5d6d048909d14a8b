"""A simulated receipt printer on a TCP line: whoever connects last prints, and a hand may take the paper or pull the cable.

For the demo, and for whoever develops without hardware. Refuses to know what is printed.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import msgspec

from peripherals.config import Encoding
from peripherals.simulators.paper import Slip
from peripherals.simulators.printer import PaperState, PrinterSimulator

READ_BYTES_MAX = 4_096


class SimulatedPrinterState(msgspec.Struct, frozen=True):
    """What a person standing before it sees besides the paper."""

    paper: PaperState
    cover_open: bool
    silent: bool
    jammed: bool
    drawer_open: bool
    drawer_pulses: int
    plugged: bool


class SimulatedPrinter:
    """Use it in an `async with`, or plug it in and out."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, encoding: Encoding = "gb18030") -> None:
        """Port 0 takes a free one at the first plug, which then stays the same; read it from `port`."""
        self._printer = PrinterSimulator(encoding)
        self.encoding: Encoding = encoding
        self._host, self.port = host, port
        self._jammed = False
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._attended = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Plugs it in."""
        await self.plug()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Pulls its cable."""
        self.unplug()
        await self.settle()

    async def plug(self) -> None:
        """Plugs it in."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self._host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def unplug(self) -> None:
        """Pulls its cable."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._printer.switch_off()
        self._hang_up()

    async def settle(self) -> None:
        """Waits until nobody is connected any more; only after `unplug`."""
        await asyncio.gather(*self._serving, return_exceptions=True)

    def set_paper(self, state: PaperState, *, lines_left: int | None = None) -> None:
        """`present`, `near_end` or `out`; with `lines_left` it runs out by itself."""
        self._tell(self._printer.set_paper(state, lines_left=lines_left))

    def set_cover(self, is_open: bool) -> None:
        """Opens or closes its cover."""
        self._tell(self._printer.set_cover(is_open=is_open))

    def set_jammed(self, jammed: bool) -> None:
        """Jams the knife."""
        self._jammed = jammed
        self._tell(self._printer.set_broken(broken=jammed))

    def set_silent(self, silent: bool) -> None:
        """Makes it a clone that prints and never answers."""
        self._printer.set_silent(silent=silent)

    def close_drawer(self) -> None:
        """Pushes the drawer shut."""
        self._tell(self._printer.close_drawer())

    def open_drawer(self) -> None:
        """Opens the drawer with its key."""
        self._tell(self._printer.open_drawer_by_hand())

    def slips(self) -> list[Slip]:
        """The last slips, oldest first; the last may still hang from it."""
        return list(self._printer.slips)

    def state(self) -> SimulatedPrinterState:
        """Everything a page shows besides the paper."""
        return SimulatedPrinterState(
            paper=self._printer.paper_state,
            cover_open=self._printer.cover_open,
            silent=self._printer.silent,
            jammed=self._jammed,
            drawer_open=self._printer.drawer_open,
            drawer_pulses=self._printer.drawer_pulses,
            plugged=self._server is not None,
        )

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
