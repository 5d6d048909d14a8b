"""USB HID scales (page 8D): one input report is one frame. Refuses to know how reports are fetched.

    03 status unit exponent low high        the report's number first; some systems leave it out

Status 1 fault, 2 stable at zero, 3 moving, 4 stable, 5 under zero, 6 over, 7 to be adjusted, 8 to be zeroed. The weight is
an unsigned number of sixteen bits times ten to the signed exponent. USB HID Point of Sale Usage Tables 1.02 (2001), §4
"weighing devices" (usages 8D/50-5B units, 8D/70-77 status); layout as in Dymo M10 and M25, Mettler PS60 and Fairbanks.
"""

from typing import Final

from peripherals.protocols.frame_outcome import INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import BROKEN, NO_START, WAIT, ScaleProtocol, ScaleSettings
from peripherals.protocols.weight_text import pointed

DATA_REPORT: Final = 0x03
REPORT_BYTES: Final = 6
_UNITS: Final = ("", "mg", "g", "kg", "ct", "tl", "gn", "dwt", "t", "ton", "ozt", "oz", "lb")
_FAULT, _AT_ZERO, _MOVING, _STABLE, _STATUS_MAX = 1, 2, 3, 4, 8
_NO_WEIGHT: Final = {1: "error", 7: "not_adjusted", 8: "not_zeroed"}
_OUT_OF_RANGE: Final = {5: "under", 6: "over"}
_EXPONENT_MAX: Final = 7
"""No scale prints more decimals, nor more zeros at the end."""


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the report says its unit
    """One report, with its number or without."""
    if len(frame) == REPORT_BYTES and frame[0] == DATA_REPORT:
        frame = frame[1:]
    elif len(frame) != REPORT_BYTES - 1 or frame[0] == DATA_REPORT:
        # Five bytes that begin with the report's number are a report that lost its end.
        return INVALID
    state, unit, exponent = frame[0], frame[1], int.from_bytes(frame[2:3], signed=True)
    if state in _NO_WEIGHT:
        return status(_NO_WEIGHT[state])
    known = state in {_AT_ZERO, _MOVING, _STABLE} or state in _OUT_OF_RANGE
    if not known or not 0 < unit < len(_UNITS) or abs(exponent) > _EXPONENT_MAX:
        return INVALID
    value = int.from_bytes(frame[3:5], "little")
    if state in _OUT_OF_RANGE and not value:
        return status(_OUT_OF_RANGE[state])
    number = pointed(str(value), -exponent)
    if number is None:
        return INVALID
    flags = {_AT_ZERO: ("zero",), _MOVING: ("motion",), 5: ("under",), 6: ("over",)}.get(state, ())
    return told(number, _UNITS[unit], stable=state in {_AT_ZERO, _STABLE}, flags=flags)


def cut(held: bytes) -> int:
    """By length; the transport hands over whole reports with their number."""
    if held[0] != DATA_REPORT:
        return NO_START
    if len(held) > 2 and not (_FAULT <= held[1] <= _STATUS_MAX and held[2] < len(_UNITS)):
        # A unit of kilograms is a 03, too: after a lost byte it would be taken for the report's number for ever.
        return BROKEN
    return WAIT if len(held) < REPORT_BYTES else REPORT_BYTES


PROTOCOL: Final = ScaleProtocol(name="usb-hid-scale", read=read, cut=cut, longest=REPORT_BYTES, eight_bits=True)
