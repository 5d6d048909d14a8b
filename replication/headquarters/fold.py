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
    LotBlocked,
    LotReleased,
    PayloadError,
    PriceTaken,
    RecipePut,
    SkipTaken,
    TransferCancelRequested,
    TransferReleased,
    UnknownEvent,
    decode_event,
)
from replication.wire.identity import SITE_ID, SKU
from replication.wire.location import LOCATION_NAME
from replication.wire.movement import Route
from replication.wire.partner import PartnerPut
from replication.wire.quantity import QUANTITY_MAX
from replication.wire.requisition import closes_requisition
from replication.wire.transfer import TRANSFER_IN, TRANSFER_OUT, transfer_of

LOT_CHARACTERS_MAX: Final = 64
_INT64_MAX: Final = 2**63 - 1

OtherEvent = (
    EpochBegun
    | TransferCancelRequested
    | TransferReleased
    | PriceTaken
    | SkipTaken
    | LotBlocked
    | LotReleased
    | RecipePut
    | PartnerPut
)
"""Events beside documents and items. A recipe and a partner move nothing: their bytes are kept for the branch."""

Cell = tuple[str, str, str]
"""Item, location, lot ("" for goods without lots)."""

Flow = tuple[str, str, str]
"""Source, destination, lot: a way that goods take."""


class FoldError(ValueError):
    """An entry that cannot be applied. `code` is stable, `seq` says where."""

    def __init__(self, code: str, seq: int, detail: str) -> None:
        super().__init__(f"entry {seq}: {code}: {detail}")
        self.code = code
        self.seq = seq
        self.detail = detail


class Effects(msgspec.Struct):
    """What a run of entries does: quantities by item, summed along each flow; the documents with what each is worth; the
    items it brings, and the other events, which move no balance by themselves."""

    flows: dict[Flow, dict[str, int]]
    documents: list[tuple[Entry, DocumentPosted, int]]
    items: list[tuple[Entry, ItemPut]]
    others: list[tuple[Entry, OtherEvent]]

    @property
    def cells(self) -> dict[Cell, int]:
        """By how much each balance changes."""
        cells: dict[Cell, int] = {}
        for (origin, target, lot), sums in self.flows.items():
            for sku, quantity in sums.items():
                source, destination = (sku, origin, lot), (sku, target, lot)
                cells[source] = cells.get(source, 0) - quantity
                cells[destination] = cells.get(destination, 0) + quantity
        return cells


def no_effects() -> Effects:
    """What passed entries do."""
    return Effects({}, [], [], [])


def fold(entries: Sequence[Entry]) -> Effects:
    """The effects of a run of entries; raises FoldError."""
    effects, goods = no_effects(), _Goods()
    for entry in entries:
        try:
            event = decode_event(entry.kind, entry.payload)
        except PayloadError as error:
            raise FoldError("undecodable_event", entry.seq, str(error)) from error
        if isinstance(event, DocumentPosted):
            worth = event.worth()
            if abs(worth) > _INT64_MAX or abs(event.posted_at) > _INT64_MAX:
                raise FoldError("bad_document", entry.seq, "a figure is out of range")
            goods.take(entry.seq, event)
            if event.type in _TRANSFERS:
                _check_transfer(entry, event)
            effects.documents.append((entry, event, worth))
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
            if isinstance(event, LotBlocked | LotReleased):
                _meet_sku(entry.seq, event.item)
                if not 0 < len(event.lot) <= LOT_CHARACTERS_MAX:
                    raise FoldError("bad_lot", entry.seq, repr(event.lot[:80]))
            effects.others.append((entry, event))
    effects.flows = goods.flows(effects.documents)
    return effects


def transfer_events(effects: Effects) -> list[tuple[Entry, KnownEvent]]:
    """What of a run may be about transfers and what they answer, in the order of the journal."""
    found: list[tuple[Entry, KnownEvent]] = [
        (entry, document)
        for entry, document, _ in effects.documents
        if document.type in _TRANSFERS or closes_requisition(document) is not None
    ]
    return sorted([*found, *effects.others], key=lambda one: one[0].seq)


