"""One document: its lines, everything it moved, what it is about, and what a person may do with it."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from admin_ui.contexts.documents import (
    AnsweredLine,
    Approval,
    Approver,
    DocumentDifference,
    DocumentLine,
    DocumentLink,
    DocumentMovement,
    DocumentPage,
    DocumentState,
    DocumentWarning,
    PrintJob,
    RequisitionAnswer,
    Tax,
    Tender,
)
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.bodies.using import ProductionRole
from gateway.domain.document import DocumentType
from gateway.domain.kinds.reversing import NOT_REVERSIBLE
from gateway.domain.policy import Role as PolicyRole
from gateway.store.documents import StoredDocument, load_document, load_document_at
from gateway.store.orders_asked import order_named
from gateway.store.pending import find_pending
from gateway.store.print_jobs import PrintJobRow, jobs_of
from gateway.store.reversals import find_reversal
from gateway.web.document_answers import DocumentView
from gateway.web.document_id import read_id, write_id
from gateway.web.documents import known_items, pending_document, posted_document
from gateway.web.line_views import LineView
from gateway.web.pages.documents import WITH_MONEY
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds
from gateway.web.print_jobs import words_of
from gateway.web.sentences import Sentences
from replication.wire.item import Item
from replication.wire.location import Virtual
from replication.wire.quantity import format_quantity, parse_quantity, shortest
from replication.wire.requisition import AnswerView

_DIFFERENCE: Final[dict[str, Literal["short", "over", "damaged"]]] = {
    "short": "short", "over": "over", "damaged": "damaged",
}  # fmt: skip
_STATES: Final[dict[str, DocumentState]] = {
    "posted": "posted", "rejected": "rejected", "needs_approval": "needs_approval", "expired": "expired",
}  # fmt: skip
_REVERSAL: Final = DocumentType.REVERSAL.value
LAST_SEQ: Final = 2**62
"""Behind every entry: of orders with the same number the newest is meant."""


class _Found(msgspec.Struct):
    """What the page needs from the ledger."""

    view: DocumentView | None
    stored: StoredDocument | None
    items: dict[str, Item]
    jobs: list[PrintJobRow]
    links: tuple[DocumentLink, ...]


def routes(frame: Frame) -> Sequence[Any]:
    """`/documents/{id}`."""
    branch = frame.branch

    @get("/documents/{id_text:str}", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def document(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        document_id = read_id(id_text)
        if document_id is None:
            raise ProblemRaised(make("not_found"))
        found = await branch.shop.ledger.read(
            lambda connection: _find(connection, branch.sentences, document_id, branch.shop.clock())
        )
        if found.view is None:
            raise ProblemRaised(make("not_found"))
        language = language_of(request)
        waits = found.view.status == "needs_approval"
        approvers = await approvers_of(frame, language) if waits else ()
        context = _document_page(frame, found.view, found, language, approvers)
        return await frame.page(request, "document.html", context, caller)

    return [document]


async def approvers_of(frame: Frame, language: str) -> tuple[Approver, ...]:
    """Who may say yes with a PIN at somebody else's screen."""
    policy = frame.branch.shop.policy
    return tuple(
        Approver(one.person, one.display_name_zh if language == "zh" and one.display_name_zh else one.display_name)
        for one in await frame.branch.guard.people.list_for_sign_in("pin")
        if policy.may_approve(PolicyRole(one.role.value))
    )


def _find(connection: Connection, sentences: Sentences, document_id: bytes, now: int) -> _Found:
    stored, pending = load_document(connection, document_id), find_pending(connection, document_id, now)
    view = None
    if stored is not None:
        view = posted_document(connection, stored)
    elif pending is not None:
        view = pending_document(connection, sentences, pending)
    items = {} if view is None else known_items(connection, (line.item for line in view.lines))
    links = () if view is None else _links(connection, view, document_id)
    return _Found(view, stored, items, jobs_of(connection, document_id), links)


def _links(connection: Connection, view: DocumentView, document_id: bytes) -> tuple[DocumentLink, ...]:
    """The documents this one names, and the one that took it back."""
    links = []
    kinds: tuple[tuple[Literal["order", "receipt", "requisition", "original", "reverses"], str | None], ...] = (
        ("order", view.order), ("receipt", view.receipt), ("requisition", view.requisition),
        ("reverses" if view.type == _REVERSAL else "original", view.original),
    )  # fmt: skip
    for kind, named in kinds:
        if named is None:
            continue
        other = order_named(connection, named, LAST_SEQ) if kind == "order" else read_id(named)
        stored = None if other is None else load_document(connection, other)
        links.append(DocumentLink(kind, named) if stored is None else DocumentLink(kind, stored.event.number, named))
    seq = find_reversal(connection, document_id)
    reversal = None if seq is None else load_document_at(connection, seq)
    if reversal is not None:
        links.append(DocumentLink("reversed_by", reversal.event.number, write_id(reversal.id)))
    return tuple(links)


def _lot_of(line: LineView) -> str | None:
    """The lot it was of, or the lots with their parts."""
    return ", ".join(f"{one.lot} × {shortest(parse_quantity(one.quantity))}" for one in line.lots) or line.lot


