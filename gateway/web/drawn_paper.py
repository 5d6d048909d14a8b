"""Paper as a page's script draws it, from what came out of the simulated printer. Knows no document."""

import base64
import struct
import zlib

import msgspec

from peripherals.config import Encoding
from peripherals.print_job import Align
from peripherals.protocols.paper_text import columns_of
from peripherals.simulators.paper import PrintedLine, PrintedPicture, PrintedText


class DrawnLine(msgspec.Struct, frozen=True):
    """A line as it comes out of the printer. The characters in `wide` take two columns of it. A picture is a PNG as a `data:` address and
    `dots` wide; a code is told by what it says."""

    text: str
    align: Align
    bold: bool = False
    double: bool = False
    wide: str = ""
    code: bool = False
    picture: str | None = None
    dots: int = 0


def drawn(line: PrintedLine, encoding: Encoding) -> DrawnLine:
    """A printed line, of a printer that takes text for `encoding`."""
    match line:
        case PrintedText():
            wide = "".join(sorted({one for one in line.text if columns_of(one, encoding) == 2}))
            return DrawnLine(line.text, line.align, line.bold, line.double, wide)
        case PrintedPicture():
            dots = max(map(len, line.rows), default=0)
            return DrawnLine("", line.align, picture=_png(line.rows, dots), dots=dots)
        case _:
            return DrawnLine(f"▐▌▐ {line.data} ▌▐▌", line.align, code=True)


def _png(rows: tuple[str, ...], dots: int) -> str:
    """Black and white, one bit a dot (PNG, third edition, 11.2.1: greyscale of bit depth 1, where 1 is white)."""
    width_bytes = max(1, -(-dots // 8))
    bits = str.maketrans("# ", "01")
    lines = (
        b"\0" + int(row.translate(bits).ljust(width_bytes * 8, "1"), 2).to_bytes(width_bytes, "big")
        for row in rows or ("",)
    )
    header = struct.pack(">IIBBBBB", max(1, dots), max(1, len(rows)), 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b""))
    image = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return "data:image/png;base64," + base64.b64encode(image).decode("ascii")
