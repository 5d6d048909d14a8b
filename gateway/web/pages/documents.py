"""The list of documents: what is posted, newest first, and above it what waits for a person."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from admin_ui.contexts.documents import (
    DocumentRow,
    DocumentsPage,
    DocumentTab,
)
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.document import DocumentType
from gateway.store.documents import (
    DocumentList,
    StoredDocument,
    count_documents,
    known_stations,
    list_documents,
    load_document_at,
)
from gateway.store.pending import list_pending
from gateway.web.document_answers import DocumentView
from gateway.web.document_id import write_id
from gateway.web.documents import BEFORE_ANY, left_off, pending_document
from gateway.web.keys import SeqKey
from gateway.web.pages.frame import AnyRequest, Frame, seconds
from replication.wire.document_types import DOCUMENT_TYPES

WITH_MONEY = frozenset({DocumentType.SALE.value, DocumentType.SALE_RETURN.value})
PENDING_SHOWN = 50
"""Documents that wait stand above the first page; more than a page of them is a queue of its own."""


_TABS = tuple(one.value for one in DocumentType)


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
        total=event.worth() if event.type in WITH_MONEY else None,
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
    stations: list[str]


def routes(frame: Frame) -> Sequence[Any]:
    """`/documents`, `/documents/rows`."""
    branch = frame.branch
    manager = at_least(Role.MANAGER, password=True)
    TypeName = Annotated[str, QueryParameter(name="type")]  # noqa: N806  (a type)

    async def rows_page(type_: str, station: str | None, after: str | None) -> DocumentsPage:
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
        return DocumentsPage(
            rows=(*above, *page.rows),
            next=page.next or found.left_off,
            tabs=tuple(tabs),
            type=type_,
            station=station,
            stations=tuple(dict.fromkeys([*(one.name for one in branch.config.stations), *found.stations])),
            applied_seq=branch.replication().applied_seq,
        )

    @get("/documents", include_in_schema=False, guards=[manager])
    async def documents(
        request: AnyRequest,
        caller: TheCaller,
        type_: TypeName = "all",
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(type_, station or None, after)
        return await frame.page(request, "documents.html", context, caller)

    @get("/documents/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        type_: TypeName = "all",
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(type_, station or None, after)
        return await frame.part(request, "documents_rows.html", context, caller)

    return [documents, more]
