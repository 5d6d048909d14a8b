"""A&D CSV format: the standard format with a comma between data and unit, and identity, date and time before it.

    ST,+012.0078,  g CR LF
    LAB-0123,001,2004/07/01,12:34:56,ST,+0000.1278,  g CR LF
    OL,+9999999E+19,  g CR LF   filler; the unit is sent all the same
    ST;+012,0078;  g CR LF      where the decimal point is a comma the separator is a semicolon

A&D HR-150A manual p. 46, AD-4212D p. 27, GX-8000 p. 44. Refuses to know what the fields before the header mean.
"""

from typing import Final

from peripherals.protocols import and_standard
from peripherals.protocols.frame_outcome import ACK, INVALID, FrameOutcome, status
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.status_line import said
from peripherals.protocols.text_line import LINE_BYTES_MAX, line_of

_HEADS: Final = frozenset(("ST", "US", "OL", "QT", "WT", "TR", "PT"))
_COMPARED: Final = {"LO": "below_target", "OK": "on_target", "HI": "above_target", "--": ""}
_BEFORE_MAX: Final = 4
"""Identity, number, date and time."""


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the line says everything itself
    """One line, or an acknowledgement."""
    if masked(frame) in {b"\x06", b"\x06\r\n"}:
        return ACK
    line = line_of(frame)
    if line is None:
        return INVALID
    fields = [field.strip(" ") for field in line.split(";" if ";" in line else ",")]
    at = next((place for place, field in enumerate(fields[: _BEFORE_MAX + 1]) if field.upper() in _HEADS), None)
    if at is None:
        return and_standard.answer(line)
    head, rest = fields[at].upper(), fields[at + 1 :]
    compare = _COMPARED.get(rest[0].upper()) if rest else None
    if compare is not None:
        rest = rest[1:]
    if len(rest) != 2 or rest[0][:1] not in {"+", "-"}:
        # Filler stands with its unit, or as in the standard format without one.
        return and_standard.answer(line)
    data, unit = rest
    if "E" in data.upper():
        return status("under" if data[0] == "-" else "over") if head == "OL" else INVALID
    if not unit:
        return INVALID
    more = (compare,) if compare else ()
    if head in {"TR", "PT"}:
        return said("ST", data, unit, tare=True)
    return said(head, data, unit, more=more)


PROTOCOL: Final = ScaleProtocol(
    name="and-csv",
    read=read,
    cut=and_standard.cut,
    longest=LINE_BYTES_MAX + 2,
    baud_rate=2400,
    framing="7E1",
    ask=b"Q\r\n",
    zero=b"Z\r\n",
    tare=b"T\r\n",
    line_based=True,
)
