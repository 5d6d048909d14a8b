"""MT-SICS, the command set of Mettler Toledo's bench scales and balances. Refuses to know when to ask.

    S S     100.00 g CR LF      S stable, D moving; ten characters, then the unit
    S I    S +    S -           not now; over; under
    TA A      10.00 g           a tare; T, TI and TA answer with one
    Z A    T I    Z +           done; not now; out of range
    I4 A "B021002593"           about the balance
    ES  ET  EL                  the command is not known, came badly, cannot be done

Mettler Toledo AT manual p. 87, JS p. 30, MT-SICS reference manual 11781363 §2.1 (responses with and without a weight,
error messages, `S S Error 10b`). Some emulators answer SI with SI; both are heard. Digits that are not verified stand in brackets.
"""

import re
from typing import Final

from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, refused, status, told
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.text_line import LINE_BYTES_MAX, cut_line, line_of
from peripherals.protocols.weight_text import unit_named

_WEIGHT: Final = re.compile(
    r"(?P<id>S|SI|SIR|SR|SU|SIU|SIRU|SRU|SNR|SNRU|ST|SX|SXI|T|TI|TA) +(?P<state>[SDA]) +(?P<number>-? *\d[\d.,]*(?:\[\d+\])?) *"
    r"(?P<unit>[A-Za-z%/:]*)",
    re.ASCII,
)
_NOT_NOW: Final = re.compile(r"(?P<id>S|SI|SIR|SR|SU|SIU|SIRU|SRU|SNR|SNRU|ST) (?P<why>[I+L-])", re.ASCII)
_ERROR: Final = re.compile(r"S[IRU]{0,3} [SD] +Error +\d{1,3}[a-z]?", re.ASCII)
_ANSWER: Final = re.compile(
    r'(?P<id>@|[A-Z]{1,4}\d{0,3}) (?P<kind>[ABCDSILR+-])(?P<more>(?: +(?:"[^"]*"|[\w.,:/%-]+))*) *', re.ASCII
)
_ERRORS: Final = {"ES": "not_known", "ET": "heard_badly", "EL": "cannot_be_done", "EI": "internal"}
_TARES: Final = frozenset(("T", "TI", "TA"))


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the line says its unit
    """One line."""
    line = line_of(frame)
    if line is None:
        return INVALID
    if line.rstrip(" ") in _ERRORS:
        return refused(_ERRORS[line.rstrip(" ")])
    found = _WEIGHT.fullmatch(line.rstrip(" "))
    if found is not None:
        return _weight(found)
    found = _NOT_NOW.fullmatch(line.rstrip(" "))
    if found is not None:
        return _no_weight(found["why"])
    if _ERROR.fullmatch(line.rstrip(" ")):
        return status("error")
    found = _ANSWER.fullmatch(line)
    return INVALID if found is None else _answered(found)


def _weight(found: re.Match[str]) -> FrameOutcome:
    unit = unit_named(found["unit"])
    if unit is None:
        return INVALID
    name, state, number = found["id"], found["state"], found["number"]
    if (state == "A") != (name == "TA"):
        return INVALID
    flags = (
        *(("motion",) if state == "D" else ()),
        # Digits in brackets are finer than what was verified.
        *(("high_resolution",) if "[" in number else ()),
    )
    return told(number.replace("[", "").replace("]", ""), unit, stable=state != "D", flags=flags, tare=name in _TARES)


def _no_weight(why: str) -> FrameOutcome:
    match why:
        case "+":
            return status("over")
        case "-":
            return status("under")
        case "L":
            return refused("wrong_parameter")
        case _:
            return refused("not_now", "not_ready")


def _answered(found: re.Match[str]) -> FrameOutcome:
    name, kind, more = found["id"], found["kind"], found["more"].strip(" ")
    if kind in {"+", "-"}:
        return INVALID if more else refused("out_of_range", "over" if kind == "+" else "under")
    if kind in {"I", "L"}:
        return INVALID if more else refused("not_now" if kind == "I" else "wrong_parameter")
    if name in _TARES or name.startswith("S") or (kind in {"S", "D"} and more):
        # A weight whose number cannot be read is no answer of another kind.
        return INVALID
    return INFO if more else ACK


PROTOCOL: Final = ScaleProtocol(
    name="mt-sics",
    read=read,
    cut=cut_line,
    longest=LINE_BYTES_MAX + 2,
    asking="ask",
    ask=b"SI\r\n",
    zero=b"Z\r\n",
    tare=b"T\r\n",
    line_based=True,
)
