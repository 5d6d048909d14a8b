"""The pages of work orders: the list with a new one, and one whose steps are begun and finished."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final, Literal

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.making import WorkOrderPage, WorkOrdersPage, WorkRow, WorkStep
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.recipes import list_recipes
from gateway.store.work_orders import WorkOrder, find_work_order, list_work_orders
from gateway.web.document_id import write_id
from gateway.web.documents import known_items
from gateway.web.keys import PlaceKey
from gateway.web.orders import known_id, there
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds
from replication.wire.item import Item
from replication.wire.quantity import Quantity, shortest

_NEWEST: Final = PlaceKey(2**62)
RECIPES_OFFERED: Final = 200
"""In the form: a shop that makes more things begins its orders by the API."""
Tab = Literal["open", "all"]
_TABS: Final[dict[str, Tab]] = {"open": "open", "all": "all"}


def routes(frame: Frame) -> Sequence[Any]:
    """`/work-orders`, `/work-orders/rows`, `/work-orders/{id}`."""
    branch, manager = frame.branch, at_least(Role.MANAGER, password=True)

    async def rows_page(request: AnyRequest, tab: str, after: str | None, recipe: str) -> WorkOrdersPage:
        chosen = _TABS.get(tab)
        if chosen is None:
            raise ProblemRaised(make("not_found"))
        before, zh = decode_cursor("work-orders-page", after, PlaceKey) or _NEWEST, language_of(request) == "zh"

        def query(connection: Connection) -> tuple[list[WorkOrder], dict[str, Item], list[tuple[str, str]]]:
            rows = list_work_orders(
                connection, before=before.place, limit=LIMIT_DEFAULT + 1, only_open=chosen == "open"
            )
            recipes = [
                row.recipe for row in list_recipes(connection, after="", limit=RECIPES_OFFERED) if row.recipe.active
            ]
            items = known_items(connection, [*(row.item for row in rows), *(one.item for one in recipes)])
            return rows, items, [(one.code, _name(items.get(one.item), one.code, zh=zh)) for one in recipes]

        rows, items, recipes = await branch.shop.ledger.read(query)
        page = page_of("work-orders-page", rows, LIMIT_DEFAULT, lambda row: PlaceKey(row.place))
        return WorkOrdersPage(
            rows=tuple(_row(row, items) for row in page.rows), next=page.next, tab=chosen, recipes=tuple(recipes),
            chosen=recipe,
        )  # fmt: skip

    @get("/work-orders", include_in_schema=False, guards=[manager])
    async def work_orders(
        request: AnyRequest,
        caller: TheCaller,
        tab: FromQuery[str] = "open",
        after: FromQuery[str | None] = None,
        recipe: FromQuery[str] = "",
    ) -> Response[str]:
        return await frame.page(request, "work_orders.html", await rows_page(request, tab, after, recipe), caller)

    @get("/work-orders/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest, caller: TheCaller, tab: FromQuery[str] = "open", after: FromQuery[str | None] = None
    ) -> Response[str]:
        return await frame.part(request, "work_orders_rows.html", await rows_page(request, tab, after, ""), caller)

    @get("/work-orders/{id_text:str}", include_in_schema=False, guards=[manager])
    async def work_order(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        id_ = known_id(id_text)

        def query(connection: Connection) -> WorkOrderPage | None:
            found = find_work_order(connection, id_)
            return None if found is None else _page(found, known_items(connection, (found.item,)))

        return await frame.page(request, "work_order.html", there(await branch.shop.ledger.read(query)), caller)

    return [work_orders, more, work_order]


def _name(item: Item | None, otherwise: str, *, zh: bool) -> str:
    if item is None:
        return otherwise
    return item.name_zh if zh and item.name_zh else item.name


def _named(items: dict[str, Item], sku: str) -> dict[str, Any]:
    item = items.get(sku)
    if item is None:
        return {"item": sku, "name": sku, "unit": ""}
    return {"item": sku, "name": item.name, "name_zh": item.name_zh, "unit": item.unit}


def _row(order: WorkOrder, items: dict[str, Item]) -> WorkRow:
    return WorkRow(
        id=write_id(order.id), recipe=order.recipe, quantity=shortest(Quantity(order.quantity)), state=order.state,
        steps=len(order.steps), done=sum(1 for step in order.steps if step.finished_at is not None), person=order.person,
        at=seconds(order.created_at), **_named(items, order.item),
    )  # fmt: skip


def _page(order: WorkOrder, items: dict[str, Item]) -> WorkOrderPage:
    is_open = order.closed is None
    half_done = any(step.started_at is not None and step.finished_at is None for step in order.steps)
    return WorkOrderPage(
        id=write_id(order.id),
        recipe=order.recipe,
        quantity=shortest(Quantity(order.quantity)),
        location=order.location,
        note=order.note,
        person=order.person,
        at=seconds(order.created_at),
        state=order.state,
        steps=tuple(
            WorkStep(
                step=step.step, name=step.name, name_zh=step.name_zh, operator=step.operator,
                started_at=None if step.started_at is None else seconds(step.started_at),
                finished_at=None if step.finished_at is None else seconds(step.finished_at),
                scrap=shortest(Quantity(step.scrap)),
            )
            for step in order.steps
        ),
        may_complete=is_open and not half_done,
        may_cancel=is_open,
        **_named(items, order.item),
    )  # fmt: skip
