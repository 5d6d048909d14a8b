"""What the shops of these tests sell."""

from collections.abc import Sequence

from replication.wire.events import DocumentPosted, ItemPut, PostedLine, Tender, TenderType
from replication.wire.item import Item
from replication.wire.movement import Movement, Route
from replication.wire.quantity import Quantity

POSTED_AT = 1_795_000_000_000
ITEMS = ("952-RICE", "952-TEA", "952-SAUCE", "952-SOAP", "952-APPLE")


def item_put(sku: str, *, unit: str = "pc", price: int = 500, name: str = "") -> ItemPut:
    """An item as a branch makes it."""
    return ItemPut(Item(sku, name or sku.title(), unit, price, name_zh="货物"), "chen", POSTED_AT)


def sale(lines: Sequence[tuple[str, int]], number: int = 1, *, lot: str | None = None) -> DocumentPosted:
    """A sale of (item, thousandths) from the shop."""
    return _document("sale", "shop", "customer", lines, number, lot)


def goods_receipt(lines: Sequence[tuple[str, int]], number: int = 1, *, lot: str | None = None) -> DocumentPosted:
    """Goods of (item, thousandths) from a supplier."""
    return _document("goods_receipt", "supplier", "shop", lines, number, lot)


def _document(
    kind: str, source: str, destination: str, lines: Sequence[tuple[str, int]], number: int, lot: str | None
) -> DocumentPosted:
    total = sum(quantity * 500 // 1000 for _, quantity in lines)
    return DocumentPosted(
        type=kind,
        number=f"{kind[:2].upper()}-{number:06d}",
        posted_at=POSTED_AT + number,
        occurred_at=None,
        person="lin",
        station="till-1",
        total=total,
        change=0,
        tenders=(Tender(TenderType.CASH, total),) if kind == "sale" else (),
        lines=tuple(PostedLine(item, Quantity(quantity), 500, 0, quantity * 500 // 1000) for item, quantity in lines),
        routes=(Route(source, destination),),
        movements=tuple(Movement(index, 0, Quantity(quantity), lot) for index, (_, quantity) in enumerate(lines)),
    )
