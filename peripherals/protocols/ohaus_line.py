"""Ohaus print lines: a weight, its unit, `?` while the pan moves, and a legend. Refuses to know why it was printed.

       0.360 kg    G            Defender 3000 and CW-11: gross; a `?` stands between unit and legend, or before the legend
    -  1.640 kg    N            the sign apart from the digits, net
         192.21 g ?             Scout, Navigator; TOTAL or a time may follow
    G             12.34 kg      Ranger, by its print key: G, N and T lead

Ohaus 3000 series manual EN-35, CW-11 p. EN-32, Ranger Count p. 36, RS232 interface manual EN-3, Navigator p. 30 and the AS
series p. 15; errors and `ES`: Explorer service manual p. 73.
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, refused, status, told
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.text_line import LINE_BYTES_MAX, accompanies, cut_line, line_of
from peripherals.protocols.weight_text import pounds_and_ounces, unit_named

_LINE: Final = re.compile(
    r"(?:(?P<label>GROSS|NET|TARE|B/G|G|N|T) ?:? +)? *(?P<sign>[+-]?) *(?P<number>\d[\d.,]*|[.,]\d+) *"
    r"(?P<unit>lbs?[:,]? *\d{1,2}(?:\.\d{0,4})? *oz|[a-z%][a-z:%/]{0,4})?(?P<rest>(?:[ ?].*)?)",
    re.ASCII | re.IGNORECASE,
)
_LEGENDS: Final[dict[str, WeighingMode]] = {
    "G": "gross",
    "B": "gross",
    "B/G": "gross",
    "GROSS": "gross",
    "N": "net",
    "NET": "net",
}
_TARES: Final = frozenset(("T", "TARE", "PT"))
_HARMLESS_LEGENDS: Final = frozenset(("A", "C", "ACCEPT"))
"""Accepted in check weighing, and the centre of zero."""
_DENSITY: Final = frozenset(("AIR", "WET", "WT"))
"""`AIR WT` and `WET WT`: on the pan, but for finding out a density."""
_SUMS: Final = frozenset(("TOTAL", "AVG", "REF", "APW", "LIMIT"))
"""The printed number is no weight on the pan."""
_ERRORS: Final = {"8.1": "over", "8.2": "under", "8.3": "over", "8.4": "under"}
_ERROR: Final = re.compile(r"\[?(?:err|error) ?(?P<code>\d(?:\.\d)?)\]?", re.ASCII | re.IGNORECASE)
_TIME: Final = re.compile(r"\d{2}:\d{2}:\d{2}", re.ASCII)


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the line says its unit
    """One line."""
    line = line_of(frame)
    if line is None:
        return INVALID
    found = _LINE.fullmatch(line.rstrip(" ") + " ")
    if found is not None:
        return _weight(found)
    return _other(line.strip(" "))


def _other(line: str) -> FrameOutcome:
    if line.upper() == "ES":
        return refused("not_known")
    if line.upper() in {"OK!", "OK"}:
        return ACK
    found = _ERROR.fullmatch(line)
    if found is not None:
        return status(_ERRORS.get(found["code"], "error"))
    return INFO if accompanies(line) else INVALID


def _weight(found: re.Match[str]) -> FrameOutcome:
    number, unit = found["sign"] + found["number"], unit_named(found["unit"] or "")
    ounces = pounds_and_ounces(number + (found["unit"] or ""))
    if ounces is not None:
        number, unit = ounces, "oz"
    if unit is None:
        return INFO if accompanies(found[0]) else INVALID
    rest, label = found["rest"], (found["label"] or "").upper()
    moving = "?" in rest
    words = [word.upper() for word in rest.replace("?", " ").split()]
    modes = [_LEGENDS[word] for word in (label, *words) if word in _LEGENDS]
    tare = any(word in _TARES for word in (label, *words))
    if any(word in _SUMS for word in words):
        return INFO
    known = _LEGENDS.keys() | _TARES | _HARMLESS_LEGENDS | _DENSITY | {"O", "U"}
    if any(word not in known and not _TIME.fullmatch(word) for word in words) or len(modes) > 1:
        return INVALID
    flags = (
        *(("motion",) if moving else ()),
        *(("zero",) if "C" in words else ()),
        *(("density",) if "WT" in words else ()),
        *(("above_target",) if "O" in words else ("below_target",) if "U" in words else ()),
    )
    return told(number, unit, stable=not moving, mode=modes[0] if modes else None, flags=flags, tare=tare)


PROTOCOL: Final = ScaleProtocol(
    name="ohaus-line",
    read=read,
    cut=cut_line,
    longest=LINE_BYTES_MAX + 2,
    asking="ask",
    ask=b"IP\r\n",
    zero=b"Z\r\n",
    tare=b"T\r\n",
    line_based=True,
)
