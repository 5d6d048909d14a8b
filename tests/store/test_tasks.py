"""A negative sale opens a follow-up task, which closes itself when the cause is booked."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from gateway.store import tasks
from gateway.store.session import Posted
from gateway.store.stock import list_balances
from gateway.store.tasks import follow_tasks, write_tasks
from gateway.use_cases import watch_alerts
from gateway.use_cases.shop import Poster
from tests.store.alert_desk import Desk
from tests.store.conftest import Branch, Story
from tests.store.test_worths import line, posted

Tell = Callable[[Story], None]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pieces nobody sells here."""
    monkeypatch.setattr(watch_alerts, "PAUSE_SECONDS", 0)


async def sold(branch: Branch, item: str, quantity: str, **more: Any) -> Posted:
    """A sale that had happened already: the goods are gone, whatever the book says."""
    body = {"type": "sale", "lines": [line(item, quantity, **more)], "station": "till-1", "settled": True}
    answer = await branch.post(body, poster=Poster("lin", "cashier", may_settle=True))
    assert isinstance(answer, Posted), answer
    return answer


def test_a_task_names_the_sale_and_closes_with_the_receipt(tell: Tell) -> None:
    """Opened by the first sale below zero, deepened by the next, still open at −1, closed at 0 by the document that did it."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("sauce")
        await posted(branch, "opening_balance", line("sauce", "2"))
        await sold(branch, "sauce", "2")
        await desk.look()
        assert await desk.tasks() == []
        first = await sold(branch, "sauce", "3")
        await sold(branch, "sauce", "1")
        await desk.look()
        (task,) = await desk.tasks()
        assert (task.document, task.person, task.station, task.type) == (first.id, "lin", "till-1", "sale")
        assert (task.quantity, task.lowest, task.number) == (-4_000, -4_000, first.number)
        await posted(branch, "goods_receipt", line("sauce", "3"))
        await desk.look()
        assert [one.quantity for one in await desk.tasks()] == [-1_000]
        receipt = await posted(branch, "goods_receipt", line("sauce", "1"))
        await desk.look()
        assert await desk.tasks() == []
        (closed,) = await desk.tasks(is_open=False)
        assert (closed.closed_by, closed.lowest, closed.quantity) == (receipt.id, -4_000, 0)
        assert [one.closed_at is None for one in desk.tasks_told] == [True, False]

    tell(story)


def test_a_dip_between_two_looks_is_still_a_task(tell: Tell) -> None:
    """Sold at −1 and booked a minute later, both before anybody looked: opened and closed, so that it is known."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("sauce")
        await sold(branch, "sauce", "1")
        await posted(branch, "goods_receipt", line("sauce", "5"))
        await desk.look()
        (closed,) = await desk.tasks(is_open=False)
        assert (closed.lowest, closed.quantity) == (-1_000, 4_000)

    tell(story)


def test_goods_that_nobody_can_sell_make_no_task(tell: Tell) -> None:
    """Below zero at the supplier or in scrap is how a book works."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("cup")
        await posted(branch, "goods_receipt", line("cup", "5"))
        await posted(branch, "write_off", line("cup", "5"), reason="Broken")
        await desk.look()
        assert await desk.tasks(is_open=None) == []

    tell(story)


async def random_days(branch: Branch, desk: Desk, seed: int, *, steps: int = 60) -> None:
    """Sales, receipts and counts of three items, looked at now and then."""
    chance = random.Random(seed)
    for number in range(3):
        await branch.item(f"i{number}")
    for _ in range(steps):
        sku, quantity = f"i{chance.randrange(3)}", str(chance.randint(1, 4))
        if chance.random() < 0.6:
            await sold(branch, sku, quantity)
        else:
            await posted(branch, "goods_receipt", line(sku, quantity))
        if chance.random() < 0.2:
            await desk.look()
    await desk.look()


async def figures(desk: Desk) -> list[tuple[Any, ...]]:
    """Every task but its place and when it was closed."""
    rows = await desk.tasks(is_open=None)
    return sorted((one.document, one.item, one.lowest, one.closed_by, one.closed_at is None) for one in rows)


@pytest.mark.parametrize("seed", range(4))
def test_open_tasks_are_the_cells_below_zero_however_often_one_looks(tell: Tell, seed: int) -> None:
    """Looked at in between or once at the end: the same tasks, opened and closed by the same documents."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await random_days(branch, desk, seed)
        below = {
            (row.item, row.on_hand)
            for row in await branch.ledger.read(
                lambda c: list_balances(c, after=(0, 0, 0), limit=1000, item=None, location="shop")
            )
            if row.on_hand < 0
        }
        assert {(one.item, one.quantity) for one in await desk.tasks()} == below
        stepped = await figures(desk)
        for statement in ("DELETE FROM tasks", "UPDATE tasks_followed SET seq = 0, hash = zeroblob(32)"):
            await branch.ledger.write(lambda session, told=statement: session.connection.execute(told))  # type: ignore[misc]
        desk.restart()
        await desk.look()
        assert await figures(desk) == stepped

    tell(story)


@pytest.mark.parametrize("seed", range(3))
def test_where_the_ground_moved_the_balances_tell(tell: Tell, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an epoch, or too many entries at once: each open task names the posting that the walk finds, closed ones stay."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await random_days(branch, desk, seed)
        stepped = await figures(desk)
        await branch.ledger.write(
            lambda session: session.connection.execute("DELETE FROM tasks WHERE closed_at IS NULL")
        )
        await branch.ledger.write(
            lambda session: session.connection.execute("UPDATE tasks_followed SET hash = zeroblob(32)")
        )
        desk.restart()
        await desk.look()
        again = {row[:2] + row[3:] for row in await figures(desk)}
        assert again == {row[:2] + row[3:] for row in stepped}
        monkeypatch.setattr(tasks, "STEP_ENTRIES", 0)
        for number in range(3):
            await posted(branch, "goods_receipt", line(f"i{number}", "500"))
        await desk.look()
        assert await desk.tasks() == []

    tell(story)


def test_an_everyday_sale_costs_no_commit(tell: Tell) -> None:
    """Where it stands is kept with the next task, and found again after a restart."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("sauce")
        await posted(branch, "opening_balance", line("sauce", "2"))
        await posted(branch, "sale", line("sauce", "1"))
        await desk.look()
        before = await branch.ledger.read(lambda c: c.execute("SELECT seq FROM tasks_followed").fetchone())
        await sold(branch, "sauce", "2")
        desk.restart()
        await desk.look()
        after = await branch.ledger.read(lambda c: c.execute("SELECT seq FROM tasks_followed").fetchone())
        assert (before[0], after[0], len(await desk.tasks())) == (0, 4, 1)

    tell(story)


def test_a_step_that_somebody_else_kept_is_dropped(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        await branch.item("sauce")
        await sold(branch, "sauce", "1")
        step = await branch.ledger.read(lambda c: follow_tasks(c, 0))
        assert step is not None
        kept = [await branch.ledger.write(lambda session: write_tasks(session.connection, step)) for _ in range(2)]
        assert [len(places) for places in kept] == [1, 0]
        assert await branch.ledger.read(lambda c: follow_tasks(c, 0)) is None

    tell(story)
