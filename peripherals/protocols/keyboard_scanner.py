"""A scanner that types: the kernel's key events made into codes. Refuses to know who sent them and what a code means.

Source of the events: linux/input.h and kernel Documentation/input/event-codes.rst. What scanners do beyond typing (manuals of
Honeywell Xenon and Zebra DS line, "keyboard wedge"): control characters as Ctrl with a key, or as Alt with digits of the number
pad; the group separator of GS1 as Ctrl-], Alt-029 or F8. A separator that is not sent at all is lost for good, which is why
a serial line is the better one.
"""

import struct
import unicodedata
from typing import Final

from peripherals.config import Keymap, ScanSuffix
from peripherals.events import Event, Garbled
from peripherals.protocols.keymaps import KEYPAD, LAYOUTS, SPACE
from peripherals.protocols.serial_scanner import CODE_BYTES_MAX, QUIET_SECONDS, STALE_SECONDS, scanned

INPUT_EVENT: Final = struct.Struct("@LLHHi")
"""struct input_event: two words of time, type, code, value; in the machine's own byte order and word length."""
ALT_DIGITS_MAX: Final = 5
"""As many as an operating system counts."""

_SYN, _KEY = 0, 1
_SYN_REPORT, _SYN_DROPPED = 0, 3
_RELEASED, _PRESSED = 0, 1
_ENTER, _KEYPAD_ENTER, _TAB, _F8, _CAPS_LOCK = 28, 96, 15, 66, 58
_CONTROL: Final = frozenset((29, 97))
_SHIFT: Final = frozenset((42, 54))
_ALT, _ALT_GR = 56, 100
_ENDS: Final = frozenset((_ENTER, _KEYPAD_ENTER, _TAB))
_END_CHARACTERS: Final = frozenset("\r\n\t")
_GROUP_SEPARATOR: Final = "\x1d"
_CONTROLLED: Final = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
"""With Ctrl each of these is the control character of its place (ECMA-48)."""
_SAMPLE_CHARACTERS_MAX = 32
_COMBINING: Final = {"^": "\u0302", "´": "\u0301", "`": "\u0300", "¨": "\u0308", "~": "\u0303"}
"""What an accent is upon a letter."""


