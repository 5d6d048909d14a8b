"""Sales and their returns: goods against money."""

from typing import Final

from msgspec import UNSET

from gateway.domain.bodies.entry import Disposition, Line
from gateway.domain.bodies.selling import Sale, SaleReturn
from gateway.domain.fault import Fault
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import CUSTOMER, LinePlan, move_lines
from gateway.domain.policy import Breach
from replication.wire.location import INSPECTION, Virtual


def plan_sale(state: LinePlan, body: Sale) -> None:
    """From a place to the customer."""
    del body
    move_lines(state, lambda _, here, __: (here, CUSTOMER))


def plan_sale_return(state: LinePlan, body: SaleReturn) -> None:
    """From the customer to where each line says."""
    if body.original is UNSET:
        state.breaches.append((Breach.RETURN_WITHOUT_ORIGINAL, Fault("original", "return_without_original")))
    elif state.ledger.is_sold(body.original):
        state.breaches.append((Breach.RETURN_WITH_ORIGINAL, Fault("", "return_with_original")))
    else:
        state.faults.append(Fault("original", "unknown_original", {"original": body.original[:64]}))
    move_lines(state, _back)


def _back(line: Line, here: str, base: int) -> tuple[str, str]:
    del base
    match line.disposition:
        case Disposition.SCRAP:
            return CUSTOMER, Virtual.SCRAP
        case Disposition.INSPECT:
            return CUSTOMER, INSPECTION
        case _:
            return CUSTOMER, here


KINDS: Final = (Kind(Sale, plan_sale, has_money=True), Kind(SaleReturn, plan_sale_return, has_money=True))
