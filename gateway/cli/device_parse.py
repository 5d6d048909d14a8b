"""`kontor devices parse`: what frames of a scale say, for whoever looks for a fault or a language. Opens no line.

Whatever stands on stdin, every line of it is answered by one line.
"""

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.command import ASKED_WRONGLY, Refused

if TYPE_CHECKING:
    from peripherals.protocols.frame_outcome import FrameOutcome

FRAME_BYTES_MAX: Final = 4096
"""No frame of a scale has a hundred; a whole recording pasted into one line is not read as a frame."""
_PREFIX: Final = re.compile(r"0[xX]|\\x")
_BETWEEN: Final = re.compile(r"[\s,:;\"'-]+")


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """One verb of `kontor devices`."""
    parser = verbs.add_parser(
        "parse",
        help="say what frames mean, as hex: one as arguments, or one a line on stdin",
        description="Reads one frame a line from stdin as hex bytes (02 3F 41 0D, 0x023f410d) and says what each prints.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="A shape for configurable-line is written as the line looks, a blank for any number of blanks:\n"
        '  --line "{state},{mode},{weight}{unit}"    --line "W{weight:8}{skip:2}kg {state=S|M}"\n'
        "Fields: {weight} {weight:N} {sign} {unit} {unit:N} {state} {state=STABLE|MOVING} {mode} {skip:N} {text}.\n"
        "Without --line the usual shapes are tried.",
    )
    parser.add_argument("--protocol", required=True, metavar="NAME", help="the language; an unknown one lists them all")
    parser.add_argument("frame", nargs="*", metavar="HEX", help="the bytes of one frame, instead of stdin")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--line", metavar="SHAPE", help="the shape of configurable-line")
    parser.add_argument("--decimals", type=int, choices=range(6), metavar="0…5", help="where a line has no point")
    parser.add_argument("--unit", choices=("kg", "g", "lb", "oz"), help="where a frame has no unit")
    parser.set_defaults(verb=_parse)


def _parse(arguments: argparse.Namespace) -> int:
    from peripherals.protocols.configurable_line import ShapeError, shape_of
    from peripherals.protocols.frame_outcome import FrameOutcome
    from peripherals.protocols.scale_protocol import ScaleSettings
    from peripherals.protocols.scales import SCALES

    protocol = SCALES.get(arguments.protocol)
    if protocol is None:
        raise Refused(
            f"no protocol {arguments.protocol!r}", hint=f"one of {', '.join(SCALES)}", exit_code=ASKED_WRONGLY
        )
    if arguments.line is not None:
        try:
            shape_of(arguments.line)
        except ShapeError as wrong:
            raise Refused(f"--line: {wrong}", exit_code=ASKED_WRONGLY) from None
    settings = ScaleSettings(unit=arguments.unit, decimals=arguments.decimals, line=arguments.line)
    typed = [" ".join(arguments.frame).encode("utf-8", errors="surrogateescape")] if arguments.frame else None
    for number, line in enumerate(typed or sys.stdin.buffer):
        frame = frame_of(line, first=number == 0)
        outcome = (
            FrameOutcome(outcome="invalid", reason=frame) if isinstance(frame, str) else protocol.read(frame, settings)
        )
        raw = "" if isinstance(frame, str) else frame.hex()
        print(in_json(outcome, raw) if arguments.json else in_words(outcome))
    return 0


def frame_of(line: bytes, *, first: bool = False) -> bytes | str:
    """The bytes a line of hex stands for, or why it stands for none."""
    text = line.decode("utf-8", errors="replace")
    if first:
        text = text.removeprefix("\N{BYTE ORDER MARK}")
    digits = _BETWEEN.sub("", _PREFIX.sub(" ", text))
    if not digits:
        return "empty"
    if len(digits) > 2 * FRAME_BYTES_MAX:
        return "too_long"
    if not re.fullmatch(r"[0-9A-Fa-f]+", digits):
        return "not_hex"
    return bytes.fromhex(digits) if len(digits) % 2 == 0 else "half_a_byte"


def in_json(outcome: "FrameOutcome", raw: str) -> str:
    """The contract's fields always, what few scales tell only where it is told."""
    import msgspec

    told: dict[str, Any] = {
        name: getattr(outcome, name) for name in ("outcome", "weight", "unit", "stable", "mode", "flags")
    }
    rare = {name: getattr(outcome, name) for name in ("tare", "price", "total", "reason")}
    told |= {name: value for name, value in rare.items() if value is not None}
    return msgspec.json.encode(told | {"raw": raw}).decode()


def in_words(outcome: "FrameOutcome") -> str:
    """For a person: the outcome, the number, and what was said besides."""
    stable = ""
    if outcome.weight is not None:
        stable = "stable" if outcome.stable else "not stable"
    parts = [
        outcome.outcome,
        " ".join(part for part in (outcome.weight, outcome.unit) if part),
        stable,
        outcome.mode or "",
        *outcome.flags,
        *(f"{name} {value}" for name, value in _rare(outcome) if value),
        outcome.reason or "",
    ]
    return ", ".join(part for part in parts if part)


def _rare(outcome: "FrameOutcome") -> tuple[tuple[str, str | None], ...]:
    return (("tare", outcome.tare), ("price", outcome.price), ("total", outcome.total))
