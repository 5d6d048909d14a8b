"""What is ordered, and what comes from suppliers, is looked at, and goes back to them."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from gateway.domain.bodies.buying import (
    GoodsReceipt,
    InspectionLine,
    InspectionResult,
    OrderedLine,
    PurchaseOrder,
    PurchaseOrderClose,
    QualityInspection,
    ReceiptLine,
    Requisition,
    SupplierReturn,
)
from gateway.domain.fault import Fault
from gateway.domain.kinds.correcting import require_reason
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, Planned, list_lines, list_nothing, move, move_lines, not_whole, plan_line
from gateway.domain.order_lines import (
    check_inspected,
    check_sent_back,
    check_supplier,
    filling_of,
    name_lots,
    order_of,
    receipt_of,
)
from gateway.domain.policy import Breach
from replication.wire.events import Variance
from replication.wire.location import INSPECTION, REJECTED, SHOP, Virtual
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, Quantity, parse_quantity, shortest


def plan_purchase_order(state: LinePlan, body: PurchaseOrder) -> None:
    """A word to a supplier: nothing moves."""
    if body.supplier is UNSET or not body.supplier.strip():
        state.refuse("supplier", "supplier_required")
    if body.rate is not UNSET and body.currency is UNSET:
        state.refuse("currency", "currency_required")
    if body.rate is UNSET and body.currency not in {UNSET, state.terms.money.currency}:
        state.refuse("rate", "rate_required", currency=str(body.currency))
    for index, line in enumerate(body.lines):
        _check_free(state, index, line)
    list_lines(state)


def plan_purchase_order_close(state: LinePlan, body: PurchaseOrderClose) -> None:
    """What is open of an order is not awaited any more."""
    list_nothing(state)
    require_reason(state, body.reason)
    order = order_of(state, body.order)
    if order is None and not state.faults:
        named = "" if body.order is UNSET else body.order[:64]
        state.refuse("order", "unknown_order" if named else "order_required", order=named)


def plan_requisition(state: LinePlan, body: Requisition) -> None:
    """A word to headquarters: nothing moves."""
    del body
    list_lines(state)


def plan_goods_receipt(state: LinePlan, body: GoodsReceipt) -> None:
    """From the supplier to a place, to inspection, or to where damaged goods wait."""
    filling = filling_of(state, body)
    for index, (line, differences) in enumerate(zip(body.lines, state.draft.variances, strict=True)):
        _check_free(state, index, line)
        planned = plan_line(state, index, line if filling is None else filling.with_cost(line), _has_come, SHOP)
        if planned is None:
            continue
        if filling is not None:
            filling.take(planned, line)
        _check_temperature(state, planned, line)
        if planned.base:
            move(state, planned, Virtual.SUPPLIER, INSPECTION if line.inspect is True else planned.here)
        if differences:
            _set_apart(state, planned, differences[0])


def _check_free(state: LinePlan, index: int, line: OrderedLine | ReceiptLine) -> None:
    if line.free is True and line.cost is not UNSET and line.cost:
        state.refuse(f"lines[{index}].cost", "free_with_cost")


def _check_temperature(state: LinePlan, planned: Planned, line: ReceiptLine) -> None:
    """Chilled goods that came too warm, or that nobody measured, are somebody's to take responsibility for."""
    limit, path = planned.item.keep_below, f"lines[{planned.index}].temperature"
    if limit is None:
        return
    facts = {"item": planned.item.sku, "limit": shortest(Quantity(limit))}
    if line.temperature is UNSET:
        state.breaches.append((Breach.TEMPERATURE_UNKNOWN, Fault(path, "temperature_unknown", facts)))
    elif parse_quantity(line.temperature) > limit:
        facts["temperature"] = line.temperature
        state.breaches.append((Breach.TOO_WARM, Fault(path, "too_warm", facts)))


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
    parted = not_whole(f"lines[{planned.index}].damaged", planned.item, base)
    if parted is not None:
        state.faults.append(parted)
        return
    move(state, planned, Virtual.SUPPLIER, REJECTED, base, moves_serials=False)
    state.plain = False
    told = msgspec.structs.replace(damaged, quantity=Quantity(base))
    state.tell_last(variance=(told,))


def plan_quality_inspection(state: LinePlan, body: QualityInspection) -> None:
    """Out of inspection: to a place where it passed, to the rejected goods where it did not."""
    receipt = receipt_of(state, body.receipt)
    if receipt is not None:
        state.body = name_lots(body, receipt, lambda came: came.inspecting)
    move_lines(state, _looked_at)
    if receipt is not None:
        check_inspected(state, receipt)


def _looked_at(line: InspectionLine, here: str, base: int) -> tuple[str, str]:
    del base
    return INSPECTION, here if line.result is InspectionResult.PASSED else REJECTED


def plan_supplier_return(state: LinePlan, body: SupplierReturn) -> None:
    """From a place, or the rejected goods, back to the supplier."""
    receipt = receipt_of(state, body.receipt)
    if receipt is not None:
        state.body = name_lots(body, receipt, lambda came: came.paid + came.free - came.returned)
        check_supplier(state, body.supplier, receipt.supplier, receipt.number)
    move_lines(state, lambda _, here, __: (here, Virtual.SUPPLIER), home=REJECTED)
    if receipt is not None:
        check_sent_back(state, receipt)


KINDS: Final = (
    Kind(PurchaseOrder, plan_purchase_order, Breach.PURCHASE_ORDER),
    Kind(PurchaseOrderClose, plan_purchase_order_close, Breach.PURCHASE_ORDER_CLOSE),
    Kind(GoodsReceipt, plan_goods_receipt, Breach.GOODS_RECEIPT),
    Kind(QualityInspection, plan_quality_inspection, Breach.QUALITY_INSPECTION),
    Kind(SupplierReturn, plan_supplier_return, Breach.SUPPLIER_RETURN),
    Kind(Requisition, plan_requisition, Breach.REQUISITION),
)
