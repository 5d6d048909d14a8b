"""What an ESC/POS printer answers. Each kind of answer is known by its fixed bits; anything else is noise.

    DLE EOT n   0 x x 1 x x 1 0    at once, also while busy or without paper
    GS r n      0 x x 0 x x x x    in its turn: everything sent before it has been worked off
    ASB         0 x x 1 x x 0 0    and three bytes more; switched off by us, but a printer may be set to send it

DLE EOT answers do not say which n they belong to, so only one is asked at a time.
"""

from typing import Literal, assert_never

import msgspec

from peripherals.events import PrinterStatus

StatusKind = Literal[1, 2, 3, 4]
STATUS_KINDS: tuple[StatusKind, ...] = (1, 2, 3, 4)
ASK_PROCESSED = b"\x1dr\x01"
"""GS r 1. Its answer says the printer has come to this point of its work."""


def ask_status(kind: StatusKind) -> bytes:
    """DLE EOT n."""
    return bytes((0x10, 0x04, kind))


class RealTimeAnswer(msgspec.Struct, frozen=True, tag="real_time", gc=False):
    """The answer to a DLE EOT."""

    bits: int


class ProcessedAnswer(msgspec.Struct, frozen=True, tag="processed", gc=False):
    """The answer to `ASK_PROCESSED`."""

    bits: int


Answer = RealTimeAnswer | ProcessedAnswer


class AnswerReader:
    """Sorts a printer's bytes into answers. Holds no bytes, only how many of an automatic status are still to skip."""

    def __init__(self) -> None:
        """Starts between answers."""
        self._skip = 0

    def feed(self, data: bytes) -> list[Answer]:
        """The answers in `data`."""
        answers: list[Answer] = []
        for byte in data:
            if self._skip:
                self._skip -= 1
            elif byte & 0x93 == 0x12:
                answers.append(RealTimeAnswer(bits=byte))
            elif byte & 0x93 == 0x10:
                self._skip = 3
            elif byte & 0x90 == 0x00:
                answers.append(ProcessedAnswer(bits=byte))
        return answers

    def reset(self) -> None:
        """Forgets a half-heard automatic status."""
        self._skip = 0


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
