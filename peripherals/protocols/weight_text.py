"""A printed weight as text and as an exact integer. Refuses floats, and refuses to round."""

import re

from peripherals.events import Weight, WeightUnit

_PRINTED = re.compile(r" *(-?) *(\d{1,8})(?:\.(\d{1,6}))?", re.ASCII)


def printed_weight(text: str) -> str | None:
    """`" 01.250"` → `"1.250"`: the scale's own decimals, without padding. None when it is no number."""
    found = _PRINTED.fullmatch(text)
    if found is None:
        return None
    sign, whole, decimals = found.groups()
    return sign + (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


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
