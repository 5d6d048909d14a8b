"""Paper for a page: cells where the printer takes two columns, pictures dot by dot."""

import base64
import struct
import zlib

from gateway.web.drawn_paper import DrawnLine, drawn
from peripherals.simulators.paper import PrintedPicture, PrintedQr, PrintedText


def dots_of(png: str) -> list[str]:
    """Read back by the standard: chunks with their sums, a filter byte before each row, 0 is black."""
    data = base64.b64decode(png.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
        chunks[kind], at = body, at + 12 + length
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [1, 0, 0, 0, 0]
    raw, size = zlib.decompress(chunks[b"IDAT"]), 1 + -(-width // 8)
    assert len(raw) == size * height
    rows = [raw[at + 1 : at + size] for at in range(0, len(raw), size)]
    return ["".join(f"{byte:08b}" for byte in row)[:width].replace("0", "#").replace("1", " ") for row in rows]


def test_a_picture_is_drawn_dot_by_dot() -> None:
    """Also where its rows end early, and where nothing is on it."""
    rows = ("#  #   # #", "", "   #")
    line = drawn(PrintedPicture(rows, "center"), "gb18030")
    assert line.picture is not None
    assert (dots_of(line.picture), line.dots, line.align) == ([row.ljust(10) for row in rows], 10, "center")
    empty = drawn(PrintedPicture(()), "gb18030").picture
    assert empty is not None
    assert dots_of(empty) == [" "]


def test_what_takes_two_columns_is_named_by_the_printers_own_letters() -> None:
    """A Chinese printer draws a sign that it takes as two bytes twice as wide, one for UTF-8 does not."""
    assert drawn(PrintedText("1 × 茶"), "gb18030").wide == "×茶"
    assert drawn(PrintedText("1 × 茶"), "utf8").wide == "茶"
    assert drawn(PrintedText("1 × é"), "cp850").wide == ""


def test_a_code_is_told_by_what_it_says() -> None:
    assert drawn(PrintedQr("019a", "center"), "gb18030") == DrawnLine("▐▌▐ 019a ▌▐▌", "center", code=True)
