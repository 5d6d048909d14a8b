"""Documents of all branches over HTTP, newest first in the order they arrived here."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make, unknown_value
from admin_ui.serving.roles import Role
from replication.headquarters.stores.rows import DocumentFound, DocumentRow
from replication.headquarters.stores.sqlite.queries import PLACE_MAX, find_document, list_documents
from replication.headquarters.stores.sqlite.transfers import answer_to
from replication.headquarters.web.branches import SeqKey
from replication.headquarters.web.office import Office, moment, read_id, write_id
from replication.wire.document_types import DOCUMENT_TYPES
from replication.wire.events import DocumentMore, LineDetail, LineMore, PostedLine, Tender
from replication.wire.quantity import format_quantity
from replication.wire.requisition import REQUISITION, AnswerView

TypeName = Annotated[str | None, QueryParameter(name="type", description="One type of document.")]


class DocumentLineOfList(msgspec.Struct, frozen=True):
    """A document in a list."""

    id: str
    branch: str
    seq: int
    type: str
    number: str
    posted_at: str | None
    total: int


class VarianceView(msgspec.Struct, frozen=True):
    """What of a transfer's line did not arrive as sent, in the item's base unit: `short`, `over` or `damaged`."""

    reason: str
    quantity: str


class LineView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as posted; money in minor units. `of` is the line that a recipe added this one for."""

    item: str
    quantity: str
    unit: str | None
    price: int
    discount: int
    amount: int
    variance: tuple[VarianceView, ...] = ()
    cost: int | None = None
    location: str | None = None
    expiry: str | None = None
    disposition: str | None = None
    lot: str | None = None
    free: bool = False
    inspect: bool = False
    result: str | None = None
    to: str | None = None
    role: str | None = None
    at_seq: int | None = None
    expected: str | None = None
    of: int | None = None
    planned: str | None = None
    step: str | None = None


class MovementView(msgspec.Struct, frozen=True):
    """A positive quantity, in the item's base unit, from one location to another."""

    line: int
    item: str
    quantity: str
    source: str = msgspec.field(name="from")
    destination: str = msgspec.field(name="to")
    lot: str | None = None


class TenderView(msgspec.Struct, frozen=True):
    """One payment."""

    type: str
    amount: int


