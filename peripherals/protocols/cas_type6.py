"""CAS type 6, also "AL" of ACLaS (顶尖): the host says ENQ, the scale ACK, the host DC1, the scale a frame.

    SOH STX sta sign w5…w0 u1 u0 BCC ETX EOT        15 bytes
    sta   S stable, U moving, F over or not zeroed      sign  blank, - or F (over)

BCC is the XOR of what stands between STX and BCC (CAS), or of the first twelve bytes (ACLaS): they differ by 03. A `1` damaged
into a `2` changes it by 03 as well, so a line is held to the way it showed first (`line_habit`). DC2 brings total and unit price around the weight. CAS PD-II manual p. 23, SW-II p. 16;
ACLaS OS2CX manual p. 19; Ohaus Aviator 7000 p. 35-36 (DC2, NAK). Refuses to switch the scale's mode.
"""

from typing import Final

from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, refused, status, told
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
from peripherals.protocols.status_line import is_filler
from peripherals.protocols.weight_text import printed_weight, unit_named

SOH, STX, ETX, EOT, ENQ, ACK_BYTE, DC1, DC2, NAK, CAN = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x12, 0x15, 0x18
FRAME_BYTES, PRICED_BYTES = 15, 37
_ACLAS: Final = SOH ^ STX
_WEIGHT_IN_PRICED: Final = slice(13, 23)
_SINGLE: Final = frozenset((ENQ, ACK_BYTE, DC1, DC2, NAK, CAN))


def check(covered: bytes) -> int:
    """The XOR of some bytes."""
    total = 0
    for byte in covered:
        total ^= byte
    return total


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the frame says its unit
    """One frame, or one control byte."""
    seven = checked_seven_bits(frame)
    if seven is None:
        return INVALID
    if len(seven) == 1:
        return _single(seven[0])
    if len(seven) == FRAME_BYTES and seven[:2] == b"\x01\x02" and seven[-2:] == b"\x03\x04":
        said = seven[2:12]
        return _weight(said) if check(said) in {seven[12], seven[12] ^ _ACLAS} else INVALID
    if len(seven) == PRICED_BYTES and _is_priced(seven):
        blocks = ((seven[2:10], seven[10]), (seven[_WEIGHT_IN_PRICED], seven[23]), (seven[26:34], seven[34]))
        total, price = printed_weight(seven[2:10].decode("ascii")), printed_weight(seven[26:34].decode("ascii"))
        if any(check(said) != bcc for said, bcc in blocks) or total is None or price is None:
            return INVALID
        weight = _weight(seven[_WEIGHT_IN_PRICED])
        return FrameOutcome(
            outcome=weight.outcome, weight=weight.weight, unit=weight.unit, stable=weight.stable, flags=weight.flags,
            price=price, total=total,
        )  # fmt: skip
    return INVALID


def way_of(frame: bytes) -> int | None:
    """How the BCC of a good frame was counted; the answer to DC2 and control bytes do not show it."""
    seven = masked(frame)
    if len(seven) != FRAME_BYTES:
        return None
    return USUAL if check(seven[2:12]) == seven[12] else OTHER


def _single(byte: int) -> FrameOutcome:
    match byte:
        case 0x06:
            return ACK
        case 0x15:
            return refused("not_ready")
        case 0x18:
            return refused("weigh_again")
        case 0x05 | 0x11 | 0x12:
            return INFO
        case _:
            return INVALID


def _weight(said: bytes) -> FrameOutcome:
    """Status, sign, six characters, unit."""
    text = said.decode("ascii")
    state, sign, number, unit = text[0].upper(), text[1], text[2:8], unit_named(text[8:10])
    if state not in {"S", "U", "F"} or sign not in {" ", "+", "-", "F"} or unit is None:
        return INVALID
    over = state == "F" or sign == "F"
    flags = (*(("motion",) if state == "U" else ()), *(("over",) if over else ()))
    if over and is_filler(number):
        return status(*flags)
    return told(f"-{number}" if sign == "-" else number, unit, stable=state == "S" and not over, flags=flags)


def _is_priced(seven: bytes) -> bool:
    """Whether the marks of the answer to DC2 stand where they must."""
    marks = ((0, SOH), (1, STX), (11, ETX), (12, STX), (24, ETX), (25, STX), (35, ETX), (36, EOT))
    return all(seven[at] == mark for at, mark in marks)


def cut(held: bytes) -> int:
    """By length."""
    if held[0] in _SINGLE:
        return 1
    if held[0] != SOH:
        return NO_START
    if len(held) < FRAME_BYTES:
        return WAIT if held[1:2] in {b"", b"\x02"} else BROKEN
    if held[1] == STX and held[13] == ETX and held[14] == EOT:
        return FRAME_BYTES
    if held[1] != STX or held[11] != ETX or held[12] != STX:
        return BROKEN
    return WAIT if len(held) < PRICED_BYTES else PRICED_BYTES


PROTOCOL: Final = ScaleProtocol(
    name="cas-type6",
    read=read,
    cut=cut,
    longest=PRICED_BYTES,
    asking="ask",
    ask=b"\x05",
    after_ack=b"\x11",
    checked=True,
    way_of=way_of,
)
