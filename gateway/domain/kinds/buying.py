"""What is ordered, and what comes from suppliers, is looked at, and goes back to them."""

from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.buying import (
    GoodsReceipt,
    InspectionLine,
    InspectionResult,
    PurchaseOrder,
    QualityInspection,
    ReceiptLine,
    Requisition,
    SupplierReturn,
)
from gateway.domain.document_type import DocumentType
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, Planned, list_lines, move, move_lines, plan_line
from gateway.domain.policy import Breach
from replication.wire.events import Variance
from replication.wire.location import INSPECTION, REJECTED, SHOP, Virtual
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, Quantity
from replication.wire.transfer import read_transfer_id


def plan_purchase_order(state: LinePlan, body: PurchaseOrder) -> None:
    """A word to a supplier: nothing moves."""
    if body.supplier is UNSET or not body.supplier.strip():
        state.refuse("supplier", "supplier_required")
    if body.rate is not UNSET and body.currency is UNSET:
        state.refuse("currency", "currency_required")
    list_lines(state)


def plan_requisition(state: LinePlan, body: Requisition) -> None:
    """A word to headquarters: nothing moves."""
    del body
    list_lines(state)


def plan_goods_receipt(state: LinePlan, body: GoodsReceipt) -> None:
    """From the supplier to a place, to inspection, or to where damaged goods wait."""
    for index, (line, differences) in enumerate(zip(body.lines, state.draft.variances, strict=True)):
        if line.free is True and line.cost is not UNSET and line.cost:
            state.refuse(f"lines[{index}].cost", "free_with_cost")
        planned = plan_line(state, index, line, _has_come, SHOP)
        if planned is None:
            continue
        if planned.base:
            move(state, planned, Virtual.SUPPLIER, INSPECTION if line.inspect is True else planned.here)
        if differences:
            _set_apart(state, planned, differences[0])


def _has_come(line: ReceiptLine, quantity: int) -> bool:
    """All of a line may have come damaged."""
    return quantity > 0 or (quantity == 0 and line.damaged is not UNSET)


def _set_apart(state: LinePlan, planned: Planned, damaged: Variance) -> None:
    factor = THOUSANDTHS if planned.factor is None else planned.factor
    base = damaged.quantity * factor // THOUSANDTHS
    if base > QUANTITY_MAX:
        line: Any = planned.line
        state.refuse(f"lines[{planned.index}].damaged", "quantity_out_of_range", text=line.damaged[:40])
        return
    move(state, planned, Virtual.SUPPLIER, REJECTED, base, moves_serials=False)
    state.plain = False
    told = msgspec.structs.replace(damaged, quantity=Quantity(base))
    state.tell_last(variance=(told,))


def plan_quality_inspection(state: LinePlan, body: QualityInspection) -> None:
    """Out of inspection: to a place where it passed, to the rejected goods where it did not."""
    _check_receipt(state, body.receipt)
    move_lines(state, _looked_at)


def _looked_at(line: InspectionLine, here: str, base: int) -> tuple[str, str]:
    del base
    return INSPECTION, here if line.result is InspectionResult.PASSED else REJECTED


def plan_supplier_return(state: LinePlan, body: SupplierReturn) -> None:
    """From a place, or the rejected goods, back to the supplier."""
    _check_receipt(state, body.receipt)
    move_lines(state, lambda _, here, __: (here, Virtual.SUPPLIER), home=REJECTED)


def _check_receipt(state: LinePlan, receipt: str | UnsetType) -> None:
    """A goods receipt that is named must be one that was posted here."""
    if receipt is UNSET:
        return
    document_id = read_transfer_id(receipt)
    known = None if document_id is None else state.ledger.document(document_id)
    if known is None or known.type != DocumentType.GOODS_RECEIPT:
        state.refuse("receipt", "unknown_receipt", receipt=receipt[:64])


KINDS: Final = (
    Kind(PurchaseOrder, plan_purchase_order, Breach.PURCHASE_ORDER),
    Kind(GoodsReceipt, plan_goods_receipt, Breach.GOODS_RECEIPT),
    Kind(QualityInspection, plan_quality_inspection, Breach.QUALITY_INSPECTION),
    Kind(SupplierReturn, plan_supplier_return, Breach.SUPPLIER_RETURN),
    Kind(Requisition, plan_requisition, Breach.REQUISITION),
)
