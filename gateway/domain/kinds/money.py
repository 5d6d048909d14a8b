"""What is about the drawer and no goods: cash in and out, and the shift it is counted in."""

from typing import Final

from gateway.domain.bodies.money import CashDirection, CashMovement, ShiftClose, ShiftOpen
from gateway.domain.fault import Fault
from gateway.domain.kinds.correcting import require_reason
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, list_nothing
from gateway.domain.policy import Breach
from gateway.domain.shifts import CASH
from replication.wire.events import Tender, TenderType
from replication.wire.money import AMOUNT_MAX


def plan_cash_movement(state: LinePlan, body: CashMovement) -> None:
    """Cash beside sales; or none, where the drawer was only opened."""
    list_nothing(state)
    require_reason(state, body.reason)
    station = _station(state)
    if station is None:
        return
    shift = state.ledger.open_shift(station)
    held = 0 if shift is None else shift.expected(CASH)
    amount = {"amount": str(body.amount)}
    breach = Breach.NO_SALE if body.direction is CashDirection.NO_SALE else Breach.CASH_MOVEMENT
    state.breaches.append((breach, Fault("", breach.value, amount)))
    if body.direction is CashDirection.OUT and body.amount > held:
        # How much there should be is not told: who counts the drawer counts blind.
        state.breaches.append((Breach.OVER_DRAWER, Fault("amount", "over_drawer", amount)))
    if body.direction is CashDirection.IN and held + body.amount > AMOUNT_MAX:
        state.refuse("amount", "amount_out_of_range", limit=str(AMOUNT_MAX))


def plan_shift_open(state: LinePlan, body: ShiftOpen) -> None:
    """A shift begins; only one is open at a station."""
    list_nothing(state)
    station = _station(state)
    if station is not None and state.ledger.open_shift(station) is not None:
        state.refuse("station", "shift_already_open", station=station)
    state.breaches.append((Breach.SHIFT, Fault("", "shift", {"amount": str(body.amount)})))


def plan_shift_close(state: LinePlan, body: ShiftClose) -> None:
    """A shift ends: what was counted stands beside what there should be, under the next Z number of its station."""
    list_nothing(state)
    station = _station(state)
    shift = None if station is None else state.ledger.open_shift(station)
    if station is None:
        return
    if shift is None:
        state.refuse("station", "no_open_shift", station=station)
        return
    counted = {tender.type: tender.amount for tender in body.counted}
    due = {tender: amount for tender in TenderType if (amount := shift.expected(tender.value)) or tender in counted}
    difference = sum(abs(counted.get(tender, 0) - amount) for tender, amount in due.items())
    state.told["z"] = state.ledger.next_z(station)
    state.told["due"] = tuple(Tender(tender, amount) for tender, amount in due.items())
    state.breaches.append((Breach.SHIFT, Fault("", "shift", {"amount": str(difference)})))


def _station(state: LinePlan) -> str | None:
    station = state.body.station
    if isinstance(station, str):
        return station
    state.refuse("station", "station_required")
    return None


KINDS: Final = (
    Kind(CashMovement, plan_cash_movement),
    Kind(ShiftOpen, plan_shift_open),
    Kind(ShiftClose, plan_shift_close),
)
