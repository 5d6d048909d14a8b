"""Goods that a document would take from the shelves if somebody approved it. Pure; knows nobody who decides."""

from collections.abc import Callable
from typing import Final

from gateway.domain.document import InternalIssue, Sale, StockMove, TransferOut, WriteOff
from gateway.domain.draft import Draft
from replication.wire.item import Item
from replication.wire.location import SHOP
from replication.wire.quantity import THOUSANDTHS

_TAKING: Final = (Sale, TransferOut, WriteOff, InternalIssue, StockMove)
"""What takes its lines from a place; others bring goods, or tell only when posted what they take."""


def goods_asked(draft: Draft, find: Callable[[str], Item | None]) -> dict[tuple[str, str], int]:
    """Thousandths of the base unit by item and place; nothing for documents that take no goods."""
    asked: dict[tuple[str, str], int] = {}
    if not isinstance(draft.body, _TAKING):
        return asked
    for line, quantity in zip(draft.body.lines, draft.quantities, strict=True):
        item = find(line.item)
        if item is None:
            continue
        pack = item.pack(line.unit) if isinstance(line.unit, str) else None
        base = int(quantity) if pack is None else quantity * pack.factor // THOUSANDTHS
        cell = (line.item, line.location if isinstance(line.location, str) else SHOP)
        asked[cell] = asked.get(cell, 0) + base
    return asked
