"""Stock counts: what stands on a shelf against what the book held at the moment of counting."""

from typing import Final

from msgspec import UNSET

from gateway.domain.bodies.correcting import CountLine, StockCount
from gateway.domain.fault import Fault
from gateway.domain.kinds.correcting import found_or_lost
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, Planned, move, plan_line
from gateway.domain.policy import Breach
from replication.wire.location import SHOP
from replication.wire.quantity import Quantity, format_quantity


def plan_stock_count(state: LinePlan, body: StockCount) -> None:
    """Between each place and shrinkage, by what was counted less what the book held when it was."""
    counted: set[tuple[str, str, str]] = set()
    for index, line in enumerate(body.lines):
        # Single pieces are counted like other goods: what is missing has no number that anybody could read.
        planned = plan_line(state, index, line, lambda _, quantity: quantity >= 0, SHOP, needs_serials=False)
        if planned is None:
            continue
        cell = (planned.item.sku, planned.here, planned.lot)
        if cell in counted:
            state.refuse(f"lines[{index}]", "counted_twice", item=planned.item.sku)
            continue
        counted.add(cell)
        _compare(state, planned, line)
    state.plain = False


def _compare(state: LinePlan, planned: Planned, line: CountLine) -> None:
    index, sku = planned.index, planned.item.sku
    if line.at_seq is UNSET:
        expected: int | None = state.ledger.on_hand(sku, planned.here, planned.lot)
    else:
        expected = state.ledger.on_hand_at(sku, planned.here, planned.lot, line.at_seq)
    if expected is None:
        state.refuse(f"lines[{index}].at_seq", "position_out_of_reach", seq=str(line.at_seq))
        return
    state.tell_last(expected=Quantity(expected), lot=planned.lot or None)
    difference = planned.base - expected
    if difference:
        facts = {
            "item": sku, "location": planned.here, "counted": format_quantity(planned.base),
            "expected": format_quantity(expected),
        }  # fmt: skip
        state.breaches.append((Breach.COUNT_VARIANCE, Fault(f"lines[{index}].counted", "count_variance", facts)))
        move(state, planned, *found_or_lost(line, planned.here, difference), difference, moves_serials=False)


KINDS: Final = (Kind(StockCount, plan_stock_count),)