class KeyReader:
    """Codes out of key events; see `CodeReader`."""

    is_none = False

    def __init__(self, keymap: Keymap = "us", suffix: ScanSuffix = "terminator") -> None:
        """`suffix`: Enter or Tab; or, with `none`, silence."""
        self._layout = LAYOUTS[keymap]
        self._suffix = suffix
        self.reset()

    @property
    def quiet_seconds(self) -> float:
        """The silence that decides."""
        return QUIET_SECONDS if self._suffix == "none" else STALE_SECONDS

    @property
    def pending(self) -> int:
        """Characters of an unfinished code."""
        return len(self._typed)

    def reset(self) -> None:
        """No key is down and nothing was typed."""
        self._held = bytearray()
        self._typed: list[str] = []
        self._down: set[int] = set()
        self._caps_lock = self._overflowed = self._skipping = self._headless = False
        self._alt_digits = ""
        self._accent_waits = False

    def feed(self, data: bytes) -> list[Event]:
        """The codes that these events complete."""
        events: list[Event] = []
        self._held += data
        whole = len(self._held) - len(self._held) % INPUT_EVENT.size
        for _, _, kind, code, value in INPUT_EVENT.iter_unpack(bytes(self._held[:whole])):
            events += self._event(kind, code, value)
        del self._held[:whole]
        return events

    def quiet(self, elapsed: float) -> list[Event]:
        """What is held is taken or dropped when the silence was long enough."""
        if elapsed >= STALE_SECONDS:
            # Between two codes a scanner holds no key: one whose release was lost would turn every code after it.
            self._down.clear()
            self._headless = False
        if not self._typed or elapsed < self.quiet_seconds:
            return []
        return self._take() if self._suffix == "none" else [self._drop("no_terminator")]

    def _event(self, kind: int, code: int, value: int) -> list[Event]:
        if kind == _SYN:
            return self._synchronised(code)
        if kind != _KEY or self._skipping:
            return []
        if value == _PRESSED:
            self._down.add(code)
            return self._pressed(code)
        if value == _RELEASED:
            self._down.discard(code)
            if code == _ALT and self._alt_digits:
                return self._typing(_by_number(self._alt_digits))
        # Any other value is a key held down, which no scanner means.
        return []

    def _synchronised(self, code: int) -> list[Event]:
        """The kernel's buffer ran over: what was typed meanwhile is unknown, and what is left of that code is none."""
        if code == _SYN_DROPPED:
            lost = [self._drop("keys_lost")]
            self._headless = True
            self._down.clear()
            self._alt_digits = ""
            self._skipping = True
            return list(lost)
        if code == _SYN_REPORT:
            self._skipping = False
        return []

    def _pressed(self, code: int) -> list[Event]:
        if code in _ENDS:
            return self._take()
        if code == _CAPS_LOCK:
            self._caps_lock = not self._caps_lock
            return []
        if code == _ALT:
            self._alt_digits = ""
            return []
        if _ALT in self._down and code in KEYPAD:
            if KEYPAD[code].isdigit() and len(self._alt_digits) < ALT_DIGITS_MAX:
                self._alt_digits += KEYPAD[code]
            return []
        return self._typing(self._character(code), dead=self._is_dead(code))

    def _character(self, code: int) -> str:
        if code == _F8:
            return _GROUP_SEPARATOR
        if code == SPACE:
            return " "
        if code in KEYPAD:
            return KEYPAD[code]
        if _ALT_GR in self._down and not self._down & _CONTROL:
            return self._layout.alt_gr.get(code, "")
        plain = self._layout.plain.get(code, "")
        shifted = bool(self._down & _SHIFT) != (self._caps_lock and plain.isalpha())
        character = self._layout.shift.get(code, "") if shifted else plain
        if self._down & _CONTROL:
            # On a layout where ] needs AltGr the scanner presses that as well.
            character = self._layout.alt_gr.get(code, character) if _ALT_GR in self._down else character
            place = _CONTROLLED.find(character.upper()) if character else -1
            return chr(place) if place >= 0 else ""
        return character

    def _is_dead(self, code: int) -> bool:
        """Whether this key, with what is held now, is an accent that waits for the next one."""
        if self._down & _CONTROL:
            return False
        if _ALT_GR in self._down:
            return code in self._layout.dead_alt_gr
        return code in (self._layout.dead_shift if self._down & _SHIFT else self._layout.dead_plain)

    def _typing(self, character: str, *, dead: bool = False) -> list[Event]:
        if character in _END_CHARACTERS and character:
            return self._take()
        if self._headless or not character:
            return []
        if self._accent_waits:
            character, dead = _accented(self._typed.pop(), character), False
        if len(self._typed) + len(character) <= CODE_BYTES_MAX:
            self._typed += character
            self._accent_waits = dead
        else:
            self._overflowed, self._accent_waits = True, False
        return []

    def _take(self) -> list[Event]:
        self._accent_waits = False
        if self._headless:
            self._headless, self._typed = False, []
        if self._overflowed:
            return [self._drop("too_long")]
        typed = "".join(self._typed)
        self._typed = []
        return [scanned(typed.encode())] if typed else []

    def _drop(self, reason: str) -> Garbled:
        sample = "".join(self._typed[:_SAMPLE_CHARACTERS_MAX]).encode().hex(" ")
        self._typed, self._overflowed, self._accent_waits = [], False, False
        return Garbled(reason=reason, sample=sample)


def _accented(accent: str, character: str) -> str:
    """What two keys type of which the first was an accent: it alone, a letter with it, or both."""
    if character == " ":
        return accent
    together = unicodedata.normalize("NFC", character + _COMBINING[accent])
    return together if len(together) == 1 else accent + character


def _by_number(digits: str) -> str:
    """Alt with a number: with a leading zero a character of code page 1252, without one of 437, as on the PC."""
    number = int(digits)
    if number > 255:
        return ""
    if number < 0x20:
        return chr(number)
    return bytes((number,)).decode("cp1252" if digits.startswith("0") else "cp437", "ignore")
