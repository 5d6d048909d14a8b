"""Planning against what was ordered and what came: a goods receipt fills its order, and what is inspected or sent back of a
receipt came with it.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.buying import GoodsReceipt, QualityInspection, ReceiptLine, SupplierReturn
from gateway.domain.document_type import DocumentType
from gateway.domain.fault import Fault
from gateway.domain.lines import LinePlan, Planned
from gateway.domain.orders import NOTHING, Came, LineFigures, Order, OrderLine, OrderState, Receipt, same_supplier
from gateway.domain.policy import Breach
from gateway.domain.told import said_in
from replication.wire.events import DocumentPosted
from replication.wire.location import INSPECTION, REJECTED, SHOP, UNSELLABLE
from replication.wire.quantity import THOUSANDTHS, format_quantity
from replication.wire.transfer import read_transfer_id

_NAME_MAX: Final = 64
_PER_CENT: Final = 100


def order_of(state: LinePlan, order: str | UnsetType) -> Order | None:
    """The order that is named, by its id or its number; None where the text is the supplier's own."""
    if order is UNSET:
        return None
    found = state.ledger.order(order)
    if found is None and read_transfer_id(order) is not None:
        state.refuse("order", "unknown_order", order=order[:_NAME_MAX])
    elif found is not None and found.state is OrderState.CLOSED:
        state.refuse("order", "order_closed", number=found.number)
    return found


class Filling:
    """An order while the lines of a goods receipt are walked: what one line fills is not open for the next."""

    def __init__(self, state: LinePlan, order: Order) -> None:
        self._state = state
        self._order = order
        self._taken: dict[str, int] = {}
        self._asked: dict[str, list[LineFigures]] = {}
        for one in order.figures():
            if not one.line.free:
                self._asked.setdefault(one.line.item, []).append(one)

    def _next(self, sku: str) -> OrderLine | None:
        """The line that paid goods of an item fill next; None where none asks for them."""
        taken, asked = self._taken.get(sku, 0), self._asked.get(sku, [])
        for one in asked:
            if taken < one.open:
                return one.line
            taken -= one.open
        return asked[-1].line if asked else None

    def with_cost(self, line: ReceiptLine) -> ReceiptLine:
        """The line at the order's cost where it says none of its own, per the line's own unit."""
        cost = None if line.cost is not UNSET or line.free is True else self._cost_per_unit(line)
        return line if cost is None else msgspec.structs.replace(line, cost=cost)

    def _cost_per_unit(self, line: ReceiptLine) -> int | None:
        item, asked = self._state.ledger.item(line.item), self._next(line.item)
        if item is None or asked is None:
            return None
        pack = None if line.unit is UNSET else item.pack(line.unit)
        return self._worth(asked, THOUSANDTHS if pack is None else pack.factor)

    def _worth(self, asked: OrderLine, base: int) -> int | None:
        return self._order.worth_in(asked, base, self._state.terms.money.currency)

    def take(self, planned: Planned, line: ReceiptLine) -> None:
        """A line as the person sent it has come: what it is worth, and what policy is asked about it."""
        if line.free is True:
            return
        asked, path = self._next(planned.item.sku), f"lines[{planned.index}]"
        if asked is None:
            facts = {"item": planned.item.sku, "number": self._order.number}
            self._state.breaches.append((Breach.NOT_ON_ORDER, Fault(f"{path}.item", "not_on_order", facts)))
            return
        if line.cost is UNSET:
            self._tell_worth(asked, planned.base)
        else:
            usual = self._cost_per_unit(line)
            if usual is not None and usual != line.cost:
                facts = {"item": planned.item.sku, "cost": str(line.cost), "ordered": str(usual)}
                self._state.breaches.append((Breach.PRICE_DIFFERS, Fault(f"{path}.cost", "price_differs", facts)))
        self._check_over(planned, path)

    def _tell_worth(self, asked: OrderLine, base: int) -> None:
        """The line's amount is rounded once, not each of its units."""
        worth, lines = self._worth(asked, base), self._state.lines
        if worth is not None:
            self._state.total += worth - lines[-1].worth()
            lines[-1] = msgspec.structs.replace(lines[-1], amount=worth)

    def _check_over(self, planned: Planned, path: str) -> None:
        sku = planned.item.sku
        own, taken = self._asked[sku], self._taken.get(sku, 0)
        self._taken[sku] = taken + planned.base
        ordered, before = sum(one.line.ordered for one in own), sum(one.received for one in own) + taken
        over = before + planned.base - ordered
        if planned.base and over > ordered * self._state.terms.policy.over_receipt_percent // _PER_CENT:
            facts = {
                "item": sku, "number": self._order.number, "open": format_quantity(max(ordered - before, 0)),
                "quantity": format_quantity(planned.base),
            }  # fmt: skip
            self._state.breaches.append((Breach.OVER_RECEIPT, Fault(f"{path}.quantity", "over_receipt", facts)))