def _difference(view: DocumentView, index: int) -> str | None:
    """What a counted line put into the book or took off it."""
    if view.type != DocumentType.STOCK_COUNT.value or view.lines[index].expected is None:
        return None
    moves = [move for move in view.movements if move.line == index]
    return format_quantity(
        sum(parse_quantity(move.quantity) * (-1 if move.destination == Virtual.SHRINKAGE else 1) for move in moves)
    )


def _document_page(
    frame: Frame, view: DocumentView, found: _Found, language: str, approvers: tuple[Approver, ...]
) -> DocumentPage:
    branch, items = frame.branch, found.items
    now = branch.replication()
    with_money = view.type in WITH_MONEY
    event = None if found.stored is None else found.stored.event
    notices = (*view.warnings, *view.reasons)
    posted_at = None if event is None else seconds(event.posted_at)
    return DocumentPage(
        id=view.id,
        type=view.type,
        number=view.number,
        state=_STATES[view.status],
        station=view.station,
        person=view.person,
        occurred_at=view.occurred_at,
        posted_at=posted_at,
        lines=tuple(
            DocumentLine(
                item=line.item,
                name=items[line.item].name if line.item in items else line.item,
                name_zh=items[line.item].name_zh if line.item in items else None,
                quantity=line.quantity,
                unit=line.unit or (items[line.item].unit if line.item in items else ""),
                price=line.price if with_money and line.of is None else None,
                discount=(line.discount or 0) if with_money else 0,
                total=line.amount if with_money and line.of is None else None,
                lot=_lot_of(line),
                expiry=line.expiry,
                reading=line.reading,
                differences=tuple(DocumentDifference(_DIFFERENCE[one.reason], one.quantity) for one in line.variance),
                free=line.free,
                inspect=line.inspect,
                result=line.result,
                # What a recipe added to a sale is a component of a dish, and has no price of its own.
                role=line.role or (None if line.of is None else ProductionRole.COMPONENT.value),
                to=line.to,
                expected=line.expected,
                difference=_difference(view, index),
            )
            for index, line in enumerate(view.lines)
        ),
        movements=tuple(
            DocumentMovement(
                item=move.item,
                name=items[move.item].name if move.item in items else move.item,
                name_zh=items[move.item].name_zh if move.item in items else None,
                quantity=move.quantity,
                unit=items[move.item].unit if move.item in items else "",
                from_location=move.source,
                to_location=move.destination,
                lot=move.lot,
                serials=move.serials,
            )
            for move in view.movements
        ),
        tenders=tuple(Tender(tender.type, tender.amount) for tender in view.tenders),
        total=view.total if with_money else None,
        change=view.change,
        note=view.note,
        reason=view.reason,
        supplier=view.supplier,
        transfer=view.transfer or (view.id if view.to_branch is not None and view.status == "posted" else None),
        links=found.links,
        currency=view.currency,
        rate=view.rate,
        expected=view.expected,
        purpose=view.purpose,
        recipe=view.recipe,
        direction=view.direction,
        amount=view.amount,
        counted=tuple(Tender(tender.type, tender.amount) for tender in view.counted),
        due=tuple(Tender(tender.type, tender.amount) for tender in view.due),
        z=view.z,
        taxes=tuple(Tax(one.rate, one.base, one.tax) for one in view.taxes),
        rounding=view.rounding,
        answer=None if view.answer is None else _answer(view.answer, items),
        requested_at=view.requested_at,
        expires_at=view.expires_at,
        decided_by=view.decided_by,
        decision=view.decision,
        approvers=approvers,
        settled=view.settled,
        pruned=view.pruned,
        keep_days=branch.config.journal.keep_days,
        warnings=tuple(
            DocumentWarning(code=notice.code, detail=notice.detail_zh if language == "zh" else notice.detail)
            for notice in notices
        ),
        approval=None
        if view.approval is None or posted_at is None
        else Approval(person=view.approval.person, reason=view.approval.reason, at=posted_at),
        seq=view.seq,
        epoch=now.epoch if view.seq is not None else None,
        hash=view.hash,
        applied_seq=now.applied_seq,
        sync=now.state,
        print_jobs=tuple(_print_job(row, language) for row in found.jobs),
        can_print=event is not None
        and not view.pruned
        and any(station.printer is not None for station in branch.config.stations),
        may_reverse=event is not None
        and not view.pruned
        and view.type not in NOT_REVERSIBLE
        and all(link.kind != "reversed_by" for link in found.links),
    )


def _answer(answer: AnswerView, items: dict[str, Item]) -> RequisitionAnswer:
    lines = []
    for line in answer.lines:
        item = items.get(line.item)
        lines.append(
            AnsweredLine(
                item=line.item, name=line.item if item is None else item.name, name_zh=None if item is None else item.name_zh,
                unit="" if item is None else item.unit, asked=line.asked, sent=line.sent, received=line.received,
            )
        )  # fmt: skip
    return RequisitionAnswer(state=answer.state, lines=tuple(lines), transfers=answer.transfers)


def _print_job(row: PrintJobRow, language: str) -> PrintJob:
    words = words_of(row.detail)
    return PrintJob(
        job=str(row.job), printer=row.printer, state=row.state.value, at=seconds(row.at),
        detail=(words.zh if language == "zh" else words.en) or None, kitchen=row.kitchen or None,
    )  # fmt: skip
