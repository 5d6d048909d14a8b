"""What headquarters sends a branch, as entries of that branch's outbox: items, prices, transfers, decisions.

An outbox is a journal of its own, chained and numbered per branch, and travels in the same envelope with headquarters as
sender. Each kind is idempotent: it names what it is about and its version, so that an outbox read again from its first
entry changes nothing that was applied before.
"""

import enum
from typing import Any, Final

import msgspec

from replication.wire.item import Item
from replication.wire.quantity import Quantity


class OutboxKind(enum.IntEnum):
    """The number hashed and sent with an entry; apart from the kinds of a branch's journal, and never re-used."""

    CATALOGUE_ITEM = 0x101
    PRICE = 0x102
    TRANSFER_ADVICE = 0x103
    TRANSFER_RELEASE_ASKED = 0x104
    TRANSFER_VOIDED = 0x105
    TRANSFER_CANCEL_REFUSED = 0x106
    READMIT = 0x107
    SKIPPED = 0x108
    TRANSFER_RECEIVED = 0x109
    TRANSFER_TAKEN_ELSEWHERE = 0x10A


class CatalogueItem(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item that belongs to headquarters. `version` grows with each change, also over a restore of headquarters. `seal` is
    headquarters' own word that it gave this; a branch only keeps it."""

    item: Item
    version: int
    seal: bytes = b""


class Price(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A price of a list, minor units per base unit, in force from `effective_at` (UTC milliseconds) on. `seal` as in
    `CatalogueItem`."""

    price_list: str
    sku: str
    price: int
    effective_at: int
    version: int
    seal: bytes = b""


class TransferLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Goods of a transfer; `quantity` in thousandths of the base unit."""

    item: str
    quantity: Quantity
    lot: str | None = None
    expiry: str | None = None


class TransferAdvice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Goods are on their way to this branch. `transfer` is 16 bytes of the transfer out's id, `requisition` of the id of the
    requisition that it answers."""

    transfer: bytes
    sender: str
    number: str
    dispatched_at: int
    lines: tuple[TransferLine, ...]
    note: str | None = None
    requisition: bytes | None = None


class TransferReleaseAsked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The sender wants the rest back: take no more of this transfer, and say so in the journal."""

    transfer: bytes
    reason: str


class TransferVoided(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """To the sender: the rest was never received and is yours again."""

    transfer: bytes
    lines: tuple[TransferLine, ...]


class TransferCancelRefused(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """To the sender: nothing is left to cancel."""

    transfer: bytes
    reason: str


class ReceivedLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that was taken so far of one item and lot, in thousandths of the base unit; see `transfer.Figures`."""

    item: str
    lot: str | None
    received: int
    short: int
    over: int
    damaged: int


class TransferReceived(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """To the sender: what the other side has taken so far, whole, so that the newest of these replaces all before it."""

    transfer: bytes
    lines: tuple[ReceivedLine, ...]


class TransferTakenElsewhere(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """To sender, receiver and takers: `takers` took goods of it that were sent to `receiver`. The newest replaces all
    before it. It changes no figure; people have to agree where the goods are."""

    transfer: bytes
    receiver: str
    takers: tuple[str, ...]


class Readmit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry of this branch that another device wrote (a copy, or the one before a replacement): append it, unless its
    event id is in the journal already. `from_epoch` and `from_seq` are where it stood."""

    event_id: bytes
    kind: int
    payload: bytes
    from_epoch: int
    from_seq: int


class Skipped(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A person at headquarters decided to go on without entries that could not be applied there."""

    first_seq: int
    last_seq: int
    person: str
    reason: str
    signature: bytes


OutboxMessage = (
    CatalogueItem | Price | TransferAdvice | TransferReleaseAsked | TransferVoided | TransferCancelRefused | Readmit
    | Skipped | TransferReceived | TransferTakenElsewhere
)  # fmt: skip


class UnknownOutboxKind(msgspec.Struct, frozen=True):
    """A kind this version does not know: the branch stops reading its outbox there and says that it must be updated."""

    kind: int


class OutboxError(ValueError):
    """A payload of a known kind that does not decode."""


_KINDS: Final[dict[type[OutboxMessage], OutboxKind]] = {
    CatalogueItem: OutboxKind.CATALOGUE_ITEM,
    Price: OutboxKind.PRICE,
    TransferAdvice: OutboxKind.TRANSFER_ADVICE,
    TransferReleaseAsked: OutboxKind.TRANSFER_RELEASE_ASKED,
    TransferVoided: OutboxKind.TRANSFER_VOIDED,
    TransferCancelRefused: OutboxKind.TRANSFER_CANCEL_REFUSED,
    Readmit: OutboxKind.READMIT,
    Skipped: OutboxKind.SKIPPED,
    TransferReceived: OutboxKind.TRANSFER_RECEIVED,
    TransferTakenElsewhere: OutboxKind.TRANSFER_TAKEN_ELSEWHERE,
}
_decoders: Final[dict[int, msgspec.msgpack.Decoder[Any]]] = {
    int(kind): msgspec.msgpack.Decoder(type_) for type_, kind in _KINDS.items()
}
_encoder = msgspec.msgpack.Encoder()


def encode_outbox(message: OutboxMessage) -> tuple[OutboxKind, bytes]:
    """The kind and payload bytes of an outbox entry."""
    return _KINDS[type(message)], _encoder.encode(message)


def decode_outbox(kind: int, payload: bytes) -> OutboxMessage | UnknownOutboxKind:
    """Read a payload; raises OutboxError where a known kind's bytes make no sense."""
    decoder = _decoders.get(kind)
    if decoder is None:
        return UnknownOutboxKind(kind)
    try:
        message: OutboxMessage = decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OutboxError(f"kind {kind:#x}: {error}") from error
    return message
