"""Black and white pictures: drawn text, a shop's logo, and how ESC/POS takes them. Refuses to know files and fonts.

A picture is rows of dots, the leftmost dot the highest bit of the first byte. `GS v 0` (Epson ESC/POS Application Programming
Guide, "GS v 0": m, xL xH bytes a row, yL yH rows) is what every clone has; it is sent in slices, because a printer begins to
print a slice only when it has all of it, and cheap ones have a buffer of 4 kB.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from peripherals.print_job import Align
from peripherals.protocols.paper_text import columns_of

SLICE_ROWS: Final = 24
"""The height of a line of text: 72 bytes a row of 80 mm paper make 1.7 kB."""
PICTURE_BYTES_MAX: Final = 72 * 1_200
"""A logo as high as 15 cm of the widest paper."""
GLYPH_ROWS: Final = 16
GLYPH_DOTS: Final = 8
"""Of a letter; a Chinese character is twice as wide. The grid of GNU Unifont."""

_REAL_TIME: Final = re.compile(rb"\x10(?=[\x04\x05\x14])")
"""DLE EOT, DLE ENQ and DLE DC4 are obeyed within a picture, too (Epson, "real-time commands"): a status that nobody asked for is told, or
the drawer opens. A dot beside the one that makes it breaks it, and nobody sees an eighth of a millimetre."""
_HEX_GLYPH: Final = re.compile(r"[0-9A-F]{32}|[0-9A-F]{64}", re.ASCII)

Glyph = Callable[[str], bytes | None]
"""The dots of a character, 16 rows of one or two bytes; None where the font has none."""


class Picture(msgspec.Struct, frozen=True):
    """`width_bytes` bytes a row."""

    width_bytes: int
    dots: bytes

    @property
    def rows(self) -> int:
        """How high it is."""
        return len(self.dots) // self.width_bytes if self.width_bytes else 0


class NoPicture(ValueError):
    """No picture we read; says what it should be."""


def glyph_of_hex(text: str) -> bytes | None:
    """A glyph as GNU Unifont's .hex files write it: 32 or 64 hex digits."""
    return bytes.fromhex(text) if _HEX_GLYPH.fullmatch(text) else None


def read_pbm(data: bytes) -> Picture:
    """A PBM picture, plain (P1) or raw (P4); raises `NoPicture`. Source: netpbm, pbm(5)."""
    match = re.match(rb"(P[14])\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s", data)
    if match is None:
        raise NoPicture("should be a PBM picture: `magick logo.png -monochrome logo.pbm` makes one")
    width, height = int(match[2]), int(match[3])
    width_bytes = (width + 7) // 8
    if not width or not height or width_bytes * height > PICTURE_BYTES_MAX:
        raise NoPicture(f"{width} × {height} dots: larger than {PICTURE_BYTES_MAX} bytes, or empty")
    body = data[match.end() :]
    if match[1] == b"P1":
        bits = re.sub(rb"\s|#[^\n]*", b"", body)
        if len(bits) < width * height or bits.strip(b"01"):
            raise NoPicture("ends in the middle")
        rows = (bits[row * width : (row + 1) * width].ljust(width_bytes * 8, b"0") for row in range(height))
        body = b"".join(int(row, 2).to_bytes(width_bytes, "big") for row in rows)
    if len(body) < width_bytes * height:
        raise NoPicture("ends in the middle")
    return Picture(width_bytes, body[: width_bytes * height])


def draw(row: str, glyph: Glyph, columns: int, dots: int, align: Align, *, bold: bool, scale: int) -> Picture:
    """One row of text over the whole width of the paper, `columns` letters of it side by side at scale 1."""
    width_bytes = dots // 8
    advance = dots // columns * scale
    used = columns_of(row, "raster") * advance
    start = {"left": 0, "center": (dots - used) // 2, "right": dots - used}[align]
    size = max(1, advance // GLYPH_DOTS)
    lines = [0] * (GLYPH_ROWS * size)
    at = max(0, start)
    for character in row:
        width = columns_of(character, "raster") * advance
        shown = glyph(character)
        if shown is not None and at + width <= dots:
            _stamp(lines, shown, at, dots, size, bold=bold)
        at += width
    return Picture(width_bytes, b"".join(line.to_bytes(width_bytes, "big") for line in lines))


def _stamp(lines: list[int], glyph: bytes, at: int, dots: int, size: int, *, bold: bool) -> None:
    """Lays a glyph on the lines, each of its dots `size` dots wide and high; bold is the glyph twice, a dot apart."""
    wide = len(glyph) // GLYPH_ROWS
    for row in range(GLYPH_ROWS):
        bits = int.from_bytes(glyph[row * wide : (row + 1) * wide], "big")
        if size > 1:
            bits = sum((bits >> place & 1) * ((1 << size) - 1) << place * size for place in range(wide * 8))
        shift = dots - at - wide * 8 * size
        line = bits << shift if shift >= 0 else bits >> -shift
        for place in range(size):
            lines[row * size + place] |= line | (line >> 1 if bold else 0)


def raster(picture: Picture) -> bytes:
    """GS v 0 in slices."""
    out = bytearray()
    step = picture.width_bytes * SLICE_ROWS
    for start in range(0, len(picture.dots), step):
        part = picture.dots[start : start + step]
        rows = len(part) // picture.width_bytes
        part = _REAL_TIME.sub(b"\x18", part)
        out += b"\x1dv0\x00" + picture.width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little") + part
    return bytes(out)
