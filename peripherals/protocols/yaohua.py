"""Yaohua (耀华) XK3190: twelve bytes with an XOR, the answers of its command mode, and the lines of the A12. No stability.

    STX sign dddddd n x x ETX               continuous, tF=0: six digits, n decimals, XOR of bytes 2 to 9 in hex
    STX A B sign dddddd n x x ETX           command mode: address, then A handshake, B gross, C tare, D net
    WG004.139kg3D CR LF                     A12(E): G gross or N net, XOR of the eleven bytes before it
             OL23 CR LF                     over (LO23: under)
    ww000.000kg   wn-0000.1kg   wt000.100kg CR LF       older A12: gross, net, tare, without a check

Yaohua A23p manual p. 21-26, Nikcell XK3190-A26 p. 10-13, A12E p. 12; three captured frames of a weighbridge ("车 1560KG").
The formats that begin with `=` write the digits backwards or forwards and cannot be told apart: set the indicator to tF=0.
Twelve-byte frames bring no unit. Refuses to call a weight stable that is not called so.
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.cas_type6 import check
from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import (
    BROKEN,
    NO_START,
    WAIT,
    ScaleProtocol,
    ScaleSettings,
    checked_seven_bits,
)
from peripherals.protocols.weight_text import pointed, unit_named

STX, ETX = 0x02, 0x03
FRAME_BYTES_MAX: Final = 20
_FIELD: Final = re.compile(rb"(?P<sign>[+-])(?P<digits>[ \d]{6})(?P<decimals>[0-4])")
_BLANK: Final = re.compile(rb"[+-](?: {6}|-{6})[0-4 ]")
_COMMAND: Final = re.compile(rb"[A-Z](?P<command>[A-F])(?P<field>.*)", re.DOTALL)
_A12: Final = re.compile(
    rb"W(?P<mode>[GN])(?P<number>[-\d][\d.]{5}[\d. ])(?P<unit>kg|lb)(?P<check>[0-9A-Fa-f]{2})", re.IGNORECASE
)
_A12_FAULT: Final = re.compile(rb" {9}(?P<word>OL|LO)23")
_OLD_A12: Final = re.compile(rb"w(?P<kind>[wnt])(?P<number>-?[\d.]{6,8})(?P<unit>kg|lb)")
_CONTINUOUS, _HANDSHAKE = 12, 6


def in_hex(covered: bytes) -> bytes:
    """The XOR of some bytes as two hexadecimal characters."""
    return b"%02X" % check(covered)


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:
    """One frame or line."""
    seven = checked_seven_bits(frame)
    if seven is None or not 6 <= len(seven) <= FRAME_BYTES_MAX:
        return INVALID
    if seven[0] != STX:
        return _line(seven)
    said, sent = seven[1:-3], seven[-3:-1]
    if seven[-1] != ETX or sent != in_hex(said):
        return INVALID
    if len(seven) == _CONTINUOUS:
        return _field(said, settings)
    found = _COMMAND.fullmatch(said)
    if found is None:
        return INVALID
    command, field = found["command"], found["field"]
    if not field:
        return ACK if command == b"A" else INFO
    match command:
        case b"B" | b"D":
            return _field(field, settings, mode="gross" if command == b"B" else "net")
        case b"C":
            return _field(field, settings, tare=True)
        case b"E" | b"F":
            return INFO
        case _:
            return INVALID


def _field(
    field: bytes, settings: ScaleSettings, mode: WeighingMode | None = None, *, tare: bool = False
) -> FrameOutcome:
    if _BLANK.fullmatch(field):
        return status("under" if field[:1] == b"-" else "over", mode=mode)
    found = _FIELD.fullmatch(field)
    number = pointed(found["digits"].decode("ascii"), int(found["decimals"])) if found is not None else None
    if found is None or number is None:
        return INVALID
    sign = "-" if found["sign"] == b"-" else ""
    return told(sign + number, settings.unit, stable=False, mode=mode, tare=tare)


def _line(seven: bytes) -> FrameOutcome:
    line = next((seven[: -len(end)] for end in (b"\r\n", b"\r", b"\n") if seven.endswith(end)), None)
    if line is None:
        return INVALID
    found = _A12.fullmatch(line)
    if found is not None:
        if found["check"] != in_hex(line[:11]):
            return INVALID
        mode: WeighingMode = "gross" if found["mode"].upper() == b"G" else "net"
        return told(found["number"].decode("ascii"), unit_named(found["unit"].decode("ascii")), stable=False, mode=mode)
    found = _A12_FAULT.fullmatch(line)
    if found is not None:
        return status("over" if found["word"] == b"OL" else "under")
    found = _OLD_A12.fullmatch(line)
    if found is None:
        return INVALID
    kind = found["kind"]
    return told(
        found["number"].decode("ascii"),
        unit_named(found["unit"].decode("ascii")),
        stable=False,
        mode={b"w": "gross", b"n": "net"}.get(kind),  # type: ignore[arg-type]  # mypy widens the values to str
        tare=kind == b"t",
    )


def cut(held: bytes) -> int:
    """From STX to ETX, or to a line's end."""
    if held[0] == STX:
        end = held.find(ETX)
        if end >= 0:
            return end + 1
        return BROKEN if len(held) >= FRAME_BYTES_MAX or held.find(STX, 1) > 0 else WAIT
    if held[0] not in b"Ww ":
        return NO_START
    end = held.find(b"\n")
    if end >= 0:
        return end + 1
    return BROKEN if len(held) >= FRAME_BYTES_MAX or held.find(STX) > 0 else WAIT


PROTOCOL: Final = ScaleProtocol(
    name="yaohua-xk3190",
    read=read,
    cut=cut,
    longest=FRAME_BYTES_MAX,
    checked=True,
    tells_stable=False,
)
