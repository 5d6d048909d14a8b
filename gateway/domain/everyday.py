"""The everyday sale: known goods in their base unit and at their usual price, kept by no lot, out of a shop that has enough.

Nearly every sale is one. Its lines are planned here in one short pass; whatever is not everyday goes the long way of
`lines`, which decides the same for these, and more.
"""

from typing import Final

from msgspec import UNSET

from gateway.domain.lines import CUSTOMER, LinePlan
from replication.wire.events import PostedLine
from replication.wire.item import Tracking
from replication.wire.location import SHOP
from replication.wire.money import AMOUNT_MAX, line_amount
from replication.wire.quantity import THOUSANDTHS

_UNTRACKED: Final = Tracking.NONE


def take_everyday(state: LinePlan) -> bool:
    """Plan all lines of a sale without seldom parts. False, and nothing planned, where one of them is not everyday."""
    on_shelf, lines, total = state.ledger.on_shelf, [], 0
    taken: dict[str, int] = {}
    for line, quantity in zip(state.body.lines, state.quantities, strict=True):
        sku = line.item
        found = on_shelf(sku)
        if found is None:
            return False
        item, on_hand = found
        price, unit = item.price, line.unit
        if (
            quantity <= 0
            or item.tracking is not _UNTRACKED
            or (item.whole and quantity % THOUSANDTHS)
            or not (unit is UNSET or unit == item.unit)
            or not (line.price is UNSET or line.price == price)
        ):
            return False
        taken[sku] = already = taken.get(sku, 0) + quantity
        amount = line_amount(price, quantity)
        if on_hand < already or amount > AMOUNT_MAX:
            return False
        lines.append(PostedLine(sku, quantity, price))
        total += amount
    state.lines, state.total = lines, total
    state.routes[SHOP, CUSTOMER] = 0
    return True
