"""A lot over all branches: what each has of it, and who blocked it. For a recall it is the first question asked."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.roles import Role
from replication.headquarters.stores.sqlite.lots import LotFigure, list_lot
from replication.headquarters.web.office import BranchNow, Office, moment
from replication.wire.quantity import format_quantity


class LotKey(msgspec.Struct, frozen=True, array_like=True):
    """A place among the items and branches that have a lot."""

    item: str
    branch_id: Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class BlockView(msgspec.Struct, frozen=True):
    """Why nobody may take goods of the lot there, who said so, and when."""

    reason: str
    person: str
    at: str | None


class LotView(msgspec.Struct, frozen=True):
    """A lot of an item at a branch; `blocked` is null where its goods may be taken. `in_transit` is on its way there."""

    branch: str
    item: str
    lot: str
    on_hand: str
    available: str
    in_transit: str
    blocked: BlockView | None
    as_of_seq: int
    as_of: str | None


def routes(office: Office) -> Sequence[Any]:
    """`GET /lots/{lot}`."""

    @get("/api/v1/lots/{lot:str}", tags=["stock"], summary="A lot at every branch", guards=[at_least(Role.CASHIER)])
    async def lots(
        lot: FromPath[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[LotView]:
        """One row of each item and branch that has, had, awaits or blocks a lot of that name."""
        start, most = decode_cursor("lots", after, LotKey) or LotKey("", 0), page_limit(limit)
        now, rows = await office.read(
            lambda connection: list_lot(connection, lot, after=(start.item, start.branch_id), limit=most + 1)
        )
        page = page_of("lots", rows, most, lambda row: LotKey(row.item, row.branch_id))
        return Page([_view(row, lot, now[row.branch]) for row in page.rows], page.next)

    return [lots]


def _view(row: LotFigure, lot: str, now: BranchNow) -> LotView:
    block = None
    if row.reason is not None:
        block = BlockView(row.reason, row.person or "", moment(row.blocked_at))
    return LotView(
        row.branch, row.item, lot, format_quantity(row.on_hand), format_quantity(row.available),
        format_quantity(row.in_transit), block, now.applied_seq, moment(now.as_of),
    )  # fmt: skip
