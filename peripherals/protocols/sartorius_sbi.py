"""Sartorius SBI: lines of 16 characters, or of 22 with an identification before them, ends included. Cut by their width.

    position 1 sign   2-10 value, right-justified   11 blank   12-14 unit   15 CR   16 LF
    + 1255.7 g      stable: the unit is there       +  1255.7       moving: the unit is blank
    N + 123.56 g    the same with single blanks and none at the end ("one line with full length" of Cubis II)
    six more before it: G# gross, N net, T1 tare, Qnt pieces, Stat a state; others name other numbers
    H, HH, High over   L, LL, Low under   -- no final reading   C, Cal. adjusting   Err 054, E 054

Sartorius FB manual p. 66, GC803S p. 57 (brackets around digits that are not verified), ME215S p. 135, Combics CAW1P p. 106,
LE2202S p. 51, EB6 p. 62 and Quintix p. 87 (special codes). Identity lines may hold nothing but digits. Refuses to guess a lost character.
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.text_line import cut_line, line_of
from peripherals.protocols.weight_text import printed_weight, unit_named

BARE, IDENTIFIED = 14, 20
_IDENTITY: Final = 6
_MODES: Final[dict[str, WeighingMode]] = {"G": "gross", "G#": "gross", "N": "net", "N1": "net"}
_TARES: Final = frozenset(("T", "T1", "T2", "PT", "PT1", "PT2"))
_PIECES: Final = "QNT"
_OVER: Final = frozenset(("H", "HH", "HIGH"))
_UNDER: Final = frozenset(("L", "LL", "LOW"))
_NOT_READY: Final = frozenset(("--", "- -", "-", "OFF", "BUSY", "WAIT", "TARE"))
_ADJUSTING: Final = re.compile(r"C|CAL\.?.*|ADJ.*", re.IGNORECASE)
_ERROR: Final = re.compile(r"(?:APP\.? ?|DIS\.? ?|PRT\.? ?)?ERR\.? *\d{0,3}|E +\d{2,3}", re.ASCII | re.IGNORECASE)
_COMPACT: Final = re.compile(
    r"(?:(?P<identity>[A-Za-z][A-Za-z0-9#]{0,5}) )?(?P<number>[+-] \d[\d.,]{0,8})(?: (?P<unit>[A-Za-z%/]{1,3}))?",
    re.ASCII,
)
"""A line of fixed width that lost a character is none of these: behind kg, g, lb and oz it has blanks."""
_NUMBER: Final = re.compile(r"[+ -] *\d*[.,]?\d*(?:\[[\d.,]+\])?")


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - a blank unit means "moving"
    """One line of either width."""
    line = line_of(frame)
    if line is None:
        return INVALID
    found = _COMPACT.fullmatch(line)
    if found is not None and len(line) not in {BARE, IDENTIFIED}:
        return _told((found["identity"] or "").upper(), found["number"], found["unit"] or "", INFO)
    if len(line) not in {BARE, IDENTIFIED}:
        return INVALID
    identity = line[:-BARE].strip(" ").upper()
    body = line[-BARE:]
    word = body.strip(" ")
    if identity in {"", "STAT"}:
        state = _state(word)
        if state is not None:
            return state
        if identity == "STAT":
            return INFO if word else status("not_ready")
    if not identity or identity in _MODES or identity in _TARES or identity == _PIECES:
        return _value(identity, body)
    return INFO


def _state(word: str) -> FrameOutcome | None:
    upper = word.upper()
    if upper in _OVER:
        return status("over")
    if upper in _UNDER:
        return status("under")
    if _ERROR.fullmatch(word):
        return status("error")
    if upper in _NOT_READY:
        return status("not_ready")
    return status("adjusting") if _ADJUSTING.fullmatch(word) else None


def _value(identity: str, body: str) -> FrameOutcome:
    field, unit_text = body[:11], body[11:]
    if field[10] not in " ]" or not _NUMBER.fullmatch(field.rstrip(" ")):
        # A model or version number, as the answer to an inquiry.
        return INFO if not identity and body.strip(" ") and body[0] not in "+-" else INVALID
    number = field.replace("[", "").replace("]", "").rstrip(" ")
    if printed_weight(number) is None:
        return INFO if not body.strip(" ") else INVALID
    if not unit_text.strip(" !") and number[0] == " " and not set(".,") & set(number):
        # Digits alone, without sign, point or unit: a serial number.
        return INFO
    return _told(identity, number, unit_text, INVALID, *(("high_resolution",) if "[" in field else ()))


def _told(identity: str, number: str, unit_text: str, unknown: FrameOutcome, *more: str) -> FrameOutcome:
    if identity and identity not in _MODES and identity not in _TARES and identity != _PIECES:
        return unknown
    unit = unit_named(unit_text)
    if unit is None and unit_text.strip(" !"):
        return INVALID
    # A unit is printed when the pan has come to rest.
    stable = unit is not None
    flags = (*(() if stable else ("motion",)), *more)
    if identity == _PIECES:
        return told(number, "pcs", stable=stable, flags=flags)
    return told(number, unit, stable=stable, mode=_MODES.get(identity), flags=flags, tare=identity in _TARES)


PROTOCOL: Final = ScaleProtocol(
    name="sartorius-sbi",
    read=read,
    cut=cut_line,
    longest=IDENTIFIED + 6,
    framing="7O1",
    asking="ask",
    ask=b"\x1bP\r\n",
    zero=b"\x1bV\r\n",
    tare=b"\x1bU\r\n",
    line_based=True,
)
