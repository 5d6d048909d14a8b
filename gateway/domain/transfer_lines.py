"""Planning a transfer's documents: what they may say, and how the differences move.

A transfer out moves goods from a place to in transit. A transfer in moves what arrived well from in transit to a place;
short and damaged goods go from in transit to places of their own, and goods beyond what was sent come into transit from
theirs, so that per transfer: dispatched = received + short + damaged - over + still in transit.
"""

from typing import Final

import msgspec
from msgspec import UNSET

from gateway.domain.document import TransferIn, TransferInLine, TransferOut
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.lines import NO_LOT, LinePlan, not_whole
from gateway.domain.told import line_with
from gateway.domain.transfers import Direction, Transfer
from replication.wire.events import LineDetail, Variance, VarianceReason
from replication.wire.identity import SITE_ID
from replication.wire.location import Virtual
from replication.wire.movement import Movement
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, Quantity, format_quantity, shortest
from replication.wire.transfer import Goods, read_transfer_id

_PLAIN: Final = LineDetail()
_WAYS: Final[dict[VarianceReason, tuple[str, str]]] = {
    VarianceReason.SHORT: (Virtual.IN_TRANSIT, Virtual.TRANSFER_SHORT),
    VarianceReason.DAMAGED: (Virtual.IN_TRANSIT, Virtual.TRANSFER_DAMAGED),
    VarianceReason.OVER: (Virtual.TRANSFER_OVER, Virtual.IN_TRANSIT),
}


def plan_transfer(state: LinePlan, draft: Draft, site: str) -> None:
    """What a transfer's document adds to its planned lines, and what speaks against it."""
    match draft.body:
        case TransferOut() as body:
            if state.ledger.transfer(draft.id) is not None:
                state.faults.append(Fault("", "transfer_id_used"))
            _check_destination(state, body, site)
            if not state.faults:
                _carry_expiries(state)
        case TransferIn() as body:
            known = _check_transfer(state, body)
            if not state.faults:
                _plan_arrival(state, body, draft, known)
        case _:
            raise AssertionError("only transfers are planned here")


def _check_destination(state: LinePlan, body: TransferOut, site: str) -> None:
    """Whether a branch of that name exists is headquarters' knowledge: one it never met is kept there until it is met."""
    if body.to_branch is UNSET:
        state.faults.append(Fault("to_branch", "to_branch_required"))
    elif not SITE_ID.fullmatch(body.to_branch):
        state.faults.append(Fault("to_branch", "bad_branch", {"text": body.to_branch[:40]}))
    elif body.to_branch == site:
        state.faults.append(Fault("to_branch", "to_own_branch", {"branch": site}))


def _check_transfer(state: LinePlan, body: TransferIn) -> Transfer | None:
    """A transfer nobody told this branch of may be received: a paper note travels faster than a line that is down."""
    if body.transfer is UNSET:
        state.faults.append(Fault("transfer", "transfer_required"))
        return None
    transfer = read_transfer_id(body.transfer)
    if transfer is None:
        state.faults.append(Fault("transfer", "bad_transfer", {"text": body.transfer[:40]}))
        return None
    known = state.ledger.transfer(transfer)
    if known is not None and known.direction is Direction.OUT:
        state.faults.append(Fault("transfer", "transfer_sent_here", {"to": known.peer}))
    elif known is not None and known.released:
        state.faults.append(Fault("transfer", "transfer_released"))
    return known


def _carry_expiries(state: LinePlan) -> None:
    """The lots of a transfer out travel with the expiry dates the ledger knows."""
    dates: dict[int, dict[str, str]] = {}
    lots: dict[int, set[str]] = {}
    for movement in state.movements:
        if movement.lot:
            lots.setdefault(movement.line, set()).add(movement.lot)
            known = state.ledger.lot(state.lines[movement.line].item, movement.lot)
            if known is not None and known.expiry is not None:
                dates.setdefault(movement.line, {})[movement.lot] = known.expiry
    for index, found in dates.items():
        line = state.lines[index]
        if len(lots[index]) > 1:
            detail = line_with(line.detail or _PLAIN, {"expiries": found})
            state.lines[index] = msgspec.structs.replace(line, detail=detail)
        elif line.detail is None or line.detail.expiry is None:
            _set_expiry(state, index, next(iter(found.values())))


def _set_expiry(state: LinePlan, index: int, expiry: str | None) -> None:
    if expiry is not None:
        line = state.lines[index]
        detail = msgspec.structs.replace(line.detail or _PLAIN, expiry=expiry)
        state.lines[index] = msgspec.structs.replace(line, detail=detail)


def _plan_arrival(state: LinePlan, body: TransferIn, draft: Draft, known: Transfer | None) -> None:
    wanted: dict[Goods, int] = {}
    for index, (line, differences) in enumerate(zip(body.lines, draft.variances, strict=True)):
        posted = state.lines[index]
        factor = None if posted.detail is None else posted.detail.factor
        goods = (posted.item, NO_LOT if line.lot is UNSET else line.lot)
        amounts = {one.reason: _in_base_units(one.quantity, factor) for one in differences}
        over = amounts.get(VarianceReason.OVER, 0)
        received = _in_base_units(draft.quantities[index], factor)
        if (item := state.ledger.item(posted.item)) is not None:
            parted = [not_whole(f"lines[{index}].variance", item, base) for base in amounts.values()]
            state.faults += [fault for fault in parted if fault is not None]
        if over > received:
            facts = {"over": shortest(over), "received": shortest(received)}
            state.faults.append(Fault(f"lines[{index}].variance", "over_exceeds_received", facts))
            continue
        if sum(amounts.values()) > QUANTITY_MAX:
            state.faults.append(Fault(f"lines[{index}].variance", "quantity_out_of_range", {"text": line.quantity}))
            continue
        taken = received - over + amounts.get(VarianceReason.SHORT, 0) + amounts.get(VarianceReason.DAMAGED, 0)
        wanted[goods] = wanted.get(goods, 0) + taken
        if known is not None and known.dispatched_at is not None and taken and wanted[goods] > known.open(goods):
            facts = {
                "item": posted.item, "open": format_quantity(known.open(goods)), "wanted": format_quantity(wanted[goods]),
            }  # fmt: skip
            state.faults.append(Fault(f"lines[{index}].quantity", "more_than_open", facts))
        _move_differences(state, index, line, amounts)
        if known is not None and goods[1] and line.expiry is UNSET:
            _set_expiry(state, index, known.expiries.get(goods))


def _in_base_units(quantity: int, factor: Quantity | None) -> int:
    return quantity if factor is None else quantity * factor // THOUSANDTHS


def _move_differences(state: LinePlan, index: int, line: TransferInLine, amounts: dict[VarianceReason, int]) -> None:
    if not amounts:
        return
    lot = None if line.lot is UNSET else line.lot or None
    for reason, base in amounts.items():
        route = state.routes.setdefault(_WAYS[reason], len(state.routes))
        state.movements.append(Movement(index, route, Quantity(base), lot))
    state.plain = False
    posted = state.lines[index]
    told = tuple(Variance(reason, Quantity(base)) for reason, base in amounts.items())
    detail = msgspec.structs.replace(posted.detail or _PLAIN, variance=told)
    state.lines[index] = msgspec.structs.replace(posted, detail=detail)
