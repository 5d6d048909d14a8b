"""What explaining a figure is given: an item's movements in a bounded window, with the documents and shelves around them.

Values only: where they were read, and what they mean, are others' to know. Quantities are thousandths of the base unit.
"""

from collections.abc import Iterator

import msgspec

from gateway.domain.document_type import DocumentType
from gateway.domain.transfers import Direction
from replication.wire.item import Item
from replication.wire.quantity import THOUSANDTHS


class Step(msgspec.Struct, frozen=True, gc=False):
    """A movement at a physical place: above zero what the place got. `balance` is the figure after it."""

    seq: int
    document: bytes
    type: str
    number: str
    at: int
    quantity: int
    balance: int
    location: str
    lot: str
    person: str
    station: str | None


class SaidLine(msgspec.Struct, frozen=True, gc=False):
    """A line as somebody entered it: `entered` in its `unit`, `base` the same in the base unit. `expected` is a count's."""

    item: str
    entered: int
    base: int
    unit: str | None = None
    location: str = ""
    lot: str = ""
    role: str | None = None
    free: bool = False
    expected: int | None = None
    cost: int | None = None


class Said(msgspec.Struct, frozen=True, gc=False):
    """A posted document. `occurred_at` is when its sender says that it happened; `order` is an order's id or number."""

    seq: int
    id: bytes
    type: str
    number: str
    at: int
    occurred_at: int | None
    person: str
    station: str | None
    lines: tuple[SaidLine, ...]
    supplier: str | None = None
    order: str | None = None
    original: str | None = None
    transfer: str | None = None
    to_branch: str | None = None
    purpose: str | None = None
    recipe: str | None = None
    expected: str | None = None
    text: str = ""
    direction: str | None = None
    amount: int = 0

    def of(self, sku: str) -> tuple[SaidLine, ...]:
        """Its lines of an item."""
        return tuple(line for line in self.lines if line.item == sku)


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A document that waits for a person: `quantity` is what it would add to the book, or take from it."""

    id: bytes
    type: str
    person: str
    at: int
    quantity: int


class OnTheWay(msgspec.Struct, frozen=True, gc=False):
    """What of the item a transfer has in transit; below zero where more arrived than is known to have been sent."""

    transfer: bytes
    direction: Direction
    peer: str
    number: str
    at: int
    quantity: int


class Shelf(msgspec.Struct, frozen=True, gc=False):
    """What the book has of the item at a place and of a lot."""

    location: str
    lot: str
    quantity: int
    expiry: str | None = None


class Sibling(msgspec.Struct, frozen=True):
    """An item that is easily taken for this one, with its newest movements, oldest first."""

    item: Item
    on_hand: int
    steps: tuple[Step, ...] = ()


class SheetLine(msgspec.Struct, frozen=True, gc=False):
    """Another line of the count that is explained, and how far off it was."""

    item: str
    location: str
    lot: str
    difference: int


class History(msgspec.Struct, frozen=True):
    """An item at a place (all places where `location` is empty). Steps and documents are oldest first.

    `reversed` are documents that were taken back; `complete` says that the steps begin with the item's first movement.
    `today` is the site's date as text. `documents` hold all that name the item, and those that may have meant it.
    """

    item: Item
    location: str
    now: int
    today: str
    head_seq: int
    on_hand: int
    steps: tuple[Step, ...]
    documents: tuple[Said, ...] = ()
    reversed: frozenset[bytes] = frozenset()
    siblings: tuple[Sibling, ...] = ()
    transfers: tuple[OnTheWay, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    waiting: tuple[Asked, ...] = ()
    sheet: tuple[SheetLine, ...] = ()
    first_below: Step | None = None
    complete: bool = True

    def standing(self, *types: str) -> Iterator[Said]:
        """The documents of these types that nobody took back."""
        for said in self.documents:
            if said.type in types and said.id not in self.reversed:
                yield said

    def lines(self, *types: str) -> Iterator[tuple[Said, SaidLine]]:
        """The lines of the item in documents of these types that nobody took back, at this place."""
        for said in self.standing(*types):
            for line in said.of(self.item.sku):
                if not self.location or line.location in ("", self.location):
                    yield said, line


INTO = frozenset({
    DocumentType.GOODS_RECEIPT.value, DocumentType.TRANSFER_IN.value, DocumentType.SALE_RETURN.value,
    DocumentType.OPENING_BALANCE.value,
})  # fmt: skip
"""Types whose lines add to the book."""
OUT_OF = frozenset({
    DocumentType.SALE.value, DocumentType.TRANSFER_OUT.value, DocumentType.INTERNAL_ISSUE.value,
    DocumentType.WRITE_OFF.value, DocumentType.SUPPLIER_RETURN.value,
})  # fmt: skip
"""Types whose lines take from the book."""


def sign_of(type_: str, role: str | None = None) -> int:
    """1 where such a line adds to the book, -1 where it takes from it, 0 where that does not follow from its type."""
    if type_ == DocumentType.PRODUCTION:
        return {"component": -1, "output": 1, "by_product": 1}.get(role or "", 0)
    return 1 if type_ in INTO else -1 if type_ in OUT_OF else 0


def in_units(whole: int) -> int:
    """So many whole units, in thousandths."""
    return whole * THOUSANDTHS
