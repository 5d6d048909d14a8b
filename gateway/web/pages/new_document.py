"""The page on which a document is entered that another page proposed: goods of an order, or what would mend a figure.

What is proposed stands in the address or in the order; nothing is stored until a person posts it.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from sqlite3 import Connection
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from admin_ui.contexts.making import NewDocumentPage, NewLine
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.document import Adjustment, Body, GoodsReceipt, InternalIssue, WriteOff, document_type
from gateway.domain.orders import OrderState
from gateway.store.orders_asked import find_order
from gateway.web.documents import known_items
from gateway.web.orders import known_id, there
from gateway.web.pages.frame import AnyRequest, Frame
from gateway.web.receiving import receive_view

TypeName = Annotated[str, QueryParameter(name="type")]
Type = Literal["goods_receipt", "write_off", "internal_issue", "adjustment"]
_TYPES: Final[dict[str, Type]] = {
    "goods_receipt": "goods_receipt", "write_off": "write_off", "internal_issue": "internal_issue", "adjustment": "adjustment",
}  # fmt: skip
LINES_MAX: Final = 20
"""What a page proposes is a handful of lines; an order tells its own."""


def routes(frame: Frame) -> Sequence[Any]:
    """`/documents/new`."""
    branch = frame.branch

    @get("/documents/new", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def new(
        request: AnyRequest,
        caller: TheCaller,
        type_: TypeName,
        order: FromQuery[str | None] = None,
        item: FromQuery[list[str] | None] = None,
        quantity: FromQuery[list[str] | None] = None,
        unit: FromQuery[list[str] | None] = None,
        lot: FromQuery[list[str] | None] = None,
        supplier: FromQuery[str] = "",
        purpose: FromQuery[str] = "",
    ) -> Response[str]:
        chosen = _TYPES.get(type_)
        if chosen is None or (order and chosen != "goods_receipt"):
            raise ProblemRaised(make("not_found"))
        columns = (item or [], quantity or [], unit or [], lot or [])
        lines = tuple(
            NewLine(item=one[0][:64], quantity=one[1][:20], unit=one[2][:32], lot=one[3][:64])
            for one in list(zip_longest(*columns, fillvalue=""))[:LINES_MAX]
        )
        page = NewDocumentPage(type=chosen, lines=lines, supplier=supplier[:200], purpose=purpose[:32])
        if order:
            page = there(await branch.shop.ledger.read(lambda connection: _of_order(connection, known_id(order))))
        return await frame.page(request, "document_new.html", page, caller)

    def _of_order(connection: Connection, id_: bytes) -> NewDocumentPage | None:
        found = find_order(connection, id_)
        if found is None or found.state is OrderState.CLOSED:
            return None
        items = known_items(connection, (line.item for line in found.lines))
        view = receive_view(found, items, branch.config.site.currency)
        return NewDocumentPage(
            type="goods_receipt",
            lines=tuple(
                NewLine(
                    item=drafted.item, quantity=drafted.quantity, tracking=line.tracking,
                    unit=drafted.unit if isinstance(drafted.unit, str) else "",
                )
                for drafted, line in zip(view.draft.lines, view.lines, strict=True)
            ),
            order=str(view.draft.order),
            order_number=found.number,
            supplier=found.supplier,
        )  # fmt: skip

    return [new]


def address_of(body: Body) -> str | None:
    """Where a proposed document is entered; None where no page enters documents of its type."""
    if not isinstance(body, GoodsReceipt | WriteOff | InternalIssue | Adjustment):
        return None
    said: list[tuple[str, str]] = [("type", document_type(body).value)]
    for name in ("supplier", "purpose"):
        value = getattr(body, name, None)
        if isinstance(value, str) and value:
            said.append((name, str(value)))
    said += _columns(body.lines)
    return f"/documents/new?{urlencode(said)}"


def _columns(lines: Iterable[Any]) -> list[tuple[str, str]]:
    return [
        (name, value if isinstance(value := getattr(line, name), str) else "")
        for line in lines
        for name in ("item", "quantity", "unit", "lot")
    ]
