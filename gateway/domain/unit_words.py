"""What the usual units are called in both languages, for sentences. Knows no factor; a unit of the shop's own is called as it is written."""

from typing import Final

from replication.wire.sentence import Sentence

UNITS_ZH: Final = {
    "pc": "件", "case": "箱", "box": "盒", "pack": "包", "bottle": "瓶", "kg": "千克", "g": "克", "l": "升", "ml": "毫升", "m": "米",
    "portion": "份", "bag": "袋", "tray": "盘", "crate": "筐", "spoon": "勺", "L": "升",
}  # fmt: skip


def unit_word(unit: str) -> Sentence:
    """A unit as a sentence names it."""
    return Sentence(unit, UNITS_ZH.get(unit, unit))


def plain_quantity(text: str) -> str:
    """A quantity as a person writes it: `3` for `3.000`, and a minus sign where a hyphen would be."""
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\N{MINUS SIGN}")
