"""Status lines, the commonest language of indicators: a state, what kind of weight, the weight, its unit.

    ST,GS,+  1.250kg CR LF      ST stable, US moving, OL over, UL under, QT pieces; GS gross, NT net, TR tare
    ST,GS    20.7g   CR LF      one comma, the unit glued on
    ST,GS, <id><lamps>, 001.250 kg CR LF        CAS, 22 bytes, two of them raw
    01ST,GS,     0.0,kg CR LF   Dini Argeo, with the instrument's number
    01ST,     1.250,PT   0.200,         0,kg CR LF      the same, extended
    OL,GS,+9999999E+19 CR LF    A&D's filler, never a number
    ERR 01 CR LF                CAS CI-6000A p. 64

CAS NT-200 manual p. 49 and CI-400 p. 104 (lamp byte); A&D's 18 bytes are CAS CI-150A p. 55; Dini Argeo LTP p. 43 and DGT4X
p. 52; Tiger TI-02 p. 21; Selleton SL-7516 p. 16; Excell AM4 p. 12; Autoda AD2017D p. 50 (without a unit). Refuses to know which of them is connected.
"""

import re
from typing import Final

import msgspec

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import WAIT, ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.text_line import LINE_BYTES_MAX, cut_line, line_of
from peripherals.protocols.weight_text import unit_named

_CAS_BYTES: Final = 22
_CAS_HEAD: Final = re.compile(rb"(?:ST|US|OL),(?:GS|NT),", re.IGNORECASE)
_CAS_TAIL: Final = re.compile(rb",[ +\-0-9.]{8} (?:kg|KG| [gt]|[gt] |lb|LB)\r\n")
_LAMP_IS_LAMP, _LAMP_HOLD, _LAMP_ZERO = 0x80, 0x10, 0x01
"""The lamp byte's top bit is always set: a byte without it is something else."""

_LINE: Final = re.compile(
    r"(?:\d{2})?(?P<head>ST|US|OL|UL|TL|WT|QT)"
    r"(?: ?[,; ] *(?P<mode>GS|NT|TR|GW|NW|TW|PT|GR|G|N|T))?"
    r"(?: ?[,;] *(?P<compare>LO|OK|HI|--(?=[,;])))?"
    r"(?P<before>[,; ]*)(?P<data>[+-]?\d+E\+\d+|[^,;A-Z%]*(?:,\d+)?)[,;]?(?P<unit>[A-Z%/:. ]*)",
    re.ASCII | re.IGNORECASE,
)
_EXTENDED: Final = re.compile(
    r"(?:\d{2})?\d?(?P<head>ST|US|OL|UL|TL),(?:\d,)?(?P<data>[ +\-.\d]{8,10}),(?:PT|  )?(?P<tare>[ \d.]{8,10}),"
    r"[ \d]{1,10},(?P<unit>[A-Za-z ]{1,2})(?:,[\d/]{8,10} [\d:]{5,8})?",
    re.ASCII,
)
_RAW: Final = re.compile(r"(?:\d{2})?(?:ST|US|OL|UL),(?:VL|RZ|TN),.*", re.ASCII)
"""Microvolts or points of the converter, for whoever adjusts it; how many weighings were totalled (A&D AD-4403 p. 8-9)."""
_ERROR: Final = re.compile(r"ERR[ ,]*\w{0,4}", re.ASCII | re.IGNORECASE)
_MODES: Final[dict[str, WeighingMode]] = {
    "GS": "gross", "G": "gross", "GW": "gross", "GR": "gross", "NT": "net", "N": "net", "NW": "net",
}  # fmt: skip
_TARES: Final = frozenset(("TR", "T", "TW", "PT"))
_COMPARED: Final = {"LO": "below_target", "OK": "on_target", "HI": "above_target"}


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:
    """One line. The told unit counts where it has none."""
    outcome = _read(frame)
    if outcome.weight is not None and outcome.unit is None:
        return msgspec.structs.replace(outcome, unit=settings.unit)
    return outcome


