"""Documents as the API shows them: the answers to posting, one document whole, one line of a list."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.document import Body, Line, ReceiptLine, Sale, SaleReturn, TransferInLine, document_type
from gateway.domain.draft import Draft, read_draft
from gateway.domain.fault import Fault
from gateway.domain.told import DOCUMENT_TOLD, LINE_TOLD, said_in, told
from gateway.store.documents import DocumentRow, StoredDocument
from gateway.store.pending import PendingDocument, PendingState
from gateway.store.session import Posted
from gateway.web.document_id import write_id
from gateway.web.line_views import LineView, LotPartView, MovementView, VarianceView
from gateway.web.making_views import WorkStepView, made_view
from gateway.web.moments import moment
from gateway.web.sentences import Sentences, brief
from replication.wire.events import DocumentPosted, VarianceReason
from replication.wire.item import Item
from replication.wire.money import line_amount
from replication.wire.quantity import THOUSANDTHS, format_quantity, parse_quantity
from replication.wire.requisition import AnswerView

T = TypeVar("T")


class Notice(msgspec.Struct, frozen=True):
    """Something to know, with its sentence in both languages; `path` is empty where it is about the whole document."""

    code: str
    detail: str
    detail_zh: str
    path: str = ""


class PostedAnswer(msgspec.Struct, frozen=True):
    """`status` is `posted` the first time and `exists` ever after; `change` is the cash to give back.

    `first_seq` is told where a new epoch moved the document: `seq` and `hash` are those of now.
    """

    status: str
    id: str
    number: str
    seq: int
    hash: str
    total: int
    change: int
    warnings: tuple[Notice, ...]
    first_seq: int | UnsetType = UNSET


class NeedsApprovalAnswer(msgspec.Struct, frozen=True):
    """Nothing has moved; a person decides. `reasons` say about which lines and why."""

    status: str
    id: str
    detail: str
    detail_zh: str
    reasons: tuple[Notice, ...]


class TenderView(msgspec.Struct, frozen=True):
    """One payment."""

    type: str
    amount: int


class TaxView(msgspec.Struct, frozen=True):
    """The tax of one rate: `rate` in basis points, `base` without and `tax` itself in minor units."""

    rate: int
    base: int
    tax: int


class ApprovalView(msgspec.Struct, frozen=True):
    """Who allowed it, and why."""

    person: str
    reason: str


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document with its state: `posted`, `needs_approval`, `rejected`, or `expired` where nobody decided until `expires_at`.
    What only posting gives is null before it; until then amounts and total are what they would be now.

    `pruned`: it is old, and what it said line by line is kept at headquarters only. `answer` is what became of a requisition.
    """

    status: str
    id: str
    type: str
    number: str | None = None
    seq: int | None = None
    hash: str | None = None
    person: str
    station: str | None = None
    total: int | None = None
    change: int | None = None
    posted_at: str | None = None
    occurred_at: str | None = None
    lines: tuple[LineView, ...] = ()
    tenders: tuple[TenderView, ...] = ()
    movements: tuple[MovementView, ...] = ()
    warnings: tuple[Notice, ...] = ()
    reasons: tuple[Notice, ...] = ()
    approval: ApprovalView | None = None
    settled: bool = False
    pruned: bool = False
    note: str | None = None
    reason: str | None = None
    supplier: str | None = None
    order: str | None = None
    original: str | None = None
    to_branch: str | None = None
    requisition: str | None = None
    transfer: str | None = None
    receipt: str | None = None
    currency: str | None = None
    rate: str | None = None
    expected: str | None = None
    purpose: str | None = None
    recipe: str | None = None
    direction: str | None = None
    amount: int | None = None
    counted: tuple[TenderView, ...] = ()
    reverses: str | None = None
    z: int | None = None
    due: tuple[TenderView, ...] = ()
    taxes: tuple[TaxView, ...] = ()
    rounding: int = 0
    unbuild: bool = False
    steps: tuple[WorkStepView, ...] = ()
    requested_at: str | None = None
    expires_at: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    decision: str | None = None
    answer: AnswerView | None = None


class DocumentListRow(msgspec.Struct, frozen=True):
    """A posted document in a list."""

    id: str
    type: str
    number: str
    seq: int
    total: int
    station: str | None
    person: str
    posted_at: str


