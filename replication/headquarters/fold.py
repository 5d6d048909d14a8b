"""What a journal entry does to headquarters' figures: pure, the same for applying and for verifying.

A document's movements become changes of balance cells; an item becomes a row of the catalogue. What makes no sense is
refused whole: headquarters never guesses a figure.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from replication.wire.entry import Entry
from replication.wire.events import (
    DocumentPosted,
    EpochBegun,
    ItemPut,
    KnownEvent,
    PayloadError,
    PriceTaken,
    SkipTaken,
    TransferCancelRequested,
    TransferReleased,
    UnknownEvent,
    decode_event,
)
from replication.wire.identity import SITE_ID, SKU
from replication.wire.location import LOCATION_NAME
from replication.wire.quantity import QUANTITY_MAX
from replication.wire.transfer import TRANSFER_IN, TRANSFER_OUT, transfer_of

LOT_CHARACTERS_MAX: Final = 64
_INT64_MAX: Final = 2**63 - 1

OtherEvent = EpochBegun | TransferCancelRequested | TransferReleased | PriceTaken | SkipTaken
"""Events beside documents and items."""

Cell = tuple[str, str, str]
"""Item, location, lot ("" for goods without lots)."""


class FoldError(ValueError):
    """An entry that cannot be applied. `code` is stable, `seq` says where."""

    def __init__(self, code: str, seq: int, detail: str) -> None:
        super().__init__(f"entry {seq}: {code}: {detail}")
        self.code = code
        self.seq = seq
        self.detail = detail


class Effects(msgspec.Struct):
    """What a run of entries does: balance changes summed per cell, the documents and items it brings, and the other
    events, which move no balance by themselves."""

    cells: dict[Cell, int]
    documents: list[tuple[Entry, DocumentPosted]]
    items: list[tuple[Entry, ItemPut]]
    others: list[tuple[Entry, OtherEvent]]


def no_effects() -> Effects:
    """What passed entries do."""
    return Effects({}, [], [], [])


def fold(entries: Sequence[Entry]) -> Effects:
    """The effects of a run of entries; raises FoldError."""
    effects = no_effects()
    checked: set[str] = set()
    for entry in entries:
        try:
            event = decode_event(entry.kind, entry.payload)
        except PayloadError as error:
            raise FoldError("undecodable_event", entry.seq, str(error)) from error
        if isinstance(event, DocumentPosted):
            _fold_document(effects.cells, checked, entry, event)
            if event.type in _TRANSFERS:
                _check_transfer(entry, event)
            effects.documents.append((entry, event))
        elif isinstance(event, ItemPut):
            if not SKU.fullmatch(event.item.sku) or abs(event.item.price) > _INT64_MAX:
                raise FoldError("bad_item", entry.seq, repr(event.item.sku[:80]))
            effects.items.append((entry, event))
        elif isinstance(event, UnknownEvent):
            # It may move stock in a way this version does not know: stop there rather than show a wrong figure.
            raise FoldError("unknown_kind", entry.seq, f"kind {event.kind}")
        else:
            if isinstance(event, TransferCancelRequested | TransferReleased) and len(event.transfer) != 16:
                raise FoldError("bad_transfer", entry.seq, f"an id of {len(event.transfer)} bytes")
            effects.others.append((entry, event))
    return effects


def transfer_events(effects: Effects) -> list[tuple[Entry, KnownEvent]]:
    """What of a run may be about transfers, in the order of the journal."""
    found: list[tuple[Entry, KnownEvent]] = [one for one in effects.documents if one[1].type in _TRANSFERS]
    return sorted([*found, *effects.others], key=lambda one: one[0].seq)


_TRANSFERS: Final = frozenset({TRANSFER_OUT, TRANSFER_IN})


def _check_transfer(entry: Entry, document: DocumentPosted) -> None:
    """Goods that no transfer or no branch could be found for must not be counted as on their way."""
    detail = document.detail
    if document.type == TRANSFER_OUT:
        to_branch = "" if detail is None else detail.to_branch or ""
        if not SITE_ID.fullmatch(to_branch):
            raise FoldError("bad_transfer", entry.seq, f"to {to_branch[:40]!r}")
    elif transfer_of(document) is None:
        raise FoldError("bad_transfer", entry.seq, "names no transfer")


def _fold_document(cells: dict[Cell, int], checked: set[str], entry: Entry, document: DocumentPosted) -> None:
    """`checked` remembers which SKUs of this run are well-formed: a shop sells the same few all day."""
    lines, routes = document.lines, document.routes
    if abs(document.worth()) > _INT64_MAX or abs(document.posted_at) > _INT64_MAX:
        raise FoldError("bad_document", entry.seq, "a figure is out of range")
    for route in routes:
        if not LOCATION_NAME.fullmatch(route.source) or not LOCATION_NAME.fullmatch(route.destination):
            raise FoldError("bad_location", entry.seq, repr((route.source[:40], route.destination[:40])))
    for line in lines:
        if line.item not in checked:
            if not SKU.fullmatch(line.item):
                raise FoldError("bad_item", entry.seq, repr(line.item[:80]))
            checked.add(line.item)
    line_count, route_count = len(lines), len(routes)
    for movement in document.moves():
        quantity = movement.quantity
        if not 0 <= movement.line < line_count or not 0 <= movement.route < route_count:
            raise FoldError("bad_movement", entry.seq, f"line {movement.line}, route {movement.route}")
        if not 0 < quantity <= QUANTITY_MAX:
            raise FoldError("bad_quantity", entry.seq, str(quantity))
        item, lot, route = lines[movement.line].item, movement.lot or "", routes[movement.route]
        if len(lot) > LOT_CHARACTERS_MAX:
            raise FoldError("bad_lot", entry.seq, repr(lot[:80]))
        source, destination = (item, route.source, lot), (item, route.destination, lot)
        cells[source] = cells.get(source, 0) - quantity
        cells[destination] = cells.get(destination, 0) + quantity
