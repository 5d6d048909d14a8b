"""Kitchen tickets over HTTP: what each kitchen is to make, and saying that somebody has it."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make, problem
from admin_ui.serving.roles import Role
from gateway.domain.kitchen import Kitchen, lines_by_kitchen
from gateway.store.documents import load_document
from gateway.store.kitchen_tickets import Ticket, TicketState, list_tickets
from gateway.store.print_jobs import WITHDRAWN, PrintJobRow, PrintState, jobs_of
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.documents import known_items
from gateway.web.keys import PlaceKey
from gateway.web.moments import moment
from gateway.web.print_jobs import words_of
from gateway.web.problems import unsafe_ledger
from replication.wire.item import Item
from replication.wire.quantity import format_quantity

NEWEST: Final = PlaceKey(2**62)
_StateName = Annotated[
    Literal["waiting", "all"],
    QueryParameter(name="state", description="`waiting` for somebody to take them, or `all`."),
]


class TicketLine(msgspec.Struct, frozen=True):
    """What is to be made: `quantity` of `unit`."""

    item: str
    name: str
    name_zh: str | None
    quantity: str
    unit: str


class TicketPaper(msgspec.Struct, frozen=True):
    """How its newest paper is that is wanted; see `GET /print-jobs`."""

    printer: str
    state: PrintState
    code: str
    detail: str
    detail_zh: str


class TicketView(msgspec.Struct, frozen=True):
    """A ticket: `open`, `late` (not printed, or not taken in time), `taken` by a person, or `cancelled` with its sale. `number` and
    `note` are the sale's; its lines are gone where the journal was pruned."""

    ticket: str
    kitchen: str
    state: TicketState
    document: str
    number: str
    station: str | None
    note: str | None
    made_at: str
    late_at: str | None
    done_at: str | None
    person: str | None
    lines: tuple[TicketLine, ...]
    paper: TicketPaper | None


_encode = msgspec.json.Encoder().encode


def ticket_view(connection: Connection, ticket: Ticket, kitchens: Sequence[Kitchen]) -> TicketView:
    """A ticket as the API shows it."""
    sold = load_document(connection, ticket.document)
    items = {} if sold is None else known_items(connection, (line.item for line in sold.event.lines))
    made = () if sold is None else lines_by_kitchen(sold.event, kitchens, lambda sku: _category(items, sku))
    lines = next((one.lines for one in made if one.kitchen.name == ticket.kitchen), ())
    papers = [
        job
        for job in jobs_of(connection, ticket.document)
        if job.kitchen == ticket.kitchen and job.detail not in WITHDRAWN
    ]
    return TicketView(
        ticket=str(ticket.ticket),
        kitchen=ticket.kitchen,
        state=ticket.state,
        document=write_id(ticket.document),
        number="" if sold is None else sold.event.number,
        station=None if sold is None else sold.event.station,
        note=None if sold is None or sold.event.detail is None else sold.event.detail.note,
        made_at=moment(ticket.made_at),
        late_at=None if ticket.late_at is None else moment(ticket.late_at),
        done_at=None if ticket.done_at is None else moment(ticket.done_at),
        person=ticket.person,
        lines=tuple(
            TicketLine(
                line.item, line.item if line.item not in items else items[line.item].name,
                None if line.item not in items else items[line.item].name_zh, format_quantity(line.quantity),
                (None if line.detail is None else line.detail.unit) or ("" if line.item not in items else items[line.item].unit),
            )
            for line in lines
        ),
        paper=_paper(papers[0]) if papers else None,
    )  # fmt: skip


def _category(items: dict[str, Item], sku: str) -> str | None:
    return items[sku].category if sku in items else None


def _paper(job: PrintJobRow) -> TicketPaper:
    return TicketPaper(job.printer, job.state, job.detail, *words_of(job.detail))


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /kitchen-tickets`."""

    @get(
        "/api/v1/kitchen-tickets",
        tags=["kitchen"],
        summary="Kitchen tickets, newest first",
        guards=[at_least(Role.CASHIER)],
    )
    async def tickets(
        state_: _StateName = "waiting",
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[TicketView]:
        start, most = decode_cursor("kitchen-tickets", after, PlaceKey) or NEWEST, page_limit(limit)
        kitchens = branch.kitchen.kitchens

        def query(connection: Connection) -> list[tuple[int, TicketView]]:
            rows = list_tickets(connection, waiting=state_ == "waiting", before=start.place, limit=most + 1)
            return [(one.ticket, ticket_view(connection, one, kitchens)) for one in rows]

        page = page_of("kitchen-tickets", await branch.shop.ledger.read(query), most, lambda row: PlaceKey(row[0]))
        return Page([view for _, view in page.rows], page.next)

    return [tickets]


def post_take(branch: Branch) -> Direct:
    """`POST /kitchen-tickets/{ticket}/take`: the first who says so stands."""

    async def take(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        found = await branch.kitchen.take(scope["path_params"]["ticket"], caller.person)
        if found is None:
            return problem_answer(make("not_found"))
        if found.state is TicketState.CANCELLED:
            return problem_answer(_cancelled())
        kitchens = branch.kitchen.kitchens
        view = await branch.shop.ledger.read(lambda connection: ticket_view(connection, found, kitchens))
        return Answer(200, _encode(view))

    return Direct(take)


def _cancelled() -> Problem:
    return problem(
        409,
        "ticket_cancelled",
        title="The sale was taken back",
        title_zh="销售已取消",
        detail="Do not make it: its sale was taken back after the ticket was printed.",
        detail_zh="请勿制作：出单后该笔销售已取消。",
    )