def posted_answer(posted: Posted, status: str) -> PostedAnswer:
    """The answer to a document that is in the journal."""
    return PostedAnswer(
        status, write_id(posted.id), posted.number, posted.seq, posted.hash.hex(), posted.total, posted.change,
        notices_of(posted.warnings) if posted.warnings else (), UNSET if posted.first_seq is None else posted.first_seq,
    )  # fmt: skip


def needs_approval_answer(
    sentences: Sentences, document_id: bytes, reasons: tuple[Fault, ...], items: Mapping[str, Item]
) -> NeedsApprovalAnswer:
    """The answer to a document that waits for a person."""
    notices = reasons_of(sentences, reasons, items)
    return NeedsApprovalAnswer(
        "needs_approval", write_id(document_id), " ".join(notice.detail for notice in notices[:3]),
        "".join(notice.detail_zh for notice in notices[:3]), notices,
    )  # fmt: skip


def notices_of(codes: tuple[str, ...]) -> tuple[Notice, ...]:
    """Warnings of a stored document: their codes in words."""
    return tuple(Notice(code, *brief(code)) for code in codes)


def reasons_of(sentences: Sentences, faults: tuple[Fault, ...], items: Mapping[str, Item]) -> tuple[Notice, ...]:
    """Findings with their figures and names in words."""
    return tuple(Notice(fault.code, *sentences.to_a_person(fault, items), path=fault.path) for fault in faults)


def list_row(row: DocumentRow) -> DocumentListRow:
    """A line of the list."""
    return DocumentListRow(
        write_id(row.id), row.type, row.number, row.seq, row.total, row.station, row.person, moment(row.posted_at)
    )


def posted_view(stored: StoredDocument, answer: AnswerView | None = None) -> DocumentView:
    """A posted document, whole."""
    event, detail = stored.event, stored.event.detail
    return DocumentView(
        status="posted",
        id=write_id(stored.id),
        type=event.type,
        number=event.number,
        seq=stored.seq,
        hash=stored.hash.hex(),
        person=event.person,
        station=event.station,
        total=event.worth(),
        change=event.given_back(),
        posted_at=moment(event.posted_at),
        occurred_at=None if event.occurred_at is None else moment(event.occurred_at),
        lines=_posted_lines(event),
        tenders=tuple(TenderView(tender.type.value, tender.amount) for tender in event.tenders),
        movements=_movements(event),
        warnings=() if detail is None else notices_of(detail.warnings),
        approval=None
        if detail is None or detail.approval is None
        else ApprovalView(detail.approval.person, detail.approval.reason),
        settled=detail is not None and detail.settled,
        pruned=stored.pruned,
        answer=answer,
        **_shown({name: said_in(detail, name) for name in _OF_TYPES}), **made_view(said_in(detail, "made")),
    )  # fmt: skip


_OF_TYPES = (
    "note", "reason", "supplier", "order", "original", "to_branch", "requisition", "transfer", "receipt", "currency", "rate", "expected",
    "purpose", "recipe", "direction", "amount", "counted", "reverses",
    "z", "due", "taxes", "rounding",
)  # fmt: skip
"""What only some types of document say, under one name from the body to the answer."""
_OF_LINES = ("free", "inspect", "result", "to", "role", "at_seq", "step", "of", "share")


def _shown(said: dict[str, Any]) -> dict[str, Any]:
    """What was said of these fields, as an answer writes it."""
    paid = {
        name: tuple(TenderView(one.type.value, one.amount) for one in said.pop(name, None) or ())
        for name in ("counted", "due")
    }
    taxes = tuple(TaxView(one.rate, one.base, one.tax) for one in said.pop("taxes", None) or ())
    return {name: value for name, value in said.items() if value is not None} | paid | {"taxes": taxes}


def _posted_lines(event: DocumentPosted) -> tuple[LineView, ...]:
    lots: dict[int, dict[str, int]] = {}
    for movement in event.movements or ():
        if movement.lot:
            parts = lots.setdefault(movement.line, {})
            parts[movement.lot] = parts.get(movement.lot, 0) + movement.quantity
    views = []
    for index, line in enumerate(event.lines):
        detail, parts = line.detail, lots.get(index, {})
        views.append(
            LineView(
                line.item, format_quantity(line.quantity), line.price, line.discount, line.worth(), lot=next(iter(parts)) if len(parts) == 1 else said_in(detail, "lot"),
                lots=() if len(parts) < 2 else tuple(LotPartView(lot, format_quantity(part)) for lot, part in parts.items()),
                unit=None if detail is None else detail.unit, cost=None if detail is None else detail.cost,
                location=None if detail is None else detail.location, expiry=None if detail is None else detail.expiry,
                reading=None if detail is None else detail.reading,
                disposition=None if detail is None else detail.disposition,
                variance=() if detail is None else tuple(
                    VarianceView(one.reason.value, format_quantity(one.quantity)) for one in detail.variance
                ),
                planned=None if (planned := said_in(detail, "planned")) is None else format_quantity(planned),
                expected=None if (expected := said_in(detail, "expected")) is None else format_quantity(expected),
                **{name: said for name in _OF_LINES if (said := said_in(detail, name)) is not None},
            )
        )  # fmt: skip
    return tuple(views)


