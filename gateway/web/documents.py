"""Reading documents over HTTP: one by its id, and lists."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, encode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make, unknown_value
from admin_ui.serving.raw import RawHandler, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.domain.document import Body
from gateway.store.documents import DocumentList, StoredDocument, list_documents, load_document
from gateway.store.items import load_item
from gateway.store.pending import PendingDocument, find_pending
from gateway.store.reversals import find_reversal
from gateway.store.transfers import answering
from gateway.web.branch import Branch
from gateway.web.document_answers import (
    DocumentListRow,
    DocumentView,
    list_row,
    pending_view,
    posted_view,
)
from gateway.web.document_id import read_id
from gateway.web.keys import SeqKey
from gateway.web.sentences import Sentences
from replication.wire.document_types import DOCUMENT_TYPES
from replication.wire.item import Item
from replication.wire.requisition import REQUISITION, answer_of

BEFORE_ANY: Final = SeqKey(2**62)
"""A seq above every other: where a newest-first list begins."""

_encode = msgspec.json.Encoder().encode
body_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(cast("type[Body]", Body))


def get_document(branch: Branch) -> RawHandler:
    """`GET /documents/{id}`: posted, waiting or refused."""

    async def get_one(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        view = await find_document(branch, scope["path_params"]["id"])
        if view is None:
            await send_problem(send, make("not_found"))
        else:
            await respond(send, 200, _encode(view))

    return get_one


async def find_document(branch: Branch, id_text: str) -> DocumentView | None:
    """A document by the text of its id."""
    document_id = read_id(id_text)
    if document_id is None:
        return None

    def query(connection: Connection) -> DocumentView | None:
        stored = load_document(connection, document_id)
        if stored is not None:
            return posted_document(connection, stored)
        pending = find_pending(connection, document_id, branch.shop.clock())
        return None if pending is None else pending_document(connection, branch.sentences, pending)

    return await branch.shop.ledger.read(query)


def posted_document(connection: Connection, stored: StoredDocument) -> DocumentView:
    """A posted document; of a requisition, what became of it as far as this branch knows."""
    if stored.event.type != REQUISITION or stored.pruned:
        return posted_view(stored)
    closed = find_reversal(connection, stored.id) is not None
    return posted_view(stored, answer_of(stored.event, answering(connection, stored.id), closed=closed))


def pending_document(connection: Connection, sentences: Sentences, pending: PendingDocument) -> DocumentView:
    """A document that waits, with the prices and names of now."""
    body = body_decoder.decode(pending.body)
    return pending_view(sentences, pending, body, known_items(connection, (line.item for line in body.lines)))


def known_items(connection: Connection, skus: Iterable[str]) -> dict[str, Item]:
    """The items of these SKUs, as far as there are such."""
    rows = {sku: load_item(connection, sku) for sku in set(skus)}
    return {sku: row.item for sku, row in rows.items() if row is not None}


def left_off(found: DocumentList) -> str | None:
    """The cursor of a search that was not at its end; its page may have few rows, or none."""
    return None if found.walked_to is None else encode_cursor("documents", SeqKey(found.walked_to))


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /documents`."""

    @get(
        "/api/v1/documents",
        tags=["documents"],
        summary="Posted documents, newest first",
        guards=[at_least(Role.CASHIER)],
    )
    async def documents(
        type_: Annotated[str | None, QueryParameter(name="type", description="One type of document.")] = None,
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[DocumentListRow]:
        if type_ and type_ not in DOCUMENT_TYPES:
            raise ProblemRaised(unknown_value("type", type_))
        before = decode_cursor("documents", after, SeqKey) or BEFORE_ANY
        most = page_limit(limit)
        found = await branch.shop.ledger.read(
            lambda connection: list_documents(
                connection, before_seq=before.seq, limit=most + 1, type_=type_ or None, station=station or None
            )
        )
        page = page_of("documents", found.rows, most, lambda row: SeqKey(row.seq))
        return Page([list_row(row) for row in page.rows], page.next or left_off(found))

    return [documents]
