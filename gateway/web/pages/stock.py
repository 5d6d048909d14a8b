"""The stock list and the panel that looks into one item."""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.stock import (
    DaySold,
    ItemMovement,
    PeekPage,
    StockCounts,
    StockPage,
    StockRow,
    StockRowsPage,
    StockState,
)
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.stock import (
    Level,
    MovementRow,
    OverviewRow,
    count_levels,
    item_overview,
    list_movements,
    list_overview,
    sold_since,
    stock_head,
)
from gateway.store.takings import first_seq_of_slot
from gateway.store.worths import DayTurnover, turnover_of
from gateway.web.document_id import write_id
from gateway.web.items import SEARCH_CHARACTERS_MAX
from gateway.web.keys import NameKey
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds
from replication.wire.name_order import NameOrder, order_of, place_of
from replication.wire.quantity import format_quantity

DAYS = 14
EPOCH = dt.date(1970, 1, 1)
MOVEMENTS = 20
"""What the panel shows without scrolling for long; the rest is the API's."""


class _Look(msgspec.Struct):
    """What the panel needs from the ledger. What is made when it is sold leaves no shelf: `made` says how many of it were, by day."""

    row: OverviewRow
    head: int
    movements: list[MovementRow]
    sold: list[tuple[int, int]]
    made: list[DayTurnover]


def _place(order: NameOrder, row: OverviewRow) -> NameKey:
    return NameKey(place_of(order, row.item.name, row.item.name_zh), row.item_id)


def routes(frame: Frame) -> Sequence[Any]:
    """`/stock`, `/stock/rows`, `/stock/{sku}/peek`."""
    branch = frame.branch
    manager = at_least(Role.MANAGER, password=True)

    async def rows_of(
        request: AnyRequest, level: Level, q: str, after: str | None
    ) -> tuple[tuple[StockRow, ...], str | None, dict[Level, int]]:
        start = decode_cursor("stock-page", after, NameKey) or NameKey("", 0)
        search, order = q.strip()[:SEARCH_CHARACTERS_MAX], order_of(language_of(request))

        def query(connection: Connection) -> tuple[list[OverviewRow], int, dict[Level, int]]:
            rows = list_overview(
                connection, level=level, search=search, after=(start.name, start.item_id), limit=LIMIT_DEFAULT + 1,
                order=order,
            )  # fmt: skip
            return rows, stock_head(connection), count_levels(connection)

        rows, head, counts = await branch.shop.ledger.read(query)
        page = page_of("stock-page", rows, LIMIT_DEFAULT, lambda row: _place(order, row))
        return tuple(_row(row, head) for row in page.rows), page.next, counts

    @get("/stock", include_in_schema=False, guards=[manager])
    async def stock(
        request: AnyRequest,
        caller: TheCaller,
        tab: FromQuery[str] = "all",
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
        peek: FromQuery[str | None] = None,
    ) -> Response[str]:
        level = _level(tab)
        rows, next_, counts = await rows_of(request, level, q, after)
        page = StockPage(
            rows=rows,
            next=next_,
            tab=level.value,
            q=q.strip()[:SEARCH_CHARACTERS_MAX],
            counts=StockCounts(counts[Level.ALL], counts[Level.LOW], counts[Level.OUT], counts[Level.NEGATIVE]),
            after=after or "",
            peek=peek,
        )
        return await frame.page(request, "stock.html", page, caller)

    @get("/stock/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        tab: FromQuery[str] = "all",
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        level = _level(tab)
        rows, next_, _ = await rows_of(request, level, q, after)
        page = StockRowsPage(rows=rows, next=next_, tab=level.value, q=q.strip(), after=after or "")
        return await frame.part(request, "stock_rows.html", page, caller)

    @get("/stock/{sku:str}/peek", include_in_schema=False, guards=[manager])
    async def peek_into(request: AnyRequest, caller: TheCaller, sku: FromPath[str]) -> Response[str]:
        first_day = frame.today() - dt.timedelta(days=DAYS - 1)
        first_slot = frame.slot_of(first_day)

        def query(connection: Connection) -> _Look | None:
            row = item_overview(connection, sku)
            if row is None:
                return None
            head, movements = stock_head(connection), list_movements(connection, sku, limit=MOVEMENTS)
            if row.made:
                since = (first_day - EPOCH).days
                return _Look(row, head, movements, [], turnover_of(connection, sku, since, since + DAYS - 1))
            sold = sold_since(connection, sku, first_seq_of_slot(connection, first_slot))
            return _Look(row, head, movements, sold, [])

        look = await branch.shop.ledger.read(query)
        if look is None:
            raise ProblemRaised(make("not_found"))
        return await frame.part(request, "stock_peek.html", _peek(frame, look, first_day), caller)

    return [stock, more, peek_into]


def _level(tab: str) -> Level:
    try:
        return Level(tab)
    except ValueError:
        raise ProblemRaised(make("not_found")) from None


def _state(row: OverviewRow) -> StockState:
    if row.on_hand < 0:
        return "negative"
    if row.on_hand == 0:
        return "made" if row.made else "out"
    return "low" if row.item.low_below is not None and row.on_hand < row.item.low_below else "ok"


def _row(row: OverviewRow, head: int) -> StockRow:
    item = row.item
    return StockRow(
        sku=item.sku,
        name=item.name,
        name_zh=item.name_zh,
        category=item.category,
        category_zh=item.category_zh,
        barcode=item.barcodes[0] if item.barcodes else None,
        unit=item.unit,
        on_hand=format_quantity(row.on_hand),
        available=format_quantity(row.available),
        low_below=None if item.low_below is None else format_quantity(item.low_below),
        state=_state(row),
        made=row.made,
        price=item.price,
        last_moved=None if row.last_moved is None else seconds(row.last_moved),
        as_of_seq=head,
        parts=row.parts,
    )


def _peek(frame: Frame, look: _Look, first_day: dt.date) -> PeekPage:
    item = look.row.item
    sold = {first_day + dt.timedelta(days=number): 0 for number in range(DAYS)}
    for at, quantity in look.sold:
        day = frame.local(at).date()
        if day in sold:
            sold[day] += quantity
    for one in look.made:
        sold[EPOCH + dt.timedelta(days=one.day)] += one.sold
    return PeekPage(
        sku=item.sku,
        name=item.name,
        name_zh=item.name_zh,
        unit=item.unit,
        price=item.price,
        weighed=item.weighed,
        barcodes=item.barcodes,
        category=item.category,
        category_zh=item.category_zh,
        on_hand=format_quantity(look.row.on_hand),
        available=format_quantity(look.row.available),
        low_below=None if item.low_below is None else format_quantity(item.low_below),
        state=_state(look.row),
        as_of_seq=look.head,
        days=tuple(DaySold(day.isoformat(), format_quantity(quantity)) for day, quantity in sold.items()),
        movements=tuple(
            ItemMovement(
                seq=move.seq,
                document=write_id(move.document),
                type=move.type,
                number=move.number,
                quantity=format_quantity(move.quantity),
                balance=format_quantity(move.balance),
                station=move.station,
                person=move.person,
                at=seconds(move.posted_at),
                lot=move.lot,
            )
            for move in look.movements
        ),
        applied_seq=frame.branch.replication().applied_seq,
        can_adjust=frame.branch.damage is None,
    )
