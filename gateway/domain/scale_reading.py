"""What a scale said, and whether a line that names its reading says the same. Knows no scale."""

import msgspec
from msgspec import UNSET

from gateway.domain.document import Sale
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.weight_units import is_same_weight
from replication.wire.item import Item
from replication.wire.quantity import format_quantity


class ScaleReading(msgspec.Struct, frozen=True):
    """One stable reading: `thousandths` of the unit that the scale weighs in, and the sale it was sold in, if it was."""

    thousandths: int
    unit: str
    sold_in: bytes | None = None

    def is_so_much(self, quantity: int, unit: str) -> bool:
        """Whether a quantity in thousandths of a unit is exactly this weight."""
        return is_same_weight(quantity, unit, self.thousandths, self.unit)


def reading_fault(seen: ScaleReading, draft: Draft, index: int, item: Item, base: int) -> Fault | None:
    """A line carries the weight of the reading it names, in its own unit or in `base` units; and what was weighed once is
    sold once."""
    line, quantity = draft.body.lines[index], draft.quantities[index]
    unit = item.unit if line.unit is UNSET else line.unit
    if not (seen.is_so_much(abs(quantity), unit) or seen.is_so_much(abs(base), item.unit)):
        facts = {
            "text": line.quantity,
            "unit": unit,
            "weight": format_quantity(seen.thousandths),
            "scale_unit": seen.unit,
        }
        return Fault(f"lines[{index}].{line.quantity_name}", "reading_differs", facts)
    if not isinstance(draft.body, Sale):
        return None
    if seen.sold_in in {None, draft.id} and all(other.reading != line.reading for other in draft.body.lines[:index]):
        return None
    return Fault(f"lines[{index}].reading", "reading_sold", {"item": item.sku})
