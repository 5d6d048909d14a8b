"""Stock over branches: items down, branches across, every column with its age."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.branch_stock import BranchStockPage, BranchStockRowsPage, MatrixBranch, MatrixCell, MatrixRow
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from replication.headquarters.stores.rows import ItemRow
from replication.headquarters.stores.sqlite.queries import count_items, list_items
from replication.headquarters.stores.sqlite.stock_and_transit import StockFigure, list_figures
from replication.headquarters.web.items import SEARCH_CHARACTERS_MAX, NameKey
from replication.headquarters.web.office import NEEDS_A_PERSON, BranchNow
from replication.headquarters.web.pages.frame import AnyRequest, Frame, attention_of, language_of, seconds
from replication.wire.name_order import order_of, place_of
from replication.wire.quantity import format_quantity

BRANCHES_MAX: Final = 12
"""Columns side by side; more are chosen one at a time."""
BRANCHES_SUMMED_MAX: Final = 10_000
"""Branches whose figures of one item are summed into its total."""


class _Found(msgspec.Struct):
    """What the page needs from the database."""

    items: list[ItemRow]
    stock: dict[str, list[StockFigure]]
    item_count: int


def routes(frame: Frame) -> Sequence[Any]:
    """`/stock`, `/stock/rows`."""
    office = frame.office
    manager = at_least(Role.MANAGER, password=True)

    async def matrix(
        request: AnyRequest, q: str, after: str | None, chosen: str | None
    ) -> tuple[dict[str, BranchNow], BranchStockPage]:
        start = decode_cursor("matrix", after, NameKey) or NameKey("", 0)
        search, order = q.strip()[:SEARCH_CHARACTERS_MAX], order_of(language_of(request))

        def query(connection: Connection) -> _Found:
            items = list_items(
                connection, search=search, after=(start.name, start.item_id), limit=LIMIT_DEFAULT + 1, order=order
            )
            stock = {
                row.sku: list_figures(connection, after=("", 0, ""), limit=BRANCHES_SUMMED_MAX, item=row.sku)
                for row in items
            }
            return _Found(items, stock, count_items(connection))

        branches, found = await office.read(query)
        if chosen is not None and chosen not in branches:
            raise ProblemRaised(make("not_found"))
        columns = [now for name, now in branches.items() if chosen in {None, name}][:BRANCHES_MAX]
        rows = page_of(
            "matrix",
            found.items,
            LIMIT_DEFAULT,
            lambda row: NameKey(place_of(order, row.name, row.name_zh), row.item_id),
        )
        page = BranchStockPage(
            branches=tuple(_column(now) for now in columns),
            rows=tuple(_row(item, found.stock[item.sku], columns) for item in rows.rows),
            next=rows.next,
            q=search,
            after=after or "",
            items=found.item_count,
            branch_choices=tuple(_column(now) for now in branches.values()) if len(branches) > 1 else (),
            chosen=chosen,
        )
        return branches, page

    @get("/stock", include_in_schema=False, guards=[manager])
    async def stock(
        request: AnyRequest,
        caller: TheCaller,
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
        branch: FromQuery[str | None] = None,
    ) -> Response[str]:
        branches, page = await matrix(request, q, after, branch or None)
        return frame.page(request, "branch_stock.html", page, caller, attention=attention_of(branches))

    @get("/stock/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
        branch: FromQuery[str | None] = None,
    ) -> Response[str]:
        _, page = await matrix(request, q, after, branch or None)
        context = BranchStockRowsPage(
            branches=page.branches, rows=page.rows, next=page.next, q=page.q, after=page.after, chosen=page.chosen
        )
        return frame.page(request, "branch_stock_rows.html", context, caller)

    return [stock, more]


def _column(now: BranchNow) -> MatrixBranch:
    row = now.row
    return MatrixBranch(
        branch=row.branch,
        name=row.name or row.branch,
        name_zh=row.name_zh or None,
        state=now.state.value,
        as_of=seconds(now.as_of),
        stale=now.state in NEEDS_A_PERSON,
    )


def _row(item: ItemRow, stock: list[StockFigure], columns: list[BranchNow]) -> MatrixRow:
    by_branch = {row.branch: row for row in stock}
    cells = []
    for now in columns:
        row = by_branch.get(now.row.branch)
        cells.append(
            None
            if row is None
            else MatrixCell(
                on_hand=format_quantity(row.on_hand),
                available=format_quantity(row.available),
                in_transit=format_quantity(row.in_transit),
            )
        )
    return MatrixRow(
        sku=item.sku,
        name=item.name,
        name_zh=item.name_zh,
        unit=item.item.unit if item.item else "",
        total=format_quantity(sum(row.on_hand for row in stock)),
        cells=tuple(cells),
    )
