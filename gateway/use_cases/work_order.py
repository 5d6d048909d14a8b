"""Work orders: make one, begin and finish its steps, and complete it, which posts the production it was for.

Each answer stands on disk before it is given; a repeat is answered as the first time. What is known of the steps goes into the
document's own entry when the order is completed.
"""

from collections.abc import Callable

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.using import Production, ProductionLine, ProductionRole, WorkEntry
from gateway.domain.dishes import made_before
from gateway.domain.document import TEXT_MAX
from gateway.domain.fault import Fault
from gateway.domain.field_checks import WORK_STEPS_MAX
from gateway.domain.lines import not_whole
from gateway.domain.moment import text_of
from gateway.domain.posting import Rejected
from gateway.domain.recipe import Plan, grain_of
from gateway.store.pending import PendingState, find_pending
from gateway.store.session import LedgerSession, Posted
from gateway.store.work_orders import (
    CANCELLED,
    COMPLETED,
    WORK_ORDERS_OPEN_MAX,
    WorkOrder,
    WorkStepRow,
    add_work_order,
    close_posted,
    close_work_order,
    count_open,
    find_work_order,
    keep_step,
    reserve,
)
from gateway.use_cases.post_document import Answer, Exists, post_document
from gateway.use_cases.shop import Poster, Shop
from replication.wire.location import LOCATION_NAME, SHOP, is_virtual
from replication.wire.quantity import QuantityError, format_quantity, parse_quantity


class WorkOrderEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be made: `quantity` in the base unit of what the recipe makes, put to `location`."""

    recipe: str
    quantity: str
    location: str = SHOP
    note: str = ""


class FinishEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was spoilt at a step, in the base unit of what is made."""

    scrap: str = "0"


class StartEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who does the step; without it, whoever says so."""

    operator: str | UnsetType = UNSET


class UsedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What went in, or what else came out, where that is not as the recipe says."""

    item: str
    quantity: str
    unit: str | UnsetType = UNSET
    lot: str | UnsetType = UNSET
    location: str | UnsetType = UNSET


class CompleteEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of an order: `quantity` that is good, without it what was ordered less what was scrapped."""

    quantity: str | UnsetType = UNSET
    lot: str | UnsetType = UNSET
    expiry: str | UnsetType = UNSET
    components: tuple[UsedEntry, ...] = ()
    by_products: tuple[UsedEntry, ...] = ()
    note: str | UnsetType = UNSET


class UnknownOrder(msgspec.Struct, frozen=True):
    """Nobody made such an order, or it has no such step."""


class OrderStands(msgspec.Struct, frozen=True):
    """The order as it is now; `created` where it is new."""

    order: WorkOrder
    created: bool = False


Outcome = OrderStands | UnknownOrder | Rejected


def refuse(path: str, code: str, **facts: str) -> Rejected:
    return Rejected((Fault(path, code, facts),))


async def put_work_order(shop: Shop, person: str, id_: bytes, entry: WorkOrderEntry) -> OrderStands | Rejected:
    """Make an order under an id. Raises StoreBusy."""
    quantity = _quantity("quantity", entry.quantity, least=1)
    if isinstance(quantity, Rejected):
        return quantity
    if not LOCATION_NAME.fullmatch(entry.location) or is_virtual(entry.location):
        return refuse("location", "bad_location", text=entry.location[:40])
    if len(entry.note) > TEXT_MAX:
        return refuse("note", "text_out_of_range", limit=str(TEXT_MAX))

    def command(session: LedgerSession) -> OrderStands | Rejected:
        connection = session.connection
        known = find_work_order(connection, id_)
        if known is not None:
            same = (known.recipe, known.quantity, known.location, known.note)
            if same == (entry.recipe, quantity, entry.location, entry.note):
                return OrderStands(known)
            return refuse("", "work_order_differs")
        plan = session.recipe(entry.recipe)
        if plan is None:
            return refuse("recipe", "no_such_recipe", recipe=entry.recipe[:64])
        if session.find_document(id_) is not None:
            return refuse("", "work_order_differs")
        if (parted := _parted(session, plan.recipe.item, "quantity", quantity)) is not None:
            return parted
        close_posted(connection)
        if count_open(connection) >= WORK_ORDERS_OPEN_MAX:
            return refuse("", "too_many", limit=str(WORK_ORDERS_OPEN_MAX))
        steps = tuple(
            WorkStepRow(at, step.name, step.name_zh, None, None, None, 0)
            for at, step in enumerate(plan.recipe.steps, 1)
        )
        order = WorkOrder(
            0, id_, entry.recipe, plan.recipe.item, quantity, entry.location, entry.note, person, shop.clock(), None, steps
        )  # fmt: skip
        add_work_order(connection, order)
        return OrderStands(_stored(session, id_), created=True)

    return await shop.ledger.write(command)


async def start_step(shop: Shop, person: str, id_: bytes, number: int, entry: StartEntry) -> Outcome:
    """Somebody begins a step; from the first one on the components are reserved. Raises StoreBusy."""
    operator = person if entry.operator is UNSET else entry.operator
    if not 1 <= len(operator) <= WORK_STEPS_MAX:
        return refuse("operator", "text_out_of_range", limit=str(WORK_STEPS_MAX))

    def begin(session: LedgerSession, order: WorkOrder, step: WorkStepRow) -> Rejected | None:
        if step.started_at is not None:
            return None if step.operator == operator else refuse("operator", "step_started", step=step.name)
        plan = session.recipe(order.recipe)
        if plan is not None and order.state == "planned":
            reserve(session.connection, id_, _needs(session, plan, order.quantity))
        keep_step(session.connection, id_, msgspec.structs.replace(step, operator=operator, started_at=shop.clock()))
        return None

    return await _change(shop, id_, number, begin)


async def finish_step(shop: Shop, id_: bytes, number: int, entry: FinishEntry) -> Outcome:
    """A step is done. Raises StoreBusy."""
    scrap = _quantity("scrap", entry.scrap, least=0)
    if isinstance(scrap, Rejected):
        return scrap

    def finish(session: LedgerSession, order: WorkOrder, step: WorkStepRow) -> Rejected | None:
        if step.started_at is None:
            return refuse("", "step_not_started", step=step.name)
        if step.finished_at is not None:
            return None if step.scrap == scrap else refuse("scrap", "step_finished", step=step.name)
        if (parted := _parted(session, order.item, "scrap", scrap)) is not None:
            return parted
        done = msgspec.structs.replace(step, finished_at=max(shop.clock(), step.started_at), scrap=scrap)
        keep_step(session.connection, id_, done)
        return None

    return await _change(shop, id_, number, finish)


async def cancel_work_order(shop: Shop, id_: bytes) -> Outcome:
    """Nothing will be made of it. Raises StoreBusy."""

    def command(session: LedgerSession) -> Outcome:
        order = find_work_order(session.connection, id_)
        if order is None:
            return UnknownOrder()
        if order.closed == COMPLETED:
            return refuse("", "work_order_closed")
        if _waits(shop, session, id_):
            return refuse("", "work_order_waits")
        close_work_order(session.connection, id_, CANCELLED)
        return OrderStands(_stored(session, id_))

    return await shop.ledger.write(command)


async def complete_work_order(shop: Shop, poster: Poster, id_: bytes, entry: CompleteEntry) -> Answer | UnknownOrder:
    """Post what came of an order; answered like any document, by the order's id. Raises StoreBusy."""
    found = await shop.ledger.read(lambda connection: find_work_order(connection, id_))
    if found is None:
        return UnknownOrder()
    if found.closed == CANCELLED:
        return refuse("", "work_order_closed")
    body = body_of(found, entry)
    if isinstance(body, Rejected):
        return body

    def still_so(session: LedgerSession) -> tuple[Fault, ...]:
        now = find_work_order(session.connection, id_)
        return () if now is not None and (now.steps, now.closed) == (found.steps, found.closed) else (
            Fault("", "work_order_went_on"),
        )  # fmt: skip

    outcome = await post_document(shop, poster, id_, body, still_so=still_so)
    if isinstance(outcome, Posted | Exists):
        await shop.ledger.write(lambda session: close_work_order(session.connection, id_, COMPLETED))
    return outcome


