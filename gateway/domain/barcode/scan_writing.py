"""Messages as GS1 writes them down, and what a scanner sends for one: the other way round, for simulators and proofs.

A message is `^` elements, a bare number or text, each perhaps with a composite part behind a bar, or a Digital Link.
"""

import re
from typing import Final, Literal

from gateway.domain.barcode.digital_link import looks_like_link, read_link
from gateway.domain.barcode.elements import GS, Elements, joined, read_fnc1
from gateway.domain.barcode.finding import Severity
from gateway.domain.barcode.trade_numbers import check_digit, has_check_digit, is_digits

Carrier = Literal["qr", "datamatrix", "dotcode", "databar_expanded", "databar_omni", "databar_limited", "gs1_128",
                  "upca", "upce", "ean13", "ean8"]  # fmt: skip
_TWO_WAYS: Final = {"qr": ("]Q1", "]Q3"), "datamatrix": ("]d1", "]d2"), "dotcode": ("]J0", "]J1")}
_SIZES: Final = {"upca": 12, "upce": 12, "ean13": 13, "ean8": 8, "databar_omni": 14, "databar_limited": 14}


def read_message(message: str) -> Elements:
    """The elements of a message; a bare number or text has none of its own."""
    if looks_like_link(message):
        return read_link(message).elements
    primary, bar, composite = message.partition("|^")
    read = read_fnc1(primary) if primary.startswith("^") else Elements()
    return read.with_second(read_fnc1("^" + composite)) if bar else read


def message_of_text(text: str) -> str:
    """A text as a message: one that begins with `^` (behind any backslashes) gets a backslash more."""
    return "\\" + text if re.match(r"\\*\^", text) else text


def write_scan(carrier: Carrier, message: str, *, add_check_digit: bool = False) -> str | None:
    """What a scanner sends for a message in a symbol; None where the symbol cannot carry it."""
    if carrier in _TWO_WAYS:
        plain, marked = _TWO_WAYS[carrier]
        if message.startswith("^"):
            return marked + message[1:].replace("^", GS) if _is_sound(read_message(message)) else None
        return plain + (message[1:] if re.match(r"\\+\^", message) else message)
    primary, _, composite = message.partition("|^")
    if carrier in _SIZES:
        return _number(carrier, primary, composite, add_check_digit)
    read = read_message(message)
    if not message.startswith("^") or not _is_sound(read):
        return None
    if carrier == "gs1_128" and not composite:
        return "]C1" + message[1:].replace("^", GS)
    return "]e0" + joined(read.found)


def _number(carrier: Carrier, primary: str, composite: str, add_check_digit: bool) -> str | None:
    size = _SIZES[carrier]
    number = primary.removeprefix("^01")[14 - size :] if primary.startswith("^01") else primary
    if add_check_digit and is_digits(number) and len(number) == size - 1:
        number += check_digit(number)
    elif add_check_digit or len(number) != size or not has_check_digit(number):
        return None
    if primary.startswith("^01") and primary[3:17] != number.zfill(14):
        return None
    second = read_fnc1("^" + composite) if composite else Elements()
    if not _is_sound(second) or (carrier == "databar_limited" and number[0] not in "01"):
        return None
    if size == 14:
        return "]e001" + number + joined(second.found)
    scan = ("]E4" if carrier == "ean8" else "]E0") + (number if carrier == "ean8" else number.zfill(13))
    return f"{scan}|]e0{joined(second.found)}" if composite else scan


def _is_sound(elements: Elements) -> bool:
    return all(finding.severity is not Severity.ERROR for finding in elements.findings)
