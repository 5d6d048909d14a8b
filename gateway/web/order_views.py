"""Orders and goods receipts as the API shows them. Quantities are in the item's base unit where no `unit` stands beside them."""

import msgspec

from gateway.domain.orders import Came, LineFigures, Order, Receipt
from gateway.store.orders_asked import OrderRow
from gateway.web.document_id import write_id
from gateway.web.moments import moment
from replication.wire.money import line_amount
from replication.wire.quantity import THOUSANDTHS, Quantity, format_quantity


class OrderListRow(msgspec.Struct, frozen=True):
    """A purchase order in a list: `state` is `open`, `partly_received`, `received` or `closed`; `total` in minor units of
    `currency`."""

    id: str
    number: str
    seq: int
    supplier: str
    state: str
    currency: str
    total: int
    expected: str | None
    person: str
    posted_at: str


class OrderLineView(msgspec.Struct, frozen=True):
    """A line of an order: received + open = ordered + over. `rejected` came damaged or failed inspection, `free` came beside
    what was ordered. `cost` is per `unit` and `amount` of all of it, both in minor units of the order's currency; `site_cost`
    and `site_amount` are the same by the booked rate, null where no cost was told."""

    item: str
    unit: str | None
    quantity: str
    promised_free: bool
    ordered: str
    received: str
    free: str
    rejected: str
    over: str
    open: str
    cost: int | None
    amount: int | None
    site_cost: int | None
    site_amount: int | None


class BesideView(msgspec.Struct, frozen=True):
    """Goods that came with an order's receipts without being on it."""

    item: str
    received: str
    free: str
    rejected: str


class ReceivedGoodsView(msgspec.Struct, frozen=True):
    """What became of goods that came with a receipt: `came` in all, `free` of them. Of these `in_inspection` wait for a look,
    `rejected` came damaged or failed it, and `returned` went back to the supplier."""

    item: str
    lot: str | None
    came: str
    free: str
    in_inspection: str
    rejected: str
    returned: str


class ReceiptView(msgspec.Struct, frozen=True):
    """A goods receipt; `order` is null where it names none of this branch. `state` is `in_inspection`, `to_send_back`, `done`
    or `taken_back`; `documents` are its inspections, supplier returns and reversals, oldest first."""

    id: str
    number: str
    order: str | None
    supplier: str | None
    state: str
    goods: tuple[ReceivedGoodsView, ...]
    documents: tuple[str, ...]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order with what came of it. `rate` is the site's currency per unit of `currency`, as booked; `closed_by` is
    the document that closed it or took it back."""

    id: str
    number: str
    supplier: str
    state: str
    currency: str
    rate: str | None
    site_currency: str
    expected: str | None
    lines: tuple[OrderLineView, ...]
    beside: tuple[BesideView, ...]
    receipts: tuple[ReceiptView, ...]
    closed_by: str | None


def list_row(row: OrderRow, site_currency: str) -> OrderListRow:
    """A line of the list."""
    return OrderListRow(
        write_id(row.id), row.number, row.seq, row.supplier, row.state.value, row.currency or site_currency, row.total,
        row.expected, row.person, moment(row.posted_at),
    )  # fmt: skip


def order_view(
    order: Order, site_currency: str, receipts: tuple[ReceiptView, ...], closed_by: bytes | None
) -> OrderView:
    """An order whole."""
    return OrderView(
        id=write_id(order.id),
        number=order.number,
        supplier=order.supplier,
        state=order.state.value,
        currency=order.currency or site_currency,
        rate=order.rate,
        site_currency=site_currency,
        expected=order.expected,
        lines=tuple(_line_view(order, one, site_currency) for one in order.figures()),
        beside=tuple(_beside(sku, came) for sku, came in order.beside().items()),
        receipts=receipts,
        closed_by=None if closed_by is None else write_id(closed_by),
    )


def receipt_view(receipt: Receipt, documents: list[bytes]) -> ReceiptView:
    """A receipt whole."""
    return ReceiptView(
        write_id(receipt.id), receipt.number, None if receipt.order is None else write_id(receipt.order), receipt.supplier,
        receipt.state.value, tuple(_goods(sku, lot, came) for (sku, lot), came in receipt.goods.items()),
        tuple(write_id(one) for one in documents),
    )  # fmt: skip


def _line_view(order: Order, one: LineFigures, site_currency: str) -> OrderLineView:
    line = one.line
    quantity = Quantity(line.ordered * THOUSANDTHS // line.factor)
    return OrderLineView(
        item=line.item,
        unit=line.unit,
        quantity=format_quantity(quantity),
        promised_free=line.free,
        ordered=_text(line.ordered),
        received=_text(one.received),
        free=_text(one.free),
        rejected=_text(one.rejected),
        over=_text(one.over),
        open=_text(one.open),
        cost=line.cost,
        amount=None if line.cost is None else line_amount(line.cost, quantity),
        site_cost=order.worth_in(line, line.factor, site_currency),
        site_amount=order.worth_in(line, line.ordered, site_currency),
    )


def _beside(sku: str, came: Came) -> BesideView:
    return BesideView(sku, _text(came.received), _text(came.received_free), _text(came.rejected))


def _goods(sku: str, lot: str, came: Came) -> ReceivedGoodsView:
    return ReceivedGoodsView(
        sku, lot or None, _text(came.paid + came.free), _text(came.free), _text(came.inspecting), _text(came.rejected),
        _text(came.returned),
    )  # fmt: skip


def _text(quantity: int) -> str:
    return format_quantity(Quantity(quantity))
