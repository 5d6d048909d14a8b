"""What an ESC/POS printer answers. Each kind of answer is known by its fixed bits; anything else is noise.

    DLE EOT n   0 x x 1 x x 1 0    at once, also while busy or without paper
    GS r n      0 x x 0 x x x x    in its turn: everything sent before it has been worked off
    ASB         0 x x 1 x x 0 0    and three bytes 0 x x 0 x x x x more, at every change; switched on where the settings say so
    GS ( H      37 22, four bytes of ours, 00: the same as GS r, and it names the job (function 48)

Source: Epson ESC/POS Application Programming Guide, "DLE EOT", "GS r", "GS a", "GS ( H" and its table of status and identifiers.

DLE EOT answers do not say which n they belong to, so only one is asked at a time.
"""

from typing import Literal, assert_never

import msgspec

from peripherals.events import PrinterStatus

StatusKind = Literal[1, 2, 3, 4]
STATUS_KINDS: tuple[StatusKind, ...] = (1, 2, 3, 4)
PROCESS_ID_BYTES = 4
_BLOCK, _PROCESS_ID, _AUTOMATIC_BYTES = 0x37, 0x22, 4
BLOCK_BYTES_MAX = 80
"""Longer blocks (a serial number, a counter) are none of ours, and are passed over up to their end."""
ASK_PROCESSED = b"\x1dr\x01"
"""GS r 1. Its answer says the printer has come to this point of its work."""


def ask_status(kind: StatusKind) -> bytes:
    """DLE EOT n."""
    return bytes((0x10, 0x04, kind))


def ask_process_id(name: bytes) -> bytes:
    """GS ( H, function 48: to be answered in its turn with these four printable bytes."""
    assert len(name) == PROCESS_ID_BYTES, "four bytes name a process"
    return b"\x1d(H\x06\x00\x30\x30" + name


class RealTimeAnswer(msgspec.Struct, frozen=True, tag="real_time", gc=False):
    """The answer to a DLE EOT."""

    bits: int


class ProcessedAnswer(msgspec.Struct, frozen=True, tag="processed", gc=False):
    """The answer to `ASK_PROCESSED`."""

    bits: int


class ProcessIdAnswer(msgspec.Struct, frozen=True, tag="process_id", gc=False):
    """The answer to `ask_process_id`."""

    name: bytes


class AutomaticStatus(msgspec.Struct, frozen=True, tag="automatic", gc=False):
    """The four bytes a printer sends by itself when something changed."""

    first: int
    second: int
    third: int

    def report(self) -> "Report":
        """The same as a round of questions would tell: bits of the four real-time answers."""
        printer = 0x12 | (self.first & 0x04) | (self.first & 0x08)
        paper_end = bool(self.third & 0x0C)
        unwell = bool(self.second & 0x6C)
        offline = 0x12 | (0x04 if self.first & 0x20 else 0) | (0x20 if paper_end else 0) | (0x40 if unwell else 0)
        # Mechanical faults (bit 2) and the knife (bit 3) are one here: both stop the paper, and neither clears itself.
        error = 0x12 | (0x08 if self.second & 0x0C else 0) | (self.second & 0x60)
        paper = 0x12 | (0x0C if self.third & 0x03 else 0) | (0x60 if paper_end else 0)
        return Report(printer=printer, offline=offline, error=error, paper=paper)


Answer = RealTimeAnswer | ProcessedAnswer | ProcessIdAnswer | AutomaticStatus


class AnswerReader:
    """Sorts a printer's bytes into answers. Holds at most one unfinished answer of bounded length."""

    def __init__(self) -> None:
        """Starts between answers."""
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Answer]:
        """The answers in `data`."""
        answers: list[Answer] = []
        for byte in data:
            answer = self._take(byte)
            if answer is not None:
                answers.append(answer)
        return answers

    def reset(self) -> None:
        """Forgets an answer half heard."""
        self._held.clear()

    def _take(self, byte: int) -> Answer | None:
        if self._held and self._held[0] == _BLOCK:
            return self._block(byte)
        # A real-time answer may come between the bytes of another.
        if byte & 0x93 == 0x12:
            return RealTimeAnswer(bits=byte)
        if byte & 0x93 == 0x10:
            self._held[:] = bytes((byte,))
        elif byte & 0x90 == 0x00 and self._held:
            self._held.append(byte)
            if len(self._held) == _AUTOMATIC_BYTES:
                first, second, third, _ = self._held
                self._held.clear()
                return AutomaticStatus(first, second, third)
        elif byte == _BLOCK:
            self._held[:] = bytes((byte,))
        elif byte & 0x90 == 0x00:
            return ProcessedAnswer(bits=byte)
        return None

    def _block(self, byte: int) -> Answer | None:
        """From 37 to a zero: what it is stands in its second byte."""
        if byte:
            self._held.append(byte)
            if len(self._held) > BLOCK_BYTES_MAX:
                self._held.clear()
            return None
        block = bytes(self._held)
        self._held.clear()
        if len(block) == 2 + PROCESS_ID_BYTES and block[1] == _PROCESS_ID:
            return ProcessIdAnswer(name=block[2:])
        return None


class Report(msgspec.Struct, frozen=True, gc=False):
    """All four real-time answers together."""

    printer: int
    offline: int
    error: int
    paper: int

    @property
    def status(self) -> PrinterStatus:
        """The one thing a person must do first: close the cover before feeding paper, feed before anything else."""
        if self.offline & 0x04:
            return "cover_open"
        if self.offline & 0x20 or self.paper & 0x60:
            return "paper_end"
        if self.offline & 0x40 or self.error & 0x68:
            return "error"
        if self.printer & 0x08:
            return "offline"
        return "paper_near_end" if self.paper & 0x0C else "ok"

    @property
    def broken(self) -> bool:
        """The knife is stuck or the fault cannot be cleared: what was being printed will not come out whole."""
        return bool(self.error & 0x28)

    @property
    def drawer_pin_high(self) -> bool:
        """The level of the drawer's switch; what it means differs per model."""
        return bool(self.printer & 0x04)


class StatusRound:
    """Collects the four answers of one round, in order."""

    def __init__(self) -> None:
        """Nothing asked yet."""
        self._bits: list[int] = []

    @property
    def next_kind(self) -> StatusKind | None:
        """The status to ask for next; None when the round is complete."""
        return STATUS_KINDS[len(self._bits)] if len(self._bits) < len(STATUS_KINDS) else None

    def answer(self, bits: int) -> Report | None:
        """Takes the answer to `next_kind`; the last one completes the report."""
        assert len(self._bits) < len(STATUS_KINDS), "an answer nobody asked for"
        self._bits.append(bits)
        if len(self._bits) < len(STATUS_KINDS):
            return None
        printer, offline, error, paper = self._bits
        return Report(printer=printer, offline=offline, error=error, paper=paper)


def blocks_printing(status: PrinterStatus) -> bool:
    """Whether a job must wait. A printer that never answers does not block: its jobs end as `unknown`."""
    match status:
        case "ok" | "paper_near_end" | "unknown":
            return False
        case "paper_end" | "cover_open" | "error" | "offline":
            return True
        case _:
            assert_never(status)