def filling_of(state: LinePlan, body: GoodsReceipt) -> Filling | None:
    """What a goods receipt fills; its supplier is the order's."""
    order = order_of(state, body.order)
    if order is None:
        return None
    check_supplier(state, body.supplier, order.supplier, order.number)
    return Filling(state, order)


def check_supplier(state: LinePlan, told: str | UnsetType, known: str | None, number: str) -> None:
    """A document about another one has its supplier, and tells it where it did not say it."""
    if known is None:
        return
    if told is UNSET:
        state.told["supplier"] = known
    elif not same_supplier(told, known):
        facts = {"number": number, "supplier": known, "told": told[:_NAME_MAX]}
        state.faults.append(Fault("supplier", "other_supplier", facts))


def receipt_of(state: LinePlan, receipt: str | UnsetType) -> Receipt | None:
    """A goods receipt that is named must be one that was posted here."""
    if receipt is UNSET:
        return None
    document_id = read_transfer_id(receipt)
    found = None if document_id is None else state.ledger.receipt(document_id)
    if found is None:
        state.refuse("receipt", "unknown_receipt", receipt=receipt[:_NAME_MAX])
    return found


def name_lots(
    body: QualityInspection | SupplierReturn, receipt: Receipt, rest: Callable[[Came], int]
) -> QualityInspection | SupplierReturn:
    """Lines that name no lot are of the receipt's where it brought only one that is left."""
    lots: dict[str, list[str]] = {}
    for (sku, lot), came in receipt.goods.items():
        if lot and rest(came) > 0:
            lots.setdefault(sku, []).append(lot)
    lines = tuple(
        msgspec.structs.replace(line, lot=lots[line.item][0])
        if line.lot is UNSET and len(lots.get(line.item, ())) == 1
        else line
        for line in body.lines
    )
    return msgspec.structs.replace(body, lines=lines)


def check_inspected(state: LinePlan, receipt: Receipt) -> None:
    """No more is inspected than lies in inspection of a receipt."""
    _check_rest(state, receipt, lambda _, came: came.inspecting)


def check_sent_back(state: LinePlan, receipt: Receipt) -> None:
    """No more goes back of a receipt than is left of what it brought: of the rejected goods, of those in inspection, or of the
    others."""
    _check_rest(state, receipt, _left_at)


def _left_at(source: str, came: Came) -> int:
    if source == REJECTED:
        return came.rejected_left
    return came.inspecting if source == INSPECTION else came.good_left - came.inspecting


def goods_went_on(state: LinePlan, document_id: bytes, original: DocumentPosted) -> Receipt | None:
    """The receipt whose goods went on since a document about it, so that this cannot be taken back; None where none did."""
    if original.type == DocumentType.GOODS_RECEIPT:
        receipt = state.ledger.receipt(document_id)
        return receipt if receipt is not None and receipt.went_on else None
    named = read_transfer_id(said_in(original.detail, "receipt") or "")
    receipt = None if named is None else state.ledger.receipt(named)
    if original.type != DocumentType.QUALITY_INSPECTION or receipt is None:
        return None
    rejected: dict[tuple[str, str], int] = {}
    for movement in original.moves():
        if original.routes[movement.route].destination == REJECTED:
            goods = (original.lines[movement.line].item, movement.lot or "")
            rejected[goods] = rejected.get(goods, 0) + movement.quantity
    left = {goods: receipt.goods.get(goods, NOTHING).rejected_left for goods in rejected}
    return receipt if any(rejected[goods] > left[goods] for goods in rejected) else None


def _check_rest(state: LinePlan, receipt: Receipt, rest: Callable[[str, Came], int]) -> None:
    sources = [source for source, _ in state.routes]
    taken: dict[tuple[str, str, str], int] = {}
    for movement in state.movements:
        sku, lot, source = state.lines[movement.line].item, movement.lot or "", sources[movement.route]
        came = receipt.goods.get((sku, lot), NOTHING)
        pile = (sku, lot, source if source in UNSELLABLE else SHOP)
        left = rest(source, came) - taken.get(pile, 0)
        taken[pile] = taken.get(pile, 0) + movement.quantity
        path = f"lines[{movement.line}]"
        if lot and came == NOTHING:
            state.refuse(f"{path}.lot", "lot_not_received", item=sku, lot=lot, number=receipt.number)
        elif movement.quantity > left:
            facts = {
                "item": sku,
                "number": receipt.number,
                "left": format_quantity(left),
                "quantity": format_quantity(movement.quantity),
            }
            state.faults.append(Fault(f"{path}.quantity", "more_than_received", facts))
