"""Work orders over HTTP: make one, begin and finish its steps, complete or cancel it, and look at them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import Operation, RawRoute
from admin_ui.serving.roles import Role
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.store.session import Posted
from gateway.store.work_orders import COMPLETED, WorkOrder, find_work_order, list_work_orders
from gateway.use_cases.shop import Poster
from gateway.use_cases.work_order import (
    CompleteEntry,
    FinishEntry,
    OrderStands,
    Outcome,
    StartEntry,
    UnknownOrder,
    WorkOrderEntry,
    cancel_work_order,
    complete_work_order,
    finish_step,
    put_work_order,
    start_step,
)
from gateway.web.branch import Branch
from gateway.web.change_asked import change_asked
from gateway.web.document_answers import NeedsApprovalAnswer, PostedAnswer
from gateway.web.document_id import read_id, write_id
from gateway.web.keys import PlaceKey
from gateway.web.live_shapes import WorkOrderEvent
from gateway.web.moments import moment
from gateway.web.posting import answer_of
from gateway.web.problems import refusal
from replication.wire.quantity import format_quantity

T = TypeVar("T")

_NEWEST: Final = PlaceKey(2**62)
_encode = msgspec.json.Encoder().encode
EXAMPLE_AT: Final = {"id": "019ab3c4-5d6e-7f80-9123-456789abcd07"}
EXAMPLE_STEP: Final = EXAMPLE_AT | {"step": "1"}
_ONE: Final = "/api/v1/work-orders/{id:str}"


class WorkStepView(msgspec.Struct, frozen=True):
    """A step; `scrap` was spoilt at it, in the base unit of what is made."""

    step: int
    name: str
    name_zh: str | None
    operator: str | None
    started_at: str | None
    finished_at: str | None
    scrap: str


class WorkOrderView(msgspec.Struct, frozen=True):
    """A work order; `state` is `planned`, `started`, `completed` or `cancelled`. Completed, it is the document of its id."""

    id: str
    recipe: str
    item: str
    quantity: str
    location: str
    note: str
    person: str
    created_at: str
    state: str
    steps: tuple[WorkStepView, ...]


class Cancelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more is said."""


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /work-orders`."""

    @get("/api/v1/work-orders", tags=["recipes"], summary="Work orders, newest first", guards=[at_least(Role.CASHIER)])
    async def work_orders(
        only_open: FromQuery[bool] = False,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[WorkOrderView]:
        before, most = decode_cursor("work-orders", after, PlaceKey) or _NEWEST, page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_work_orders(connection, before=before.place, limit=most + 1, only_open=only_open)
        )
        page = page_of("work-orders", rows, most, lambda row: PlaceKey(row.place))
        return Page([work_order_view(row) for row in page.rows], page.next)

    return [work_orders]


def raw_routes(branch: Branch) -> list[RawRoute]:
    """`/work-orders/{id}` and what is done with one."""
    shop = branch.shop

    async def put(person: Poster, id_: bytes, _: int, entry: WorkOrderEntry) -> Outcome:
        return await put_work_order(shop, person.person, id_, entry)

    async def start(person: Poster, id_: bytes, step: int, entry: StartEntry) -> Outcome:
        return await start_step(shop, person.person, id_, step, entry)

    async def finish(_: Poster, id_: bytes, step: int, entry: FinishEntry) -> Outcome:
        return await finish_step(shop, id_, step, entry)

    async def cancel(_: Poster, id_: bytes, __: int, entry: Cancelling) -> Outcome:
        del entry
        return await cancel_work_order(shop, id_)

    def step_route(verb: str, summary: str, work: Work[Any], request: type, example: object) -> RawRoute:
        return RawRoute(f"{_ONE}/steps/{{step:int}}/{verb}", {
            "POST": Operation(
                handler=_change(branch, work, request),
                summary=summary,
                name=f"{verb}_work_step",
                tags=["recipes"],
                request=request,
                request_example=example,
                responses={200: WorkOrderView, 404: Problem, 422: Problem},
            )
        }, EXAMPLE_STEP)  # fmt: skip

    return [
        RawRoute(_ONE, {
            "PUT": Operation(
                handler=_change(branch, put, WorkOrderEntry, Role.MANAGER),
                summary="Make a work order; it is posted under its own id when it is completed",
                name="put_work_order",
                tags=["recipes"],
                request=WorkOrderEntry,
                request_example=WorkOrderEntry("gift-wrap", "10", note="For the weekend"),
                responses={201: WorkOrderView, 200: WorkOrderView, 400: Problem, 422: Problem},
            ),
            "GET": Operation(
                handler=_get(branch),
                summary="One work order",
                name="get_work_order",
                tags=["recipes"],
                responses={200: WorkOrderView, 404: Problem},
            ),
        }, EXAMPLE_AT),
        step_route("start", "Begin a step; from the first one on, components are reserved", start, StartEntry, StartEntry("wang")),
        step_route("finish", "Finish a step, with what was spoilt at it", finish, FinishEntry, FinishEntry("1")),
        RawRoute(f"{_ONE}/complete", {
            "POST": Operation(
                handler=_complete(branch),
                summary="Post what came of a work order as a production",
                name="complete_work_order",
                tags=["recipes"],
                request=CompleteEntry,
                request_example=CompleteEntry(quantity="9"),
                responses={201: PostedAnswer, 200: PostedAnswer, 202: NeedsApprovalAnswer, 404: Problem, 422: Problem},
            )
        }, EXAMPLE_AT),
        RawRoute(f"{_ONE}/cancel", {
            "POST": Operation(
                handler=_change(branch, cancel, Cancelling, Role.MANAGER),
                summary="Nothing will be made of a work order",
                name="cancel_work_order",
                tags=["recipes"],
                responses={200: WorkOrderView, 404: Problem, 422: Problem},
            )
        }, EXAMPLE_AT),
    ]  # fmt: skip


Work = Callable[[Poster, bytes, int, T], Awaitable[Outcome]]


def _change(branch: Branch, work: Work[Any], request: type, role: Role = Role.CASHIER) -> Direct:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(request)

    async def change(scope: Any, read: ReadBody) -> Answer:
        found = await _asked(branch, scope, read, decoder, role)
        if isinstance(found, Answer):
            return found
        poster, id_, entry = found
        outcome = await work(poster, id_, int(scope["path_params"].get("step", 0)), entry)
        match outcome:
            case OrderStands(order, created):
                branch.live.publish("work_order", WorkOrderEvent(write_id(order.id), order.state))
                return Answer(201 if created else 200, _encode(work_order_view(order)))
            case UnknownOrder():
                return problem_answer(make("not_found"))
            case Rejected(faults):
                return problem_answer(refusal(branch.sentences, _status(faults), faults))

    return Direct(change)


def _complete(branch: Branch) -> Direct:
    decoder = msgspec.json.Decoder(CompleteEntry)

    async def complete(scope: Any, read: ReadBody) -> Answer:
        found = await _asked(branch, scope, read, decoder, Role.CASHIER)
        if isinstance(found, Answer):
            return found
        poster, id_, entry = found
        outcome = await complete_work_order(branch.shop, poster, id_, entry)
        if isinstance(outcome, UnknownOrder):
            return problem_answer(make("not_found"))
        if isinstance(outcome, Posted):
            branch.live.publish("work_order", WorkOrderEvent(write_id(id_), COMPLETED))
        return await answer_of(branch, id_, outcome)

    return Direct(complete)


async def _asked(
    branch: Branch, scope: Any, read: ReadBody, decoder: "msgspec.json.Decoder[T]", role: Role
) -> tuple[Poster, bytes, T] | Answer:
    """Who asks, of which order, for what; or why not."""
    asked = await change_asked(branch, scope, read, decoder, role, empty=b"{}")
    if isinstance(asked, Problem):
        return problem_answer(asked)
    poster, entry = asked
    id_ = read_id(scope["path_params"]["id"])
    if id_ is None:
        return problem_answer(refusal(branch.sentences, 400, (Fault("id", "not_a_uuid"),)))
    return poster, id_, entry


def _status(faults: tuple[Fault, ...]) -> int:
    return 400 if any(fault.code == "quantity_not_a_decimal" for fault in faults) else 422


def _get(branch: Branch) -> Direct:
    async def read_one(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        id_ = read_id(scope["path_params"]["id"])
        found = None if id_ is None else await branch.shop.ledger.read(lambda c: find_work_order(c, id_))
        return problem_answer(make("not_found")) if found is None else Answer(200, _encode(work_order_view(found)))

    return Direct(read_one)


def work_order_view(order: WorkOrder) -> WorkOrderView:
    """An order as the API shows it."""
    return WorkOrderView(
        write_id(order.id), order.recipe, order.item, format_quantity(order.quantity), order.location, order.note, order.person,
        moment(order.created_at), order.state,
        tuple(
            WorkStepView(
                step.step, step.name, step.name_zh, step.operator, None if step.started_at is None else moment(step.started_at),
                None if step.finished_at is None else moment(step.finished_at), format_quantity(step.scrap),
            )
            for step in order.steps
        ),
    )  # fmt: skip
