"""SMA SCP-0499, the American standard: fields of fixed width between LF and CR. Refuses to know when to ask.

    LF s r n m f xxxxxx.xxx uuu CR
    s  status: blank, Z centre of zero, O over, U under, E zero error, I initial zero error, T tare error
    r  range   n  G gross, N net, T tare; in lower case high resolution   m  M in motion   f  reserved
    LF ? CR    not known        LF ! CR    heard badly        LF MFG:… CR    about the scale

With E, I and T the weight is ten dashes. SMA SCP-0499 levels 1 and 2, mod. 1 (2005), "standard scale response";
the same in Sartorius PR 5220 p. 130, Fairbanks FB2550 p. 180, Cardinal 190 p. 124, B-Tek T419S p. 61.
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, refused, status, told
from peripherals.protocols.scale_protocol import BROKEN, NO_START, WAIT, ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.weight_text import unit_named

LF, CR = 0x0A, 0x0D
FRAME_BYTES_MAX: Final = 64
"""The standard answer has twenty; the lines about the scale are free text."""

_ANSWER: Final = re.compile(
    r"(?P<s>[ ZOUEITe])(?P<r>[ \d])(?P<n>[GNTgnt])(?P<m>[ M])(?P<f>.)(?P<weight>.{10})(?P<unit>.{3})"
)
_ABOUT: Final = re.compile(r"[A-Z]{3}:.*")
_SELF_TEST: Final = re.compile(r"[ R][ E][ C][ M]")
"""Answer to D: RAM or ROM, EEPROM, calibration, the maker's own."""
_TESTED: Final = {"R": "ram_error", "E": "eeprom_error", "C": "calibration_error", "M": "error"}
_FLAGS: Final = {
    "Z": "zero", "O": "over", "U": "under", "E": "zero_error", "I": "initial_zero_error", "T": "tare_error",
    "e": "not_displayed",
}  # fmt: skip
_MODES: Final[dict[str, WeighingMode]] = {"G": "gross", "N": "net"}


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the frame says its unit
    """One answer from LF to CR."""
    seven = masked(frame)
    if not 3 <= len(seven) <= FRAME_BYTES_MAX or seven[0] != LF or seven[-1] != CR:
        return INVALID
    body = seven[1:-1].decode("ascii")
    if not body.isprintable():
        return INVALID
    if body == "?":
        return refused("not_known")
    if body == "!":
        return refused("heard_badly")
    if _ABOUT.fullmatch(body):
        return INFO
    if _SELF_TEST.fullmatch(body):
        return status(*(_TESTED[letter] for letter in body if letter in _TESTED))
    found = _ANSWER.fullmatch(body)
    return INVALID if found is None else _answer(found)


def _answer(found: re.Match[str]) -> FrameOutcome:
    kind = found["n"]
    mode = _MODES.get(kind.upper())
    flags = (
        *((_FLAGS[found["s"]],) if found["s"] in _FLAGS else ()),
        *(("motion",) if found["m"] == "M" else ()),
        *(("high_resolution",) if kind.islower() else ()),
    )
    number, unit_text = found["weight"], found["unit"].replace("_", " ")
    if not number.strip(" -"):
        return status(*flags, mode=mode) if "-" in number else INVALID
    unit = unit_named(unit_text)
    if unit is None:
        return INVALID
    return told(number, unit, stable=found["m"] == " ", mode=mode, flags=flags, tare=kind.upper() == "T")


def cut(held: bytes) -> int:
    """From LF to CR."""
    if held[0] != LF:
        return NO_START
    end = held.find(CR)
    if end < 0:
        return WAIT
    return end + 1 if held.find(LF, 1, end) < 0 else BROKEN


PROTOCOL: Final = ScaleProtocol(
    name="sma",
    read=read,
    cut=cut,
    longest=FRAME_BYTES_MAX,
    asking="ask",
    ask=b"\nW\r",
    zero=b"\nZ\r",
    tare=b"\nT\r",
)
