"""GNU Unifont's .hex file as a font: looked into, never read whole. The only place that opens it.

A line is `4E00:` and 32 or 64 hex digits; lines stand in the order of their characters (unifont(5)). Debian's package `unifont` brings
`/usr/share/unifont/unifont.hex`, which is free to use and to pass on (OFL 1.1, or GPL 2+ with font exception).
"""

import functools
import mmap
from pathlib import Path
from typing import Final

from peripherals.protocols.picture import glyph_of_hex

USUAL: Final = Path("/usr/share/unifont/unifont.hex")
FILE_BYTES_MAX: Final = 64_000_000
"""Over ten times the font of all planes."""
GLYPHS_KEPT: Final = 1_024
"""A shop's words use some hundred characters."""


class NoFont(ValueError):
    """No such file, or not of that shape; says what to do."""


class Unifont:
    """Glyphs by character, found by halving the file."""

    def __init__(self, file: Path) -> None:
        """Raises `NoFont`."""
        try:
            size = file.stat().st_size
            if not 0 < size <= FILE_BYTES_MAX:
                raise NoFont(f"{file} is empty or larger than a font")
            with file.open("rb") as opened:
                self._text = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise NoFont(f"{file}: {error.strerror}. Debian's package `unifont` has one") from None
        self.glyph = functools.lru_cache(GLYPHS_KEPT)(self._glyph)
        if self.glyph("A") is None or self.glyph("?") is None:
            raise NoFont(f"{file} is no .hex font: it has no line for A or for ?")

    def _glyph(self, character: str) -> bytes | None:
        if len(character) != 1:
            return None
        wanted, low, high = ord(character), 0, len(self._text)
        while low < high:
            start = self._text.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._text.find(b"\n", start)
            line = self._text[start : len(self._text) if end < 0 else end]
            code, colon, digits = line.partition(b":")
            if not colon or not _is_hex(code):
                return None
            found = int(code, 16)
            if found == wanted:
                return glyph_of_hex(digits.strip().decode("ascii", "replace").upper())
            if found < wanted:
                low = len(self._text) if end < 0 else end + 1
            else:
                high = start
        return None


def _is_hex(code: bytes) -> bool:
    return 0 < len(code) <= 6 and all(byte in b"0123456789abcdefABCDEF" for byte in code)