_TRANSFERS: Final = frozenset({TRANSFER_OUT, TRANSFER_IN})
_SKUS_KEPT: Final = 65_536
"""SKUs remembered as well-formed, about 8 MB at most: one batch after the other names the same ones."""
_well_formed: Final[set[str]] = set()


def _check_transfer(entry: Entry, document: DocumentPosted) -> None:
    """Goods that no transfer or no branch could be found for must not be counted as on their way."""
    detail = document.detail
    if document.type == TRANSFER_OUT:
        to_branch = "" if detail is None else detail.to_branch or ""
        if not SITE_ID.fullmatch(to_branch):
            raise FoldError("bad_transfer", entry.seq, f"to {to_branch[:40]!r}")
    elif transfer_of(document) is None:
        raise FoldError("bad_transfer", entry.seq, "names no transfer")


class _Goods:
    """What documents move, summed along each route: a shop sells the same few things all day, out of one door."""

    def __init__(self) -> None:
        self._flows: dict[Flow, dict[str, int]] = {}
        self._routes: set[Route] = set()
        self._usual: tuple[Route, ...] = ()
        self._sums: dict[str, int] = {}

    def take(self, seq: int, document: DocumentPosted) -> None:
        """Count a document in; raises FoldError."""
        lines, routes = document.lines, document.routes
        if routes != self._usual:
            self._meet_routes(seq, routes)
        if document.movements is None and routes:
            # The plain case of `moves()`, without making a movement of each line.
            sums, held = self._sums, self._sums.get
            for line in lines:
                sku, quantity = line.item, line.quantity
                if not 0 < quantity <= QUANTITY_MAX:
                    raise FoldError("bad_quantity", seq, str(quantity))
                sums[sku] = held(sku, 0) + quantity
            return
        for line in lines:
            if line.item not in _well_formed:
                _meet_sku(seq, line.item)
        for movement in document.moves():
            quantity, lot = movement.quantity, movement.lot or ""
            if not 0 <= movement.line < len(lines) or not 0 <= movement.route < len(routes):
                raise FoldError("bad_movement", seq, f"line {movement.line}, route {movement.route}")
            if not 0 < quantity <= QUANTITY_MAX:
                raise FoldError("bad_quantity", seq, str(quantity))
            if len(lot) > LOT_CHARACTERS_MAX:
                raise FoldError("bad_lot", seq, repr(lot[:80]))
            route = routes[movement.route]
            sums = self._flows.setdefault((route.source, route.destination, lot), {})
            sku = lines[movement.line].item
            sums[sku] = sums.get(sku, 0) + quantity

    def flows(self, documents: Sequence[tuple[Entry, DocumentPosted, int]]) -> dict[Flow, dict[str, int]]:
        """All that was taken in, of these documents. Raises FoldError where one names an item that cannot be."""
        flows = {flow: sums for flow, sums in self._flows.items() if sums}
        if not all(_well_formed.issuperset(sums) for sums in flows.values()):
            for entry, document, _ in documents:
                for line in document.lines:
                    if line.item not in _well_formed:
                        _meet_sku(entry.seq, line.item)
        return flows

    def _meet_routes(self, seq: int, routes: tuple[Route, ...]) -> None:
        for route in routes:
            if route in self._routes:
                continue
            if not LOCATION_NAME.fullmatch(route.source) or not LOCATION_NAME.fullmatch(route.destination):
                raise FoldError("bad_location", seq, repr((route.source[:40], route.destination[:40])))
            self._routes.add(route)
        self._usual = routes
        if routes:
            self._sums = self._flows.setdefault((routes[0].source, routes[0].destination, ""), {})


def _meet_sku(seq: int, sku: str) -> None:
    if not SKU.fullmatch(sku):
        raise FoldError("bad_item", seq, repr(sku[:80]))
    if len(_well_formed) >= _SKUS_KEPT:
        _well_formed.clear()
    _well_formed.add(sku)
