"""What a journal entry can say. Payloads are msgpack arrays; a reader that meets an unknown kind keeps its bytes."""

import enum
from typing import Any, Final

import msgspec

from replication.wire.item import Item
from replication.wire.money import line_amount
from replication.wire.movement import Movement, Route
from replication.wire.partner import PartnerPut
from replication.wire.quantity import Quantity
from replication.wire.recipe import Recipe


class EventKind(enum.IntEnum):
    """The number hashed and sent with an entry. A number, once released, is never given another meaning."""

    DOCUMENT_POSTED = 1
    ITEM_PUT = 2
    EPOCH_BEGUN = 3
    TRANSFER_CANCEL_REQUESTED = 4
    TRANSFER_RELEASED = 5
    PRICE_TAKEN = 6
    SKIP_TAKEN = 7
    LOT_BLOCKED = 8
    LOT_RELEASED = 9
    RECIPE_PUT = 10
    PARTNER_PUT = 11


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


class VarianceReason(enum.StrEnum):
    """Why what arrived of a transfer is not what was sent."""

    SHORT = "short"
    OVER = "over"
    DAMAGED = "damaged"


class Variance(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Part of a transfer's line that did not arrive in good order, in thousandths of the base unit, positive."""

    reason: VarianceReason
    quantity: Quantity


class LineMore(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What lines of single types say: apart, because a map of more than fifteen names costs each of its writers bytes.

    `lot` is told where no movement tells it; `expected` is what the book held of counted goods at `at_seq`, or when the count
    was posted; `expiries` are by lot, where a line moved several. `of` is the place of the line whose goods these were taken for,
    or came with, where nobody entered them: a recipe says so. `planned` is what it asks for, in the base unit, where it is not
    what was moved; `share` of the cost a by-product bears (basis points); `step` the one at which goods were scrapped; `temperature` what goods had when
    they came, in degrees Celsius.
    """

    lot: str | None = None
    free: bool = False
    inspect: bool = False
    result: str | None = None
    to: str | None = None
    role: str | None = None
    at_seq: int | None = None
    expected: Quantity | None = None
    expiries: dict[str, str] = {}
    of: int | None = None
    planned: Quantity | None = None
    share: int | None = None
    step: str | None = None
    temperature: str | None = None


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
    variance: tuple[Variance, ...] = ()
    more: LineMore | None = None


class PostedLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line as posted: `quantity` in the unit it was entered in (signed in an adjustment), money in minor units.

    `amount` is absent in the plain case, where it is price x quantity, rounded half up to a minor unit, less the discount:
    read `worth()`. That rounding is part of the protocol and is the same for ever; a line rounded in another way tells its
    amount.
    """

    item: str
    quantity: Quantity
    price: int = 0
    discount: int = 0
    amount: int | None = None
    detail: LineDetail | None = None

    def worth(self) -> int:
        """The amount, told or plain."""
        return line_amount(self.price, self.quantity) - self.discount if self.amount is None else self.amount

    @property
    def is_added(self) -> bool:
        """Whether a recipe brought it, and nobody entered it."""
        return self.detail is not None and self.detail.more is not None and self.detail.more.of is not None


class WorkStep(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A step of a production that is done: who did it, from when to when (UTC milliseconds)."""

    step: str
    operator: str
    started_at: int
    finished_at: int


class Making(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a production went. `unbuild`: goods were taken apart again."""

    unbuild: bool = False
    steps: tuple[WorkStep, ...] = ()


class TaxPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The tax of one rate in a document: `rate` in basis points, `base` without and `tax` itself in minor units."""

    rate: int
    base: int
    tax: int


class DocumentMore(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What documents of single types say, apart as `LineMore` is.

    `reverses` is the type of the document a reversal takes back, whose id is the detail's `original`. `amount` is what a cash
    movement moved, or what a shift began with; `counted` what it ended with, `due` what there should have been, `z` the number
    of its Z report at its station. `rounding` is what 抹零 took off (negative) to make the total one that cash can pay. `made` is
    how a production went, where more is known than its lines.
    """

    receipt: str | None = None
    currency: str | None = None
    rate: str | None = None
    expected: str | None = None
    purpose: str | None = None
    recipe: str | None = None
    direction: str | None = None
    amount: int | None = None
    counted: tuple[Tender, ...] = ()
    reverses: str | None = None
    z: int | None = None
    due: tuple[Tender, ...] = ()
    taxes: tuple[TaxPart, ...] = ()
    rounding: int = 0
    made: Making | None = None


class DocumentDetail(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The seldom parts of a document. `to_branch` is of a transfer out, as is `requisition`, the id of the one that it answers;
    `transfer` is the id of a transfer out in a transfer in."""

    note: str | None = None
    reason: str | None = None
    supplier: str | None = None
    order: str | None = None
    original: str | None = None
    warnings: tuple[str, ...] = ()
    approval: Approval | None = None
    settled: bool = False
    to_branch: str | None = None
    transfer: str | None = None
    more: DocumentMore | None = None
    requisition: str | None = None


class DocumentPosted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A posted document with its movements: all a reader needs to fold balances without knowing posting rules.

    Times are UTC milliseconds; `occurred_at` is the sender's clock (a fact, not an order), absent when not told.
    `movements` is absent in the plain case, where each line moves its own quantity along route 0: read `moves()`. So are
    `total`, where it is the sum of the lines, and `change`, where it is what the tenders are more than that: read `worth()`
    and `given_back()`.
    """

    type: str
    number: str
    posted_at: int
    occurred_at: int | None
    person: str
    station: str | None
    total: int | None
    change: int | None
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

    def worth(self) -> int:
        """The total, told or plain."""
        if self.total is not None:
            return self.total
        total = 0
        for line in self.lines:  # as the lines' own `worth()`, which every sale would call for each of them
            amount = line.amount
            total += line_amount(line.price, line.quantity) - line.discount if amount is None else amount
        return total

    def given_back(self) -> int:
        """The change, told or plain. Without tenders a document counts as paid exactly."""
        if self.change is not None:
            return self.change
        return max(0, sum([tender.amount for tender in self.tenders]) - self.worth()) if self.tenders else 0


class ItemPut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item was created or changed; the whole item as it is now.

    `version` is 0 for an item of the branch's own. An item that headquarters sent carries headquarters' version and seal,
    so that a headquarters restored from a backup learns from its branches what it had sent, and nothing else.
    """

    item: Item
    person: str
    posted_at: int
    version: int = 0
    seal: bytes = b""


class EpochBegun(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first entry of an epoch after the first: where the histories parted, and how many entries were set aside and
    how many of them appended anew after this one. `reason` is headquarters' word for what it saw."""

    ancestor_seq: int
    ancestor_hash: bytes
    held_seq: int
    reason: str
    set_aside: int
    readmitted: int
    begun_at: int


class TransferCancelRequested(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The sending branch wants the rest of a transfer back; headquarters decides. `transfer` is 16 bytes of its id."""

    transfer: bytes
    person: str
    reason: str
    requested_at: int


class TransferReleased(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The receiving branch will take no more of a transfer: what it received stands before this entry in its journal, so
    that a cancel and a receipt can never both win."""

    transfer: bytes
    released_at: int


class PriceTaken(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The branch holds a price of headquarters': `price` in minor units per base unit from `effective_at` (UTC ms) on."""

    price_list: str
    sku: str
    price: int
    effective_at: int
    version: int
    taken_at: int
    seal: bytes = b""


class SkipTaken(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A person at headquarters decided to go on without entries it could not apply; `signature` is its own over that."""

    first_seq: int
    last_seq: int
    person: str
    reason: str
    signature: bytes
    taken_at: int


class LotBlocked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Nobody may take goods of a lot any more, but to send them back or to write them off."""

    item: str
    lot: str
    reason: str
    person: str
    blocked_at: int


class LotReleased(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A blocked lot may be taken again."""

    item: str
    lot: str
    reason: str
    person: str
    released_at: int


class RecipePut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A recipe was made or changed; the whole recipe as it is now."""

    recipe: Recipe
    person: str
    posted_at: int


class UnknownEvent(msgspec.Struct, frozen=True):
    """An entry of a kind this version does not know; its bytes are kept by whoever stores the entry."""

    kind: int


KnownEvent = (
    DocumentPosted | ItemPut | EpochBegun | TransferCancelRequested | TransferReleased | PriceTaken | SkipTaken | LotBlocked
    | LotReleased | RecipePut | PartnerPut
)  # fmt: skip
Event = KnownEvent | UnknownEvent


class PayloadError(ValueError):
    """A payload of a known kind that does not decode: what is wrong, in which kind."""


_KINDS: Final[dict[type[KnownEvent], EventKind]] = {
    DocumentPosted: EventKind.DOCUMENT_POSTED,
    ItemPut: EventKind.ITEM_PUT,
    EpochBegun: EventKind.EPOCH_BEGUN,
    TransferCancelRequested: EventKind.TRANSFER_CANCEL_REQUESTED,
    TransferReleased: EventKind.TRANSFER_RELEASED,
    PriceTaken: EventKind.PRICE_TAKEN,
    SkipTaken: EventKind.SKIP_TAKEN,
    LotBlocked: EventKind.LOT_BLOCKED,
    LotReleased: EventKind.LOT_RELEASED,
    RecipePut: EventKind.RECIPE_PUT,
    PartnerPut: EventKind.PARTNER_PUT,
}
_decoders: Final[dict[int, msgspec.msgpack.Decoder[Any]]] = {
    int(kind): msgspec.msgpack.Decoder(type_) for type_, kind in _KINDS.items()
}
_encoder = msgspec.msgpack.Encoder()
KNOWN_KINDS: Final = tuple(sorted(_decoders))
"""What this version understands; told in a hello."""


def encode_event(event: KnownEvent) -> tuple[EventKind, bytes]:
    """The kind and payload bytes of an event."""
    return _KINDS[type(event)], _encoder.encode(event)


def decode_event(kind: int, payload: bytes) -> Event:
    """Read a payload; raises PayloadError where a known kind's bytes make no sense."""
    decoder = _decoders.get(kind)
    if decoder is None:
        return UnknownEvent(kind)
    try:
        event: Event = decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"kind {kind}: {error}") from error
    return event
