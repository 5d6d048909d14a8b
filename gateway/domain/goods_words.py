"""What an entry of the journal says of lots, of single pieces, and of goods that came back. Pure; the store keeps it in rows.

Read from movements alone, whatever type of document made them: each row follows from its own entry, so that setting an entry
aside is leaving out its rows.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from gateway.domain.document_type import DocumentType
from gateway.domain.original import read_sale_id
from replication.wire.events import DocumentPosted, KnownEvent, LotBlocked, LotReleased
from replication.wire.location import Virtual, is_virtual

_RETURN: Final = DocumentType.SALE_RETURN.value
_REVERSAL: Final = DocumentType.REVERSAL.value


class LotWord(msgspec.Struct, frozen=True):
    """Something said of a lot: the date it expires on, or that it is blocked or released; by whom and when where a person did.
    `withdrawn`: the document that told this date is taken back."""

    item: str
    lot: str
    expiry: str | None = None
    blocked: bool | None = None
    reason: str = ""
    person: str = ""
    at: int = 0
    withdrawn: bool = False


class SerialMove(msgspec.Struct, frozen=True):
    """A single piece that went from one place to another."""

    item: str
    serial: str
    source: str
    destination: str
    lot: str


class CameBack(msgspec.Struct, frozen=True):
    """Goods of a sale that came back, in base units; below zero where the return was taken back. `document` is the return."""

    original: bytes
    document: bytes
    item: str
    lot: str
    quantity: int


def lot_words(event: KnownEvent) -> Iterator[LotWord]:
    """What an entry says of lots. Only goods that come in tell when they expire: what leaves is named as it was read. Whoever takes
    such a document back takes back the date."""
    match event:
        case LotBlocked():
            yield LotWord(event.item, event.lot, None, True, event.reason, event.person, event.blocked_at)
        case LotReleased():
            yield LotWord(event.item, event.lot, None, False, event.reason, event.person, event.released_at)
        case DocumentPosted(movements=movements) if movements is not None:
            told: set[tuple[str, str]] = set()
            back = event.type == _REVERSAL
            for movement in movements:
                line, route = event.lines[movement.line], event.routes[movement.route]
                expiry = None if line.detail is None else line.detail.expiry
                outside, inside = (route.destination, route.source) if back else (route.source, route.destination)
                came = is_virtual(outside) and not is_virtual(inside)
                if movement.lot and expiry and came and (line.item, movement.lot) not in told:
                    told.add((line.item, movement.lot))
                    yield LotWord(line.item, movement.lot, expiry, withdrawn=back)
        case _:
            return


def serial_moves(event: DocumentPosted) -> Iterator[SerialMove]:
    """Where single pieces went."""
    for movement in event.movements or ():
        if movement.serials:
            item, route = event.lines[movement.line].item, event.routes[movement.route]
            for serial in movement.serials:
                yield SerialMove(item, serial, route.source, route.destination, movement.lot or "")


def came_back(
    document: bytes, event: DocumentPosted, original_of: Callable[[bytes], bytes | None]
) -> Iterator[CameBack]:
    """What of a sale came back, or went out again where a return is taken back; `original_of` knows the sale of a return."""
    named = None if event.detail is None else event.detail.original
    first = None if named is None else read_sale_id(named)
    if first is None or event.type not in {_RETURN, _REVERSAL}:
        return
    original = first if event.type == _RETURN else original_of(first)
    if original is None:
        return
    sums: dict[tuple[str, str], int] = {}
    for movement in event.moves():
        route, goods = event.routes[movement.route], (event.lines[movement.line].item, movement.lot or "")
        if Virtual.CUSTOMER in (route.source, route.destination):
            sign = 1 if route.source == Virtual.CUSTOMER else -1
            sums[goods] = sums.get(goods, 0) + sign * movement.quantity
    for (item, lot), quantity in sums.items():
        yield CameBack(original, document, item, lot, quantity)
