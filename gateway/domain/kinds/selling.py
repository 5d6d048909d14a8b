"""Sales and their returns: goods against money."""

from typing import Final

from msgspec import UNSET

from gateway.domain.bodies.entry import Disposition, Line
from gateway.domain.bodies.selling import Sale, SaleReturn
from gateway.domain.dishes import is_dish, sell_lines
from gateway.domain.document_type import DocumentType
from gateway.domain.fault import Fault
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import CUSTOMER, LinePlan, move_lines
from gateway.domain.original import Original, read_sale_id
from gateway.domain.policy import Breach
from replication.wire.location import INSPECTION, Virtual


def plan_sale(state: LinePlan, body: Sale) -> None:
    """From a place to the customer."""
    del body
    sell_lines(state)


def plan_sale_return(state: LinePlan, body: SaleReturn) -> None:
    """From the customer to where each line says."""
    if body.original is UNSET:
        state.breaches.append((Breach.RETURN_WITHOUT_ORIGINAL, Fault("original", "return_without_original")))
    else:
        _find_original(state, body.original)
    move_lines(state, lambda line, here, _: _back(state, line, here))


def _find_original(state: LinePlan, text: str) -> None:
    """The sale that goods come back of: what was paid for them is theirs, and no more comes back than went."""
    document_id = read_sale_id(text)
    sale = None if document_id is None else state.ledger.document(document_id)
    if document_id is None or sale is None or sale.type != DocumentType.SALE:
        state.refuse("original", "unknown_original", original=text[:64])
    elif state.ledger.is_reversed(document_id):
        state.refuse("original", "already_reversed", number=sale.number)
    elif not sale.lines:
        # It is so old that its lines are at headquarters only: nobody here can say what was paid.
        state.breaches.append((Breach.RETURN_WITHOUT_ORIGINAL, Fault("original", "return_without_original")))
    else:
        state.breaches.append((Breach.RETURN_WITH_ORIGINAL, Fault("", "return_with_original")))
        state.original = Original(sale, state.ledger.returned(document_id))


def _back(state: LinePlan, line: Line, here: str) -> tuple[str, str]:
    if line.disposition is UNSET and is_dish(state.ledger, line.item):
        return CUSTOMER, Virtual.SCRAP  # nobody else eats it, unless somebody says so
    match line.disposition:
        case Disposition.SCRAP:
            return CUSTOMER, Virtual.SCRAP
        case Disposition.INSPECT:
            return CUSTOMER, INSPECTION
        case _:
            return CUSTOMER, here


KINDS: Final = (Kind(Sale, plan_sale, has_money=True), Kind(SaleReturn, plan_sale_return, has_money=True))
