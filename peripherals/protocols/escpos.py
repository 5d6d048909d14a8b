"""ESC/POS: a print job as bytes. Refuses to know whether anything was printed; `escpos_status.py` hears the answers.

Chinese text goes between `FS &` and `FS .`: without them a printer in its Western mode prints each half of a character.
"""

from typing import assert_never

import msgspec

from peripherals.config import Encoding
from peripherals.errors import InvalidPrintJob
from peripherals.print_job import (
    PARTS_MAX,
    Align,
    Barcode,
    Columns,
    Cut,
    DrawerPulse,
    Feed,
    Part,
    PrintJob,
    QrCode,
    Rule,
    TextLine,
)
from peripherals.protocols.paper_text import printable, side_by_side, wrap

INITIALIZE = b"\x1b@"
STATUS_BACK_OFF = b"\x1da\x00"
"""Automatic status back would mix with the answers we ask for."""
CHINESE_ON, CHINESE_OFF = b"\x1c&", b"\x1c."
DRAWER_ON_2MS, DRAWER_OFF_2MS = 25, 250
"""50 ms opens the drawers we know; half a second of rest spares the solenoid."""

JOB_BYTES_MAX = 262_144
"""Far above the longest till receipt (500 lines are about 60 kB); a guard against a job that never ends."""
QR_BYTES_MAX = 700
"""Keeps the command's length bytes clear of the real-time commands' code, and the code readable on 58 mm paper."""
_ALIGN: dict[Align, bytes] = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}


class Paper(msgspec.Struct, frozen=True, gc=False):
    """What the encoder must know of the printer."""

    columns: int
    encoding: Encoding


def encode(job: PrintJob, paper: Paper) -> bytes:
    """The whole job, from initialising to its last part; raises `InvalidPrintJob`."""
    if len(job.parts) > PARTS_MAX:
        raise InvalidPrintJob(what=f"more than {PARTS_MAX} parts", on="job")
    out = bytearray(INITIALIZE + STATUS_BACK_OFF)
    if paper.encoding != "utf8":
        out += CHINESE_OFF
    for part in job.parts:
        out += _encode_part(part, paper)
        if len(out) > JOB_BYTES_MAX:
            raise InvalidPrintJob(what=f"more than {JOB_BYTES_MAX} bytes", on="job")
    return bytes(out)


def drawer_pulse(pin: int) -> bytes:
    """Opens the drawer, in its turn among the printer's commands."""
    return bytes((0x1B, 0x70, 0 if pin == 2 else 1, DRAWER_ON_2MS, DRAWER_OFF_2MS))


def drawer_pulse_now(pin: int) -> bytes:
    """Opens the drawer at once, even while the printer waits for paper (100 ms; not every clone knows it)."""
    return bytes((0x10, 0x14, 0x01, 0 if pin == 2 else 1, 0x01))


def _encode_part(part: Part, paper: Paper) -> bytes:
    match part:
        case TextLine(text=text, align=align, bold=bold, double=double):
            shown = printable(text, paper.encoding)
            rows = wrap(shown, _columns(paper, double=double), paper.encoding)
            return _rows(rows, align, paper.encoding, bold=bold, double=double)
        case Columns(left=left, right=right, bold=bold, double=double):
            encoding = paper.encoding
            width = _columns(paper, double=double)
            rows = side_by_side(printable(left, encoding), printable(right, encoding), width, encoding)
            return _rows(rows, "left", encoding, bold=bold, double=double)
        case Rule(character=character):
            return _rows([character * paper.columns], "left", paper.encoding, bold=False, double=False)
        case Barcode():
            return _barcode(part)
        case QrCode():
            return _qr_code(part)
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


def _rows(rows: list[str], align: Align, encoding: Encoding, *, bold: bool, double: bool) -> bytes:
    out = bytearray(_ALIGN[align])
    out += b"\x1bE\x01" if bold else b""
    out += b"\x1d!\x11" if double else b""
    for row in rows:
        out += encode_text(row, encoding) + b"\n"
    out += b"\x1d!\x00" if double else b""
    out += b"\x1bE\x00" if bold else b""
    out += _ALIGN["left"] if align != "left" else b""
    return bytes(out)


def encode_text(text: str, encoding: Encoding) -> bytes:
    """One row. Plain letters go outside Chinese mode, where they keep their single width on every model."""
    if encoding == "utf8":
        return text.encode("utf-8")
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


def _barcode(part: Barcode) -> bytes:
    data, kind = part.data, part.symbology
    if kind in {"ean13", "ean8"}:
        length = 13 if kind == "ean13" else 8
        if len(data) != length or not data.isascii() or not data.isdigit() or not _check_digit_fits(data):
            raise InvalidPrintJob(what=f"{data!r} is no {kind}", on="barcode")
        number, body = (67 if kind == "ean13" else 68), data.encode("ascii")
    else:
        if not 1 <= len(data) <= 80 or not all(" " <= character <= "~" for character in data):
            raise InvalidPrintJob(what=f"{data!r} is no code128 text", on="barcode")
        number, body = 73, b"{B" + data.replace("{", "{{").encode("ascii")
    # Height 80 dots = 10 mm, modules of 2 dots, the text below.
    settings = b"\x1dh\x50\x1dw\x02\x1dH\x02"
    return _ALIGN["center"] + settings + bytes((0x1D, 0x6B, number, len(body))) + body + b"\n" + _ALIGN["left"]


def _check_digit_fits(digits: str) -> bool:
    """GS1's check digit: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _qr_code(part: QrCode) -> bytes:
    body = part.data.encode("utf-8", errors="replace")
    controls = any(character < " " and character != "\x1d" for character in part.data)
    if not body or len(body) > QR_BYTES_MAX or controls or not 1 <= part.module_dots <= 16:
        raise InvalidPrintJob(what="QR code too long, empty or with control characters", on="qr")

    def function(number: int, arguments: bytes) -> bytes:
        payload = bytes((0x31, number)) + arguments
        return b"\x1d(k" + len(payload).to_bytes(2, "little") + payload

    return (
        _ALIGN["center"]
        + function(65, b"2\x00")  # model 2
        + function(67, bytes((part.module_dots,)))
        + function(69, b"1")  # error correction M: receipts get crumpled
        + function(80, b"0" + body)
        + function(81, b"0")
        + b"\n"
        + _ALIGN["left"]
    )
