"""Toledo 8217, the language of checkout scales: what its frames say. Refuses to know when to ask.

Frames (seven data bits; the top bit is parity and never data):

    STX 0 1 . 2 5 0 CR          a stable weight, never negative; an N before CR means net
    STX ? status CR             no weight, and why
    STX CR                      the confidence test passed
    STX E CR   /   STX F CR     echo on, echo off

The status byte may itself be STX or CR. So a frame is cut by position: after `STX ?` exactly one byte, then CR.
Mettler Toledo Diva service manual: commands and weights p. 39 and 44, status byte p. 45.
"""

import re
from typing import Final

from peripherals.events import WeightUnit
from peripherals.protocols.frame_outcome import ACK, INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import BROKEN, NO_START, WAIT, ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.weight_text import printed_weight

STX, CR = 0x02, 0x0D
QUESTION: Final = ord("?")
WEIGHT_BYTES_MAX: Final = 12
"""`WW.WWWW` and an N are eight; clones pad. More without a CR is noise."""
ECHOED_MAX: Final = 16
"""Echo mode is used to find the scale: a short word is sent and comes back."""

MOTION, OVER, UNDER, OUTSIDE_ZERO, CENTER_OF_ZERO, NET = 1, 2, 4, 8, 16, 32
FLAGS: Final = (
    (MOTION, "motion"),
    (OVER, "over"),
    (UNDER, "under"),
    (OUTSIDE_ZERO, "outside_zero"),
    (CENTER_OF_ZERO, "zero"),
    (NET, "net"),
)
"""Bit 6 means "always one" to the maker and "bad command" to others, so it is not read."""

_WEIGHT: Final = re.compile(r"\d+\.\d{1,4}", re.ASCII)
"""The 8217 always prints its point (digits without one would be a thousandfold weight), four decimals at most, in high resolution,
and no sign: what is below zero is told by a status."""
_UNIT_BY_DECIMALS: Final[dict[int, WeightUnit]] = {2: "lb", 3: "kg", 4: "kg"}
"""Without the scale's setting: `WW.WW` are pounds, `WW.WWW` kilograms, `WW.WWWW` kilograms in high resolution."""


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:
    """One frame, and nothing besides."""
    seven = masked(frame)
    if len(seven) < 2 or seven[0] != STX:
        return INVALID
    if seven[1] == QUESTION:
        return _status(seven[2]) if len(seven) == 4 and seven[3] == CR else INVALID
    if seven.startswith(b"\x02E\r") and len(seven) <= 3 + ECHOED_MAX and seven[3:].decode("ascii").isprintable():
        return ACK
    if seven.find(CR) != len(seven) - 1 or len(seven) > WEIGHT_BYTES_MAX + 2:
        return INVALID
    body = seven[1:-1].decode("ascii")
    if body in {"", "F"}:
        return ACK
    net = body.endswith("N")
    text = printed_weight(body[:-1] if net else body)
    if text is None or not _WEIGHT.fullmatch(text) or "+" in body:
        return INVALID
    unit = settings.unit or _UNIT_BY_DECIMALS.get(len(text.partition(".")[2]))
    return told(text, unit, stable=True, mode="net" if net else "gross")


def cut(held: bytes) -> int:
    """By position: after `STX ?` one byte and CR, else up to CR."""
    if held[0] != STX:
        return NO_START
    if len(held) < 2:
        return WAIT
    if held[1] == QUESTION:
        if len(held) < 4:
            return WAIT
        return 4 if held[3] == CR else BROKEN
    end = held.find(CR, 1)
    if end >= 0:
        # A weight holds no STX; if one stands before CR, the first frame lost its tail.
        return end + 1 if held.find(STX, 1, end) < 0 else BROKEN
    return BROKEN if len(held) > WEIGHT_BYTES_MAX or held.find(STX, 1) > 0 else WAIT


def _status(bits: int) -> FrameOutcome:
    flags = tuple(name for bit, name in FLAGS if bits & bit)
    return status(*flags, mode="net" if bits & NET else "gross")


PROTOCOL: Final = ScaleProtocol(
    name="toledo8217",
    read=read,
    cut=cut,
    longest=WEIGHT_BYTES_MAX + 2,
    framing="7E1",
    asking="ask",
    ask=b"W",
    zero=b"Z",
    tare=b"T",
)
