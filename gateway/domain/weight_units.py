"""The units that goods are weighed and sold in. Knows no pounds: nothing in them is a whole number of grams."""

from typing import Final

GRAMS: Final = {"g": 1, "kg": 1000, "克": 1, "公斤": 1000, "千克": 1000, "斤": 500, "jin": 500}
"""What each has in grams, as the till page counts them."""


def is_same_weight(quantity: int, unit: str, other: int, other_unit: str) -> bool:
    """Whether two quantities are exactly the same, in whatever units of weight; in others only where the unit is the same."""
    if unit == other_unit:
        return quantity == other
    grams, other_grams = GRAMS.get(unit), GRAMS.get(other_unit)
    return grams is not None and other_grams is not None and quantity * grams == other * other_grams