class TaxView(msgspec.Struct, frozen=True):
    """The tax of one rate: `rate` in basis points, `base` without and `tax` itself in minor units."""

    rate: int
    base: int
    tax: int


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document whole, with where it stands in its branch's journal and when it arrived here. `answer` is what became of a
    requisition, over all branches."""

    id: str
    branch: str
    seq: int
    epoch: int
    hash: str
    type: str
    number: str
    person: str
    station: str | None
    posted_at: str | None
    occurred_at: str | None
    received_at: str | None
    total: int
    change: int
    tenders: tuple[TenderView, ...]
    lines: tuple[LineView, ...]
    movements: tuple[MovementView, ...]
    note: str | None
    reason: str | None
    supplier: str | None
    warnings: tuple[str, ...]
    to_branch: str | None = None
    transfer: str | None = None
    order: str | None = None
    original: str | None = None
    settled: bool = False
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
    requisition: str | None = None
    answer: AnswerView | None = None


def list_view(row: DocumentRow) -> DocumentLineOfList:
    """A document in a list, as the API and the live events show it."""
    return DocumentLineOfList(
        write_id(row.event_id), row.branch, row.seq, row.type, row.number, moment(row.posted_at), row.total
    )


def routes(office: Office) -> Sequence[Any]:
    """`GET /documents`, `GET /documents/{id}`."""

    @get("/api/v1/documents", tags=["documents"], summary="Documents of all branches", guards=[at_least(Role.CASHIER)])
    async def documents(
        branch: FromQuery[str | None] = None,
        type_: TypeName = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[DocumentLineOfList]:
        if type_ and type_ not in DOCUMENT_TYPES:
            raise ProblemRaised(unknown_value("type", type_))
        start = decode_cursor("documents", after, SeqKey) or SeqKey(PLACE_MAX)
        most = page_limit(limit)
        rows = await office.store.read(
            lambda connection: list_documents(
                connection, before=start.seq, limit=most + 1, branch=branch or None, type_=type_ or None
            )
        )
        page = page_of("documents", rows, most, lambda row: SeqKey(row.place))
        return Page([list_view(row) for row in page.rows], page.next)

    @get("/api/v1/documents/{id_text:str}", tags=["documents"], summary="A document", guards=[at_least(Role.CASHIER)])
    async def document(id_text: FromPath[str]) -> DocumentView:
        event_id = read_id(id_text)
        if event_id is None:
            raise ProblemRaised(make("not_found"))

        def query(connection: Connection) -> DocumentView | None:
            found = find_document(connection, event_id)
            if found is None:
                return None
            asks = found.event.type == REQUISITION
            return _document_view(found, answer_to(connection, event_id, found.event) if asks else None)

        view = await office.store.read(query)
        if view is None:
            raise ProblemRaised(make("not_found"))
        return view

    return [documents, document]


def _variance(line: PostedLine) -> tuple[VarianceView, ...]:
    if line.detail is None:
        return ()
    return tuple(VarianceView(one.reason.value, format_quantity(one.quantity)) for one in line.detail.variance)


def _paid(tenders: Sequence[Tender]) -> tuple[TenderView, ...]:
    return tuple(TenderView(tender.type.value, tender.amount) for tender in tenders)


def _line(line: PostedLine) -> LineView:
    detail = line.detail or LineDetail()
    more = detail.more or LineMore()
    return LineView(
        line.item, format_quantity(line.quantity), detail.unit, line.price, line.discount, line.worth(), _variance(line),
        cost=detail.cost, location=detail.location, expiry=detail.expiry, disposition=detail.disposition, lot=more.lot,
        free=more.free, inspect=more.inspect, result=more.result, to=more.to, role=more.role, at_seq=more.at_seq,
        expected=None if more.expected is None else format_quantity(more.expected), of=more.of, step=more.step,
        planned=None if more.planned is None else format_quantity(more.planned),
    )  # fmt: skip


def _document_view(found: DocumentFound, answer: AnswerView | None) -> DocumentView:
    event, entry, detail = found.event, found.entry, found.event.detail
    more = (detail.more if detail else None) or DocumentMore()
    return DocumentView(
        id=write_id(entry.event_id),
        branch=found.branch,
        seq=entry.seq,
        epoch=entry.epoch,
        hash=found.hash.hex(),
        type=event.type,
        number=event.number,
        person=event.person,
        station=event.station,
        posted_at=moment(event.posted_at),
        occurred_at=moment(event.occurred_at),
        received_at=moment(found.received_at),
        total=event.worth(),
        change=event.given_back(),
        tenders=_paid(event.tenders),
        lines=tuple(_line(line) for line in event.lines),
        movements=tuple(
            MovementView(
                movement.line, event.lines[movement.line].item, format_quantity(movement.quantity),
                event.routes[movement.route].source, event.routes[movement.route].destination, movement.lot,
            )
            for movement in event.moves()
        ),
        note=detail.note if detail else None,
        reason=detail.reason if detail else None,
        supplier=detail.supplier if detail else None,
        warnings=detail.warnings if detail else (),
        to_branch=detail.to_branch if detail else None,
        transfer=detail.transfer if detail else None,
        order=detail.order if detail else None,
        original=detail.original if detail else None,
        settled=detail is not None and detail.settled,
        receipt=more.receipt,
        currency=more.currency,
        rate=more.rate,
        expected=more.expected,
        purpose=more.purpose,
        recipe=more.recipe,
        direction=more.direction,
        amount=more.amount,
        counted=_paid(more.counted),
        reverses=more.reverses,
        z=more.z,
        due=_paid(more.due),
        taxes=tuple(TaxView(one.rate, one.base, one.tax) for one in more.taxes),
        rounding=more.rounding,
        requisition=detail.requisition if detail else None,
        answer=answer,
    )  # fmt: skip