def _movements(event: DocumentPosted) -> tuple[MovementView, ...]:
    return tuple(
        MovementView(
            movement.line, event.lines[movement.line].item, format_quantity(movement.quantity),
            event.routes[movement.route].source, event.routes[movement.route].destination, movement.lot, movement.serials,
        )
        for movement in event.moves()
    )  # fmt: skip


def pending_view(sentences: Sentences, pending: PendingDocument, body: Body, items: Mapping[str, Item]) -> DocumentView:
    """A document that waits, or was refused. A price it does not say is the item's of now, as it would be posted now."""
    draft = read_draft(pending.id, body)
    assert isinstance(draft, Draft), "what waits was read once already"
    with_money = isinstance(body, Sale | SaleReturn)
    prices = [_price(line, items) if with_money else _told(line.price) for line in body.lines]
    amounts = [
        line_amount(price, quantity) - (_told(line.discount) or 0)
        for line, price, quantity in zip(body.lines, prices, draft.quantities, strict=True)
        if with_money and price is not None
    ]
    whole = with_money and len(amounts) == len(prices)
    said = told(body, DOCUMENT_TOLD[type(body)])
    tenders = getattr(body, "tenders", UNSET)
    return DocumentView(
        status=_STATES[pending.state],
        id=write_id(pending.id),
        type=document_type(body).value,
        person=pending.person,
        station=body.station if isinstance(body.station, str) else None,
        occurred_at=None if draft.occurred_at is None else moment(draft.occurred_at),
        lines=tuple(
            LineView(
                line.item, format_quantity(quantity), price, _told(line.discount), amounts[index] if whole else None,
                unit=_told(line.unit), cost=_told(line.cost), lot=_told(line.lot), location=_told(line.location),
                expiry=_told(line.expiry), reading=_told(line.reading), variance=_told_variance(line), **told(line, LINE_TOLD[type(line)]),
            )
            for index, (line, quantity, price) in enumerate(zip(body.lines, draft.quantities, prices, strict=True))
        ),
        total=sum(amounts) if whole else None,
        tenders=() if tenders is UNSET else tuple(TenderView(entry.type.value, entry.amount) for entry in tenders),
        reasons=reasons_of(sentences, pending.reasons, items),
        requested_at=moment(pending.requested_at),
        expires_at=moment(pending.expires_at),
        decided_by=pending.decided_by,
        decided_at=None if pending.decided_at is None else moment(pending.decided_at),
        decision=pending.decision,
        **_shown(said),
    )  # fmt: skip


_STATES = {
    PendingState.WAITING: "needs_approval", PendingState.APPROVED: "posted", PendingState.REFUSED: "rejected",
    PendingState.EXPIRED: "expired",
}  # fmt: skip


def _price(line: Line, items: Mapping[str, Item]) -> int | None:
    """What a line's unit costs: what it says, else the item's price of now."""
    item = items.get(line.item)
    if not isinstance(line.price, UnsetType) or item is None:
        return _told(line.price)
    pack = item.pack(line.unit) if isinstance(line.unit, str) else None
    return item.price if pack is None else item.price * pack.factor // THOUSANDTHS


def _told_variance(line: Line) -> tuple[VarianceView, ...]:
    """The differences of a line as they were sent, in the line's own unit."""
    if isinstance(line, ReceiptLine) and isinstance(line.damaged, str):
        return (VarianceView(VarianceReason.DAMAGED.value, format_quantity(parse_quantity(line.damaged))),)
    if not isinstance(line, TransferInLine) or isinstance(line.variance, UnsetType):
        return ()
    return tuple(VarianceView(one.reason.value, format_quantity(parse_quantity(one.quantity))) for one in line.variance)


def _told(value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value
