"""The sale that goods come back of: what of it is still with the customer, what was paid for it, and out of which lots it was.

Made for one return, of the posted sale and of what came back of it before; each line takes its part of what is left.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from replication.wire.events import DocumentPosted
from replication.wire.money import line_amount
from replication.wire.quantity import THOUSANDTHS, Quantity

_DIGITS: Final = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)

Goods = tuple[str, str]
"""Item and lot ("" for goods without lots)."""


def read_sale_id(text: str) -> bytes | None:
    """The 16 bytes of a sale's id, however it is spelt; None where the text is no id."""
    digits = text.replace("-", "")
    return bytes.fromhex(digits) if _DIGITS.fullmatch(digits) else None


class Refund(msgspec.Struct, frozen=True):
    """What a line of a return is worth: `price` per its unit and what comes off the line, in minor units."""

    price: int
    discount: int


class MoreThanSold(msgspec.Struct, frozen=True):
    """There is not so much of it with the customer: `sold` then, `returned` since."""

    sold: int
    returned: int


class _Sold(msgspec.Struct, frozen=True):
    """A line of the sale: how much in base units, for what in all, at which price per unit of so many base units."""

    base: int
    worth: int
    price: int
    factor: int

    def worth_of(self, part: int) -> int:
        """What the first `part` of it cost, half a minor unit rounded up; all of it costs what was paid."""
        return (2 * self.worth * part + self.base) // (2 * self.base)


class Original:
    """See the module. A sale sold at several prices comes back in the order in which it was rung up."""

    def __init__(self, sale: DocumentPosted, returned: Mapping[Goods, int]) -> None:
        self.sale = sale
        self._lines: dict[str, list[_Sold]] = {}
        self._left: dict[Goods, int] = {}
        self._returned: dict[str, int] = {}
        self._serials: set[tuple[str, str]] = set()
        bases = [0] * len(sale.lines)
        for movement in sale.moves():
            if sale.lines[movement.line].is_added:
                continue  # went into a dish, and stays there
            item = sale.lines[movement.line].item
            bases[movement.line] += movement.quantity
            goods = (item, movement.lot or "")
            self._left[goods] = self._left.get(goods, 0) + movement.quantity
            self._serials.update((item, serial) for serial in movement.serials)
        for line, base in zip(sale.lines, bases, strict=True):
            factor = THOUSANDTHS if line.detail is None or line.detail.factor is None else line.detail.factor
            if base:
                self._lines.setdefault(line.item, []).append(_Sold(base, line.worth(), line.price, factor))
        for goods, quantity in returned.items():
            self._left[goods] = self._left.get(goods, 0) - quantity
            self._returned[goods[0]] = self._returned.get(goods[0], 0) + quantity
        self.worth_before = {sku: self._worth_of(sku, base) for sku, base in self._returned.items()}
        """What all that came back before was sold for, by item (minor units)."""

    def _worth_of(self, sku: str, base: int) -> int:
        """What the first `base` of an item cost."""
        worth = 0
        for line in self._lines.get(sku, []):
            part = min(base, line.base)
            worth += line.worth_of(part)
            base -= part
        return worth

    def take(self, sku: str, base: int, quantity: Quantity, factor: int) -> Refund | MoreThanSold:
        """The next `base` of an item, entered as `quantity` of a unit of `factor` base units; all in thousandths."""
        lines, before = self._lines.get(sku, []), self._returned.get(sku, 0)
        self._returned[sku] = before + base
        sold = sum(line.base for line in lines)
        if before + base > sold:
            return MoreThanSold(sold, before)
        paid = price = start = 0
        for line in lines:
            first, last = max(before, start) - start, min(before + base, start + line.base) - start
            if first < last:
                paid += line.worth_of(last) - line.worth_of(first)
                price = max(price, -(-line.price * factor // line.factor))
            start += line.base
        return Refund(price, max(0, line_amount(price, quantity) - paid))

    def take_lots(self, sku: str, lot: str, quantity: int) -> tuple[tuple[str, int], ...]:
        """The lots that goods come back of: the one that is named, else those they were sold out of."""
        if lot:
            self._left[sku, lot] = self._left.get((sku, lot), 0) - quantity
            return ((lot, quantity),)
        parts: dict[str, int] = {}
        for (item, sold_lot), left in self._left.items():
            part = min(quantity, left)
            if item == sku and part > 0:
                parts[sold_lot] = part
                quantity -= part
        if quantity:
            return ()  # more than was sold, which is refused; or the lots named before were not those sold
        for sold_lot, part in parts.items():
            self._left[sku, sold_lot] -= part
        return tuple(parts.items())

    def has_serial(self, sku: str, serial: str) -> bool:
        """Whether that very piece was sold."""
        return (sku, serial) in self._serials
