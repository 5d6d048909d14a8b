"""What one frame of a scale says, as the record that `kontor devices parse` prints. Every scale protocol answers this.

It tells what the frame *prints*. Whether a till may sell by it is for the driver's events alone.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from peripherals.events import WeighingMode, WeightUnit
from peripherals.protocols.toledo8217 import (
    AckFrame,
    FrameReader,
    InvalidFrame,
    StatusFrame,
    WeightFrame,
)

Outcome = Literal["weight", "status", "tare", "count", "ack", "refused", "info", "invalid"]


class FrameOutcome(msgspec.Struct, frozen=True):
    """One frame, told the same way for every protocol. `stable` is true only where the frame says so."""

    outcome: Outcome
    weight: str | None = None
    unit: WeightUnit | None = None
    stable: bool = False
    mode: WeighingMode | None = None
    flags: tuple[str, ...] = ()


INVALID = FrameOutcome(outcome="invalid")


def parse_toledo8217(frame: bytes, unit: WeightUnit | None = None) -> FrameOutcome:
    """One 8217 frame. Without the scale's setting, three decimals mean kg and two mean lb, as its manual has it."""
    frames = FrameReader().feed(frame)
    if len(frames) != 1 or _frame_bytes(frame) != len(frame):
        return INVALID
    match frames[0]:
        case WeightFrame(text=text, mode=mode):
            printed_in = unit or _unit_by_decimals(text)
            return FrameOutcome(outcome="weight", weight=text, unit=printed_in, stable=True, mode=mode)
        case StatusFrame(flags=flags):
            mode = "net" if "net" in flags else "gross"
            return FrameOutcome(outcome="status", mode=mode, flags=flags)
        case AckFrame():
            return FrameOutcome(outcome="ack")
        case InvalidFrame():
            return INVALID


def _frame_bytes(frame: bytes) -> int:
    """How many bytes the one frame has; more bytes beside it would make it two things at once."""
    masked = bytes(byte & 0x7F for byte in frame)
    if masked[:2] == b"\x02?":
        return 4
    return masked.find(b"\x0d") + 1 if masked[:1] == b"\x02" else 0


def _unit_by_decimals(text: str) -> WeightUnit | None:
    units: dict[int, WeightUnit] = {3: "kg", 2: "lb"}
    return units.get(len(text.partition(".")[2]))


PARSERS: dict[str, Callable[[bytes], FrameOutcome]] = {
    "toledo8217": parse_toledo8217,
}
"""Protocol name → parser of one frame. A new protocol adds its row here."""


def devices_parse(protocol: str, frame: bytes) -> FrameOutcome:
    """Parses one frame by protocol name; an unknown name is a `KeyError` for the command to explain."""
    return PARSERS[protocol](frame)
