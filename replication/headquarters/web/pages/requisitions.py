"""What branches ask headquarters for, newest first, each with what became of it."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.documents import AnsweredLine, RequisitionAnswer
from admin_ui.contexts.requisitions import RequisitionRow, RequisitionsPage
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import decode_cursor, page_of
from admin_ui.serving.roles import Role
from replication.headquarters.stores.rows import DocumentFound, DocumentRow, ItemRow
from replication.headquarters.stores.sqlite.queries import PLACE_MAX, find_document, find_item, list_documents
from replication.headquarters.stores.sqlite.transfers import answer_to
from replication.headquarters.web.branches import SeqKey
from replication.headquarters.web.office import BranchNow, write_id
from replication.headquarters.web.pages.frame import AnyRequest, Frame, attention_of, seconds
from replication.wire.quantity import parse_quantity, shortest
from replication.wire.requisition import REQUISITION, AnsweredLineView, AnswerView

CARDS: Final = 20
"""Each has a table of its own."""


class _Asked(msgspec.Struct):
    """A requisition with what became of it and its articles."""

    row: DocumentRow
    found: DocumentFound
    answer: AnswerView
    items: dict[str, ItemRow]


def routes(frame: Frame) -> Sequence[Any]:
    """`/requisitions`."""
    office = frame.office

    @get("/requisitions", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def requisitions(
        request: AnyRequest, caller: TheCaller, after: FromQuery[str | None] = None
    ) -> Response[str]:
        start = decode_cursor("requisitions", after, SeqKey) or SeqKey(PLACE_MAX)

        def query(connection: Connection) -> list[_Asked]:
            rows = list_documents(connection, before=start.seq, limit=CARDS + 1, type_=REQUISITION)
            asked = (_asked(connection, row) for row in rows)
            return [one for one in asked if one is not None]

        branches, found = await office.read(query)
        page = page_of("requisitions", found, CARDS, lambda one: SeqKey(one.row.place))
        context = RequisitionsPage(
            rows=tuple(_row(one, branches) for one in page.rows), next=page.next, after=after is not None
        )
        return frame.page(request, "requisitions.html", context, caller, attention=attention_of(branches))

    return [requisitions]


def _asked(connection: Connection, row: DocumentRow) -> _Asked | None:
    found = find_document(connection, row.event_id)
    if found is None:
        return None
    items = {line.item: find_item(connection, line.item) for line in found.event.lines}
    return _Asked(
        row, found, answer_to(connection, row.event_id, found.event),
        {sku: item for sku, item in items.items() if item is not None},
    )  # fmt: skip


def _row(asked: _Asked, branches: dict[str, BranchNow]) -> RequisitionRow:
    branch, event = asked.row.branch, asked.found.event
    known = branches[branch].row if branch in branches else None
    return RequisitionRow(
        id=write_id(asked.row.event_id),
        number=event.number,
        branch=branch,
        name=(known and known.name) or branch,
        name_zh=(known and known.name_zh) or None,
        person=event.person,
        at=seconds(event.posted_at),
        note=None if event.detail is None else event.detail.note,
        answer=RequisitionAnswer(
            state=asked.answer.state,
            transfers=asked.answer.transfers,
            lines=tuple(_line(line, asked.items.get(line.item)) for line in asked.answer.lines),
        ),
    )


def _line(line: AnsweredLineView, row: ItemRow | None) -> AnsweredLine:
    return AnsweredLine(
        item=line.item,
        name=row.name if row else line.item,
        name_zh=row.name_zh if row else None,
        unit=row.item.unit if row and row.item else "",
        asked=_short(line.asked),
        sent=_short(line.sent),
        received=_short(line.received),
    )


def _short(text: str) -> str:
    return shortest(parse_quantity(text))
