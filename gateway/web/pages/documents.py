"""The list of documents, and one document with everything it moved."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.contexts.documents import (
    Approval,
    DocumentDifference,
    DocumentLine,
    DocumentLink,
    DocumentMovement,
    DocumentPage,
    DocumentRow,
    DocumentsPage,
    DocumentState,
    DocumentTab,
    DocumentWarning,
    PrintJob,
    Tender,
)
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.document import DocumentType
from gateway.domain.kinds.reversing import NOT_REVERSIBLE
from gateway.store.documents import (
    DocumentList,
    StoredDocument,
    count_documents,
    known_stations,
    list_documents,
    load_document,
    load_document_at,
)
from gateway.store.pending import count_pending, find_pending, list_pending
from gateway.store.print_jobs import PrintJobRow, jobs_of
from gateway.store.reversals import find_reversal
from gateway.web.document_answers import DocumentView, posted_view
from gateway.web.document_id import read_id, write_id
from gateway.web.documents import BEFORE_ANY, known_items, left_off, pending_document
from gateway.web.keys import SeqKey
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds
from gateway.web.print_jobs import words_of
from gateway.web.sentences import Sentences
from replication.wire.document_types import DOCUMENT_TYPES
from replication.wire.item import Item
from replication.wire.location import Virtual
from replication.wire.quantity import format_quantity, parse_quantity

_DIFFERENCE: Final[dict[str, Literal["short", "over", "damaged"]]] = {
    "short": "short", "over": "over", "damaged": "damaged",
}  # fmt: skip
PENDING_SHOWN = 50
"""Documents that wait stand above the first page; more than a page of them is a queue of its own."""

_WITH_MONEY = frozenset({DocumentType.SALE.value, DocumentType.SALE_RETURN.value})
_TABS = tuple(one.value for one in DocumentType)
_STATES: Final[dict[str, DocumentState]] = {
    "posted": "posted", "rejected": "rejected", "needs_approval": "needs_approval", "expired": "expired",
}  # fmt: skip


def posted_row(stored: StoredDocument) -> DocumentRow:
    """A posted document as a line of a list."""
    event = stored.event
    return DocumentRow(
        id=write_id(stored.id),
        type=event.type,
        number=event.number,
        state="posted",
        station=event.station,
        person=event.person,
        lines=len(event.lines),
        total=event.worth() if event.type in _WITH_MONEY else None,
        at=seconds(event.posted_at),
        seq=stored.seq,
        warnings=0 if event.detail is None else len(event.detail.warnings),
    )


def shown(connection: Connection, found: DocumentList) -> list[DocumentRow]:
    """Posted documents as lines of a list."""
    stored = (load_document_at(connection, row.seq) for row in found.rows)
    return [posted_row(one) for one in stored if one is not None]


def _pending_row(view: DocumentView) -> DocumentRow:
    assert view.requested_at is not None, "what waits was asked for"
    return DocumentRow(
        id=view.id,
        type=view.type,
        number=None,
        state="needs_approval",
        station=view.station,
        person=view.person,
        lines=len(view.lines),
        total=view.total,
        at=view.requested_at,
        seq=None,
    )


class _List(msgspec.Struct):
    """What the list needs from the ledger."""

    rows: list[DocumentRow]
    left_off: str | None
    pending: list[DocumentView]
    counts: dict[str, int]
    waiting: int
    stations: list[str]


class _Found(msgspec.Struct):
    """What the page of one document needs from the ledger."""

    view: DocumentView | None
    stored: StoredDocument | None
    items: dict[str, Item]
    jobs: list[PrintJobRow]
    links: tuple[DocumentLink, ...]
    waiting: int


def routes(frame: Frame) -> Sequence[Any]:
    """`/documents`, `/documents/rows`, `/documents/{id}`."""
    branch = frame.branch
    manager = at_least(Role.MANAGER, password=True)
    TypeName = Annotated[str, QueryParameter(name="type")]  # noqa: N806  (a type)

    async def rows_page(type_: str, station: str | None, after: str | None) -> tuple[DocumentsPage, int]:
        if type_ != "all" and type_ not in DOCUMENT_TYPES:
            raise ProblemRaised(make("not_found"))
        start = decode_cursor("documents", after, SeqKey)
        wanted = None if type_ == "all" else type_

        def query(connection: Connection) -> _List:
            before = (start or BEFORE_ANY).seq
            listed = list_documents(
                connection, before_seq=before, limit=LIMIT_DEFAULT + 1, type_=wanted, station=station
            )
            pending = list_pending(connection, limit=PENDING_SHOWN) if start is None else []
            views = [pending_document(connection, branch.sentences, one) for one in pending]
            return _List(
                shown(connection, listed),
                left_off(listed),
                views,
                count_documents(connection),
                count_pending(connection),
                known_stations(connection),
            )

        found = await branch.shop.ledger.read(query)
        counts = found.counts
        page = page_of("documents", found.rows, LIMIT_DEFAULT, lambda row: SeqKey(row.seq))
        above = [_pending_row(view) for view in found.pending]
        above = [
            row
            for row in above
            if (wanted is None or row.type == wanted) and (station is None or row.station == station)
        ]
        tabs = [DocumentTab("all", sum(counts.values()))]
        tabs += [DocumentTab(name, counts.get(name, 0)) for name in _TABS if counts.get(name) or name == "sale"]
        context = DocumentsPage(
            rows=(*above, *page.rows),
            next=page.next or found.left_off,
            tabs=tuple(tabs),
            type=type_,
            station=station,
            stations=tuple(dict.fromkeys([*(one.name for one in branch.config.stations), *found.stations])),
            applied_seq=branch.replication().applied_seq,
        )
        return context, found.waiting

    @get("/documents", include_in_schema=False, guards=[manager])
    async def documents(
        request: AnyRequest,
        caller: TheCaller,
        type_: TypeName = "all",
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context, waiting = await rows_page(type_, station or None, after)
        return await frame.page(request, "documents.html", context, caller, waiting=waiting)

    @get("/documents/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        type_: TypeName = "all",
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context, _ = await rows_page(type_, station or None, after)
        return await frame.page(request, "documents_rows.html", context, caller)

    @get("/documents/{id_text:str}", include_in_schema=False, guards=[manager])
    async def document(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        document_id = read_id(id_text)
        if document_id is None:
            raise ProblemRaised(make("not_found"))
        found = await branch.shop.ledger.read(
            lambda connection: _find(connection, branch.sentences, document_id, branch.shop.clock())
        )
        if found.view is None:
            raise ProblemRaised(make("not_found"))
        context = _document_page(frame, found.view, found, language_of(request))
        return await frame.page(request, "document.html", context, caller, waiting=found.waiting)

    return [documents, more, document]


def _find(connection: Connection, sentences: Sentences, document_id: bytes, now: int) -> _Found:
    stored, pending = load_document(connection, document_id), find_pending(connection, document_id, now)
    view = None
    if stored is not None:
        view = posted_view(stored)
    elif pending is not None:
        view = pending_document(connection, sentences, pending)
    items = {} if view is None else known_items(connection, (line.item for line in view.lines))
    links = () if view is None else _links(connection, view, document_id)
    return _Found(view, stored, items, jobs_of(connection, document_id), links, count_pending(connection))


def _links(connection: Connection, view: DocumentView, document_id: bytes) -> tuple[DocumentLink, ...]:
    """The documents this one names, and the one that took it back."""
    links = []
    kinds: tuple[tuple[Literal["order", "receipt", "original", "reverses"], str | None], ...] = (
        ("order", view.order), ("receipt", view.receipt),
        ("reverses" if view.type == DocumentType.REVERSAL.value else "original", view.original),
    )  # fmt: skip
    for kind, named in kinds:
        if named is None:
            continue
        other = read_id(named)
        stored = None if other is None else load_document(connection, other)
        links.append(DocumentLink(kind, named) if stored is None else DocumentLink(kind, stored.event.number, named))
    seq = find_reversal(connection, document_id)
    reversal = None if seq is None else load_document_at(connection, seq)
    if reversal is not None:
        links.append(DocumentLink("reversed_by", reversal.event.number, write_id(reversal.id)))
    return tuple(links)


def _difference(view: DocumentView, index: int) -> str | None:
    """What a counted line put into the book or took off it."""
    if view.type != DocumentType.STOCK_COUNT.value or view.lines[index].expected is None:
        return None
    moves = [move for move in view.movements if move.line == index]
    return format_quantity(
        sum(parse_quantity(move.quantity) * (-1 if move.destination == Virtual.SHRINKAGE else 1) for move in moves)
    )


def _document_page(frame: Frame, view: DocumentView, found: _Found, language: str) -> DocumentPage:
    branch, items = frame.branch, found.items
    now = branch.replication()
    with_money = view.type in _WITH_MONEY
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
                price=line.price if with_money else None,
                discount=(line.discount or 0) if with_money else 0,
                total=line.amount if with_money else None,
                lot=line.lot,
                reading=line.reading,
                differences=tuple(DocumentDifference(_DIFFERENCE[one.reason], one.quantity) for one in line.variance),
                free=line.free,
                inspect=line.inspect,
                result=line.result,
                role=line.role,
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


def _print_job(row: PrintJobRow, language: str) -> PrintJob:
    words = words_of(row.detail)
    return PrintJob(
        job=str(row.job), printer=row.printer, state=row.state.value, at=seconds(row.at),
        detail=(words.zh if language == "zh" else words.en) or None,
    )  # fmt: skip
