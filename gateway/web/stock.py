"""Stock and movements over HTTP. Quantities are decimal strings in the item's base unit."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.items import load_item
from gateway.store.stock import BalanceRow, MovementRow, list_balances, list_movements, stock_head
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.keys import CellKey, MovementKey
from gateway.web.moments import moment
from replication.wire.quantity import format_quantity


class StockView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item at one location and lot, as the ledger stood at `as_of_seq`; `reserved`, where there is any, is what started work
    orders, and documents that wait for approval, will still take."""

    item: str
    location: str
    lot: str | None
    on_hand: str
    available: str
    as_of_seq: int
    reserved: str | None = None


class MovementView(msgspec.Struct, frozen=True):
    """One movement; `quantity` is signed, `balance` is the item over the branch's physical stock after it."""

    seq: int
    document: str
    type: str
    number: str
    quantity: str
    balance: str
    location: str
    lot: str | None
    person: str
    station: str | None
    posted_at: str


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /stock` and `GET /items/{sku}/movements`."""

    @get("/api/v1/stock", tags=["stock"], summary="Stock by item, location and lot", guards=[at_least(Role.CASHIER)])
    async def stock(
        item: FromQuery[str | None] = None,
        location: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[StockView]:
        start = decode_cursor("stock", after, CellKey) or CellKey(0, 0, 0)
        most = page_limit(limit)

        def query(connection: Connection) -> tuple[int, list[BalanceRow]]:
            key = (start.item_id, start.location_id, start.lot_id)
            rows = list_balances(
                connection, after=key, limit=most + 1, item=item or None, location=location or None,
                today=branch.shop.calendar.today(),
            )  # fmt: skip
            return stock_head(connection), rows

        head, rows = await branch.shop.ledger.read(query)
        page = page_of("stock", rows, most, lambda row: CellKey(*row.key))
        return Page([_stock_view(row, head) for row in page.rows], page.next)

    @get(
        "/api/v1/items/{sku:str}/movements",
        tags=["stock"],
        summary="An item's movements, newest first",
        guards=[at_least(Role.CASHIER)],
    )
    async def movements(
        sku: FromPath[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[MovementView]:
        start = decode_cursor("movements", after, MovementKey)
        before = None if start is None else start.movement_id
        most = page_limit(limit)

        def query(connection: Connection) -> list[MovementRow] | None:
            if load_item(connection, sku) is None:
                return None
            return list_movements(connection, sku, before=before, limit=most + 1)

        rows = await branch.shop.ledger.read(query)
        if rows is None:
            raise ProblemRaised(make("not_found"))
        page = page_of("movements", rows, most, lambda row: MovementKey(row.key))
        return Page([_movement_view(row) for row in page.rows], page.next)

    return [stock, movements]


def _stock_view(row: BalanceRow, head: int) -> StockView:
    return StockView(
        row.item,
        row.location,
        row.lot,
        format_quantity(row.on_hand),
        format_quantity(row.available),
        head,
        format_quantity(row.reserved) if row.reserved else None,
    )


def _movement_view(row: MovementRow) -> MovementView:
    return MovementView(
        row.seq, write_id(row.document), row.type, row.number, format_quantity(row.quantity), format_quantity(row.balance),
        row.location, row.lot, row.person, row.station, moment(row.posted_at),
    )  # fmt: skip
