"""What a posted document does to the worth of goods: receipts bring it, issues take it at the average, and a sale earns.

Folds one document after the other, in the order of the journal. Pure: whoever keeps the valuations passes them in.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from gateway.domain.costing import MILLIONTHS, Valuation, issue, receive, take_back
from gateway.domain.document_type import DocumentType
from gateway.domain.making_worth import Making, in_order, is_making
from gateway.domain.told import said_in
from replication.wire.events import DocumentPosted, PostedLine
from replication.wire.location import Virtual, is_virtual
from replication.wire.quantity import THOUSANDTHS

_TELL_COST: Final = frozenset({
    DocumentType.GOODS_RECEIPT.value, DocumentType.OPENING_BALANCE.value, DocumentType.ADJUSTMENT.value,
})  # fmt: skip
"""Their lines are worth what they cost; other lines are worth what was paid for them, or nothing."""
_SOLD: Final = {DocumentType.SALE.value: 1, DocumentType.SALE_RETURN.value: -1}


class Turnover(msgspec.Struct, frozen=True, gc=False):
    """What a document moved of one item: `issued` (thousandths) left the branch's shelves for `cost` (millionths of a minor
    unit), `sold` of it for `revenue` (minor units, without the tax that its documents tell), which had cost `sold_cost`. Returns,
    and whatever is taken back, count below zero. `revalued` is what past issues cost more. `made` is what those goods cost that it
    was made of when it was sold: they count as issued under their own items as well."""

    item: str
    issued: int = 0
    cost: int = 0
    sold: int = 0
    revenue: int = 0
    revalued: int = 0
    made: int = 0
    sold_cost: int = 0


def value_document(
    find: Callable[[str], Valuation], event: DocumentPosted
) -> tuple[dict[str, Valuation], dict[str, Turnover]]:
    """The items whose valuation a document changes, with their turnover."""
    valuations: dict[str, Valuation] = {}
    turnovers: dict[str, Turnover] = {}
    moved = _moved_by_line(event)
    reverses = said_in(event.detail, "reverses")
    kind = reverses or event.type
    way = _SOLD.get(kind, 0)
    making = (
        Making(event, lambda sku: valuations[sku] if sku in valuations else find(sku)) if is_making(event) else None
    )
    for place, movement in in_order(event):
        line, route = event.lines[movement.line], event.routes[movement.route]
        leaves, arrives = not is_virtual(route.source), not is_virtual(route.destination)
        sku = line.item
        done = turnovers.get(sku) or Turnover(sku)
        if leaves != arrives:
            before = valuations.get(sku)
            before = find(sku) if before is None else before
            told = _worth(kind, line, movement.quantity, moved[movement.line]) if making is None else None
            if leaves and reverses and told is not None:
                undone = take_back(before, movement.quantity, told)
                valuations[sku], revalued, gone, cost = undone.now, undone.revalued, 0, 0
            elif leaves:
                issued = issue(before, movement.quantity)
                valuations[sku], revalued = issued.left, 0
                if making is not None and route.destination == Virtual.PRODUCTION:
                    making.worth += issued.cost
                # What came and is taken back is no issue, even where nobody told what it had cost.
                gone, cost = (0, 0) if reverses and not way else (int(movement.quantity), issued.cost)
            else:
                told = making.share_of(place) if making is not None else None if reverses else told
                received = receive(before, movement.quantity, told)
                valuations[sku], revalued = received.now, received.revalued
                # What comes back from a customer, or is taken back, had gone out: it is less gone, at what it is worth now.
                gone, cost = (-movement.quantity, -_taken(before, received.now)) if way or reverses else (0, 0)
            if line.is_added:
                if making is None:
                    dish = event.lines[_of(line)].item
                    so_far = turnovers.get(dish) or Turnover(dish)
                    turnovers[dish] = msgspec.structs.replace(so_far, made=so_far.made + cost)
                    done = turnovers.get(sku) or done
            elif way:
                done = msgspec.structs.replace(done, sold_cost=done.sold_cost + cost)
            done = msgspec.structs.replace(
                done, issued=done.issued + gone, cost=done.cost + cost, revalued=done.revalued + revalued
            )
        turnovers[sku] = done
    if way:
        sign, net = -way if reverses else way, _net(event)
        for index, line in enumerate(event.lines):
            if line.is_added:
                continue
            done = turnovers.get(line.item) or Turnover(line.item)
            turnovers[line.item] = msgspec.structs.replace(
                done, sold=done.sold + sign * moved.get(index, 0), revenue=done.revenue + way * net[index]
            )
    return valuations, turnovers


def _net(event: DocumentPosted) -> list[int]:
    """What each line earns: its amount, less its part of the tax and of 抹零 that the document tells. Where rates are mixed the
    parts follow the amounts; all of them together are exact."""
    amounts = [line.worth() for line in event.lines]
    taxes, whole = said_in(event.detail, "taxes"), sum(amounts)
    earned = (sum(part.base for part in taxes) if taxes else whole) + (said_in(event.detail, "rounding") or 0)
    if whole in (earned, 0):
        return amounts
    reached, net = 0, []
    for amount in amounts:
        net.append(earned * (reached + amount) // whole - earned * reached // whole)
        reached += amount
    return net


def _of(line: PostedLine) -> int:
    detail = line.detail
    assert detail is not None, "the line was added for another"
    assert detail.more is not None, "the line was added for another"
    assert detail.more.of is not None, "the line was added for another"
    return detail.more.of


def _moved_by_line(event: DocumentPosted) -> dict[int, int]:
    """Thousandths of the base unit that each line moves in all."""
    moved: dict[int, int] = {}
    for movement in event.moves():
        moved[movement.line] = moved.get(movement.line, 0) + movement.quantity
    return moved


def _worth(type_: str, line: PostedLine, quantity: int, moved: int) -> int | None:
    """What part of a line's cost falls to one of its movements; None where nobody told a cost."""
    detail = line.detail
    if type_ not in _TELL_COST or detail is None:
        return None
    if detail.cost is None:
        return 0 if said_in(detail, "free") else None
    if detail.variance:
        # Damaged goods beside those the line counts cost as much as they: they go back for it.
        factor = THOUSANDTHS if detail.factor is None else detail.factor
        moved = line.quantity * factor // THOUSANDTHS
        if not moved:
            return detail.cost * MILLIONTHS * quantity // factor
    return abs(line.worth()) * MILLIONTHS * quantity // moved


def _taken(before: Valuation, now: Valuation) -> int:
    return max(now.value - before.value, 0)
