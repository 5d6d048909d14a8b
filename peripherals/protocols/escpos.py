"""ESC/POS: a print job as bytes. Refuses to know whether anything was printed; `escpos_status.py` hears the answers.

Chinese text goes between `FS &` and `FS .`: without them a printer in its Western mode prints each half of a character.
"""

from collections.abc import Iterator
from typing import assert_never

import msgspec

from peripherals.config import Beeper, Encoding
from peripherals.errors import InvalidPrintJob
from peripherals.print_job import (
    PARTS_MAX,
    Align,
    Barcode,
    Beep,
    Columns,
    Cut,
    DrawerPulse,
    Feed,
    Logo,
    Part,
    PrintJob,
    QrCode,
    Rule,
    TextLine,
)
from peripherals.protocols import code_pages
from peripherals.protocols.escpos_codes import barcode, qr_code
from peripherals.protocols.paper_text import REPLACEMENT, TWO_BYTES, printable, side_by_side, wrap
from peripherals.protocols.picture import Glyph, Picture, draw, raster

INITIALIZE = b"\x1b@"
STATUS_BACK_OFF, STATUS_BACK_ALL = b"\x1da\x00", b"\x1da\x0e"
"""GS a n: no automatic status, or one at every change of online state, error and paper (bits 1 to 3)."""
CHINESE_ON, CHINESE_OFF = b"\x1c&", b"\x1c."
DRAWER_ON_2MS, DRAWER_OFF_2MS = 25, 250
"""50 ms opens the drawers we know; half a second of rest spares the solenoid."""

JOB_BYTES_MAX = 8_388_608
"""Above the longest till receipt: 500 lines are some 60 kB of text, and drawn as pictures 6 MB. A guard against a job that never
ends."""
BEEPS_MAX = 9
BEEP_50MS = 4
"""A fifth of a second each, in steps of 50 ms."""
_ALIGN: dict[Align, bytes] = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}


class Paper(msgspec.Struct, frozen=True, gc=False):
    """What the encoder must know of the printer. `dots` is the width that it prints on; `glyph` draws where text is a
    picture. `status_back` (GS a) is the automatic status that it is set to send."""

    columns: int
    encoding: Encoding
    code_page: int | None = None
    dots: int = 576
    glyph: Glyph | None = None
    logo: Picture | None = None
    beeper: Beeper = "none"
    automatic_status: bool = False


def encode(job: PrintJob, paper: Paper) -> bytes:
    """The whole job, from initialising to its last part; raises `InvalidPrintJob`."""
    return b"".join(pieces(job, paper))


def pieces(job: PrintJob, paper: Paper) -> Iterator[bytes]:
    """The same, part by part, since drawing a long receipt takes seconds on a small machine; each step may raise."""
    if len(job.parts) > PARTS_MAX:
        raise InvalidPrintJob(what=f"more than {PARTS_MAX} parts", on="job")
    out = bytearray(INITIALIZE + (STATUS_BACK_ALL if paper.automatic_status else STATUS_BACK_OFF))
    if paper.encoding != "utf8":
        out += CHINESE_OFF
    if paper.encoding in code_pages.CODE_PAGES:
        number = paper.code_page
        out += code_pages.select(code_pages.CODE_PAGES[paper.encoding] if number is None else number)
    yield bytes(out)
    total = len(out)
    for part in job.parts:
        piece = _encode_part(part, paper)
        total += len(piece)
        if total > JOB_BYTES_MAX:
            raise InvalidPrintJob(what=f"more than {JOB_BYTES_MAX} bytes", on="job")
        yield piece


def drawer_pulse(pin: int) -> bytes:
    """Opens the drawer, in its turn among the printer's commands."""
    return bytes((0x1B, 0x70, 0 if pin == 2 else 1, DRAWER_ON_2MS, DRAWER_OFF_2MS))


def drawer_pulse_now(pin: int) -> bytes:
    """Opens the drawer at once, even while the printer waits for paper (100 ms; not every clone knows it)."""
    return bytes((0x10, 0x14, 0x01, 0 if pin == 2 else 1, 0x01))


