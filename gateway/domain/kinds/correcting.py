"""What makes the book say what the shelves hold, where no goods came or went."""

from typing import Final

from msgspec import UNSET, UnsetType

from gateway.domain.bodies.correcting import Adjustment, OpeningBalance
from gateway.domain.bodies.entry import Line
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, move_lines
from gateway.domain.policy import Breach
from replication.wire.location import Virtual


def plan_opening_balance(state: LinePlan, body: OpeningBalance) -> None:
    """Out of nothing: what was there when the ledger began."""
    del body
    move_lines(state, lambda _, here, __: (Virtual.OPENING, here))


def plan_adjustment(state: LinePlan, body: Adjustment) -> None:
    """Between a place and shrinkage, by the sign of each line."""
    require_reason(state, body.reason)
    move_lines(state, found_or_lost, _is_not_zero)


def require_reason(state: LinePlan, reason: str | UnsetType) -> None:
    """A document that nobody could understand later without its reason."""
    if reason is UNSET or not reason.strip():
        state.refuse("reason", "reason_required")


def found_or_lost(line: Line, here: str, base: int) -> tuple[str, str]:
    """More than the book had comes from shrinkage, less goes there."""
    del line
    return (Virtual.SHRINKAGE, here) if base > 0 else (here, Virtual.SHRINKAGE)


def _is_not_zero(line: Line, quantity: int) -> bool:
    del line
    return quantity != 0


KINDS: Final = (
    Kind(OpeningBalance, plan_opening_balance, Breach.OPENING_BALANCE),
    Kind(Adjustment, plan_adjustment, Breach.ADJUSTMENT),
)
