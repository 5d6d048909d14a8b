"""Adam print lines: what kind of weight, a sign, the weight, its unit. Refuses to know why it was printed.

    G    +   2.00  kg           CPWplus: G, N or T; the sign apart from the digits
    GROSS     123.45 g          Highland: with a heading; NET, TARE, and Total and No. around it
    -     123.45 g              the value alone, of sixteen characters
    Net Wt.   1.234 Kg          CBC; Unit Wt. and PCS belong to counting

Adam CPWplus manual p. 14-16, Highland p. 29 (formats 1 and 2) and 2018 edition p. 27, CBC p. 18. None of them says that the
pan moves: these scales print when it has come to rest, so a line is a stable weight.
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, status, told
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.text_line import LINE_BYTES_MAX, accompanies, cut_line, line_of
from peripherals.protocols.weight_text import unit_named

_LINE: Final = re.compile(
    r" *(?P<label>GROSS WT\.?|NET WT\.?|TARE WT\.?|GROSS|NET|TARE|G[./]?W\.?|N[./]?W\.?|T[./]W\.?|G|N|T|PCS|WT\.?)?[ :]*"
    r"(?P<sign>[+-]?) *(?P<number>\d[\d.,]*|[.,]\d+) *(?P<unit>[a-z%][a-z:%/]{0,4}) *(?P<state>S|US|ST|U)?",
    re.ASCII | re.IGNORECASE,
)
_MODES: Final[dict[str, WeighingMode]] = {
    "G": "gross", "GW": "gross", "GROSS": "gross", "GROSSWT": "gross",
    "N": "net", "NW": "net", "NET": "net", "NETWT": "net",
}  # fmt: skip
_TARES: Final = frozenset(("T", "TW", "TARE", "TAREWT"))
_WITHOUT: Final = str.maketrans("", "", "./ ")
_FAULTS: Final = {
    "OL": "over", "O.L.": "over", "-OL-": "over", "OVER": "over", "OVERLOAD": "over",
    "UNDER": "under", "LO": "under", "UL": "under",
}  # fmt: skip
_FAULT: Final = re.compile(r"(?:(?:GROSS|NET|G|N)[ :]*)?(?P<word>[A-Z.-]+) *(?:kg|g|lb|oz)?", re.IGNORECASE)
_ERROR: Final = re.compile(r"ERR(?:OR)? ?\d*", re.ASCII | re.IGNORECASE)


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the line says its unit
    """One line."""
    line = line_of(frame)
    if line is None:
        return INVALID
    found = _LINE.fullmatch(line.rstrip(" "))
    unit = unit_named(found["unit"]) if found is not None else None
    if found is not None and unit is not None:
        label = (found["label"] or "").upper().translate(_WITHOUT)
        moving = (found["state"] or "").upper() in {"U", "US"}
        return told(
            found["sign"] + found["number"],
            unit,
            stable=not moving,
            mode=_MODES.get(label),
            flags=("motion",) if moving else (),
            tare=label in _TARES,
        )
    text = line.strip(" ")
    fault = _FAULT.fullmatch(text)
    if fault is not None and fault["word"].upper() in _FAULTS:
        return status(_FAULTS[fault["word"].upper()])
    if _ERROR.fullmatch(text):
        return status("error")
    return INFO if accompanies(text) else INVALID


PROTOCOL: Final = ScaleProtocol(
    name="adam-line",
    read=read,
    cut=cut_line,
    longest=LINE_BYTES_MAX + 2,
    baud_rate=4800,
    asking="ask",
    ask=b"G\r\n",
    zero=b"Z\r\n",
    line_based=True,
)
