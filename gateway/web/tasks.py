"""Follow-up tasks over HTTP: goods sold though the book had none, until what came in is booked."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.roles import Role
from gateway.store.tasks import Task, list_tasks
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.keys import PlaceKey
from gateway.web.moments import moment
from replication.wire.quantity import format_quantity

_StateName = Annotated[
    Literal["open", "closed"] | None, QueryParameter(name="state", description="`open` or `closed`; both without it.")
]


class TaskDocument(msgspec.Struct, frozen=True):
    """The posting that took the goods below zero, and who made it."""

    id: str
    type: str
    number: str
    person: str
    station: str | None
    href: str


class FollowUpView(msgspec.Struct, frozen=True):
    """Goods of one place (and lot) below zero. `quantity` is what is there now, `lowest` the furthest down; `explain` answers how
    it came. Closed by the document that brought the goods back, null where a restored ledger did."""

    id: str
    kind: Literal["negative_stock"]
    state: Literal["open", "closed"]
    item: str
    name: str
    name_zh: str | None
    location: str
    lot: str | None
    quantity: str
    lowest: str
    document: TaskDocument
    explain: str
    opened_at: str
    closed_at: str | None
    closed_by: str | None


def task_view(task: Task) -> FollowUpView:
    """A task as the API shows it."""
    id_ = write_id(task.document)
    return FollowUpView(
        str(task.place), "negative_stock", "open" if task.closed_at is None else "closed", task.item, task.name, task.name_zh,
        task.location, task.lot, format_quantity(task.quantity), format_quantity(task.lowest),
        TaskDocument(id_, task.type, task.number, task.person, task.station, f"/documents/{id_}"),
        f"/api/v1/items/{task.item}/explain", moment(task.opened_at),
        None if task.closed_at is None else moment(task.closed_at), None if task.closed_by is None else write_id(task.closed_by),
    )  # fmt: skip


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /tasks`."""

    @get(
        "/api/v1/tasks",
        tags=["stock"],
        summary="Follow-up tasks for goods below zero, newest first",
        guards=[at_least(Role.MANAGER)],
    )
    async def tasks(
        state_: _StateName = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[FollowUpView]:
        """A task closes itself when the goods are at zero or above again."""
        start, most = decode_cursor("tasks", after, PlaceKey) or PlaceKey(2**62), page_limit(limit)
        is_open = None if state_ is None else state_ == "open"
        rows = await branch.shop.ledger.read(
            lambda connection: list_tasks(connection, is_open=is_open, before=start.place, limit=most + 1)
        )
        page = page_of("tasks", rows, most, lambda row: PlaceKey(row.place))
        return Page([task_view(row) for row in page.rows], page.next)

    return [tasks]