def _encode_part(part: Part, paper: Paper) -> bytes:
    match part:
        case TextLine(text=text, align=align, bold=bold, double=double):
            rows = wrap(_shown(text, paper), _columns(paper, double=double), paper.encoding)
            return _rows(rows, align, paper, bold=bold, double=double)
        case Columns(left=left, right=right, bold=bold, double=double):
            width = _columns(paper, double=double)
            rows = side_by_side(_shown(left, paper), _shown(right, paper), width, paper.encoding)
            return _rows(rows, "left", paper, bold=bold, double=double)
        case Rule(character=character):
            return _rows([character * paper.columns], "left", paper, bold=False, double=False)
        case Barcode():
            return _ALIGN["center"] + barcode(part) + b"\n" + _ALIGN["left"]
        case QrCode():
            return _ALIGN["center"] + qr_code(part) + b"\n" + _ALIGN["left"]
        case Logo():
            return b"" if paper.logo is None else _ALIGN["center"] + raster(paper.logo) + _ALIGN["left"]
        case Beep(times=times):
            return _beep(max(1, min(times, BEEPS_MAX)), paper.beeper)
        case Feed(lines=lines):
            return bytes((0x1B, 0x64, max(0, min(lines, 255))))
        case Cut(partial=partial):
            # Function B feeds to the knife first, so that the last lines are not cut through.
            return bytes((0x1D, 0x56, 0x42 if partial else 0x41, 0))
        case DrawerPulse(pin=pin):
            return drawer_pulse(pin)
        case _:
            assert_never(part)


def _columns(paper: Paper, *, double: bool) -> int:
    return paper.columns // 2 if double else paper.columns


def _shown(text: str, paper: Paper) -> str:
    """The text with what this printer lacks marked."""
    shown = printable(text, paper.encoding)
    if paper.encoding != "raster":
        return shown
    assert paper.glyph is not None, "whoever draws has a font"
    return "".join(character if paper.glyph(character) is not None else REPLACEMENT for character in shown)


def _rows(rows: list[str], align: Align, paper: Paper, *, bold: bool, double: bool) -> bytes:
    if paper.encoding == "raster":
        assert paper.glyph is not None, "whoever draws has a font"
        scale = 2 if double else 1
        drawn = (draw(row, paper.glyph, paper.columns, paper.dots, align, bold=bold, scale=scale) for row in rows)
        return b"".join(raster(picture) for picture in drawn)
    out = bytearray(_ALIGN[align])
    out += b"\x1bE\x01" if bold else b""
    out += b"\x1d!\x11" if double else b""
    for row in rows:
        out += encode_text(row, paper.encoding) + b"\n"
    out += b"\x1d!\x00" if double else b""
    out += b"\x1bE\x00" if bold else b""
    out += _ALIGN["left"] if align != "left" else b""
    return bytes(out)


def _beep(times: int, beeper: Beeper) -> bytes:
    match beeper:
        case "none":
            return b""
        case "epson":
            # Function 48 of the buzzer that Epson sells with it: pattern 3, so many times, in tenths of a second.
            return b"\x1b(A\x04\x00\x30\x33" + bytes((times, BEEP_50MS))
        case "common":
            return b"\x1bB" + bytes((times, BEEP_50MS))
        case _:
            assert_never(beeper)


def encode_text(text: str, encoding: Encoding) -> bytes:
    """One row. Plain letters go outside Chinese mode, where they keep their single width on every model."""
    if encoding not in TWO_BYTES:
        return text.encode("utf-8" if encoding == "utf8" else encoding)
    out = bytearray()
    chinese = False
    for character in text:
        if character.isascii() == chinese:
            chinese = not chinese
            out += CHINESE_ON if chinese else CHINESE_OFF
        out += character.encode(encoding)
    if chinese:
        out += CHINESE_OFF
    return bytes(out)
