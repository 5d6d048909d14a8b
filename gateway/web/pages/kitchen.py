"""The kitchen's page: tickets that nobody took yet, and those before, newest first."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.kitchen import KitchenLine, KitchenPage, KitchenTicket
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.kitchen_tickets import list_tickets, load_ticket
from gateway.store.print_jobs import PrintState
from gateway.web.keys import PlaceKey
from gateway.web.kitchen import NEWEST, TicketView, ticket_view
from gateway.web.pages.frame import AnyRequest, Frame, language_of
from replication.wire.quantity import parse_quantity, shortest

CARDS: Final = 30
"""As many as a cook sees without looking for them; more come by *More*."""


def routes(frame: Frame) -> Sequence[Any]:
    """`/kitchen`, `/kitchen/rows`."""
    branch, anybody = frame.branch, at_least(Role.CASHIER)
    kitchens = branch.kitchen.kitchens

    async def page_of_tickets(request: AnyRequest, tab: str, after: str | None, only: int | None) -> KitchenPage:
        if tab not in ("waiting", "all"):
            raise ProblemRaised(make("not_found"))
        start = decode_cursor("kitchen", after, PlaceKey) or NEWEST

        def query(connection: Connection) -> list[TicketView]:
            if only is None:
                found = list_tickets(connection, waiting=tab == "waiting", before=start.place, limit=CARDS + 1)
            else:
                one = load_ticket(connection, only)
                found = [] if one is None else [one]
            return [ticket_view(connection, one, kitchens) for one in found]

        page = page_of("kitchen", await branch.shop.ledger.read(query), CARDS, lambda row: PlaceKey(int(row.ticket)))
        zh = language_of(request) == "zh"
        rows = tuple(_ticket(view, zh=zh) for view in page.rows)
        return KitchenPage(
            tab="waiting" if tab == "waiting" else "all", rows=rows, next=page.next, after=after is not None
        )

    @get("/kitchen", include_in_schema=False, guards=[anybody])
    async def page(
        request: AnyRequest, caller: TheCaller, tab: FromQuery[str] = "waiting", after: FromQuery[str | None] = None
    ) -> Response[str]:
        return await frame.page(request, "kitchen.html", await page_of_tickets(request, tab, after, None), caller)

    @get("/kitchen/rows", include_in_schema=False, guards=[anybody])
    async def one(
        request: AnyRequest, caller: TheCaller, only: FromQuery[int], tab: FromQuery[str] = "waiting"
    ) -> Response[str]:
        """One card as it is now."""
        return await frame.part(request, "kitchen_rows.html", await page_of_tickets(request, tab, None, only), caller)

    return [page, one]


def _ticket(view: TicketView, *, zh: bool) -> KitchenTicket:
    paper = view.paper
    in_order = paper is None or paper.state is PrintState.PRINTED
    trouble = "" if paper is None or in_order else (paper.detail_zh if zh else paper.detail)
    return KitchenTicket(
        ticket=view.ticket,
        kitchen=view.kitchen,
        state=view.state.value,
        document=view.document,
        number=view.number,
        station=view.station,
        note=view.note,
        made_at=view.made_at,
        done_at=view.done_at,
        person=view.person,
        printer=None if paper is None else paper.printer,
        trouble=trouble,
        lines=tuple(
            KitchenLine(
                name=line.name, name_zh=line.name_zh, quantity=shortest(parse_quantity(line.quantity)), unit=line.unit
            )
            for line in view.lines
        ),
    )
