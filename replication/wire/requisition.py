"""A requisition as everybody counts it: what was asked for, what transfers that name it sent, and the state that follows.

A requisition has no state of its own: it is a fold of its document and of transfers. Pure; knows neither branch nor headquarters.
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from replication.wire.events import DocumentPosted
from replication.wire.quantity import THOUSANDTHS, format_quantity
from replication.wire.transfer import Figures, Goods, TransferState, read_transfer_id

REQUISITION: Final = "requisition"
_REVERSAL: Final = "reversal"
_OVER: Final = frozenset({TransferState.RECEIVED, TransferState.CANCELLED})


class RequisitionState(enum.StrEnum):
    """Where a requisition stands. `closed`: it was taken back, and nothing more is wanted."""

    ASKED = "asked"
    PARTLY_SENT = "partly_sent"
    SENT = "sent"
    RECEIVED = "received"
    CLOSED = "closed"


class Answering(msgspec.Struct, frozen=True):
    """A transfer that names a requisition: its id, where it stands, and its figures."""

    transfer: bytes
    state: TransferState
    cells: Mapping[Goods, Figures]


class AnsweredLineView(msgspec.Struct, frozen=True):
    """An item of a requisition, in its base unit: `sent` counts what is on its way or came, `received` what came well."""

    item: str
    asked: str
    sent: str
    received: str


class AnswerView(msgspec.Struct, frozen=True):
    """What became of a requisition: `asked`, `partly_sent`, `sent`, `received` or `closed`, and the transfers that name it."""

    state: str
    lines: tuple[AnsweredLineView, ...]
    transfers: tuple[str, ...]


def requisition_of(document: DocumentPosted) -> bytes | None:
    """The requisition a transfer out answers; None where it names none."""
    text = None if document.detail is None else document.detail.requisition
    return None if text is None else read_transfer_id(text)


def closes_requisition(document: DocumentPosted) -> bytes | None:
    """The requisition a reversal takes back; None where it takes back something else."""
    detail = document.detail
    if document.type != _REVERSAL or detail is None or detail.more is None or detail.more.reverses != REQUISITION:
        return None
    return None if detail.original is None else read_transfer_id(detail.original)


def answer_of(document: DocumentPosted, answering: Iterable[Answering], *, closed: bool) -> AnswerView:
    """What became of a requisition, by its document and the transfers that name it."""
    asked: dict[str, int] = {}
    for line in document.lines:
        factor = THOUSANDTHS if line.detail is None or line.detail.factor is None else line.detail.factor
        asked[line.item] = asked.get(line.item, 0) + line.quantity * factor // THOUSANDTHS
    sent, received = dict.fromkeys(asked, 0), dict.fromkeys(asked, 0)
    transfers = tuple(answering)
    for one in transfers:
        for (item, _), figures in one.cells.items():
            if item in asked:
                rest = max(figures.in_transit, 0) if one.state is TransferState.CANCELLED else 0
                sent[item] += figures.dispatched - figures.returned - rest
                received[item] += figures.received - figures.returned
    over = all(one.state in _OVER for one in transfers)
    return AnswerView(
        _state(asked, sent, over=over, closed=closed).value,
        tuple(
            AnsweredLineView(
                item, format_quantity(quantity), format_quantity(sent[item]), format_quantity(received[item])
            )
            for item, quantity in asked.items()
        ),
        tuple(_text(one.transfer) for one in transfers),
    )


def _state(asked: Mapping[str, int], sent: Mapping[str, int], *, over: bool, closed: bool) -> RequisitionState:
    if closed:
        return RequisitionState.CLOSED
    if not any(quantity > 0 for quantity in sent.values()):
        return RequisitionState.ASKED
    if any(sent[item] < quantity for item, quantity in asked.items()):
        return RequisitionState.PARTLY_SENT
    return RequisitionState.RECEIVED if over else RequisitionState.SENT


def _text(id_: bytes) -> str:
    text = id_.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
