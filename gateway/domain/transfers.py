"""A transfer as one branch knows it: its own documents of it, and what headquarters said. Pure; each fact a new record.

The sender counts what it dispatched and is told what was taken; the receiver is told what was dispatched and counts what
it took. Facts may come in any order and again: the record is the same afterwards.
"""

import enum
from collections.abc import Callable, Mapping

import msgspec

from replication.wire.events import DocumentPosted, KnownEvent, TransferCancelRequested, TransferReleased
from replication.wire.outbox import TransferAdvice, TransferCancelRefused, TransferReceived, TransferTakenElsewhere
from replication.wire.requisition import requisition_of
from replication.wire.transfer import (
    NOTHING,
    TRANSFER_IN,
    TRANSFER_OUT,
    Figures,
    Goods,
    TransferState,
    add,
    expiries,
    state_of,
    tally,
    transfer_of,
)


class Direction(enum.StrEnum):
    """Which end this branch is."""

    OUT = "out"
    IN = "in"


class Transfer(msgspec.Struct, frozen=True):
    """`peer` is the branch at the other end; it and `number` are empty where only a paper note told of the transfer.

    `refused` is why headquarters would not cancel; `released` that this branch takes no more of it; `returned` that the
    rest is the sender's again; `requisition` is the id of the requisition that it answers.
    """

    id: bytes
    direction: Direction
    peer: str = ""
    number: str = ""
    dispatched_at: int | None = None
    note: str | None = None
    cells: Mapping[Goods, Figures] = {}
    expiries: Mapping[Goods, str] = {}
    cancel_reason: str | None = None
    refused: str | None = None
    released: bool = False
    returned: bool = False
    requisition: bytes | None = None

    @property
    def state(self) -> TransferState:
        """Where it stands, as far as this branch knows."""
        return state_of(
            self.cells.values(),
            dispatched=self.dispatched_at is not None,
            cancelling=self.cancel_reason is not None and self.refused is None,
            cancelled=self.returned or (self.released and any(one.in_transit > 0 for one in self.cells.values())),
        )

    def open(self, goods: Goods) -> int:
        """What of these goods is still on its way here; nothing where they are no part of it."""
        return max(self.cells.get(goods, NOTHING).in_transit, 0)


Find = Callable[[bytes], Transfer | None]
"""A transfer by its id, as it is known so far."""


def after_event(find: Find, event_id: bytes, event: KnownEvent) -> Transfer | None:
    """The transfer an entry of this branch's journal is about, as it is after it; None for an entry of anything else."""
    match event:
        case DocumentPosted(type=kind) if kind == TRANSFER_OUT:
            return _dispatched(event_id, event)
        case DocumentPosted(type=kind) if kind == TRANSFER_IN:
            transfer = transfer_of(event)
            return None if transfer is None else _taken(find(transfer) or Transfer(transfer, Direction.IN), event)
        case TransferCancelRequested(transfer=transfer):
            record = find(transfer)
            return None if record is None else msgspec.structs.replace(record, cancel_reason=event.reason)
        case TransferReleased(transfer=transfer):
            return msgspec.structs.replace(find(transfer) or Transfer(transfer, Direction.IN), released=True)
        case _:
            return None


Said = TransferAdvice | TransferReceived | TransferCancelRefused | TransferTakenElsewhere
"""What headquarters says that changes what a branch knows; what it asks for is done by documents and events."""


def after_message(find: Find, message: Said) -> Transfer | None:
    """A transfer as it is after headquarters spoke of it; None where the branch knows nothing it could be about."""
    record = find(message.transfer)
    match message:
        case TransferAdvice():
            return _advised(record or Transfer(message.transfer, Direction.IN), message)
        case TransferReceived():
            return None if record is None else _told(record, message)
        case TransferCancelRefused():
            return None if record is None else msgspec.structs.replace(record, refused=message.reason)
        case TransferTakenElsewhere():
            return record  # nothing of this branch's own; its page shows the word itself


def _dispatched(transfer: bytes, document: DocumentPosted) -> Transfer:
    """This branch's own transfer out: the beginning of it here."""
    detail = document.detail
    return Transfer(
        transfer, Direction.OUT, "" if detail is None else detail.to_branch or "", document.number, document.posted_at,
        None if detail is None else detail.note, tally(document), expiries(document),
        requisition=requisition_of(document),
    )  # fmt: skip


def _taken(record: Transfer, document: DocumentPosted) -> Transfer:
    """Goods that arrived, or at the sender the rest that is its own again."""
    returned = record.direction is Direction.OUT
    cells = add(record.cells, tally(document, returned=returned))
    return msgspec.structs.replace(record, cells=cells, returned=record.returned or returned)


def _advised(record: Transfer, advice: TransferAdvice) -> Transfer:
    if record.direction is Direction.OUT:
        return record
    sent: dict[Goods, Figures] = {}
    dates: dict[Goods, str] = {}
    for line in advice.lines:
        goods = (line.item, line.lot or "")
        sent[goods] = sent.get(goods, NOTHING).plus(Figures(dispatched=line.quantity))
        if line.expiry is not None:
            dates[goods] = line.expiry
    taken = {goods: msgspec.structs.replace(one, dispatched=0) for goods, one in record.cells.items()}
    return msgspec.structs.replace(
        record, peer=advice.sender, number=advice.number, dispatched_at=advice.dispatched_at, note=advice.note,
        cells=add(taken, sent), expiries=dates, requisition=advice.requisition,
    )  # fmt: skip


def _told(record: Transfer, received: TransferReceived) -> Transfer:
    """What the other side has taken so far; what came back to this branch it counted itself."""
    said = {
        (line.item, line.lot or ""): Figures(0, line.received, line.short, line.over, line.damaged)
        for line in received.lines
    }
    own = {goods: Figures(one.dispatched, one.returned, returned=one.returned) for goods, one in record.cells.items()}
    return msgspec.structs.replace(record, cells=add(own, said))