def _read(frame: bytes) -> FrameOutcome:
    if len(frame) == _CAS_BYTES and _CAS_HEAD.match(frame) and _CAS_TAIL.fullmatch(frame[8:]):
        lamp = frame[7]
        hold = ("hold",) if lamp & _LAMP_IS_LAMP and lamp & _LAMP_HOLD else ()
        zero = ("zero",) if lamp & _LAMP_IS_LAMP and lamp & _LAMP_ZERO else ()
        text = (frame[:6] + frame[9:-2]).decode("ascii")
        return read_text(text, (*zero, *hold))
    seven = masked(frame)
    if len(seven) == _CAS_BYTES and _CAS_HEAD.match(seven) and _CAS_TAIL.fullmatch(seven[8:]):
        # With parity in the top bit nobody knows which lamps are lit.
        return read_text((seven[:6] + seven[9:-2]).decode("ascii"))
    text_line = line_of(frame)
    return INVALID if text_line is None else read_text(text_line)


def read_text(line: str, more: tuple[str, ...] = ()) -> FrameOutcome:
    """A line without its end."""
    found = _EXTENDED.fullmatch(line)
    if found is not None:
        return said(found["head"], found["data"], found["unit"], mode="net", more=more)
    found = _LINE.fullmatch(line)
    if found is None and _ERROR.fullmatch(line.strip(" ")):
        return status("error")
    if found is None:
        return INFO if _RAW.fullmatch(line) else INVALID
    mode = (found["mode"] or "").upper()
    compare = (found["compare"] or "").upper()
    more = (*more, *((_COMPARED[compare],) if compare in _COMPARED else ()))
    # A blank in the sign's place is a plus: dashes behind it are no minus.
    data = " " + found["data"] if found["before"].endswith(" ") else found["data"]
    return said(found["head"], data, found["unit"], _MODES.get(mode), tare=mode in _TARES, more=more)


def said(
    head: str,
    data: str,
    unit_text: str,
    mode: WeighingMode | None = None,
    *,
    tare: bool = False,
    more: tuple[str, ...] = (),
) -> FrameOutcome:
    """What a state, a number and a unit mean together. Used by every language that has ST, US and OL."""
    head = head.upper()
    unit = unit_named(unit_text)
    if unit is None and unit_text.strip(" "):
        return INVALID
    negative = "-" in data if any(letter.isdigit() for letter in data) else data.startswith("-")
    under = head == "UL" or (head == "OL" and negative)
    flags = (
        *(("motion",) if head == "US" else ()),
        *(("under",) if under else ("over",) if head == "OL" else ()),
        *(("not_level",) if head == "TL" else ()),
        *more,
    )
    if head in {"OL", "UL"} and is_filler(data):
        return status(*flags, mode=mode)
    if head == "QT":
        unit = "pcs"
    return told(data, unit, stable=head in {"ST", "WT", "QT"}, mode=mode, flags=flags, tare=tare)


def is_filler(data: str) -> bool:
    """Blanks, dashes, nines, noughts or A&D's 9999999E+19: what stands where an overloaded scale has no number to say."""
    digits = "".join(letter for letter in data if letter.isdigit())
    return not digits or "E" in data.upper() or not digits.strip("9") or not digits.strip("0")


def cut(held: bytes) -> int:
    """By line, but CAS's 22 bytes by length: its raw bytes may be a CR or LF."""
    if len(held) < 9 and _CAS_HEAD.match(held):
        return cut_line(held) if held.find(b"\n", 8) > 0 else WAIT
    if _CAS_HEAD.match(held) and held[8:9] == b"," and held.find(b"\r", 9, _CAS_BYTES - 2) < 0:
        if len(held) < _CAS_BYTES:
            return WAIT
        if held[_CAS_BYTES - 2 : _CAS_BYTES] == b"\r\n":
            return _CAS_BYTES
    return cut_line(held)


PROTOCOL: Final = ScaleProtocol(name="status-line", read=read, cut=cut, longest=LINE_BYTES_MAX + 2, line_based=True)
