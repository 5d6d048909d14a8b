"""Quantities: whole thousandths of an item's base unit. Knows no items, no units and no floats."""

import re
from typing import Final, NewType

Quantity = NewType("Quantity", int)
"""Whole thousandths of a unit; 1250 is "1.250". Signed, because an adjustment may be downward."""

THOUSANDTHS: Final = 1000
QUANTITY_MAX: Final = 999_999_999_999
"""Largest absolute quantity: a little under a thousand million units, so that quantity x price fits 64 bits of SQLite."""

WHOLE_DIGITS_MAX: Final = 9
"""Digits before the point that always fit."""

_SCALE: Final = (0, 100, 10, 1)
_DECIMAL: Final = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)


class QuantityError(ValueError):
    """A text that is no quantity. `code` is `not_a_decimal`, `too_precise` or `out_of_range`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text[:40]!r}")
        self.code = code
        self.text = text


def parse_quantity(text: str) -> Quantity:
    """Read a decimal string such as "3", "1.250" or "-0.5"; raises QuantityError."""
    if len(text) <= WHOLE_DIGITS_MAX and text.isascii() and text.isdecimal():
        return Quantity(int(text) * THOUSANDTHS)
    whole, point, part = text.partition(".")
    if (
        point
        and len(whole) <= WHOLE_DIGITS_MAX
        and len(part) <= 3
        and text.isascii()
        and whole.isdecimal()
        and part.isdecimal()
    ):
        return Quantity(int(whole) * THOUSANDTHS + int(part) * _SCALE[len(part)])
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise QuantityError("not_a_decimal", text)
    sign, whole, fraction = match.groups()
    thousandths = int(whole) * THOUSANDTHS
    if fraction:
        kept = fraction.rstrip("0")
        if len(kept) > 3:
            raise QuantityError("too_precise", text)
        thousandths += int(kept.ljust(3, "0")) if kept else 0
    if thousandths > QUANTITY_MAX:
        raise QuantityError("out_of_range", text)
    return Quantity(-thousandths if sign else thousandths)


def format_quantity(quantity: int) -> str:
    """Write a quantity with its three decimals: 1250 -> "1.250"."""
    whole, fraction = divmod(abs(quantity), THOUSANDTHS)
    return f"{'-' if quantity < 0 else ''}{whole}.{fraction:03d}"


def shortest(quantity: int) -> str:
    """The shortest text of a quantity, without trailing zeros: 1250 -> "1.25", 3000 -> "3"."""
    return format_quantity(quantity).rstrip("0").rstrip(".")


def is_shortest(text: str) -> bool:
    """Whether a text that parses is already the shortest one of its quantity."""
    if "." in text:
        return text[-1] != "0" and (text[0] != "0" or text[1] == ".") and text[0] != "-"
    return text[0] not in "-0" or text == "0"
