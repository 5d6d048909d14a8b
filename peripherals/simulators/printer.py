"""An ESC/POS printer as seen from the wire: bytes in, answers out, and the paper that came out of it.

Real-time questions are answered at once; all else is worked off in order, and not while the printer is unwell.
"""

from collections import deque
from typing import Literal

from peripherals.config import Encoding
from peripherals.print_job import Align
from peripherals.simulators.escpos_tables import BARCODES, LENGTHS, TABLES, code128
from peripherals.simulators.paper import PrintedBarcode, PrintedLine, PrintedPicture, PrintedQr, PrintedText, Slip

BUFFER_BYTES_MAX = 65_536
"""A network printer's receive buffer; `room` says how much is left, and a line should not bring more."""
SLIPS_MAX = 50
"""Enough to look back over an hour of the demo."""
LINES_PER_SLIP_MAX = 4_000
"""A printer that is never cut must not fill the memory; the slip is cut off there, as paper rolls end."""

PaperState = Literal["present", "near_end", "out"]
_ALIGNS: tuple[Align, ...] = ("left", "center", "right")


class PrinterSimulator:
    """One printer."""

    def __init__(self, encoding: Encoding = "gb18030") -> None:
        """`encoding` is what its firmware takes Chinese text for."""
        self._encoding = encoding
        self._paper: PaperState = "present"
        self._cover_open = False
        self._broken = False
        self._silent = False
        self._drawer_open = False
        self._lines_left: int | None = None
        self._buffer = bytearray()
        self._real_time = bytearray()
        self._slips: deque[Slip] = deque(maxlen=SLIPS_MAX)
        self._slip_number = 0
        self._lines: list[PrintedLine] = []
        self._qr_data = ""
        self._align: Align = "left"
        self._back = 0
        self._told_back = b""
        self.beeps = 0
        self.drawer_pulses = 0
        self.unknown_commands = 0
        self._initialize()

    # --- what a person does to it ----------------------------------------------------------------------------------

    def set_paper(self, state: PaperState, *, lines_left: int | None = None) -> bytes:
        """Puts paper in or takes it out; `lines_left` lets it run out by itself. Returns the answers that were due."""
        self._paper, self._lines_left = state, lines_left
        return self._automatic() + self._work()

    def set_cover(self, *, is_open: bool) -> bytes:
        """Opens or closes the cover. Returns the answers that were due."""
        self._cover_open = is_open
        return self._automatic() + self._work()

    def set_broken(self, *, broken: bool) -> bytes:
        """Jams the knife, or clears it."""
        self._broken = broken
        return self._automatic() + self._work()

    def set_silent(self, *, silent: bool) -> None:
        """A clone that prints and never answers."""
        self._silent = silent

    def close_drawer(self) -> bytes:
        """Pushes the drawer shut. Returns the answers that were due."""
        self._drawer_open = False
        return self._automatic()

    def open_drawer_by_hand(self) -> bytes:
        """Opens it with its key. Returns the answers that were due."""
        self._drawer_open = True
        return self._automatic()

    def switch_off(self) -> None:
        """Power off and on: the buffer and the half-printed line are gone, the paper stays."""
        self._buffer.clear()
        self._real_time.clear()
        self._initialize()

    def drop_incomplete(self) -> None:
        """The line broke: a command that never got its end must not swallow the next job's beginning."""
        self._real_time.clear()
        if not self._unwell:
            # Whatever is complete was worked off already.
            self._buffer.clear()

    @property
    def slips(self) -> tuple[Slip, ...]:
        """The last pieces of paper, oldest first; one not yet cut is the last."""
        hanging = (Slip(number=self._slip_number + 1, lines=tuple(self._lines)),) if self._lines else ()
        return (*self._slips, *hanging)

    @property
    def paper_state(self) -> PaperState:
        """How much paper there is."""
        return self._paper

    @property
    def cover_open(self) -> bool:
        """Whether the cover is open."""
        return self._cover_open

    @property
    def silent(self) -> bool:
        """Whether it never answers."""
        return self._silent

    @property
    def drawer_open(self) -> bool:
        """Whether the drawer stands open."""
        return self._drawer_open

    @property
    def room(self) -> int:
        """How many more bytes the buffer takes."""
        return BUFFER_BYTES_MAX - len(self._buffer)

    # --- the wire --------------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> bytes:
        """Takes bytes and returns the answers. Bytes beyond `room` are lost, as on a real printer."""
        answers = bytearray()
        for byte in data:
            self._real_time.append(byte)
            answers += self._sift()
        return bytes(answers) + self._work()

    def _sift(self) -> bytes:
        """Takes real-time commands out of the stream; what is none goes to the buffer."""
        held = self._real_time
        while held:
            if held[0] != 0x10 or (len(held) >= 2 and held[1] not in {0x04, 0x14}):
                self._keep(held.pop(0))
                continue
            if len(held) < 3 or (held[1] == 0x14 and len(held) < 5):
                return b""
            command, argument = held[1], held[2]
            taken = 3 if command == 0x04 else 5
            del held[:taken]
            if command == 0x04:
                return self._answer(self._status(argument))
            self._pulse()
        return b""

    def _keep(self, byte: int) -> None:
        if self.room > 0:
            self._buffer.append(byte)

    def _answer(self, bits: int | None) -> bytes:
        return b"" if self._silent or bits is None else bytes((bits,))

    def _status(self, kind: int) -> int | None:
        paper_out = self._paper == "out"
        match kind:
            case 1:
                return 0x12 | (0x04 if self._drawer_open else 0) | (0x08 if self._unwell else 0)
            case 2:
                return (
                    0x12
                    | (0x04 if self._cover_open else 0)
                    | (0x20 if paper_out else 0)
                    | (0x40 if self._broken else 0)
                )
            case 3:
                return 0x12 | (0x08 if self._broken else 0)
            case 4:
                return 0x12 | (0x0C if self._paper != "present" else 0) | (0x60 if paper_out else 0)
            case _:
                return None

    def _automatic(self) -> bytes:
        """The four bytes of GS a, when they differ from those told last."""
        if not self._back or self._silent:
            return b""
        out = self._paper == "out"
        first = (
            0x10
            | (0x04 if self._drawer_open else 0)
            | (0x08 if self._unwell else 0)
            | (0x20 if self._cover_open else 0)
        )
        now = bytes(
            (first, 0x08 if self._broken else 0, (0x0C if out else 0) | (0x03 if self._paper != "present" else 0), 0)
        )
        told, self._told_back = self._told_back, now
        return b"" if told == now else now

    @property
    def _unwell(self) -> bool:
        return self._paper == "out" or self._cover_open or self._broken

    def _work(self) -> bytes:
        """Works the buffer off while the printer is well."""
        answers = bytearray()
        while self._buffer and not self._unwell:
            taken, answer = self._command()
            if taken == 0:
                break
            del self._buffer[:taken]
            answers += answer
        return bytes(answers)

    def _command(self) -> tuple[int, bytes]:
        """Runs the command at the start of the buffer: how many bytes it took (0 = incomplete), and its answer."""
        first = self._buffer[0]
        if first in {0x1B, 0x1C, 0x1D}:
            return self._escape(first)
        if first == 0x0A:
            self._end_line()
        elif first >= 0x20:
            self._run.append(first)
        return 1, b""

    def _escape(self, lead: int) -> tuple[int, bytes]:
        held = self._buffer
        if len(held) < 2:
            return 0, b""
        name = bytes((lead, held[1]))
        if name == b"\x1d(":
            return self._extended()
        if name == b"\x1b(":
            return self._called()
        if name == b"\x1dk":
            return self._barcode()
        if name == b"\x1dv":
            return self._picture()
        length = LENGTHS.get(name)
        if name == b"\x1dV":
            # Functions A and B differ in length, told by their first argument.
            length = 4 if len(held) < 3 or held[2] in {0x41, 0x42} else 3
        if length is None:
            self.unknown_commands += 1
            return 2, b""
        if len(held) < length:
            return 0, b""
        return length, self._run_command(name, bytes(held[2:length]))

    def _run_command(self, name: bytes, arguments: bytes) -> bytes:
        match name:
            case b"\x1b@":
                self._initialize()
            case b"\x1bd":
                self._end_line()
                for _ in range(arguments[0] - 1):
                    self._print(PrintedText(text=""))
            case b"\x1bp":
                self._pulse()
            case b"\x1bB":
                self.beeps += arguments[0]
            case b"\x1da":
                self._back = arguments[0]
                return self._automatic()
            case b"\x1c&" | b"\x1c.":
                self._end_run()
                self._chinese = name == b"\x1c&"
            case b"\x1dV":
                self._cut("full" if arguments[0] in {0, 48, 0x41} else "partial")
            case b"\x1dr":
                return self._answer((0x0C if self._paper == "out" else 0) | (0x03 if self._paper != "present" else 0))
            case _:
                self._style(name, arguments)
        return b""

    def _style(self, name: bytes, arguments: bytes) -> None:
        match name:
            case b"\x1ba":
                self._align = _ALIGNS[arguments[0] % 48 % 3]
            case b"\x1bE":
                self._bold = bool(arguments[0] & 1)
            case b"\x1d!":
                self._double = arguments[0] & 0x11 == 0x11
            case b"\x1bt":
                self._end_run()
                self._table = TABLES.get(arguments[0], "cp437")
            case _:
                # The rest sets sizes that the paper of a simulator does not show.
                pass

    def _extended(self) -> tuple[int, bytes]:
        held = self._buffer
        if len(held) < 5:
            return 0, b""
        length = 5 + held[3] + 256 * held[4]
        if len(held) < length:
            return 0, b""
        if held[2] == ord("k") and length >= 8:
            function, body = held[6], bytes(held[8:length])
            if function == 80:
                self._qr_data = body.decode("utf-8", errors="replace")
            elif function == 81:
                self._print(PrintedQr(data=self._qr_data, align=self._align))
                self._qr_printed = True
        elif held[2] == ord("H") and length == 11 and held[5] == 48:
            return length, b"" if self._silent else b"\x37\x22" + bytes(held[7:11]) + b"\x00"
        elif held[2] != ord("k"):
            self.unknown_commands += 1
        return length, b""

    def _called(self) -> tuple[int, bytes]:
        """ESC ( A: the buzzer."""
        held = self._buffer
        if len(held) < 5:
            return 0, b""
        length = 5 + held[3] + 256 * held[4]
        if len(held) < length:
            return 0, b""
        if held[2] == ord("A") and length == 9 and held[5] == 48:
            self.beeps += held[7]
        else:
            self.unknown_commands += 1
        return length, b""

    def _picture(self) -> tuple[int, bytes]:
        """GS v 0 m xL xH yL yH and the dots."""
        held = self._buffer
        if len(held) < 8:
            return 0, b""
        across, down = held[4] + 256 * held[5], held[6] + 256 * held[7]
        length = 8 + across * down
        if len(held) < length:
            return 0, b""
        rows = (held[8 + row * across : 8 + (row + 1) * across] for row in range(down))
        shown = tuple(
            "".join(f"{byte:08b}" for byte in row).replace("0", " ").replace("1", "#").rstrip() for row in rows
        )
        self._print(PrintedPicture(rows=shown, align=self._align))
        return length, b""

    def _barcode(self) -> tuple[int, bytes]:
        held = self._buffer
        if len(held) < 4:
            return 0, b""
        length = 4 + held[3]
        if len(held) < length:
            return 0, b""
        kind = BARCODES.get(held[2], f"type {held[2]}")
        data = bytes(held[4:length]).decode("ascii", errors="replace")
        if kind == "code128":
            kind, data = code128(bytes(held[4:length]))
        self._print(PrintedBarcode(data=data, symbology=kind, align=self._align))
        self._qr_printed = True
        return length, b""

    # --- the paper -------------------------------------------------------------------------------------------------

    def _initialize(self) -> None:
        self._align = "left"
        self._bold = self._double = False
        # GB18030 models start in Chinese mode.
        self._chinese = self._encoding in {"gb18030", "gbk", "big5"}
        self._table = "cp437"
        self._run = bytearray()
        self._text = ""
        self._qr_printed = False

    def _end_run(self) -> None:
        if self._encoding == "utf8":
            self._text += self._run.decode("utf-8", errors="replace")
        elif self._chinese:
            self._text += self._run.decode(self._encoding, errors="replace")
        else:
            self._text += self._run.decode(self._table, errors="replace")
        self._run.clear()

    def _end_line(self) -> None:
        self._end_run()
        if self._qr_printed and not self._text:
            # The line feed that ends a code prints no line of its own.
            self._qr_printed = False
            return
        self._print(PrintedText(text=self._text, align=self._align, bold=self._bold, double=self._double))
        self._text, self._qr_printed = "", False

    def _print(self, line: PrintedLine) -> None:
        if len(self._lines) >= LINES_PER_SLIP_MAX:
            self._cut("full")
        self._lines.append(line)
        if self._lines_left is not None:
            self._lines_left -= 1
            if self._lines_left <= 0:
                self._paper, self._lines_left = "out", None

    def _cut(self, kind: Literal["full", "partial"]) -> None:
        if not self._lines:
            return
        self._slip_number += 1
        self._slips.append(Slip(number=self._slip_number, lines=tuple(self._lines), cut=kind))
        self._lines.clear()

    def _pulse(self) -> None:
        self.drawer_pulses += 1
        self._drawer_open = True
