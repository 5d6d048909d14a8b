"""What makes a scale's language: how its frames are cut, what they say, and how it is asked. Refuses to know any of them."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from peripherals.config import Framing
from peripherals.events import WeightUnit
from peripherals.protocols import line_habit
from peripherals.protocols.frame_outcome import INVALID, FrameOutcome

Asking = Literal["ask", "stream", "print"]
"""`ask`: it answers a command. `stream`: it talks without a pause. `print`: it talks when its key is pressed."""

WAIT: Final = 0
"""A frame has begun and is not complete."""
NO_START: Final = -1
"""No frame begins with this byte: noise between frames."""
BROKEN: Final = -2
"""A frame seemed to begin here, and what follows does not fit."""

SEVEN_BITS: Final = bytes(byte & 0x7F for byte in range(256))
_ODD: Final = bytes(byte.bit_count() & 1 for byte in range(256))


class ScaleSettings(msgspec.Struct, frozen=True):
    """What a scale does not send and a shop must say: its unit, its decimals, the shape of its line."""

    unit: WeightUnit | None = None
    decimals: int | None = None
    line: str | None = None


NO_SETTINGS: Final = ScaleSettings()


class ScaleProtocol(msgspec.Struct, frozen=True):
    """One language. `read` takes one whole frame and nothing else; `cut` sees the bytes with the top bit masked."""

    name: str
    read: Callable[[bytes, ScaleSettings], FrameOutcome]
    cut: Callable[[bytes], int]
    longest: int
    baud_rate: int = 9600
    framing: Framing = "8N1"
    asking: Asking = "stream"
    ask: bytes = b""
    """The command for a weight; empty where there is none."""
    after_ack: bytes = b""
    """What is sent when the scale said that it is ready."""
    zero: bytes = b""
    tare: bytes = b""
    eight_bits: bool = False
    """Every bit of its bytes is data."""
    checked: bool = False
    """Its frames carry a check, so that one of them is enough."""
    unchecked: Callable[[bytes], bool] | None = None
    """Whether this good frame bears no check all the same; None where every frame has one."""
    way_of: Callable[[bytes], int | None] | None = None
    """Where makers build the frame two ways: which of them a good frame shows (`line_habit`)."""
    tells_stable: bool = True
    """Its frames say whether the pan is at rest; where they do not, only sameness over a while can tell."""
    silent_of_motion: Callable[[bytes], bool] | None = None
    """Whether this good frame does not say it though others do; None where every frame is like the others."""
    line_based: bool = False
    """Its frames are lines without a beginning: what is heard before the first line's end may be half a line."""

    def proves(self, frame: bytes) -> bool:
        """Whether this frame's own check makes one of it enough."""
        return self.checked and not (self.unchecked is not None and self.unchecked(frame))

    def tells_motion(self, frame: bytes) -> bool:
        """Whether this frame says if the pan is at rest."""
        return self.tells_stable and not (self.silent_of_motion is not None and self.silent_of_motion(frame))


class Heard(msgspec.Struct, frozen=True):
    """A frame and what it says."""

    raw: bytes
    outcome: FrameOutcome


class FrameReader:
    """Cuts a stream of bytes into frames. Holds at most one unfinished frame; noise between frames is dropped."""

    def __init__(self, protocol: ScaleProtocol, settings: ScaleSettings = NO_SETTINGS, *, midway: bool = False) -> None:
        """`midway`: the scale was talking already, so a line heard from its middle is not taken for a line."""
        self._protocol, self._settings = protocol, settings
        self._midway = midway and protocol.line_based
        self._held = bytearray()
        self._lost = self._midway
        self._habit = line_habit.UNKNOWN

    def feed(self, data: bytes) -> list[Heard]:
        """The frames that `data` completes."""
        heard: list[Heard] = []
        # In portions, so that what is held stays bounded however much arrives at once.
        for start in range(0, len(data), self._protocol.longest):
            self._held += data[start : start + self._protocol.longest]
            heard += self._take()
        return heard

    def reset(self, *, new_line: bool = False) -> None:
        """Forgets an unfinished frame; of a new line also how the old one built its frames."""
        self._held.clear()
        self._lost = self._midway
        if new_line:
            self._habit = line_habit.UNKNOWN

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._held)

    def _take(self) -> list[Heard]:
        heard: list[Heard] = []
        protocol = self._protocol
        view = bytes(self._held if protocol.eight_bits else self._held.translate(SEVEN_BITS))
        at = 0
        while at < len(view):
            length = protocol.cut(view[at:])
            if length == WAIT and len(view) - at > protocol.longest:
                length = BROKEN
                self._lost = protocol.line_based
            if length == WAIT:
                break
            if length > 0:
                raw = bytes(self._held[at : at + length])
                if not self._lost:
                    heard.append(self._heard(raw))
                self._lost = False
            elif length == BROKEN:
                heard.append(Heard(raw=bytes(self._held[at : at + protocol.longest]), outcome=INVALID))
            at += max(length, 1)
        del self._held[:at]
        return heard

    def _heard(self, raw: bytes) -> Heard:
        protocol = self._protocol
        said = protocol.read(raw, self._settings)
        if protocol.way_of is not None:
            way = None if said.outcome == "invalid" else protocol.way_of(raw)
            self._habit, said = line_habit.judged(self._habit, way, said)
        return Heard(raw=raw, outcome=said)


def masked(frame: bytes) -> bytes:
    """A 7E1 or 7O1 line read as 8N1 carries parity in the top bit; where a frame has no check it is simply not data."""
    return frame.translate(SEVEN_BITS)


def checked_seven_bits(frame: bytes) -> bytes | None:
    """The same for frames with a check: the top bits must be all clear, all set, or the parity of every byte.

    Otherwise a bit was flipped on the way, and the frame is None.
    """
    if frame.isascii():
        return frame
    parity = frame.translate(_ODD)
    if all(byte & 0x80 for byte in frame) or parity == bytes(len(frame)) or parity == b"\x01" * len(frame):
        return frame.translate(SEVEN_BITS)
    return None
