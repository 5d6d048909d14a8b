"""Sales to review over HTTP: those settled with warnings while the gateway was silent."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, assert_never

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.domain.document import TEXT_MAX
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.store.documents import load_document
from gateway.store.reviews import Review, list_reviews
from gateway.use_cases.review_document import NothingToReview, review_document
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.document_answers import DocumentView, posted_view
from gateway.web.document_id import read_id, write_id
from gateway.web.keys import PlaceKey
from gateway.web.moments import moment
from gateway.web.problems import refusal, unsafe_ledger


class ReviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found, if anything."""

    note: str = ""


class ReviewView(msgspec.Struct, frozen=True):
    """Who looked at a document, and when; null while nobody did."""

    id: str
    reviewed_by: str | None
    reviewed_at: str | None
    note: str | None


_decoder = msgspec.json.Decoder(ReviewRequest)
_encode = msgspec.json.Encoder().encode


def review_view(review: Review) -> ReviewView:
    """A review as the API shows it."""
    at = None if review.reviewed_at is None else moment(review.reviewed_at)
    return ReviewView(write_id(review.id), review.reviewed_by, at, review.note)


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /reviews`."""

    @get(
        "/api/v1/reviews",
        tags=["documents"],
        summary="Sales settled with warnings that nobody looked at yet, oldest first",
        guards=[at_least(Role.MANAGER)],
    )
    async def reviews(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[DocumentView]:
        start, most = decode_cursor("reviews", after, PlaceKey) or PlaceKey(0), page_limit(limit)

        def query(connection: Connection) -> list[tuple[Review, DocumentView]]:
            found = list_reviews(connection, after=start.place, limit=most + 1)
            stored = [(one, load_document(connection, one.id)) for one in found]
            return [(one, posted_view(document)) for one, document in stored if document is not None]

        page = page_of("reviews", await branch.shop.ledger.read(query), most, lambda row: PlaceKey(row[0].place))
        return Page([view for _, view in page.rows], page.next)

    return [reviews]


def post_review(branch: Branch) -> RawHandler:
    """`POST /documents/{id}/review`: a manager looked at it."""

    async def review(scope: Any, receive: Any, send: Any) -> None:
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        request, id_ = decode_json(_decoder, await read_body(receive)), read_id(scope["path_params"]["id"])
        if isinstance(request, Problem):
            await send_problem(send, request)
        elif id_ is None:
            await send_problem(send, make("not_found"))
        elif branch.damage is not None:
            await send_problem(send, unsafe_ledger(branch.damage))
        elif len(request.note) > TEXT_MAX:
            fault = Fault("note", "text_out_of_range", {"limit": str(TEXT_MAX)})
            await send_problem(send, refusal(branch.sentences, 422, (fault,)))
        else:
            outcome = await review_document(branch.shop, Poster(caller.person, caller.role), id_, request.note)
            match outcome:
                case Review():
                    await respond(send, 200, _encode(review_view(outcome)))
                case Rejected(faults):
                    await send_problem(send, refusal(branch.sentences, 422, faults))
                case NothingToReview():
                    await send_problem(send, make("not_found"))
                case _:
                    assert_never(outcome)

    return review
