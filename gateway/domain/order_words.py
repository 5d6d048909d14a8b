"""What an entry of the journal says of orders and of goods that were bought. Pure; the store keeps it in rows.

Each word follows from its own entry and from words before it, so that setting an entry aside is leaving out its rows.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from gateway.domain.document_type import DocumentType
from gateway.domain.orders import NOTHING, Came, OrderLine
from gateway.domain.told import said_in
from replication.wire.events import DocumentPosted
from replication.wire.location import INSPECTION, REJECTED
from replication.wire.quantity import THOUSANDTHS
from replication.wire.transfer import read_transfer_id

_REVERSAL: Final = DocumentType.REVERSAL.value
_ORDER: Final = DocumentType.PURCHASE_ORDER.value
_CLOSE: Final = DocumentType.PURCHASE_ORDER_CLOSE.value
_RECEIPT: Final = DocumentType.GOODS_RECEIPT.value
_INSPECTION: Final = DocumentType.QUALITY_INSPECTION.value
_RETURN: Final = DocumentType.SUPPLIER_RETURN.value
BUYING: Final = frozenset({_ORDER, _CLOSE, _RECEIPT, _INSPECTION, _RETURN, _REVERSAL})
"""Types of document that may say something here."""


class Placed(msgspec.Struct, frozen=True):
    """An order as it was placed."""

    number: str
    supplier: str
    currency: str | None
    rate: str | None
    expected: str | None
    lines: tuple[OrderLine, ...]


class CameWith(msgspec.Struct, frozen=True):
    """A goods receipt: whose goods, and the order it names, by id or number or in a supplier's own words."""

    number: str
    supplier: str | None
    order: str | None


class Bought(msgspec.Struct, frozen=True):
    """What a document did to the goods of a receipt; below zero where it takes another one back."""

    receipt: bytes
    document: bytes
    item: str
    lot: str
    came: Came


def placed(event: DocumentPosted) -> Placed | None:
    """The order of a purchase order."""
    if event.type != _ORDER:
        return None
    lines = []
    for line in event.lines:
        detail = line.detail
        factor = THOUSANDTHS if detail is None or detail.factor is None else detail.factor
        lines.append(
            OrderLine(
                line.item, None if detail is None else detail.unit, factor, line.quantity * factor // THOUSANDTHS,
                None if detail is None else detail.cost, said_in(detail, "free") is True,
            )
        )  # fmt: skip
    return Placed(
        event.number, said_in(event.detail, "supplier") or "", said_in(event.detail, "currency"),
        said_in(event.detail, "rate"), said_in(event.detail, "expected"), tuple(lines),
    )  # fmt: skip


def ended(event: DocumentPosted) -> str | None:
    """The order that is closed or taken back, by its id or number."""
    names = "order" if event.type == _CLOSE else "original" if _reverses(event) == _ORDER else None
    named: str | None = None if names is None else said_in(event.detail, names)
    return named


def came_with(event: DocumentPosted) -> CameWith | None:
    """What a goods receipt is of."""
    if event.type != _RECEIPT:
        return None
    return CameWith(event.number, said_in(event.detail, "supplier"), said_in(event.detail, "order"))


def bought(document: bytes, event: DocumentPosted, receipt_of: Callable[[bytes], bytes | None]) -> Iterator[Bought]:
    """What a document did to the goods of a receipt. `receipt_of` knows the receipt that an earlier document was about."""
    kind, sign = (event.type, 1) if event.type != _REVERSAL else (_reverses(event), -1)
    receipt = _receipt(document, event, receipt_of)
    if receipt is None or kind not in {_RECEIPT, _INSPECTION, _RETURN}:
        return
    sums: dict[tuple[str, str], Came] = {}
    for movement in event.moves():
        route, line = event.routes[movement.route], event.lines[movement.line]
        source, destination = (route.source, route.destination)[::sign]
        free = said_in(line.detail, "free") is True
        came = _moved(kind, source, destination, sign * movement.quantity, free=free)
        goods = (line.item, movement.lot or "")
        sums[goods] = sums.get(goods, NOTHING).plus(came)
    for (item, lot), came in sums.items():
        yield Bought(receipt, document, item, lot, came)


def _moved(kind: str | None, source: str, destination: str, quantity: int, *, free: bool) -> Came:
    rejected = quantity if destination == REJECTED else 0
    if kind == _RECEIPT:
        inspecting = quantity if destination == INSPECTION else 0
        return Came(0 if free else quantity, quantity if free else 0, inspecting, rejected)
    leaves = -quantity if source == INSPECTION else 0
    if kind == _INSPECTION:
        return Came(inspecting=leaves, rejected=rejected)
    return Came(inspecting=leaves, returned=quantity, sent_back=quantity if source == REJECTED else 0)


def _receipt(document: bytes, event: DocumentPosted, receipt_of: Callable[[bytes], bytes | None]) -> bytes | None:
    if event.type == _RECEIPT:
        return document
    if event.type == _REVERSAL:
        original = read_transfer_id(said_in(event.detail, "original") or "")
        return None if original is None else receipt_of(original)
    return read_transfer_id(said_in(event.detail, "receipt") or "")


def _reverses(event: DocumentPosted) -> str | None:
    type_: str | None = said_in(event.detail, "reverses") if event.type == _REVERSAL else None
    return type_
