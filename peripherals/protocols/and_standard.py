"""A&D standard format: a header of two letters, sign and digits padded with zeros, a unit of three characters.

    ST,+0001.234 kg CR LF       ST stable, US unstable, QT pieces, OL out of range
    ST,OK,+0001.234 kg CR LF    compared: LO, OK, HI or --
    ST,+002.40kg CR LF          format 2 of scales: seven characters, two of unit
    OL,+9999999E+19 CR LF       filler, never a number
    06   and   EC,E01 CR LF     a command was taken, or not

A&D GC series manual p. 51; EK-L p. 28; GX-8000 p. 44; FG-150 p. 35; HC-i p. 48 (answers to ?WT, error codes); HV-WP p. 50
(format 2).
Refuses A&D's other formats (KF, NU): they do not say whether the weight is stable.
"""

import re
from typing import Final

from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, refused, status
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.status_line import said
from peripherals.protocols.text_line import LINE_BYTES_MAX, accompanies, cut_line, line_of

_DATA: Final = re.compile(
    r"(?P<head>ST|US|OL|QT|WT|TR|PT)(?:[,;](?P<compare>LO|OK|HI|--))?[,;]"
    r"(?:(?P<data>[+-][ \d.,]{8,10})(?P<unit>.{3})|(?P<short_data>[+-][ \d.,]{6})(?P<short_unit>[a-z% ]{2}))",
    re.ASCII | re.IGNORECASE,
)
"""Nine characters of data with the sign; balances with a finer display have ten or eleven."""
_FILLER: Final = re.compile(r"OL(?:[,;](?:LO|OK|HI|--))?[,;](?P<sign>[+-])\d+E\+\d+.{0,4}", re.ASCII | re.IGNORECASE)
_ERROR: Final = re.compile(r"EC, ?(?P<code>E\d{1,2})", re.ASCII)
_ABOUT: Final = re.compile(r"(?:ID|SN|TN|DT|TM|LB),.*", re.ASCII)
_COMPARED: Final = {"LO": "below_target", "OK": "on_target", "HI": "above_target"}
_ACKS: Final = (b"\x06", b"\x06\r\n", b"\x06\r")


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the line says everything itself
    """One line, or an acknowledgement."""
    if masked(frame) in _ACKS:
        return ACK
    line = line_of(frame)
    if line is None:
        return INVALID
    found = _DATA.fullmatch(line)
    if found is not None:
        head = found["head"].upper()
        compare = (found["compare"] or "").upper()
        more = (_COMPARED[compare],) if compare in _COMPARED else ()
        data, unit = (found["data"], found["unit"]) if found["data"] else (found["short_data"], found["short_unit"])
        if not unit.strip(" "):
            return INVALID
        if head in {"TR", "PT"}:
            return said("ST", data, unit, tare=True)
        return said(head, data, unit, more=more)
    return answer(line)


def answer(line: str) -> FrameOutcome:
    """What is no weight: filler, an error code, a line about the balance."""
    found = _FILLER.fullmatch(line)
    if found is not None:
        return status("under" if found["sign"] == "-" else "over")
    found = _ERROR.fullmatch(line)
    if found is not None:
        return refused(found["code"].lower())
    return INFO if _ABOUT.fullmatch(line) or accompanies(line) else INVALID


def cut(held: bytes) -> int:
    """By line; an acknowledgement is one byte."""
    return 1 if held[0] == 0x06 else cut_line(held)


PROTOCOL: Final = ScaleProtocol(
    name="and-standard",
    read=read,
    cut=cut,
    longest=LINE_BYTES_MAX + 2,
    baud_rate=2400,
    framing="7E1",
    ask=b"Q\r\n",
    zero=b"Z\r\n",
    tare=b"T\r\n",
    line_based=True,
)
