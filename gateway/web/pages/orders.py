"""The pages of purchase orders: the list, and one with what came of each line and what is still open."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final, get_args

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.contexts.making import OrderLine, OrderPage, OrderReceipt, OrderRow, OrdersPage
from admin_ui.contexts.making import OrderState as Shown
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.orders import Order, OrderState, Receipt
from gateway.store.orders_asked import OrderRow as Stored
from gateway.store.orders_asked import closed_by, find_order, list_orders, receipts_of
from gateway.web.document_id import write_id
from gateway.web.documents import known_items
from gateway.web.keys import SeqKey
from gateway.web.order_views import order_view
from gateway.web.orders import BEFORE_ANY, known_id, there
from gateway.web.pages.frame import AnyRequest, Frame, seconds
from replication.wire.item import Item
from replication.wire.money import minor_unit_digits

_ALL: Final = "all"
StateName = Annotated[str, QueryParameter(name="state")]
_STATES: Final[dict[OrderState, Shown]] = dict(zip(OrderState, get_args(Shown), strict=True))


def routes(frame: Frame) -> Sequence[Any]:
    """`/orders`, `/orders/rows`, `/orders/{id}`."""
    branch, manager = frame.branch, at_least(Role.MANAGER, password=True)
    currency = branch.config.site.currency

    async def rows_page(state: str, after: str | None) -> OrdersPage:
        if state not in (_ALL, *OrderState):
            raise ProblemRaised(make("not_found"))
        before = decode_cursor("orders-page", after, SeqKey) or BEFORE_ANY
        wanted = None if state == _ALL else OrderState(state)
        rows = await branch.shop.ledger.read(
            lambda connection: list_orders(connection, before=before.seq, limit=LIMIT_DEFAULT + 1, state=wanted)
        )
        page = page_of("orders-page", rows, LIMIT_DEFAULT, lambda row: SeqKey(row.seq))
        return OrdersPage(rows=tuple(_row(row, currency) for row in page.rows), next=page.next, state=state)

    @get("/orders", include_in_schema=False, guards=[manager])
    async def orders(
        request: AnyRequest, caller: TheCaller, state_: StateName = _ALL, after: FromQuery[str | None] = None
    ) -> Response[str]:
        return await frame.page(request, "orders.html", await rows_page(state_, after), caller)

    @get("/orders/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest, caller: TheCaller, state_: StateName = _ALL, after: FromQuery[str | None] = None
    ) -> Response[str]:
        return await frame.part(request, "orders_rows.html", await rows_page(state_, after), caller)

    @get("/orders/{id_text:str}", include_in_schema=False, guards=[manager])
    async def order(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        id_ = known_id(id_text)

        def query(connection: Connection) -> OrderPage | None:
            found = find_order(connection, id_)
            if found is None:
                return None
            items = known_items(connection, [*(line.item for line in found.lines), *found.beside()])
            receipts = [row.receipt for row in receipts_of(connection, id_)]
            return _page(found, currency, items, receipts, closed_by(connection, id_))

        return await frame.page(request, "order.html", there(await branch.shop.ledger.read(query)), caller)

    return [orders, more, order]


def _row(row: Stored, site_currency: str) -> OrderRow:
    currency = row.currency or site_currency
    return OrderRow(
        id=write_id(row.id), number=row.number, supplier=row.supplier, state=_STATES[row.state],
        total=_amount(row.total, currency), expected=row.expected, person=row.person, at=seconds(row.posted_at),
    )  # fmt: skip


def _amount(minor: int, currency: str) -> str:
    """An amount in a currency that need not be the site's."""
    digits = minor_unit_digits(currency)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole:,}{f'.{rest:0{digits}d}' if digits else ''}\u00a0{currency}"


def _page(
    order: Order, site_currency: str, items: dict[str, Item], receipts: list[Receipt], closed: bytes | None
) -> OrderPage:
    view = order_view(order, site_currency, (), closed)
    lines = tuple(
        _line(
            items, line.item, asked=line.quantity, asked_unit=line.unit, ordered=line.ordered, received=line.received,
            free=line.free, rejected=line.rejected, over=line.over, open=line.open, promised_free=line.promised_free,
            amount=line.site_amount,
        )
        for line in view.lines
    )  # fmt: skip
    return OrderPage(
        id=view.id, number=view.number, supplier=view.supplier, state=_STATES[order.state], currency=view.currency,
        rate=view.rate, expected=view.expected, lines=lines,
        beside=tuple(
            _line(
                items, one.item, asked="0", ordered="0", received=one.received, free=one.free, rejected=one.rejected,
                over="0", open="0",
            )
            for one in view.beside
        ),
        receipts=tuple(OrderReceipt(write_id(one.id), one.number, one.state.value) for one in receipts),
        closed_by=view.closed_by,
        may_receive=order.state is not OrderState.CLOSED and any(line.is_open for line in lines),
    )  # fmt: skip


def _line(items: dict[str, Item], sku: str, **figures: Any) -> OrderLine:
    item = items.get(sku)
    return OrderLine(
        item=sku, name=sku if item is None else item.name, name_zh=None if item is None else item.name_zh,
        unit="" if item is None else item.unit, **figures,
    )  # fmt: skip
