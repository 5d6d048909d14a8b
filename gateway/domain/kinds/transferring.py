"""Transfers between branches: goods leave for in transit, and arrive out of it. What they may say is `transfer_lines`' to know."""

from typing import Final

from msgspec import UNSET

from gateway.domain.bodies.transferring import TransferIn, TransferInLine, TransferOut
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, move_lines
from gateway.domain.policy import Breach
from gateway.domain.transfer_lines import plan_transfer
from replication.wire.location import Virtual


def plan_transfer_out(state: LinePlan, body: TransferOut) -> None:
    """From a place to in transit."""
    del body
    move_lines(state, lambda _, here, __: (here, Virtual.IN_TRANSIT))
    plan_transfer(state, state.draft, state.terms.site)


def plan_transfer_in(state: LinePlan, body: TransferIn) -> None:
    """From in transit to a place, and the differences to theirs."""
    del body
    move_lines(state, lambda _, here, __: (Virtual.IN_TRANSIT, here), _is_told)
    plan_transfer(state, state.draft, state.terms.site)


def _is_told(line: TransferInLine, quantity: int) -> bool:
    """Nothing may have arrived well of a line that tells short or damaged goods."""
    return quantity > 0 or (quantity == 0 and line.variance is not UNSET and len(line.variance) > 0)


KINDS: Final = (
    Kind(TransferOut, plan_transfer_out, Breach.TRANSFER_OUT),
    Kind(TransferIn, plan_transfer_in, Breach.TRANSFER_IN),
)
