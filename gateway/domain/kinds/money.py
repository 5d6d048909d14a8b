"""What is about the drawer and no goods: cash in and out, and the shift it is counted in."""

from typing import Final

from gateway.domain.bodies.money import CashMovement, ShiftClose, ShiftOpen
from gateway.domain.kinds.correcting import require_reason
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, list_nothing
from gateway.domain.policy import Breach


def plan_cash_movement(state: LinePlan, body: CashMovement) -> None:
    """Cash beside sales."""
    list_nothing(state)
    require_reason(state, body.reason)


def plan_shift(state: LinePlan, body: ShiftOpen | ShiftClose) -> None:
    """A shift begins or ends at a station."""
    list_nothing(state)
    if not isinstance(body.station, str):
        state.refuse("station", "station_required")


KINDS: Final = (
    Kind(CashMovement, plan_cash_movement, Breach.CASH_MOVEMENT),
    Kind(ShiftOpen, plan_shift, Breach.SHIFT),
    Kind(ShiftClose, plan_shift, Breach.SHIFT),
)
