"""Toledo (Mettler) continuous output: status words, six digits of weight, six of tare. Refuses to know when it is sent.

    STX A B C wwwwww tttttt CR [CHK]        17 or 18 bytes; the short form has no tttttt; LF instead of CHK with BWS
    SOH …                                   the extended form: `toledo_extended`
    A  bits 0-2 decimal point, 3-4 division, 5 one
    B  bit 0 net, 1 negative, 2 out of range, 3 motion, 4 kg, 5 one, 6 not zeroed after power-up
    C  bits 0-2 other unit, 3 print key, 4 expanded, 5 one, 6 tare by keyboard

The digits have no point, but for clones that print one where A says that none is to be added; leading zeros may be blanks.
CHK is the two's complement of the sum of all bytes, in seven bits. Bit 5 is left out by some makers, so A, B and C may be any
byte and a frame is cut by its length. Kern FTC manual p. 42-44; Mettler ICS425 p. 50-52; Wildcat technical manual 6-4
(checksum); Rockwell 57C428 appendix D; Worldweigh BWS technical manual p. 22 (CR LF).
"""

from typing import Final

from peripherals.protocols import toledo_extended
from peripherals.protocols.frame_outcome import INVALID, FrameOutcome, status, told
from peripherals.protocols.line_habit import OTHER, USUAL
from peripherals.protocols.scale_protocol import (
    BROKEN,
    NO_START,
    WAIT,
    ScaleProtocol,
    ScaleSettings,
    checked_seven_bits,
    masked,
)
from peripherals.protocols.weight_text import pointed, printed_weight

STX, LF, CR = 0x02, 0x0A, 0x0D
LONG, SHORT = 16, 10
"""Where CR stands with and without a tare."""
_UNITS: Final = (None, "g", "t", "oz", "ozt", "dwt", "ton", None)
_POINTED: Final = frozenset(" .0123456789")
_ZEROS: Final = 2
"""Code 0 of the point stands for two zeros behind the digits, 1 for one, 2 for none, 3 for one decimal."""


def checksum(frame: bytes) -> int:
    """Of all bytes from STX through CR."""
    return -sum(frame) & 0x7F


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:
    """One frame of either length, with or without its checksum; a checksum that is there must fit, or be a line's end."""
    seven = checked_seven_bits(frame)
    if seven is not None and seven[:1] == b"\x01":
        return toledo_extended.read(seven)
    if seven is None or seven[:1] != b"\x02":
        return INVALID
    end = {LONG + 1: LONG, LONG + 2: LONG, SHORT + 1: SHORT, SHORT + 2: SHORT}.get(len(seven))
    if end is None or seven[end] != CR or (len(seven) == end + 2 and seven[-1] not in {checksum(seven[:-1]), LF}):
        return INVALID
    a, b, c = seven[1:4]
    decimals = (a & 7) - _ZEROS
    flags = (
        *(("motion",) if b & 8 else ()),
        *((("under",) if b & 2 else ("over",)) if b & 4 else ()),
        *(("not_zeroed",) if b & 64 else ()),
        *(("high_resolution",) if c & 16 else ()),
    )
    digits = seven[4:10].decode("ascii")
    text = _number(digits, decimals)
    if text is None and b & 4:
        return status(*flags, mode="net" if b & 1 else "gross")
    tare = _number(seven[10:16].decode("ascii"), decimals) if end == LONG and seven[10:16].strip(b" ") else None
    if text is None or (end == LONG and tare is None and seven[10:16].strip(b" ")):
        return INVALID
    unit = ("kg" if b & 16 else "lb") if not c & 7 else _UNITS[c & 7]
    said = told(
        f"-{text}" if b & 2 else text,
        unit or settings.unit,
        stable=not b & 8,
        mode="net" if b & 1 else "gross",
        flags=flags,
    )
    return _with_tare(said, tare)


def _number(digits: str, decimals: int) -> str | None:
    """Digits whose point A tells; where it tells none, one that is printed counts."""
    return printed_weight(digits) if decimals == 0 and set(digits) <= _POINTED else pointed(digits, decimals)


def _ends_as_line(seven: bytes) -> bool:
    """An LF that is no checksum."""
    return len(seven) in {LONG + 2, SHORT + 2} and seven[-1] == LF != checksum(seven[:-1])


def way_of(frame: bytes) -> int | None:
    """With a checksum, or with a line's end in its place; a frame with neither, or whose checksum is an LF, does not show it."""
    seven = masked(frame)
    if len(seven) not in {LONG + 2, SHORT + 2} or seven[-1] == LF == checksum(seven[:-1]):
        return None
    return OTHER if _ends_as_line(seven) else USUAL


def unchecked(frame: bytes) -> bool:
    """Without a checksum, or with what may be none."""
    return len(frame) not in {LONG + 2, SHORT + 2} or frame[-1] & 0x7F == LF


def _with_tare(said: FrameOutcome, tare: str | None) -> FrameOutcome:
    return FrameOutcome(
        outcome=said.outcome, weight=said.weight, unit=said.unit, stable=said.stable, mode=said.mode, flags=said.flags,
        tare=tare,
    )  # fmt: skip


def cut(held: bytes) -> int:
    """By length: CR at its place, then a checksum unless the next frame begins there."""
    if held[0] == toledo_extended.SOH:
        return toledo_extended.cut(held)
    if held[0] != STX:
        return NO_START
    for end in (SHORT, LONG):
        if len(held) <= end:
            return WAIT
        if held[end] == CR and _digits(held[4:end]):
            return _with_or_without_checksum(held, end)
    return BROKEN


def _digits(field: bytes) -> bool:
    """With bit 5 left out a CR may stand anywhere; then it is no end, since what precedes it is not all digits."""
    return all(byte in b" -.0123456789" for byte in field)


def _with_or_without_checksum(held: bytes, end: int) -> int:
    if len(held) == end + 1:
        return WAIT
    following = held[end + 1]
    if following != STX or following == checksum(held[: end + 1]):
        return end + 2
    # STX is the next frame's beginning, or a checksum that does not fit: another STX behind it tells.
    if len(held) == end + 2:
        return WAIT
    return end + 2 if held[end + 2] == STX else end + 1


PROTOCOL: Final = ScaleProtocol(
    name="toledo-continuous",
    read=read,
    cut=cut,
    longest=toledo_extended.FRAME_BYTES_MAX,
    framing="7E1",
    checked=True,
    unchecked=unchecked,
    way_of=way_of,
)
