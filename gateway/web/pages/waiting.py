"""What waits for a person: requests to approve or refuse, and sales of a silent time to look at. Oldest first."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.documents import DocumentWarning
from admin_ui.contexts.waiting import WaitingLine, WaitingPage, WaitingRow
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.documents import load_document
from gateway.store.pending import PendingDocument, PendingState, count_pending, find_pending, list_pending
from gateway.store.reviews import Review, count_reviews, find_review, list_reviews
from gateway.web.document_answers import DocumentView, posted_view
from gateway.web.document_id import read_id
from gateway.web.documents import known_items, pending_document
from gateway.web.keys import ExpiryKey, PlaceKey
from gateway.web.pages.document import approvers_of
from gateway.web.pages.documents import WITH_MONEY
from gateway.web.pages.frame import AnyRequest, Frame, language_of
from replication.wire.item import Item

CARDS: Final = 20
"""Each is a form of its own; more of them than a person decides about in one sitting only make the page heavy."""
LINES_SHOWN: Final = 3
_FIRST: Final = ExpiryKey(0, b"")


class _Found(msgspec.Struct):
    """What the page needs from the ledger. `rows` are one more than a page, with where each stands in its list."""

    rows: list[tuple[ExpiryKey | PlaceKey, DocumentView, dict[str, Item]]]
    requests: int
    reviews: int


def routes(frame: Frame) -> Sequence[Any]:
    """`/waiting`, `/waiting/rows`."""
    branch, manager = frame.branch, at_least(Role.MANAGER, password=True)

    async def page_of_tab(request: AnyRequest, tab: str, after: str | None, only: bytes | None) -> WaitingPage:
        if tab not in ("requests", "reviews"):
            raise ProblemRaised(make("not_found"))
        language = language_of(request)

        def query(connection: Connection) -> _Found:
            rows = _requests(connection) if tab == "requests" else _reviews(connection)
            return _Found(rows, count_pending(connection), count_reviews(connection))

        def _requests(connection: Connection) -> list[Any]:
            if only is None:
                start = decode_cursor("requests", after, ExpiryKey) or _FIRST
                found = list_pending(connection, after=(start.expires_at, start.id), limit=CARDS + 1)
            else:
                one = find_pending(connection, only, branch.shop.clock())
                found = [one] if one is not None and one.state is PendingState.WAITING else []
            return [
                _with_items(connection, _place(one), pending_document(connection, branch.sentences, one))
                for one in found
            ]

        def _reviews(connection: Connection) -> list[Any]:
            if only is None:
                start = decode_cursor("reviews-page", after, PlaceKey) or PlaceKey(0)
                found = list_reviews(connection, after=start.place, limit=CARDS + 1)
            else:
                one = find_review(connection, only)
                found = [one] if one is not None and one.reviewed_at is None else []
            stored = [(one, load_document(connection, one.id)) for one in found]
            return [
                _with_items(connection, _review_place(one), posted_view(kept))
                for one, kept in stored
                if kept is not None
            ]

        found = await branch.shop.ledger.read(query)
        page = page_of("requests" if tab == "requests" else "reviews-page", found.rows, CARDS, lambda row: row[0])
        return WaitingPage(
            tab="requests" if tab == "requests" else "reviews",
            rows=tuple(_row(view, items, language) for _, view, items in page.rows),
            next=page.next,
            requests=found.requests,
            reviews=found.reviews,
            approvers=await approvers_of(frame, language) if tab == "requests" and found.rows else (),
            after=bool(after),
        )

    @get("/waiting", include_in_schema=False, guards=[manager])
    async def waiting(
        request: AnyRequest, caller: TheCaller, tab: FromQuery[str] = "requests", after: FromQuery[str | None] = None
    ) -> Response[str]:
        return await frame.page(request, "waiting.html", await page_of_tab(request, tab, after, None), caller)

    @get("/waiting/rows", include_in_schema=False, guards=[manager])
    async def one(
        request: AnyRequest, caller: TheCaller, only: FromQuery[str], tab: FromQuery[str] = "requests"
    ) -> Response[str]:
        """The card of one document; nothing where it does not wait (any more)."""
        id_ = read_id(only)
        if id_ is None:
            raise ProblemRaised(make("not_found"))
        return await frame.part(request, "waiting_rows.html", await page_of_tab(request, tab, None, id_), caller)

    return [waiting, one]


def _place(pending: PendingDocument) -> ExpiryKey:
    return ExpiryKey(pending.expires_at, pending.id)


def _review_place(review: Review) -> PlaceKey:
    return PlaceKey(review.place)


def _with_items(connection: Connection, key: Any, view: DocumentView) -> tuple[Any, DocumentView, dict[str, Item]]:
    return key, view, known_items(connection, (line.item for line in view.lines[:LINES_SHOWN]))


def _row(view: DocumentView, items: dict[str, Item], language: str) -> WaitingRow:
    at = view.requested_at or view.posted_at
    assert at is not None, "a document was asked for, or posted"
    lines = []
    for line in view.lines[:LINES_SHOWN]:
        item = items.get(line.item)
        lines.append(
            WaitingLine(name=line.item, quantity=line.quantity, unit=line.unit or "")
            if item is None
            else WaitingLine(name=item.name, name_zh=item.name_zh, quantity=line.quantity, unit=line.unit or item.unit)
        )
    return WaitingRow(
        id=view.id,
        type=view.type,
        number=view.number,
        person=view.person,
        station=view.station,
        total=view.total if view.type in WITH_MONEY else None,
        at=at,
        expires_at=view.expires_at if view.status == "needs_approval" else None,
        lines=tuple(lines),
        more_lines=max(len(view.lines) - LINES_SHOWN, 0),
        reasons=tuple(
            DocumentWarning(code=notice.code, detail=notice.detail_zh if language == "zh" else notice.detail)
            for notice in (*view.warnings, *view.reasons)
        ),
    )
