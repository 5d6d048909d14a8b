"""Barcodes and QR codes in ESC/POS: `GS k` (function B) and `GS ( k`. Refuses to print what a scanner would not read.

Source: Epson ESC/POS Application Programming Guide, "GS k", "GS h", "GS w", "GS H", "GS ( k" functions 165, 167, 169, 180, 181.
"""

from typing import assert_never

from peripherals.errors import InvalidPrintJob
from peripherals.print_job import Barcode, QrCode
from peripherals.protocols.code128 import code128

QR_BYTES_MAX = 700
"""Keeps the command's length bytes clear of the real-time commands' code, and the code readable on 58 mm paper."""
_SETTINGS = b"\x1dh\x50\x1dw\x02\x1dH\x02"
"""Height 80 dots = 10 mm, modules of 2 dots, the text below."""
_UPC_A, _EAN13, _EAN8, _CODE128 = 65, 67, 68, 73


def barcode(part: Barcode) -> bytes:
    """One code with its settings; raises `InvalidPrintJob`."""
    match part.symbology:
        case "ean13":
            number, body = _EAN13, _digits(part, 13)
        case "ean8":
            number, body = _EAN8, _digits(part, 8)
        case "upc_a":
            number, body = _UPC_A, _digits(part, 12)
        case "code128" | "gs1_128":
            number, body = _CODE128, code128(part.data, gs1=part.symbology == "gs1_128")
        case _:
            assert_never(part.symbology)
    if body is None:
        raise InvalidPrintJob(what=f"{part.data!r} is no {part.symbology}", on="barcode")
    return _SETTINGS + bytes((0x1D, 0x6B, number, len(body))) + body


def _digits(part: Barcode, length: int) -> bytes | None:
    data = part.data
    if len(data) != length or not data.isascii() or not data.isdigit() or not _check_digit_fits(data):
        return None
    return data.encode("ascii")


def _check_digit_fits(digits: str) -> bool:
    """GS1's check digit: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def qr_code(part: QrCode) -> bytes:
    """Model 2, error correction M; raises `InvalidPrintJob`."""
    body = part.data.encode("utf-8", errors="replace")
    controls = any(character < " " and character != "\x1d" for character in part.data)
    if not body or len(body) > QR_BYTES_MAX or controls or not 1 <= part.module_dots <= 16:
        raise InvalidPrintJob(what="QR code too long, empty or with control characters", on="qr")

    def function(number: int, arguments: bytes) -> bytes:
        payload = bytes((0x31, number)) + arguments
        return b"\x1d(k" + len(payload).to_bytes(2, "little") + payload

    return (
        function(65, b"2\x00")  # model 2
        + function(67, bytes((part.module_dots,)))
        + function(69, b"1")  # error correction M: receipts get crumpled
        + function(80, b"0" + body)
        + function(81, b"0")
    )
