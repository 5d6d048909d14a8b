"""Documents that would make the book right again, ready to be posted: bodies only; their reasons are written in by whoever shows them."""

import uuid

from msgspec import UNSET

from gateway.domain.bodies.entry import Line
from gateway.domain.document import (
    Adjustment,
    GoodsReceipt,
    InspectionLine,
    InspectionResult,
    InternalIssue,
    MoveLine,
    Production,
    ProductionLine,
    ProductionRole,
    Purpose,
    QualityInspection,
    ReceiptLine,
    Reversal,
    SaleReturn,
    StockMove,
    TransferIn,
    TransferInLine,
    WriteOff,
)
from gateway.domain.explain_finding import Mend, PostDocument
from gateway.domain.explain_history import History, Said, SaidLine
from replication.wire.location import INSPECTION
from replication.wire.quantity import THOUSANDTHS, shortest


def id_text(document: bytes) -> str:
    """An id as bodies name it."""
    return str(uuid.UUID(bytes=document))


def adjustment(history: History, *changes: tuple[str, int], lots: tuple[str, ...] = ()) -> Mend:
    """What is too much or too little, corrected; in the item's place."""
    return PostDocument(
        Adjustment(
            lines=tuple(
                Line(
                    sku, shortest(quantity), location=history.location or UNSET,
                    lot=(lots[index] or UNSET) if index < len(lots) else UNSET,
                )
                for index, (sku, quantity) in enumerate(changes)
            ),
            reason="",
        )
    )  # fmt: skip


def receipt(history: History, quantity: int, order: Said | None = None, *, free: bool = False) -> Mend:
    """Goods that came and were not booked; in the order's pack and at its cost where it comes out even."""
    unit, factor, cost = None, THOUSANDTHS, None
    if order is not None:
        line = order.of(history.item.sku)[0]
        pack = None if line.unit is None else history.item.pack(line.unit)
        if pack is not None and quantity * THOUSANDTHS % pack.factor == 0:
            unit, factor, cost = pack.unit, int(pack.factor), line.cost
        elif line.unit is None:
            cost = line.cost
    return PostDocument(
        GoodsReceipt(
            lines=(
                ReceiptLine(
                    history.item.sku, shortest(quantity * THOUSANDTHS // factor), unit=unit or UNSET,
                    cost=UNSET if cost is None else cost, free=True if free else UNSET, location=history.location or UNSET,
                ),
            ),
            supplier=UNSET if order is None or order.supplier is None else order.supplier,
            order=UNSET if order is None or free else id_text(order.id),
            note="",
        )
    )  # fmt: skip


def arrival(history: History, transfer: bytes, quantity: int) -> Mend:
    """What is still on its way here of a transfer, taken in whole."""
    line = TransferInLine(history.item.sku, shortest(quantity), location=history.location or UNSET)
    return PostDocument(TransferIn(lines=(line,), transfer=id_text(transfer), note=""))


def reversal(said: Said) -> Mend:
    """A document that should not be there, taken back whole."""
    return PostDocument(Reversal(original=id_text(said.id), reason=""))


def give_back(history: History, said: Said, quantity: int) -> Mend:
    """What a till receipt says too much of."""
    line = Line(history.item.sku, shortest(quantity), location=history.location or UNSET)
    return PostDocument(SaleReturn(lines=(line,), original=id_text(said.id), note=""))


def gift(history: History, quantity: int) -> Mend:
    """Goods that were given away."""
    line = Line(history.item.sku, shortest(quantity), location=history.location or UNSET)
    return PostDocument(InternalIssue(lines=(line,), reason="", purpose=Purpose.GIFT))


def write_off(history: History, lot: str, location: str, quantity: int) -> Mend:
    """Goods of a lot that nobody may sell."""
    line = Line(history.item.sku, shortest(quantity), lot=lot or UNSET, location=location or UNSET)
    return PostDocument(WriteOff(lines=(line,), reason=""))


def production(history: History, last: Said, quantity: int) -> Mend | None:
    """The last production once more, for so much of what it made."""
    made = sum(line.base for line in last.of(history.item.sku) if line.role == ProductionRole.OUTPUT)
    if not made:
        return None
    lines = tuple(
        ProductionLine(
            line.item, shortest(max(1, line.base * quantity // made)), role=ProductionRole(line.role),
            location=line.location or UNSET,
        )
        for line in last.lines
        if line.role in (ProductionRole.COMPONENT, ProductionRole.OUTPUT, ProductionRole.BY_PRODUCT)
    )  # fmt: skip
    return PostDocument(Production(lines=lines, recipe=last.recipe or UNSET, note=""))


def move(history: History, source: str, quantity: int, to: str) -> Mend:
    """Goods that stand where they are sold, though the book has them elsewhere."""
    if source == INSPECTION:
        looked_at = InspectionLine(
            history.item.sku, shortest(quantity), result=InspectionResult.PASSED, location=to or UNSET
        )
        return PostDocument(QualityInspection(lines=(looked_at,), note=""))
    return PostDocument(
        StockMove(lines=(MoveLine(history.item.sku, shortest(quantity), location=source, to=to),), note="")
    )


def correct(history: History, said: Said, line: SaidLine, effect: int) -> Mend:
    """A line that said too much or too little: goods a till receipt has too many of come back on it, the rest is adjusted."""
    if said.type == "sale" and 0 < effect < line.base:
        return give_back(history, said, effect)
    return adjustment(history, (history.item.sku, effect))
