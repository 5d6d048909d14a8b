"""A line whose shape the shop tells: for scales nobody has documented. Refuses regular expressions, which can hang a till.

A shape is written as the line looks, with fields in braces; a blank stands for any number of blanks:

    {state},{mode},{weight}{unit}       {weight:8}{skip:2}kg       W{weight} {unit} {state=S|M}

    {weight} {weight:N}     the number, with its sign; N characters
    {sign} {unit} {unit:N}  a sign apart from the number; the unit
    {state} {state=S|M}     ST or US, OL or UL; or the words for stable and moving
    {mode} {skip:N} {text}  GS, NT or TR; N characters of anything; any letters and digits

Without a point on the line, `decimals` says where it stands; without a unit, `unit` says which.
"""

import functools
import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INVALID, FrameOutcome, told
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.status_line import said
from peripherals.protocols.text_line import LINE_BYTES_MAX, cut_line, line_of
from peripherals.protocols.weight_text import pointed, printed_weight, unit_named

SHAPES: Final = (
    "{state},{mode},{weight}{unit}",
    "{state},{weight}{unit}",
    "{mode} {weight} {unit}",
    "{weight} {unit}",
    "{weight} {unit} {state}",
    "{weight}",
)
"""What is tried where no shape is told: from the line that says most to the bare number."""
SHAPE_CHARACTERS_MAX: Final = 120
FIELDS_MAX: Final = 12
WIDTH_MAX: Final = 40

_TOKEN: Final = re.compile(
    r"\{(?P<name>[a-z]+)(?::(?P<width>\d{1,2})|=(?P<words>[^{}|]{1,8}\|[^{}|]{1,8}))?\}|(?P<blank> +)|(?P<plain>[^{}])"
)
_FIELDS: Final = {
    "weight": r"[+-]?[ ]{0,12}(?:\d{1,9}(?:[.,]\d{0,7})?|[.,]\d{1,7})",
    "sign": r"[+ -]",
    "unit": r"[A-Za-z%/:]{1,5}",
    "state": r"ST|US|OL|UL|S|U|O|F|D|M|\?",
    "mode": r"GROSS|GS|GW|G|NET|NT|NW|N|TARE|TR|T",
    "text": r"[A-Za-z0-9.:_-]{0,20}",
}
_WIDE: Final = {"weight": r"[ +\-\d.,E^_]", "unit": r"[A-Za-z%/: ]", "skip": r".", "text": r"."}
_HEADS: Final = {"S": "ST", "U": "US", "D": "US", "M": "US", "?": "US", "O": "OL", "F": "OL"}
_MODES: Final[dict[str, WeighingMode]] = {"G": "gross", "N": "net"}


class ShapeError(ValueError):
    """A shape that cannot be used; says where it goes wrong."""


@functools.lru_cache(maxsize=64)
def shape_of(text: str) -> re.Pattern[str]:
    """The shape, ready for use. Every part of it is bounded, so that no line takes long. Raises `ShapeError`."""
    if len(text) > SHAPE_CHARACTERS_MAX:
        raise ShapeError(f"a shape has at most {SHAPE_CHARACTERS_MAX} characters")
    at, parts, names = 0, [], []
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ShapeError(
                f"at {text[at:][:12]!r}: a brace that is not closed, or a field written otherwise than {{name:N}}"
            )
        at = found.end()
        if found["blank"] is not None:
            parts.append(r"[ ]{0,20}")
        elif found["plain"] is not None:
            parts.append(re.escape(found["plain"]))
        else:
            names.append(found["name"])
            parts.append(_field(found))
    if names.count("weight") != 1 or any(names.count(name) > 1 for name in ("state", "mode", "unit", "sign")):
        raise ShapeError("a shape names {weight} once, and every other field at most once")
    if len(names) > FIELDS_MAX:
        raise ShapeError(f"a shape has at most {FIELDS_MAX} fields")
    return re.compile(r"[ ]{0,20}" + "".join(parts) + r"[ ]{0,20}", re.ASCII | re.IGNORECASE)


def _field(found: re.Match[str]) -> str:
    name, width, words = found["name"], found["width"], found["words"]
    if words is not None:
        if name != "state":
            raise ShapeError(f"{{{name}=…}}: only {{state=…}} has words")
        stable, moving = words.split("|")
        return f"(?:(?P<stable>{re.escape(stable)})|(?P<moving>{re.escape(moving)}))"
    if width is not None:
        if name not in _WIDE or not 0 < int(width) <= WIDTH_MAX:
            raise ShapeError(f"{{{name}:{width}}}: weight, unit, skip and text have a width, from 1 to {WIDTH_MAX}")
        inner = f"{_WIDE[name]}{{{width}}}"
        return inner if name in {"skip", "text"} else f"(?P<{name}>{inner})"
    if name not in _FIELDS:
        raise ShapeError(f"{{{name}}} is no field; there are weight, sign, unit, state, mode, skip:N and text")
    return f"(?:{_FIELDS[name]})" if name == "text" else f"(?P<{name}>{_FIELDS[name]})"


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:
    """One line, by the told shape or by the first usual one that fits. The shape was checked when it was set."""
    line = line_of(frame)
    if line is None:
        return INVALID
    for shape in (settings.line,) if settings.line else SHAPES:
        found = shape_of(shape).fullmatch(line)
        if found is not None:
            outcome = _meaning(found.groupdict(), settings)
            if outcome.outcome != "invalid":
                return outcome
    return INVALID


def _meaning(fields: dict[str, str | None], settings: ScaleSettings) -> FrameOutcome:
    unit_text = (fields.get("unit") or "").strip(" ")
    unit = unit_named(unit_text) if unit_text else settings.unit
    if unit_text and unit is None:
        return INVALID
    word = (fields.get("state") or "").upper()
    head = "ST" if fields.get("stable") else "US" if fields.get("moving") else _HEADS.get(word, word)
    letter = (fields.get("mode") or "").upper()[:1]
    number = ((fields.get("sign") or "") + (fields["weight"] or "")).replace(" ", "")
    if settings.decimals is not None and printed_weight(number) is not None and not set(".,") & set(number):
        digits = pointed(number.lstrip("+-"), settings.decimals)
        number = ("-" if number.startswith("-") else "") + (digits or "")
    mode, tare = _MODES.get(letter), letter == "T"
    if not head:
        return told(number, unit, stable=False, mode=mode, tare=tare)
    return said(head, number, unit or "", mode, tare=tare)


PROTOCOL: Final = ScaleProtocol(
    name="configurable-line", read=read, cut=cut_line, longest=LINE_BYTES_MAX + 2, line_based=True, tells_stable=False
)
