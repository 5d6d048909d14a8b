"""A printed weight as text and as an exact integer, and the names of units. Refuses floats, and refuses to round."""

import re
from decimal import Decimal
from typing import Final

from peripherals.events import Weight, WeightUnit

_PRINTED = re.compile(r" *([+-]?) *(\d{0,9})(?:[.,](\d{0,7}))? *", re.ASCII)
"""Some scales print a decimal comma; none of them groups thousands."""

_UNITS: Final = {
    "kg": "kg", "kgs": "kg", "g": "g", "mg": "mg", "t": "t", "ton": "ton", "tn": "ton", "hkg": "hkg",
    "lb": "lb", "lbs": "lb", "oz": "oz", "ozt": "ozt", "toz": "ozt", "dwt": "dwt", "gn": "gn", "grn": "gn",
    "ct": "ct", "tl": "tl", "tlh": "tl", "tls": "tl", "tlt": "tl", "tlc": "tl", "tl.h": "tl", "tl.s": "tl",
    "tl.t": "tl", "tl.c": "tl", "twg": "tl", "tj": "tj", "sj": "sj", "catty": "catty", "mom": "mom", "mo": "mom",
    "tol": "tol", "tola": "tol", "bat": "bat", "n": "N", "ds": "ds",
    "pc": "pcs", "pcs": "pcs", "pce": "pcs", "%": "%",
    "lb:oz": "lb:oz", "l/o": "lb:oz", "lboz": "lb:oz",
}  # fmt: skip
SELLABLE_UNITS: Final[dict[str, WeightUnit]] = {"kg": "kg", "g": "g", "lb": "lb", "oz": "oz"}


def printed_weight(text: str) -> str | None:
    """`" 01.250"` → `"1.250"`: the scale's own decimals, without padding. None when it is no number."""
    found = _PRINTED.fullmatch(text)
    if found is None:
        return None
    sign, whole, decimals = found.groups()
    if not whole and not decimals:
        return None
    return ("-" if sign == "-" else "") + (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


_OUNCES_PER_POUND: Final = 16
_POUNDS_OUNCES = re.compile(r" *([+-]?) *(\d{1,5}) *lbs?[:,]? *(\d{1,2}(?:\.\d{0,4})?) *oz *", re.ASCII | re.IGNORECASE)


def pounds_and_ounces(text: str) -> str | None:
    """`" 2lb 10.5oz"` → `"42.5"`: ounces, exactly, with the decimals of the ounces. None when it is not of that kind."""
    found = _POUNDS_OUNCES.fullmatch(text)
    if found is None:
        return None
    return printed_weight(f"{found[1]}{int(found[2]) * _OUNCES_PER_POUND + Decimal(found[3])}")


def pointed(digits: str, decimals: int) -> str | None:
    """`("  1250", 3)` → `"1.250"`: digits whose point is told elsewhere. Fewer than no decimals are zeros at the end.

    Blanks stand for leading zeros; one behind the digits is a digit that was lost.
    """
    digits = digits.lstrip(" ")
    if not digits.isascii() or not digits.isdigit():
        return None
    if decimals <= 0:
        return printed_weight(digits + "0" * -decimals)
    digits = digits.rjust(decimals + 1, "0")
    return printed_weight(f"{digits[:-decimals]}.{digits[-decimals:]}")


def unit_named(text: str) -> str | None:
    """The unit a scale means by `KG`, `lbs` or `PC`; None for what is no unit we know: half a unit is none."""
    return _UNITS.get(text.strip(" ").lower())


def exact_thousandths(text: str) -> int | None:
    """`"1.25"` → 1250. None when thousandths cannot say it exactly."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, decimals = digits.partition(".")
    if decimals[3:].strip("0"):
        return None
    return sign * (int(whole) * 1000 + int(decimals[:3].ljust(3, "0")))


def weight_of(text: str, unit: WeightUnit) -> Weight | None:
    """The weight a `printed_weight` stands for, if thousandths hold it exactly."""
    thousandths = exact_thousandths(text)
    return None if thousandths is None else Weight(text=text, thousandths=thousandths, unit=unit)
