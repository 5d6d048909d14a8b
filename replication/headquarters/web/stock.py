"""Stock over branches: every figure with the seq and the moment it is true for."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.roles import Role
from replication.headquarters.stores.sqlite.stock_and_transit import StockFigure, list_figures
from replication.headquarters.web.office import BranchNow, Office, moment
from replication.wire.quantity import format_quantity


class StockKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the stock by item, branch and lot."""

    item: str
    branch_id: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    lot: str


class StockView(msgspec.Struct, frozen=True):
    """An item at a branch over its physical places; `available` leaves out what may not be sold.

    `in_transit` is on its way to that branch: below zero while it took goods whose dispatch has not arrived here.
    """

    branch: str
    item: str
    on_hand: str
    available: str
    in_transit: str
    as_of_seq: int
    as_of: str | None
    lot: str | msgspec.UnsetType | None = msgspec.UNSET


def stock_view(row: StockFigure, now: BranchNow, *, by_lot: bool = False) -> StockView:
    """A figure as the API and the live events show it."""
    return StockView(
        row.branch, row.item, format_quantity(row.on_hand), format_quantity(row.available),
        format_quantity(row.in_transit), now.applied_seq, moment(now.as_of), row.lot if by_lot else msgspec.UNSET,
    )  # fmt: skip


def routes(office: Office) -> Sequence[Any]:
    """`GET /stock`."""

    @get("/api/v1/stock", tags=["stock"], summary="Stock by item and branch", guards=[at_least(Role.CASHIER)])
    async def stock(
        item: FromQuery[str | None] = None,
        branch: FromQuery[str | None] = None,
        detail: FromQuery[Literal["lot"] | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[StockView]:
        start = decode_cursor("stock", after, StockKey) or StockKey("", 0, "")
        most, by_lot = page_limit(limit), detail == "lot"
        now, rows = await office.read(
            lambda connection: list_figures(
                connection, after=(start.item, start.branch_id, start.lot), limit=most + 1, item=item or None,
                branch=branch or None, by_lot=by_lot,
            )
        )  # fmt: skip
        page = page_of("stock", rows, most, lambda row: StockKey(row.item, row.branch_id, row.lot or ""))
        return Page([stock_view(row, now[row.branch], by_lot=by_lot) for row in page.rows], page.next)

    return [stock]
