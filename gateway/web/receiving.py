"""What a page for receiving an order begins with: a goods receipt of all that is open, and the codes its goods are scanned by."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from gateway.domain.bodies.buying import GoodsReceipt, ReceiptLine
from gateway.domain.orders import LineFigures, Order
from gateway.web.document_id import write_id
from replication.wire.item import Item, Pack
from replication.wire.item_entry import codes_of
from replication.wire.quantity import THOUSANDTHS, Quantity, format_quantity, shortest


class ScanCode(msgspec.Struct, frozen=True):
    """A barcode, and the pack it stands on; `factor` is base units in one."""

    code: str
    unit: str
    factor: str


class ToReceive(msgspec.Struct, frozen=True):
    """An open line: `open` in base units `unit`, `cost` in the site's minor units per unit of the draft's line. `tracking`
    tells whether lot or serial numbers have to be captured."""

    item: str
    name: str
    name_zh: str | None
    unit: str
    tracking: str
    open: str
    cost: int | None
    codes: tuple[ScanCode, ...]


class ReceiveView(msgspec.Struct, frozen=True):
    """`draft` can be posted as it is where all came and nothing has to be captured; its lines and `lines` go together."""

    draft: GoodsReceipt
    lines: tuple[ToReceive, ...]


def receive_view(order: Order, items: Mapping[str, Item], currency: str) -> ReceiveView:
    """All that is open of an order, in whole packs where it comes in whole packs. An item that is gone is left out."""
    open_lines = [(one, items[one.line.item]) for one in order.figures() if one.open and one.line.item in items]
    drafted = [_drafted(one, item) for one, item in open_lines]
    lines = tuple(
        _to_receive(order, one, item, pack, currency)
        for (one, item), (_, pack) in zip(open_lines, drafted, strict=True)
    )
    draft = GoodsReceipt(lines=tuple(line for line, _ in drafted), supplier=order.supplier, order=write_id(order.id))
    return ReceiveView(draft, lines)


def _drafted(one: LineFigures, item: Item) -> tuple[ReceiptLine, Pack | None]:
    free = True if one.line.free else UNSET
    pack = None if one.line.unit is None else item.pack(one.line.unit)
    if pack is not None and one.open * THOUSANDTHS % pack.factor == 0:
        quantity = Quantity(one.open * THOUSANDTHS // pack.factor)
        if quantity % THOUSANDTHS == 0:
            return ReceiptLine(item.sku, shortest(quantity), unit=pack.unit, free=free), pack
    return ReceiptLine(item.sku, shortest(Quantity(one.open)), free=free), None


def _to_receive(order: Order, one: LineFigures, item: Item, pack: Pack | None, currency: str) -> ToReceive:
    factor = THOUSANDTHS if pack is None else pack.factor
    return ToReceive(
        item.sku, item.name, item.name_zh, item.unit, item.tracking.value, format_quantity(Quantity(one.open)),
        order.worth_in(one.line, factor, currency), tuple(_code(item, code, unit) for code, unit in codes_of(item).items()),
    )  # fmt: skip


def _code(item: Item, code: str, unit: str | None) -> ScanCode:
    pack = None if unit is None else item.pack(unit)
    return ScanCode(
        code, item.unit if pack is None else pack.unit, "1.000" if pack is None else format_quantity(pack.factor)
    )
