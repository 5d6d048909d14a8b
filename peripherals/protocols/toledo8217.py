"""Toledo 8217, the language of checkout scales: what its frames say. Refuses to know when to ask.

Frames (seven data bits; the top bit is parity and never data):

    STX 0 1 . 2 5 0 CR          a stable weight; an N before CR means net
    STX ? status CR             no weight, and why
    STX CR                      the confidence test passed
    STX E CR   /   STX F CR     echo on, echo off

The status byte may itself be STX or CR. So a frame is cut by position: after `STX ?` exactly one byte, then CR.
"""

import msgspec

from peripherals.events import WeighingMode
from peripherals.protocols.weight_text import printed_weight

STX, CR = 0x02, 0x0D
QUESTION = ord("?")
WEIGHT_BYTES_MAX = 12
"""`WW.WWWW` and an N are eight; clones pad. More without a CR is noise."""

ASK_WEIGHT = b"W"

MOTION, OVER, UNDER, OUTSIDE_ZERO, CENTER_OF_ZERO, NET = 1, 2, 4, 8, 16, 32
FLAGS = (
    (MOTION, "motion"),
    (OVER, "over"),
    (UNDER, "under"),
    (OUTSIDE_ZERO, "outside_zero"),
    (CENTER_OF_ZERO, "zero"),
    (NET, "net"),
)
"""Bit 6 means "always one" to the maker and "bad command" to others, so it is not read."""


class WeightFrame(msgspec.Struct, frozen=True, tag="weight", gc=False):
    """A stable weight as printed; it may be zero."""

    text: str
    mode: WeighingMode


class StatusFrame(msgspec.Struct, frozen=True, tag="status", gc=False):
    """No weight, and the reasons."""

    bits: int

    @property
    def flags(self) -> tuple[str, ...]:
        """The reasons by name."""
        return tuple(name for bit, name in FLAGS if self.bits & bit)


class AckFrame(msgspec.Struct, frozen=True, tag="ack", gc=False):
    """A command was understood: confidence test, echo on or off."""

    command: str


class InvalidFrame(msgspec.Struct, frozen=True, tag="invalid", gc=False):
    """Framed bytes that are none of the above."""

    raw: bytes


Frame = WeightFrame | StatusFrame | AckFrame | InvalidFrame


class FrameReader:
    """Cuts a stream of bytes into frames. Holds at most one unfinished frame; noise between frames is dropped."""

    def __init__(self) -> None:
        """Starts between frames."""
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes."""
        frames: list[Frame] = []
        for byte in data:
            self._held.append(byte & 0x7F)
            frames += self._cut()
        return frames

    def reset(self) -> None:
        """Forgets an unfinished frame."""
        self._held.clear()

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._held)

    def _cut(self) -> list[Frame]:
        """Reads the held bytes from the first STX on, as far as they say something."""
        frames: list[Frame] = []
        while self._held:
            if self._held[0] != STX:
                start = self._held.find(STX)
                del self._held[: start if start >= 0 else len(self._held)]
                continue
            length = _frame_length(self._held)
            if length == 0:
                break
            if length < 0:
                # The bytes do not fit this STX: it was noise or its frame was cut. Try from the next one.
                frames.append(InvalidFrame(raw=bytes(self._held)))
                del self._held[:1]
                continue
            frames.append(_meaning(bytes(self._held[:length])))
            del self._held[:length]
        return frames


def _frame_length(held: bytearray) -> int:
    """Length of the frame at the start of `held`; 0 = more bytes needed; -1 = this is no frame."""
    if len(held) < 2:
        return 0
    if held[1] == QUESTION:
        if len(held) < 4:
            return 0
        return 4 if held[3] == CR else -1
    end = held.find(CR, 1)
    if end >= 0:
        # A weight holds no STX; if one stands before CR, the first frame lost its tail.
        return end + 1 if held.find(STX, 1, end) < 0 else -1
    return -1 if len(held) > WEIGHT_BYTES_MAX or held.find(STX, 1) > 0 else 0


def _meaning(frame: bytes) -> Frame:
    if frame[1] == QUESTION and len(frame) == 4:
        return StatusFrame(bits=frame[2])
    body = frame[1:-1].decode("ascii")
    if body in {"", "E", "F"}:
        return AckFrame(command=body)
    net = body.endswith("N")
    text = printed_weight(body[:-1] if net else body)
    if text is None or "." not in text:
        # The 8217 always prints its point; digits without one would be a thousandfold weight if taken at their word.
        return InvalidFrame(raw=frame)
    return WeightFrame(text=text, mode="net" if net else "gross")
