"""Dialog 06 (and 02, 04), the language of European checkout scales: records between STX and ETX. Refuses to know the talk.

    STX 02 ESC x ESC wwwww ESC pppppp ESC tttttt ETX    weight, unit price and price to pay; x 3 kg, 1 and 2 lb, 0 lb:oz
    STX 09 ESC ss ETX                                   status: 00 none, 20 moving, 22 not ready, 30 … 32 out of range
    STX 11 ESC d z… ETX                                 d 2 asks for checksums with the random number z; 1 valid, 0 not
    ACK   NAK                                           a record was taken, or not
    EOT STX 01 ESC pppppp ESC ETX, EOT ENQ              from the till: price (03, 05 with tare, 04, 05 with text), result

Ohaus Aviator 7000 service manual p. 38-45 (records, status codes, Dialog 02/04), Cely PI100 p. 18, Dibal DPOS400 p. 52 and 56.
"""

import re
from typing import Final

from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, refused, status
from peripherals.protocols.scale_protocol import BROKEN, NO_START, WAIT, ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.weight_text import pointed

STX, ETX, EOT, ENQ, ACK_BYTE, NAK, ESC = 0x02, 0x03, 0x04, 0x05, 0x06, 0x15, 0x1B
FRAME_BYTES_MAX: Final = 64
"""The longest record of a till (price, tare, text) has 36; a scale's request for checksums a few more at most."""

_RESULT: Final = re.compile(rb"02\x1b(?P<scale>[0-3])\x1b(?P<weight>\d{5})\x1b(?P<price>\d{5,6})\x1b(?P<total>\d{6})")
_STATUS: Final = re.compile(rb"09\x1b(?P<code>\d\d)")
_CHECKSUMS: Final = re.compile(rb"11\x1b(?P<answer>[0-2])\x1b?(?P<random>[0-9A-Fa-f:;<=>?]*)")
_FROM_TILL: Final = re.compile(
    rb"01\x1b\d{6}\x1b?|03\x1b\d{6}\x1b\d{4}\x1b?|04\x1b\d{6}\x1b[^\x1b]{1,13}\x1b?|05\x1b\d{6}\x1b\d{4}\x1b[^\x1b]{1,13}\x1b?|"
    rb"08|10\x1b[0-9A-Fa-f:;<=>?\x1b]+|20"
)
_VERSION: Final = re.compile(rb"21\x1b[ -~\x1b]*")
_UNITS: Final[dict[int, tuple[str, int]]] = {0x31: ("lb", 2), 0x32: ("lb", 3), 0x33: ("kg", 3)}
STATUS_FLAGS: Final[dict[str, tuple[str, ...]]] = {
    "00": (),
    "01": ("error",),
    "02": ("heard_badly",),
    "10": ("wrong_record",),
    "11": ("wrong_price",),
    "12": ("wrong_tare",),
    "13": ("wrong_text",),
    "20": ("motion",),
    "21": ("not_moved",),
    "22": ("not_ready",),
    "30": ("below_minimum",),
    "31": ("under",),
    "32": ("over",),
}


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the record says its unit
    """One record, or one control byte."""
    if len(frame) > FRAME_BYTES_MAX:
        return INVALID
    seven = masked(frame)
    if seven == b"\x06":
        return ACK
    if seven == b"\x15":
        return refused("not_taken")
    if seven in {b"\x04\x05", b"\x05"}:
        return INFO
    if seven.startswith(b"\x04\x02") and seven.endswith(b"\x03"):
        return INFO if _FROM_TILL.fullmatch(seven[2:-1]) else INVALID
    if not seven.startswith(b"\x02") or not seven.endswith(b"\x03"):
        return INVALID
    return _record(seven[1:-1])


def _record(said: bytes) -> FrameOutcome:
    found = _RESULT.fullmatch(said)
    if found is not None:
        return _result(found)
    found = _STATUS.fullmatch(said)
    if found is not None:
        code = found["code"].decode("ascii")
        flags = STATUS_FLAGS.get(code)
        return INVALID if flags is None else FrameOutcome(outcome="status", flags=flags, reason=code)
    found = _CHECKSUMS.fullmatch(said)
    if found is None:
        return INFO if _VERSION.fullmatch(said) else INVALID
    random = found["random"].decode("ascii")
    match found["answer"]:
        case b"0":
            return INVALID if random else refused("checksums")
        case b"1":
            return INVALID if random else ACK
        case _:
            return FrameOutcome(outcome="info", flags=("checksums_wanted",), reason=random) if random else INVALID


def _result(found: re.Match[bytes]) -> FrameOutcome:
    unit_and_decimals = _UNITS.get(found["scale"][0])
    price, total = (str(int(found[name])) for name in ("price", "total"))
    if unit_and_decimals is None:
        # Pounds, ounces and eighths in five digits: nobody documents which digit is which, so it is no weight.
        return status("lb_oz")
    unit, decimals = unit_and_decimals
    weight = pointed(found["weight"].decode("ascii"), decimals)
    return FrameOutcome(outcome="weight", weight=weight, unit=unit, stable=True, price=price, total=total)


def cut(held: bytes) -> int:
    """From STX, or EOT STX, to ETX; the control bytes alone."""
    first = held[0]
    if first in {ACK_BYTE, NAK, ENQ}:
        return 1
    if first == EOT:
        if len(held) < 2:
            return WAIT
        if held[1] == ENQ:
            return 2
        if held[1] != STX:
            return BROKEN
    elif first != STX:
        return NO_START
    end = held.find(ETX)
    if end < 0:
        return BROKEN if len(held) > FRAME_BYTES_MAX or held.find(STX, 2) > 0 else WAIT
    return end + 1 if held.find(STX, 2, end) < 0 else BROKEN


PROTOCOL: Final = ScaleProtocol(
    name="dialog06", read=read, cut=cut, longest=FRAME_BYTES_MAX + 1, framing="7O1", asking="ask"
)
