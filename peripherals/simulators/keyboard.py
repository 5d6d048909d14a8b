"""A scanner that types: the other end of an event node. Presses and releases keys as the kernel reports them."""

import struct

from peripherals.config import Keymap
from peripherals.protocols.keymaps import LAYOUTS

_EVENT = struct.Struct("@LLHHi")
_SHIFT, _ALT_GR, _CONTROL, _ALT, _ENTER, _SPACE = 42, 100, 29, 56, 28, 57
_PAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}


class KeyboardSimulator:
    """Types codes on the keyboard of a country; behind an accent that would wait, Space."""

    def __init__(self, keymap: Keymap = "us", *, end: int | None = _ENTER) -> None:
        """`end` is the key behind each code."""
        layout = LAYOUTS[keymap]
        self._end = end
        self._keys: dict[str, tuple[int, ...]] = {" ": (_SPACE,)}
        self._dead: set[tuple[int, ...]] = set()
        for held, characters, dead in (
            ((_ALT_GR,), layout.alt_gr, layout.dead_alt_gr),
            ((_SHIFT,), layout.shift, layout.dead_shift),
            ((), layout.plain, layout.dead_plain),
        ):
            self._keys |= {character: (*held, code) for code, character in characters.items()}
            self._dead |= {(*held, code) for code in dead}

    def types(self, character: str) -> bool:
        """Whether this keyboard has it."""
        return character in self._keys

    def scan(self, code: str) -> bytes:
        """The events of one code; a control character is Ctrl with its key, anything else that no key has Alt and digits."""
        events = b""
        for character in code:
            if character in self._keys:
                events += press(*self._keys[character])
                if self._keys[character] in self._dead:
                    events += press(_SPACE)
            elif ord(character) < 0x20:
                events += press(_CONTROL, *self._keys[chr(ord(character) + 0x40).lower()])
            else:
                events += alt(f"0{character.encode('cp1252')[0]}")
        return events + (press(self._end) if self._end is not None else b"")


def event(kind: int, code: int, value: int) -> bytes:
    """One struct input_event."""
    return _EVENT.pack(1_795_000_000, 0, kind, code, value)


def press(*codes: int) -> bytes:
    """Keys down in this order, up in the other, a report behind each."""
    changes = [(code, 1) for code in codes] + [(code, 0) for code in reversed(codes)]
    return b"".join(event(4, 4, 0x70004) + event(1, code, value) + event(0, 0, 0) for code, value in changes)


def alt(digits: str) -> bytes:
    """A character by its number."""
    down = event(1, _ALT, 1) + event(0, 0, 0)
    return down + b"".join(press(_PAD[digit]) for digit in digits) + event(1, _ALT, 0) + event(0, 0, 0)
