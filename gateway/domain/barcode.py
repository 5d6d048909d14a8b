"""What a scanned text says: symbology, the codes to look an item up by, and what the code carries besides.

Pure text work; whether an item has the code is the ledger's to say. In-store numbers follow one stated layout, and of
GS1's application identifiers those a till needs; anything else is named in a finding, never guessed.
"""

import enum
import re
from typing import Final

import msgspec

from replication.wire.quantity import THOUSANDTHS, Quantity

GS: Final = "\x1d"
SCAN_CHARACTERS_MAX: Final = 512
"""Longer than any code a till meets; GS1's own bound on an element string is far below it with 64 identifiers."""


class Severity(enum.StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(msgspec.Struct, frozen=True):
    """Something to know about a scan: stable code, severity, and the piece of text it is about."""

    code: str
    severity: Severity
    detail: str = ""


class Scan(msgspec.Struct, frozen=True):
    """A scan taken apart. `lookups` are tried in order; `quantity` (thousandths) and `price` (minor units) came with it.

    `label` is the item's number in a shop's own label, tried last; only an item found by it has the label's amount.
    """

    text: str
    symbology: str
    lookups: tuple[str, ...]
    quantity: Quantity | None = None
    price: int | None = None
    lot: str | None = None
    expiry: str | None = None
    serial: str | None = None
    findings: tuple[Finding, ...] = ()
    label: str | None = None


_SYMBOLOGIES: Final = {
    "]E0": "ean13", "]E4": "ean8", "]E3": "ean13_addon", "]C0": "code128", "]C1": "gs1_128", "]d1": "datamatrix",
    "]d2": "gs1_datamatrix", "]Q1": "qr", "]Q3": "gs1_qr", "]e0": "gs1_databar", "]I1": "itf14", "]J1": "gs1_dotcode",
    "]A0": "code39",
}  # fmt: skip
"""AIM symbology identifiers (ISO/IEC 15424) that shop scanners send."""
_GS1: Final = frozenset({"gs1_128", "gs1_datamatrix", "gs1_qr", "gs1_databar", "gs1_dotcode"})

_GTIN_LENGTHS: Final = (13, 14, 12, 8)
"""Most common first: the order in which spellings are looked up."""
_FIXED: Final = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
"""Application identifiers of fixed length that need no separator (GS1 General Specifications, figure 7.8.5-2)."""
_BRACKET: Final = re.compile(r"\((\d{2,4})\)([^()]+)", re.ASCII)
_BRACKETED: Final = re.compile(rf"(?:{_BRACKET.pattern})+", re.ASCII)
_VARIABLE: Final = {"10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "250": 30, "400": 30}

IN_STORE_WEIGHT_PREFIXES: Final = frozenset({"20", "21", "22", "23", "24"})
IN_STORE_PRICE_PREFIXES: Final = frozenset({"25", "26", "27", "28", "29"})
"""The general profile's layout of in-store EAN-13: two digits prefix, five item, five value, check digit; the value is grams
or minor units. The item carries prefix and item digits as a seven-digit barcode."""


def check_digit(digits: str) -> str:
    """GS1's modulo-10 check digit for the digits before it."""
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def has_check_digit(code: str) -> bool:
    """Whether the last digit checks the ones before it."""
    return _is_digits(code) and len(code) >= 2 and check_digit(code[:-1]) == code[-1]


def _is_digits(text: str) -> bool:
    """0 to 9 only: a superscript two is a digit to Unicode and no number to anybody."""
    return text.isascii() and text.isdigit()


def read_scan(text: str) -> Scan:
    """Take a scan apart, as the scanner sent it."""
    if len(text) > SCAN_CHARACTERS_MAX:
        return Scan(
            text[:64], "unknown", (), findings=(Finding("too_long", Severity.ERROR, f"{len(text)} characters"),)
        )
    symbology = _SYMBOLOGIES.get(text[:3]) if text.startswith("]") else None
    body = text[3:] if text.startswith("]") and len(text) > 3 else text
    if symbology in _GS1:
        return _read_elements(text, symbology or "", body)
    if symbology is None and (elements := _unmarked_elements(body)) is not None:
        return _read_elements(text, "gs1", elements, _guess(None))
    if _is_digits(body):
        return _read_digits(text, symbology, body)
    return Scan(text, symbology or "unknown", (body,) if body else (), findings=_guess(symbology))


def _unmarked_elements(body: str) -> str | None:
    """The element string of a text that looks like one though no identifier says so: typed from a label with its
    brackets, with separators in it, or led by an article number that checks. None for any other text."""
    if pieces := _BRACKETED.fullmatch(body) and _BRACKET.findall(body):
        return GS.join(identifier + value for identifier, value in pieces)
    led = len(body) > 16 and body.startswith("01") and has_check_digit(body[2:16])
    return body if led or GS in body else None


def _guess(symbology: str | None) -> tuple[Finding, ...]:
    return () if symbology else (Finding("guessed", Severity.INFO, "no symbology identifier"),)


def _read_digits(text: str, symbology: str | None, digits: str) -> Scan:
    findings = list(_guess(symbology))
    kind = symbology or {8: "ean8", 12: "upca", 13: "ean13", 14: "itf14"}.get(len(digits), "unknown")
    if kind in {"ean8", "upca", "ean13", "itf14"} and not has_check_digit(digits):
        findings.append(Finding("bad_check_digit", Severity.ERROR, digits))
        return Scan(text, kind, (digits,), findings=tuple(findings))
    lookups = _spellings(digits) if len(digits) in _GTIN_LENGTHS else (digits,)
    if len(digits) == 13 and digits[:2] in IN_STORE_WEIGHT_PREFIXES | IN_STORE_PRICE_PREFIXES:
        label, value = digits[:7], int(digits[7:12])
        if digits[:2] in IN_STORE_WEIGHT_PREFIXES:
            return Scan(text, kind, lookups, quantity=Quantity(value), findings=tuple(findings), label=label)
        return Scan(text, kind, lookups, price=value, findings=tuple(findings), label=label)
    return Scan(text, kind, lookups, findings=tuple(findings))


def _spellings(gtin: str) -> tuple[str, ...]:
    """A GTIN as scanned, then as it may be stored: the lengths differ by zeros in front only. The till does the same."""
    short = gtin.lstrip("0")
    return tuple(dict.fromkeys((gtin, *(short.zfill(length) for length in _GTIN_LENGTHS if length >= len(short)))))


def _read_elements(text: str, symbology: str, body: str, known: tuple[Finding, ...] = ()) -> Scan:
    """A GS1 element string: fixed-length values by position, the others up to a separator."""
    found: dict[str, str] = {}
    findings = list(known)
    rest = body.lstrip(GS)
    while rest:
        identifier, value, rest = _next_element(rest)
        if identifier is None:
            findings.append(Finding("unknown_element", Severity.WARNING, value[:20]))
            break
        found[identifier] = value
    gtin = found.get("01") or found.get("02")
    lookups: tuple[str, ...] = ()
    if gtin is None:
        findings.append(Finding("no_gtin", Severity.WARNING, body[:20]))
    elif not has_check_digit(gtin):
        findings.append(Finding("bad_check_digit", Severity.ERROR, gtin))
    else:
        lookups = _spellings(gtin)
    quantity = _quantity(found)
    expiry = _date(found.get("17") or found.get("15"), findings)
    return Scan(text, symbology, lookups, quantity, None, found.get("10"), expiry, found.get("21"), tuple(findings))


def _next_element(rest: str) -> tuple[str | None, str, str]:
    """(identifier, value, what follows); identifier None where this version cannot tell where the value ends."""
    two, four = rest[:2], rest[:4]
    if two in _FIXED:
        end = 2 + _FIXED[two]
        if len(rest) < end or not _is_digits(rest[2:end]):
            return None, rest, ""
        return two, rest[2:end], rest[end:].removeprefix(GS)
    if rest[:3] == "310" and len(rest) >= 10 and _is_digits(rest[3:10]):
        return four, rest[4:10], rest[10:].removeprefix(GS)
    for length in (2, 3):
        longest = _VARIABLE.get(rest[:length])
        if longest is not None:
            value, _, after = rest[length:].partition(GS)
            return (rest[:length], value, after) if 0 < len(value) <= longest else (None, rest, "")
    return None, rest, ""


def _quantity(found: dict[str, str]) -> Quantity | None:
    """Net weight in kilograms (310n) or a count (30, 37), as thousandths."""
    for identifier, value in found.items():
        if identifier.startswith("310"):
            scale = int(identifier[3])
            thousandths = int(value) * 10 ** (3 - scale) if scale <= 3 else int(value) // 10 ** (scale - 3)
            return Quantity(thousandths)
        if identifier in {"30", "37"} and _is_digits(value):
            return Quantity(int(value) * THOUSANDTHS)
    return None


def _date(value: str | None, findings: list[Finding]) -> str | None:
    """YYMMDD as an ISO date; the century by GS1's rule is this one for every date a shop meets; day 00 is the month's end."""
    if value is None:
        return None
    year, month, day = 2000 + int(value[:2]), int(value[2:4]), int(value[4:])
    days = 31 if month in {1, 3, 5, 7, 8, 10, 12} else 30
    if month == 2:
        days = 29 if year % 4 == 0 else 28
    if not 1 <= month <= 12 or day > days:
        findings.append(Finding("bad_date", Severity.ERROR, value))
        return None
    return f"{year:04d}-{month:02d}-{day or days:02d}"
