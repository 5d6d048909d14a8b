"""What a journal entry can say. Payloads are msgpack arrays; a reader that meets an unknown kind keeps its bytes."""

import enum
from typing import assert_never

import msgspec

from replication.wire.item import Item
from replication.wire.movement import Movement, Route
from replication.wire.quantity import Quantity


class EventKind(enum.IntEnum):
    """The number hashed and sent with an entry. A number, once released, is never given another meaning."""

    DOCUMENT_POSTED = 1
    ITEM_PUT = 2


class TenderType(enum.StrEnum):
    """Ways to pay. Only cash gives change."""

    CASH = "cash"
    CARD = "card"
    QR = "qr"
    STORED_VALUE = "stored_value"
    VOUCHER = "voucher"


class Tender(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One payment in minor units; for a return, positive means paid out."""

    type: TenderType
    amount: int


class Approval(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who allowed what policy would not, and why."""

    person: str
    reason: str


class LineDetail(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The seldom parts of a line, sent as a map without defaults so that a plain line stays small.

    `cost` is in minor units per `unit`; `unit` and `factor` are set when the line was entered in a pack.
    """

    unit: str | None = None
    factor: Quantity | None = None
    cost: int | None = None
    reading: str | None = None
    disposition: str | None = None
    location: str | None = None
    expiry: str | None = None


class PostedLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line as posted: `quantity` in the unit it was entered in (signed in an adjustment), money in minor units."""

    item: str
    quantity: Quantity
    price: int = 0
    discount: int = 0
    amount: int = 0
    detail: LineDetail | None = None


class DocumentDetail(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The seldom parts of a document."""

    note: str | None = None
    reason: str | None = None
    supplier: str | None = None
    order: str | None = None
    original: str | None = None
    warnings: tuple[str, ...] = ()
    approval: Approval | None = None
    settled: bool = False


class DocumentPosted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A posted document with its movements: all a reader needs to fold balances without knowing posting rules.

    Times are UTC milliseconds; `occurred_at` is the sender's clock (a fact, not an order), absent when not told.
    `movements` is absent in the plain case, where each line moves its own quantity along route 0: read `moves()`.
    """

    type: str
    number: str
    posted_at: int
    occurred_at: int | None
    person: str
    station: str | None
    total: int
    change: int
    tenders: tuple[Tender, ...]
    lines: tuple[PostedLine, ...]
    routes: tuple[Route, ...]
    movements: tuple[Movement, ...] | None
    detail: DocumentDetail | None = None

    def moves(self) -> tuple[Movement, ...]:
        """The movements, told or plain."""
        if self.movements is not None:
            return self.movements
        return tuple(Movement(index, 0, line.quantity) for index, line in enumerate(self.lines))


class ItemPut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item was created or changed; the whole item as it is now."""

    item: Item
    person: str
    posted_at: int


class UnknownEvent(msgspec.Struct, frozen=True):
    """An entry of a kind this version does not know; its bytes are kept by whoever stores the entry."""

    kind: int


Event = DocumentPosted | ItemPut | UnknownEvent


class PayloadError(ValueError):
    """A payload of a known kind that does not decode: what is wrong, in which kind."""


_document_decoder = msgspec.msgpack.Decoder(DocumentPosted)
_item_decoder = msgspec.msgpack.Decoder(ItemPut)
_encoder = msgspec.msgpack.Encoder()


def encode_event(event: DocumentPosted | ItemPut) -> tuple[EventKind, bytes]:
    """The kind and payload bytes of an event."""
    match event:
        case DocumentPosted():
            return EventKind.DOCUMENT_POSTED, _encoder.encode(event)
        case ItemPut():
            return EventKind.ITEM_PUT, _encoder.encode(event)
        case _:
            assert_never(event)


def decode_event(kind: int, payload: bytes) -> Event:
    """Read a payload; raises PayloadError where a known kind's bytes make no sense."""
    try:
        if kind == EventKind.DOCUMENT_POSTED:
            return _document_decoder.decode(payload)
        if kind == EventKind.ITEM_PUT:
            return _item_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PayloadError(f"kind {kind}: {error}") from error
    return UnknownEvent(kind)
