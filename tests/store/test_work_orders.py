"""Work orders on disk: what a killed process leaves, what is reserved in which lots, and whom completing asks."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.posting import Rejected
from gateway.store.session import Posted
from gateway.store.stock import item_overview, list_balances
from gateway.store.verify import verify_site
from gateway.store.work_orders import WorkOrder, find_work_order
from gateway.use_cases.post_document import Waiting
from gateway.use_cases.shop import Poster
from gateway.use_cases.work_order import (
    CompleteEntry,
    FinishEntry,
    OrderStands,
    StartEntry,
    WorkOrderEntry,
    cancel_work_order,
    complete_work_order,
    finish_step,
    put_work_order,
    start_step,
)
from tests.store.conftest import ADMIN, Branch, open_branch
from tests.store.test_productions import bakery, line, on_hand, posted

ORDER = uuid.UUID("019ab3c4-5d6e-7f80-9123-456789abcd07").bytes
COOK = Poster("wang", "cashier")


async def begun(branch: Branch, quantity: str = "20", **recipe: Any) -> None:
    await bakery(branch, **recipe)
    made = await put_work_order(branch.shop, "chen", ORDER, WorkOrderEntry("bread", quantity))
    assert isinstance(made, OrderStands)


async def work(branch: Branch, step: int, scrap: str = "0") -> None:
    for outcome in (
        await start_step(branch.shop, "wang", ORDER, step, StartEntry()),
        await finish_step(branch.shop, ORDER, step, FinishEntry(scrap)),
    ):
        assert isinstance(outcome, OrderStands), outcome


async def order(branch: Branch) -> WorkOrder:
    found = await branch.ledger.read(lambda connection: find_work_order(connection, ORDER))
    assert found is not None
    return found


async def stock(branch: Branch, item: str) -> list[tuple[str | None, int, int, int]]:
    rows = await branch.ledger.read(
        lambda connection: list_balances(connection, after=(0, 0, 0), limit=99, item=item, location=None)
    )
    return [(row.lot, row.on_hand, row.reserved, row.available) for row in rows]


def test_a_step_that_was_answered_stands_on_disk(tmp_path: Path) -> None:
    """Opened again, the order goes on where it was."""

    async def before() -> None:
        async with open_branch(tmp_path) as branch:
            await begun(branch)
            await work(branch, 1)
            assert isinstance(await start_step(branch.shop, "li", ORDER, 2, StartEntry()), OrderStands)

    async def after() -> None:
        async with open_branch(tmp_path, seed=8) as branch:
            found = await order(branch)
            assert (found.state, [step.operator for step in found.steps]) == ("started", ["wang", "li"])
            assert [step.finished_at is None for step in found.steps] == [False, True]
            assert await stock(branch, "flour") == [(None, 100_000, 12_000, 88_000)]
            overview = await branch.ledger.read(lambda connection: item_overview(connection, "flour"))
            assert overview is not None
            assert overview.available == 88_000

    asyncio.run(before())
    asyncio.run(after())
    assert verify_site(tmp_path).differences == ()


def test_nothing_is_reserved_before_a_step_or_after_the_last(tell: Any) -> None:
    async def story(branch: Branch) -> None:
        await begun(branch)
        assert await stock(branch, "flour") == [(None, 100_000, 0, 100_000)]
        await work(branch, 1)
        assert await stock(branch, "flour") == [(None, 100_000, 12_000, 88_000)]
        assert isinstance(await cancel_work_order(branch.shop, ORDER), OrderStands)
        assert await stock(branch, "flour") == [(None, 100_000, 0, 100_000)]
        assert isinstance(await start_step(branch.shop, "wang", ORDER, 2, StartEntry()), Rejected)

    tell(story)


def test_the_lots_that_go_first_are_reserved(tell: Any) -> None:
    """A blocked one is not; what no lot has is nobody's."""

    async def story(branch: Branch) -> None:
        await branch.item("egg", tracking="lot")
        await posted(
            branch, "goods_receipt", line("egg", "5", lot="LATE", expiry="2027-03-01"), line("egg", "3", lot="SOON", expiry="2027-01-01")
        )  # fmt: skip
        await begun(branch, components=[line("egg", "2")])
        await work(branch, 1)
        assert await stock(branch, "egg") == [("LATE", 5_000, 1_000, 4_000), ("SOON", 3_000, 3_000, 0)]

    tell(story)


def test_a_cook_completes_when_somebody_allows_it(tell: Any) -> None:
    """The request is for exactly these steps; what came of the order is posted once."""

    async def story(branch: Branch) -> None:
        await begun(branch, by_products=[])
        await work(branch, 1)
        await work(branch, 2, "2")
        asked = await complete_work_order(branch.shop, COOK, ORDER, CompleteEntry())
        assert isinstance(asked, Waiting)
        assert (await order(branch)).state == "started"
        for outcome in (
            await cancel_work_order(branch.shop, ORDER), await start_step(branch.shop, "wang", ORDER, 2, StartEntry())
        ):  # fmt: skip
            assert isinstance(outcome, Rejected), "nobody approves what was cancelled meanwhile, or went on"
            assert outcome.faults[0].code == "work_order_waits"
        made = await complete_work_order(branch.shop, ADMIN, ORDER, CompleteEntry(quantity="17"))
        assert not isinstance(made, Posted), "that is another document than the one asked for"
        assert await on_hand(branch, "flour") == 100_000

    tell(story)


def test_what_came_of_an_order_is_posted_under_its_id(tell: Any, tmp_path: Path) -> None:
    """Without a word on how much, what was ordered less what was spoilt."""

    async def story(branch: Branch) -> None:
        await begun(branch, by_products=[])
        await work(branch, 1, "1.5")
        made = await complete_work_order(branch.shop, ADMIN, ORDER, CompleteEntry())
        assert isinstance(made, Posted), made
        assert made.id == ORDER
        assert (await order(branch)).state == "completed"
        assert await on_hand(branch, "bread", "shop", "20261118") == 18_500
        assert await stock(branch, "flour") == [(None, 88_000, 0, 88_000)]
        late = await start_step(branch.shop, "wang", ORDER, 2, StartEntry())
        assert isinstance(late, Rejected)

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_all_spoilt_asks_how_much_is_good(tell: Any) -> None:
    async def story(branch: Branch) -> None:
        await begun(branch, "2")
        await work(branch, 1, "2")
        refused = await complete_work_order(branch.shop, ADMIN, ORDER, CompleteEntry())
        assert isinstance(refused, Rejected)
        assert refused.faults[0].code == "nothing_made"
        other = msgspec.convert({"recipe": "bread", "quantity": "3"}, WorkOrderEntry)
        assert isinstance(await put_work_order(branch.shop, "chen", ORDER, other), Rejected)

    tell(story)
