"""How much of an item a scanned code stands for: what a label prints, in the unit that the item is sold in. Knows no ledger."""

from typing import Final

import msgspec

from gateway.domain.barcode import Scan
from gateway.domain.weight_units import GRAMS
from replication.wire.item import Item
from replication.wire.quantity import THOUSANDTHS, Quantity

_MEASURES: Final = {
    "m": "311", "米": "311", "m2": "314", "m²": "314", "l": "315", "L": "315", "升": "315", "lb": "320", "ft": "322", "yd": "323",
}  # fmt: skip
"""Which variable measure of a trade item is told in the unit that goods are sold in (General Specifications 3.6.2, 3.6.3); the
identifier's fourth digit is the number of decimals."""


class ScannedAmount(msgspec.Struct, frozen=True):
    """`unit` names the pack, None for the item's own unit; `quantity` is in that unit, None where the code prints none.
    `price` is what is to be paid, in minor units."""

    unit: str | None = None
    quantity: Quantity | None = None
    price: int | None = None


def amount_of(scan: Scan, item: Item, pack: str | None) -> ScannedAmount:
    """What a code says of an item that was found by it, or by its `pack`.

    A weight is an amount of what is sold by weight, and tells no pieces; so are a length, an area and a volume of what is sold
    by them. A count is none of what is sold by weight. Where a label prints nought, the item has yet to be weighed or counted: shops keep such a label to choose the item by.
    """
    price = scan.price or None
    grams = GRAMS.get(item.unit)
    if scan.weight is not None and grams is not None:
        return ScannedAmount(None, _of_kilograms(scan.weight, grams), price)
    measured = _measured(scan, _MEASURES.get(item.unit))
    if measured is not None:
        return ScannedAmount(None, measured, price)
    if scan.count is not None and grams is None:
        count = int(scan.count) * THOUSANDTHS
        return ScannedAmount(pack, Quantity(count) if count else None, price)
    if price is not None and item.weighed and item.price > 0:
        return ScannedAmount(pack, Quantity((price * THOUSANDTHS + item.price // 2) // item.price), price)
    return ScannedAmount(pack, None, price)


def _of_kilograms(weight: str, grams: int) -> Quantity | None:
    """A weight as printed, in thousandths of a unit of so many grams; what is finer than that is left off."""
    whole, _, behind = weight.partition(".")
    return _so_many(int(whole + behind) * 1000, grams * 10 ** len(behind))


def _measured(scan: Scan, measure: str | None) -> Quantity | None:
    """What a code says of a measure other than kilograms."""
    for element in scan.elements:
        if element.identifier[:-1] == measure and element.value.isdecimal():
            return _so_many(int(element.value), 10 ** int(element.identifier[-1]))
    return None


def _so_many(number: int, parts: int) -> Quantity | None:
    """A number of parts of a unit, in thousandths."""
    found = number * THOUSANDTHS // parts
    return Quantity(found) if found else None
