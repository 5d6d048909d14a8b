"""Money and unit costs as whole numbers. Knows no currency but its number of minor digits, and no floats."""

from typing import Final, NewType

from replication.wire.quantity import THOUSANDTHS, Quantity

Money = NewType("Money", int)
"""Whole minor units of the site's one currency (fen, cents)."""

UnitCost = NewType("UnitCost", int)
"""Whole millionths of the major unit per base unit of an item."""

PRICE_MAX: Final = 999_999_999_999
"""Largest price, tender or discount in minor units."""

AMOUNT_MAX: Final = 999_999_999_999_999
"""Largest line or document total in minor units: fits SQLite's 64 bits and a double's 53, so that a page can show it."""

_HALF: Final = THOUSANDTHS // 2

MINOR_UNIT_DIGITS: Final = {
    "BHD": 3, "BIF": 0, "CLP": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3,
    "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""ISO 4217 currencies whose number of minor digits is not two."""


def minor_unit_digits(currency: str) -> int:
    """Number of minor digits of an ISO 4217 currency code."""
    return MINOR_UNIT_DIGITS.get(currency, 2)


def line_amount(price: int, quantity: Quantity) -> int:
    """price x quantity, rounded half up (away from zero) to a whole minor unit; price in minor units per unit."""
    product = price * quantity
    if product >= 0:
        return (product + _HALF) // THOUSANDTHS
    return -((_HALF - product) // THOUSANDTHS)