def body_of(order: WorkOrder, entry: CompleteEntry) -> Production | Rejected:
    """The document an order becomes."""
    unfinished = [step for step in order.steps if step.started_at is not None and step.finished_at is None]
    if unfinished:
        return refuse("", "step_unfinished", step=unfinished[0].name)
    good = order.quantity - sum(step.scrap for step in order.steps)
    if entry.quantity is UNSET and good <= 0:
        return refuse("quantity", "nothing_made")
    item = order.item
    place = UNSET if order.location == SHOP else order.location
    quantity = format_quantity(good) if entry.quantity is UNSET else entry.quantity
    lines = [
        ProductionLine(item, quantity, role=ProductionRole.OUTPUT, location=place, lot=entry.lot, expiry=entry.expiry)
    ]
    lines += [
        ProductionLine(item, format_quantity(step.scrap), role=ProductionRole.SCRAP, step=step.name, lot=entry.lot)
        for step in order.steps if step.scrap
    ]  # fmt: skip
    for role, told in ((ProductionRole.COMPONENT, entry.components), (ProductionRole.BY_PRODUCT, entry.by_products)):
        lines += [
            ProductionLine(one.item, one.quantity, role=role, unit=one.unit, lot=one.lot, location=one.location)
            for one in told
        ]
    steps = tuple(
        WorkEntry(step.name, step.operator or "", text_of(step.started_at or 0), text_of(step.finished_at))
        for step in order.steps
        if step.finished_at is not None
    )
    return Production(lines=tuple(lines), recipe=order.recipe, steps=steps or UNSET, note=entry.note)


async def _change(
    shop: Shop, id_: bytes, number: int, change: Callable[[LedgerSession, WorkOrder, WorkStepRow], Rejected | None]
) -> Outcome:
    def command(session: LedgerSession) -> Outcome:
        order = find_work_order(session.connection, id_)
        step = None if order is None else next((one for one in order.steps if one.step == number), None)
        if order is None or step is None:
            return UnknownOrder()
        if order.closed is not None:
            return refuse("", "work_order_closed")
        if _waits(shop, session, id_):
            return refuse("", "work_order_waits")
        return change(session, order, step) or OrderStands(_stored(session, id_))

    return await shop.ledger.write(command)


def _parted(session: LedgerSession, sku: str, path: str, quantity: int) -> Rejected | None:
    """No document could say afterwards that a part of a piece was made or spoilt."""
    item = session.item(sku)
    fault = None if item is None else not_whole(path, item, quantity)
    return None if fault is None else Rejected((fault,))


def _waits(shop: Shop, session: LedgerSession, id_: bytes) -> bool:
    """Whether somebody is asked about what came of it: until that is decided it stands still."""
    pending = find_pending(session.connection, id_, shop.clock())
    return pending is not None and pending.state is PendingState.WAITING


def _needs(session: LedgerSession, plan: Plan, quantity: int) -> list[tuple[int, str, int]]:
    made = session.item(plan.recipe.item)
    before = 0 if made is None else made_before(session, made)
    needs = []
    for part in plan.parts:
        known = session.items.get(part.item)
        if known is not None:
            amount = part.between(before, quantity, grain_of(whole=known.item.whole))
            needs.append((known.item_id, plan.recipe.location or SHOP, amount))
    return needs


def _stored(session: LedgerSession, id_: bytes) -> WorkOrder:
    found = find_work_order(session.connection, id_)
    assert found is not None, "it was kept just now"
    return found


def _quantity(path: str, text: str, *, least: int) -> int | Rejected:
    try:
        quantity = parse_quantity(text)
    except QuantityError as error:
        return refuse(path, f"quantity_{error.code}", text=error.text[:40])
    return quantity if quantity >= least else refuse(path, "quantity_not_positive", text=text)
