"""Status lines that begin with STX, of which five kinds are about. Refuses to know which of them is connected.

    STX ST,GS,+  1.250kg ETX            a status line between STX and ETX (or CR LF)
    STX sign wwwwwww s ETX              Rinstrum A: s is G, N, U under, O over, M motion, E error
    STX sign wwwwwww s m z r uuu ETX    Rinstrum B: m is M while moving, z is Z at the centre of zero
    STX wwwwwwww g m o z blank blank ETX    Rinstrum C: m is M or S, o is I in range, O over, U under, z is Z at zero
    STX ------ O ETX                    Rinstrum without a number, dashes or blanks of any width
    STX p wwwwwww u g s CR LF           Rice Lake: u is L, K, T, G, O or P, g is G or N, s is blank, M, O, I or Z
    STX p wwwww.ww uu GR CR LF          Condec: NT for net; says nothing of motion

The weight's seven characters hold the point. Rinstrum R320 manual p. 46, also in Sensors 10 (2010) p. 9337
table 1; Rice Lake 482 manual p. 33, 680 p. 63 (Z); Transcell TI-500 p. 19-20 (P for pieces, Condec demand string).
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import BROKEN, NO_START, WAIT, ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.status_line import is_filler, read_text
from peripherals.protocols.weight_text import unit_named

STX, ETX = 0x02, 0x03
BODY_BYTES_MAX: Final = 40
_ENDS: Final = (b"\x03\r\n", b"\r\n\x03", b"\x03", b"\r\n", b"\r", b"\n")

_RINSTRUM: Final = re.compile(
    r"(?P<number>[ +-][ \d.-]{7})(?P<state>[GNUOME])(?:(?P<motion>[M ^])(?P<zero>[Z ^])(?P<range>[- 1-3])(?P<unit>[ a-zA-Z^]{3}))?"
)
_FILLER: Final = re.compile(r"[ -]{1,8}(?P<state>[UOE])")
_RINSTRUM_C: Final = re.compile(
    r"(?P<number>[ +\d.-][ \d.-]{7})(?P<mode>[GN])(?P<motion>[MS])(?P<range>[IOU])(?P<zero>[Z ]) {2}"
)
_RICE_LAKE: Final = re.compile(
    r"(?P<number>[ +-][ \d.-]{6,8})(?P<unit>[LKTGOP ])(?P<mode>[GN])(?P<state>[ IMOZ])", re.IGNORECASE
)
_RICE_LAKE_UNITS: Final = {"L": "lb", "K": "kg", "T": "t", "G": "g", "O": "oz", "P": "pcs"}
_CONDEC: Final = re.compile(
    r"(?P<number>[ +-] ?[ \d.]{6,8}) ?(?P<unit>LB|KG|OZ|G|PCS?) {0,2}(?P<mode>GR|NT)", re.IGNORECASE
)
_MODES: Final[dict[str, WeighingMode]] = {"G": "gross", "N": "net"}
_STATES: Final = {"U": "under", "O": "over", "M": "motion", "E": "error", "I": "error", "Z": "zero"}


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:
    """One frame from STX to its end."""
    body = _body(frame)
    if body is None:
        return INVALID
    found = _RINSTRUM.fullmatch(body)
    if found is not None:
        return _rinstrum(found, settings)
    found = _RINSTRUM_C.fullmatch(body)
    if found is not None:
        out = () if found["range"] == "I" else _flag(found["range"])
        flags = (*out, *(("motion",) if found["motion"] == "M" else ()), *_flag(found["zero"]))
        return _said(found["number"], settings.unit, found["mode"], flags)
    found = _RICE_LAKE.fullmatch(body)
    if found is not None:
        unit = _RICE_LAKE_UNITS.get(found["unit"].upper(), settings.unit)
        return _said(found["number"], unit, found["mode"].upper(), _flag(found["state"].upper()))
    found = _CONDEC.fullmatch(body)
    if found is not None:
        return told(found["number"], unit_named(found["unit"]), stable=False, mode=_MODES[found["mode"][0].upper()])
    found = _FILLER.fullmatch(body)
    return read_text(body) if found is None else status(*_flag(found["state"]))


def _body(frame: bytes) -> str | None:
    """What stands between STX and the end."""
    frame = masked(frame)
    end = next((end for end in _ENDS if frame.endswith(end)), None)
    if frame[:1] != b"\x02" or end is None:
        return None
    body = frame[1 : -len(end)].decode("ascii")
    return body if len(body) <= BODY_BYTES_MAX and body.isprintable() else None


def silent_of_motion(frame: bytes) -> bool:
    """Condec's, which is none of the shapes that are tried before it."""
    body = _body(frame)
    return body is not None and not _RICE_LAKE.fullmatch(body) and _CONDEC.fullmatch(body) is not None


def _rinstrum(found: re.Match[str], settings: ScaleSettings) -> FrameOutcome:
    state, unit_text = found["state"], (found["unit"] or "").strip(" ^")
    unit = unit_named(unit_text) if unit_text else settings.unit
    if unit_text and unit is None:
        return INVALID
    flags = (
        *_flag("" if state in _MODES else state),
        *(("motion",) if found["motion"] == "M" else ()),
        *(("zero",) if found["zero"] == "Z" else ()),
    )
    return _said(found["number"], unit, state, flags)


def _said(number: str, unit: str | None, mode: str, flags: tuple[str, ...]) -> FrameOutcome:
    if {"over", "under", "error"} & set(flags) and is_filler(number):
        return status(*flags, mode=_MODES.get(mode))
    stable = not {"motion", "over", "under", "error"} & set(flags)
    return told(number, unit, stable=stable, mode=_MODES.get(mode), flags=flags)


def _flag(state: str) -> tuple[str, ...]:
    return (_STATES[state],) if state in _STATES else ()


def cut(held: bytes) -> int:
    """From STX to ETX, or to a line's end."""
    if held[0] != STX:
        return NO_START
    for at in range(1, len(held)):
        if held[at] in b"\x03\r\n":
            return at + 1
        if held[at] == STX:
            return BROKEN
    return WAIT


PROTOCOL: Final = ScaleProtocol(
    name="stx-status-line", read=read, cut=cut, longest=BODY_BYTES_MAX + 4, silent_of_motion=silent_of_motion
)
