"""The order book over HTTP: what is on order, what came of it, and what a receipt of the rest begins with."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final, TypeVar

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make, unknown_value
from admin_ui.serving.roles import Role
from gateway.domain.fault import Fault
from gateway.domain.orders import OrderState
from gateway.store.orders_asked import (
    closed_by,
    documents_about,
    find_order,
    find_receipt,
    list_orders,
    receipts_of,
)
from gateway.web.branch import Branch
from gateway.web.document_id import read_id
from gateway.web.documents import known_items
from gateway.web.keys import SeqKey
from gateway.web.order_views import OrderListRow, OrderView, ReceiptView, list_row, order_view, receipt_view
from gateway.web.problems import refusal
from gateway.web.receiving import ReceiveView, receive_view

T = TypeVar("T")

BEFORE_ANY: Final = SeqKey(2**62)
StateName = Annotated[str | None, QueryParameter(name="state", description=f"One of: {', '.join(OrderState)}.")]
SupplierName = Annotated[str | None, QueryParameter(name="supplier", description="As the order spells it.")]


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /orders`, `/orders/{id}`, `/orders/{id}/receive` and `/receipts/{id}`."""
    currency = branch.config.site.currency

    @get("/api/v1/orders", tags=["buying"], summary="Purchase orders, newest first", guards=[at_least(Role.CASHIER)])
    async def orders(
        state_: StateName = None,
        supplier: SupplierName = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[OrderListRow]:
        state, most = read_state(state_), page_limit(limit)
        before = decode_cursor("orders", after, SeqKey) or BEFORE_ANY
        rows = await branch.shop.ledger.read(
            lambda connection: list_orders(
                connection, before=before.seq, limit=most + 1, state=state, supplier=supplier or None
            )
        )
        page = page_of("orders", rows, most, lambda row: SeqKey(row.seq))
        return Page([list_row(row, currency) for row in page.rows], page.next)

    @get("/api/v1/orders/{id_text:str}", tags=["buying"], summary="A purchase order with what came of it",
         guards=[at_least(Role.CASHIER)])  # fmt: skip
    async def order(id_text: FromPath[str]) -> OrderView:
        id_ = known_id(id_text)

        def query(connection: Connection) -> OrderView | None:
            found = find_order(connection, id_)
            if found is None:
                return None
            receipts = tuple(
                receipt_view(row.receipt, documents_about(connection, row.receipt.id))
                for row in receipts_of(connection, id_)
            )
            return order_view(found, currency, receipts, closed_by(connection, id_))

        return there(await branch.shop.ledger.read(query))

    @get("/api/v1/orders/{id_text:str}/receive", tags=["buying"], summary="A goods receipt of all that is open, to begin with",
         guards=[at_least(Role.CASHIER)])  # fmt: skip
    async def receive(id_text: FromPath[str]) -> ReceiveView:
        id_ = known_id(id_text)

        def query(connection: Connection) -> ReceiveView | Fault | None:
            found = find_order(connection, id_)
            if found is None:
                return None
            if found.state is OrderState.CLOSED:
                return Fault("", "order_closed", {"number": found.number})
            return receive_view(found, known_items(connection, (line.item for line in found.lines)), currency)

        view = await branch.shop.ledger.read(query)
        if isinstance(view, Fault):
            raise ProblemRaised(refusal(branch.sentences, 422, (view,)))
        return there(view)

    @get("/api/v1/receipts/{id_text:str}", tags=["buying"], summary="What became of the goods of a goods receipt",
         guards=[at_least(Role.CASHIER)])  # fmt: skip
    async def receipt(id_text: FromPath[str]) -> ReceiptView:
        id_ = known_id(id_text)

        def query(connection: Connection) -> ReceiptView | None:
            found = find_receipt(connection, id_)
            return None if found is None else receipt_view(found, documents_about(connection, id_))

        return there(await branch.shop.ledger.read(query))

    return [orders, order, receive, receipt]


def there(view: T | None) -> T:
    """What a path names; nothing is told as that."""
    if view is None:
        raise ProblemRaised(make("not_found"))
    return view


def known_id(text: str) -> bytes:
    """An id in a path; what is none names nothing."""
    found = read_id(text)
    if found is None:
        raise ProblemRaised(make("not_found"))
    return found


def read_state(text: str | None) -> OrderState | None:
    """A state by its name; a misspelt one is refused."""
    if not text:
        return None
    try:
        return OrderState(text)
    except ValueError as error:
        raise ProblemRaised(unknown_value("state", text)) from error
