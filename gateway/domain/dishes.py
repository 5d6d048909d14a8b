"""Goods that are made when they are sold: what is sold comes out of production, and its components go in, in one document.

A portion that stands ready is sold before one is made, so that what came ready-made, or was put back, is sold first. Whatever
the book lacks of a component is a question for policy of its own: a kitchen does not stop because a delivery was not entered.
"""

from gateway.domain.goods import MOVEMENTS_MAX
from gateway.domain.ledger_view import LedgerView
from gateway.domain.lines import CUSTOMER, NO_LOT, LinePlan, Planned, is_positive, move, plan_line, shift
from gateway.domain.policy import Breach
from gateway.domain.recipe import Dish, grain_of
from replication.wire.events import LineDetail, LineMore, PostedLine
from replication.wire.item import Item, Tracking
from replication.wire.location import SHOP, Virtual
from replication.wire.movement import Movement
from replication.wire.quantity import QUANTITY_MAX, Quantity, format_quantity

PRODUCTION = Virtual.PRODUCTION.value


def sell_lines(state: LinePlan) -> None:
    """Every line of a sale: from its place to the customer, or made of its components at this moment."""
    made: list[tuple[Planned, Dish]] = []
    for index, line in enumerate(state.body.lines):
        planned = plan_line(state, index, line, is_positive, SHOP, needs_lot=False)
        if planned is None or not planned.base:
            state.plain = False
            continue
        dish = state.ledger.dish(planned.item.sku)
        if dish is None or _stands_ready(state, planned):
            move(state, planned, planned.here, CUSTOMER)
        else:
            move(state, planned, PRODUCTION, CUSTOMER)
            made.append((planned, dish))
    done: dict[str, int] = {}
    for planned, dish in made:
        sku = planned.item.sku
        before = made_before(state.ledger, planned.item) + done.get(sku, 0)
        done[sku] = done.get(sku, 0) + planned.base
        for part in dish.parts:
            if len(state.movements) > MOVEMENTS_MAX + len(state.body.lines):
                # Each component leaves a shelf: what is refused in the end is not taken apart to its end, for tills wait.
                state.goods.refuse_room()
                return
            item = state.ledger.item(part.item)
            if item is not None:
                _take(state, planned.index, item, part.between(before, planned.base, grain_of(whole=item.whole)), dish)


def made_before(ledger: LedgerView, item: Item) -> int:
    """How much of an item was ever made, in thousandths: what came out of production."""
    lots = ledger.lots(item.sku, PRODUCTION) if item.tracking is Tracking.LOT else ()
    return -ledger.on_hand(item.sku, PRODUCTION, NO_LOT) - sum([one.on_hand for one in lots])


def _stands_ready(state: LinePlan, planned: Planned) -> bool:
    """Whether the whole line lies there."""
    cell = (planned.item.sku, planned.here, NO_LOT)
    return state.ledger.on_hand(*cell) - state.taken.get(cell, 0) >= planned.base


def _take(state: LinePlan, of: int, item: Item, quantity: int, dish: Dish) -> None:
    """What a line's recipe asks for of one component."""
    if quantity <= 0:
        return
    path = f"lines[{of}].{state.body.lines[of].quantity_name}"
    if quantity > QUANTITY_MAX:
        state.refuse(path, "quantity_out_of_range", text=format_quantity(quantity))
        return
    index = add_line(state, item, quantity, LineMore(of=of))
    route = state.routes.setdefault((dish.location, PRODUCTION), len(state.routes))
    parts: tuple[tuple[str, int], ...] = ((NO_LOT, quantity),)
    if item.tracking is Tracking.LOT and state.ledger.newest_lot(item.sku) is not None:
        parts = state.goods.parts(of, state.body.lines[of], item, NO_LOT, (dish.location, PRODUCTION), quantity)
    for lot, part in parts:
        state.movements.append(Movement(index, route, Quantity(part), lot or None))
        shift(state, (item.sku, lot), dish.location, PRODUCTION, part, path, Breach.COMPONENT_SHORT)


def add_line(state: LinePlan, item: Item, quantity: int, more: LineMore) -> int:
    """A line that nobody entered; answers its place."""
    state.lines.append(PostedLine(item.sku, Quantity(quantity), detail=LineDetail(more=more)))
    state.plain = False
    return len(state.lines) - 1


def is_dish(ledger: LedgerView, sku: str) -> bool:
    """Whether an item is made when it is sold."""
    return ledger.dish(sku) is not None
