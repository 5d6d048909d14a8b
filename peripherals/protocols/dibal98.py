"""Dibal 98/99, also called TISA: the till sends a price, the scale answers with weight and amount. Refuses to know when.

    98 ppppp c CR LF                    from the till; c is the XOR of all characters before it
    99 s wwwww e iiiiii c CR LF         s and e: 0 correct, 1 not; grams; the amount in minor units

While the pan moves s is 1 and the weight is what it is at that moment; negative or erroneous is s 1 and nothing but zeros.
Dibal DPOS400 test and adjustment manual p. 15 and 28; a published pair of frames: `98000001` and `9900031600000004`.
"""

import re
from typing import Final

from peripherals.protocols.cas_type6 import check
from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, status
from peripherals.protocols.scale_protocol import (
    BROKEN,
    NO_START,
    WAIT,
    ScaleProtocol,
    ScaleSettings,
    checked_seven_bits,
)
from peripherals.protocols.weight_text import pointed

_ASKED: Final = re.compile(rb"98\d{5}")
_ANSWER: Final = re.compile(rb"99(?P<state>[01])(?P<weight>\d{5})(?P<amount_state>[01])(?P<amount>\d{6})")
ASK_BYTES, ANSWER_BYTES = 10, 18


def with_check(said: bytes) -> bytes:
    """The characters, their XOR, and the end."""
    return said + bytes((check(said),)) + b"\r\n"


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - always grams
    """One frame of either side."""
    seven = checked_seven_bits(frame)
    if seven is None or len(seven) not in {ASK_BYTES, ANSWER_BYTES} or seven != with_check(seven[:-3]):
        return INVALID
    if _ASKED.fullmatch(seven[:-3]):
        return INFO
    found = _ANSWER.fullmatch(seven[:-3])
    if found is None:
        return INVALID
    right, digits = found["state"] == b"0", found["weight"].decode("ascii")
    if not right and not digits.strip("0"):
        return status("error")
    return FrameOutcome(
        outcome="weight",
        weight=pointed(digits, 0),
        unit="g",
        stable=right,
        flags=() if right else ("motion",),
        total=str(int(found["amount"])) if found["amount_state"] == b"0" else None,
    )


def cut(held: bytes) -> int:
    """By length: the check may be any character."""
    if held[:1] != b"9":
        return NO_START
    length = {b"98": ASK_BYTES, b"99": ANSWER_BYTES}.get(held[:2])
    if length is None:
        return WAIT if len(held) < 2 else BROKEN
    if len(held) < length:
        return WAIT
    return length if held[length - 2 : length] == b"\r\n" else BROKEN


PROTOCOL: Final = ScaleProtocol(
    name="dibal-98",
    read=read,
    cut=cut,
    longest=ANSWER_BYTES,
    asking="ask",
    ask=with_check(b"9800000"),
    checked=True,
)
