"""What a branch does with its own goods: puts them elsewhere, uses them, throws them away, makes others of them."""

from typing import Final

from gateway.domain.bodies.using import InternalIssue, MoveLine, Production, StockMove, WriteOff
from gateway.domain.kinds.correcting import require_reason
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, move_lines
from gateway.domain.policy import Breach
from gateway.domain.production import plan_production
from replication.wire.location import SHOP, Virtual, is_virtual


def plan_stock_move(state: LinePlan, body: StockMove) -> None:
    """From a place of the branch to another."""
    for index, line in enumerate(body.lines):
        if is_virtual(line.to):
            state.refuse(f"lines[{index}].to", "virtual_location", location=line.to)
        elif line.to == (line.location if isinstance(line.location, str) else SHOP):
            state.refuse(f"lines[{index}].to", "same_location", location=line.to)
    move_lines(state, _elsewhere)


def _elsewhere(line: MoveLine, here: str, base: int) -> tuple[str, str]:
    del base
    return here, line.to


def plan_internal_issue(state: LinePlan, body: InternalIssue) -> None:
    """From a place into the shop's own use."""
    require_reason(state, body.reason)
    move_lines(state, lambda _, here, __: (here, Virtual.CONSUMPTION))


def plan_write_off(state: LinePlan, body: WriteOff) -> None:
    """From a place to scrap."""
    require_reason(state, body.reason)
    move_lines(state, lambda _, here, __: (here, Virtual.SCRAP))


KINDS: Final = (
    Kind(StockMove, plan_stock_move, Breach.STOCK_MOVE),
    Kind(InternalIssue, plan_internal_issue, Breach.INTERNAL_ISSUE),
    Kind(WriteOff, plan_write_off, Breach.WRITE_OFF),
    Kind(Production, plan_production, Breach.PRODUCTION),
)
