"""A transfer between branches as everybody counts it: what was sent, what arrived how, and the state that follows.

No event touches two branches' stock: the sender's ledger holds what it sent as in transit, the receiver's holds what it
took from there as less than nothing, and only both together say what is on its way. The figures here are sums read from
the movements of each side's own documents, so they come out the same in whatever order the documents are met.
"""

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from replication.wire.events import DocumentPosted
from replication.wire.location import Virtual, is_virtual

TRANSFER_OUT: Final = "transfer_out"
TRANSFER_IN: Final = "transfer_in"

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

Goods = tuple[str, str]
"""Item and lot ("" for goods without lots)."""


class TransferState(enum.StrEnum):
    """Where a transfer stands. Nothing expires: goods are on their way until somebody takes them or the rest goes back."""

    AWAITING_DISPATCH = "awaiting_dispatch"
    IN_TRANSIT = "in_transit"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class Figures(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One item and lot of a transfer, in thousandths of the base unit. Good goods taken are `received`, goods beyond what
    was sent included (`over` says how much of it); `returned` is the part of it that the sender took back."""

    dispatched: int = 0
    received: int = 0
    short: int = 0
    over: int = 0
    damaged: int = 0
    returned: int = 0

    @property
    def in_transit(self) -> int:
        """What is still on its way; below zero where more was taken than is known to be sent."""
        return self.dispatched - self.received - self.short - self.damaged + self.over

    def plus(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(
            self.dispatched + other.dispatched, self.received + other.received, self.short + other.short,
            self.over + other.over, self.damaged + other.damaged, self.returned + other.returned,
        )  # fmt: skip


NOTHING: Final = Figures()


def add(cells: Mapping[Goods, Figures], more: Mapping[Goods, Figures]) -> dict[Goods, Figures]:
    """The figures with more added to them."""
    whole = dict(cells)
    for goods, figures in more.items():
        whole[goods] = whole.get(goods, NOTHING).plus(figures)
    return whole


def tally(document: DocumentPosted, *, returned: bool = False) -> dict[Goods, Figures]:
    """What a transfer's document says, by its movements to and from in transit; `returned` where the sender posted it."""
    cells: dict[Goods, Figures] = {}
    for movement in document.moves():
        route, quantity = document.routes[movement.route], int(movement.quantity)
        figures = _figures(route.source, route.destination, quantity, returned=returned)
        if figures is not None:
            goods = (document.lines[movement.line].item, movement.lot or "")
            cells[goods] = cells.get(goods, NOTHING).plus(figures)
    return cells


def _figures(source: str, destination: str, quantity: int, *, returned: bool) -> Figures | None:
    if destination == Virtual.IN_TRANSIT:
        return Figures(over=quantity) if source == Virtual.TRANSFER_OVER else Figures(dispatched=quantity)
    if source != Virtual.IN_TRANSIT:
        return None
    if destination == Virtual.TRANSFER_SHORT:
        return Figures(short=quantity)
    if destination == Virtual.TRANSFER_DAMAGED:
        return Figures(damaged=quantity)
    return Figures(received=quantity, returned=quantity if returned else 0) if not is_virtual(destination) else None


def expiries(document: DocumentPosted) -> dict[Goods, str]:
    """The expiry dates a document names, by item and lot."""
    lots = {movement.line: movement.lot or "" for movement in document.moves()}
    dates: dict[Goods, str] = {}
    for index, line in enumerate(document.lines):
        if line.detail is not None and line.detail.expiry is not None:
            dates[line.item, lots.get(index, "")] = line.detail.expiry
        if line.detail is not None and line.detail.more is not None:
            dates |= {(line.item, lot): expiry for lot, expiry in line.detail.more.expiries.items()}
    return dates


def state_of(
    cells: Iterable[Figures], *, dispatched: bool, cancelling: bool = False, cancelled: bool = False
) -> TransferState:
    """The state that follows from the figures and from what was decided."""
    if cancelled:
        return TransferState.CANCELLED
    if not dispatched:
        return TransferState.AWAITING_DISPATCH
    counted = tuple(cells)
    if all(figures.in_transit <= 0 for figures in counted):
        return TransferState.RECEIVED
    if cancelling:
        return TransferState.CANCELLING
    touched = any(figures.received or figures.short or figures.damaged for figures in counted)
    return TransferState.PARTLY_RECEIVED if touched else TransferState.IN_TRANSIT


def transfer_of(document: DocumentPosted) -> bytes | None:
    """The transfer a transfer in belongs to; None where it names none that can be one."""
    text = None if document.detail is None else document.detail.transfer
    return None if text is None else read_transfer_id(text)


def read_transfer_id(text: str) -> bytes | None:
    """The 16 bytes of a transfer's id, which is the id of its transfer out; None where the text is no id."""
    if not _ID.fullmatch(text):
        return None
    return bytes.fromhex(text.replace("-", ""))


def derived_id(transfer: bytes, purpose: str) -> bytes:
    """The id (UUIDv8) of what is done at most once for a transfer, so that doing it twice is seen to be a repeat."""
    digest = bytearray(hashlib.blake2b(transfer, digest_size=16, person=purpose.encode()).digest())
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)
