"""What goods are worth follows the journal: after every step it is what a fold of all of it says."""

import asyncio
import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

from gateway.domain.calendar import Calendar
from gateway.domain.costing import MILLIONTHS, unit_cost
from gateway.domain.till_money import TillMoney
from gateway.store import worths
from gateway.store.documents import load_document
from gateway.store.session import Posted
from gateway.store.worths import (
    DAY_MILLISECONDS,
    fold_step,
    sales_by_day,
    site_day,
    turnover_of,
    worth_of,
    write_step,
)
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.shop import Poster
from tests.store.conftest import START, Branch, Story

Tell = Callable[[Story], None]
DAY = START // DAY_MILLISECONDS


def line(item: str, quantity: str, **more: Any) -> dict[str, Any]:
    """A line with an item and a quantity."""
    return {"item": item, "quantity": quantity} | more


async def posted(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    """Post a document; it must be taken."""
    answer = await branch.post({"type": type_, "lines": list(lines)} | more)
    assert isinstance(answer, Posted), answer
    return answer


async def rows(branch: Branch) -> list[tuple[Any, ...]]:
    """Everything the follower keeps."""
    return await branch.ledger.read(
        lambda connection: [
            *connection.execute("SELECT 'v', * FROM valuations ORDER BY 2"),
            *connection.execute("SELECT 't', * FROM turnovers ORDER BY 2, 3"),
            *connection.execute("SELECT 'f', * FROM followed"),
        ]
    )


def test_a_cost_of_nothing_is_a_cost(tell: Tell) -> None:
    """Ten at 1.00, ten more that cost nothing, as the order said: twenty at 0.50, and the document says 0."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await posted(branch, "goods_receipt", line("tea", "10", cost=100))
        order = await posted(branch, "purchase_order", line("tea", "10", cost=0), supplier="Wu")
        gift = await posted(branch, "goods_receipt", line("tea", "10"), order=str(uuid.UUID(bytes=order.id)))
        await JournalFollower(branch.shop).catch_up()
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "tea"))
        assert unit_cost(worth.valuation) == 50 * MILLIONTHS
        stored = await branch.ledger.read(lambda connection: load_document(connection, gift.id))
        assert stored is not None
        assert stored.event.lines[0].detail is not None
        assert stored.event.lines[0].detail.cost == 0

    tell(story)


def test_a_sale_earns_its_price_less_the_average_cost(tell: Tell) -> None:
    """10 at 1.00 and 10 at 2.00, five sold at 2.50: cost 7.50, revenue 12.50, fifteen left at 1.50."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await posted(branch, "goods_receipt", line("tea", "10", cost=100))
        await posted(branch, "goods_receipt", line("tea", "10", cost=200))
        await posted(branch, "sale", line("tea", "5"))
        await JournalFollower(branch.shop).catch_up()
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "tea"))
        assert (worth.valuation.quantity, unit_cost(worth.valuation)) == (15_000, 150 * MILLIONTHS)
        (day,) = await branch.ledger.read(lambda connection: turnover_of(connection, "tea", DAY - 1, DAY))
        assert (day.sold, day.revenue, day.cost, day.issued) == (5_000, 1250, 750 * MILLIONTHS, 5_000)

    tell(story)


def test_a_pack_is_worth_what_is_in_it(tell: Tell) -> None:
    """Two boxes of 24 at 12.00: one piece is worth 0.50."""

    async def story(branch: Branch) -> None:
        await branch.item("soap", packs=({"unit": "box", "factor": 24},))
        await posted(branch, "goods_receipt", line("soap", "2", unit="box", cost=1200))
        await JournalFollower(branch.shop).catch_up()
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "soap"))
        assert unit_cost(worth.valuation) == 50 * MILLIONTHS

    tell(story)


def test_a_return_to_the_shelf_is_less_sold(tell: Tell) -> None:
    """Two sold and one back: one sold, and the shelf is worth what it was, less one."""

    async def story(branch: Branch) -> None:
        await branch.item("cup")
        await posted(branch, "goods_receipt", line("cup", "4", cost=100))
        sale = await posted(branch, "sale", line("cup", "2"))
        await posted(branch, "sale_return", line("cup", "1"), original=sale.id.hex())
        await JournalFollower(branch.shop).catch_up()
        (day,) = await branch.ledger.read(lambda connection: turnover_of(connection, "cup", DAY, DAY))
        assert (day.sold, day.revenue, day.cost) == (1_000, 250, 100 * MILLIONTHS)

    tell(story)


def test_goods_sold_before_they_were_booked_earn_what_they_cost_in_the_end(tell: Tell) -> None:
    """Two sold at 2.50 with nothing on hand and no cost known; then ten come at 1.00: cost 0, and 2.00 put right that day."""

    async def story(branch: Branch) -> None:
        await branch.item("ice")
        body = {"type": "sale", "lines": [line("ice", "2")], "settled": True}
        assert isinstance(await branch.post(body, poster=Poster("lin", "cashier", may_settle=True)), Posted)
        await posted(branch, "goods_receipt", line("ice", "10", cost=100))
        await JournalFollower(branch.shop).catch_up()
        (day,) = await branch.ledger.read(lambda connection: turnover_of(connection, "ice", DAY, DAY))
        assert (day.revenue, day.sold_cost, day.revalued) == (500, 0, 200 * MILLIONTHS)
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "ice"))
        assert (worth.valuation.quantity, worth.valuation.value) == (8_000, 800 * MILLIONTHS)

    tell(story)


def test_what_is_taken_back_was_neither_sold_nor_bought(tell: Tell) -> None:
    """A sale and a receipt with a slip in its cost, both reversed: nothing sold, and the average is that of the true receipt."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await posted(branch, "goods_receipt", line("tea", "10", cost=100))
        slip = await posted(branch, "goods_receipt", line("tea", "10", cost=1000))
        await posted(branch, "reversal", original=str(uuid.UUID(bytes=slip.id)), reason="A digit too many")
        sale = await posted(branch, "sale", line("tea", "4"))
        await posted(branch, "reversal", original=str(uuid.UUID(bytes=sale.id)), reason="Wrong customer")
        await JournalFollower(branch.shop).catch_up()
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "tea"))
        assert (worth.valuation.quantity, unit_cost(worth.valuation)) == (10_000, 100 * MILLIONTHS)
        (day,) = await branch.ledger.read(lambda connection: turnover_of(connection, "tea", DAY, DAY))
        assert (day.sold, day.revenue, day.sold_cost, day.issued, day.cost, day.revalued) == (0, 0, 0, 0, 0, 0)

    tell(story)


def test_what_leaves_otherwise_is_no_cost_of_sales(tell: Tell) -> None:
    """Two written off and one sold: the margin knows of one."""

    async def story(branch: Branch) -> None:
        await branch.item("cup")
        await posted(branch, "goods_receipt", line("cup", "10", cost=100))
        await posted(branch, "write_off", line("cup", "2"), reason="Broken")
        await posted(branch, "sale", line("cup", "1"))
        await JournalFollower(branch.shop).catch_up()
        (day,) = await branch.ledger.read(lambda connection: sales_by_day(connection, DAY, DAY, 9))
        assert (day.revenue, day.cost, day.revalued) == (250, 100 * MILLIONTHS, 0)

    tell(story)


def test_tax_is_not_earned(tell: Tell) -> None:
    """5.65 with 13 % in it earns 5.00, over two lines to the minor unit; 抹零 of 5 is not earned either."""

    async def story(branch: Branch) -> None:
        branch.shop.money = TillMoney({"usual": 1300}, "usual", True, 10)
        await branch.item("tea", price=340)
        await branch.item("cup", price=225)
        await posted(branch, "opening_balance", line("tea", "5"), line("cup", "5"))
        await posted(branch, "sale", line("tea", "1"), line("cup", "1"), tenders=[{"type": "cash", "amount": 560}])
        await JournalFollower(branch.shop).catch_up()
        (day,) = await branch.ledger.read(lambda connection: sales_by_day(connection, DAY, DAY, 9))
        assert day.revenue == 500 - 5

    tell(story)


def test_an_evening_in_the_west_is_the_day_of_the_site(tell: Tell) -> None:
    """What is sold at a quarter to nine in the morning in Shanghai is of another day in Honolulu."""

    async def story(branch: Branch) -> None:
        branch.shop.calendar = Calendar(branch.shop.clock, dt.timezone(dt.timedelta(hours=-24 + 1)))
        await branch.item("tea")
        await posted(branch, "opening_balance", line("tea", "5"))
        await posted(branch, "sale", line("tea", "1"))
        await JournalFollower(branch.shop).catch_up()
        (day,) = await branch.ledger.read(lambda connection: sales_by_day(connection, DAY - 5, DAY + 5, 9))
        assert day.day == site_day(START, branch.shop.calendar.zone) == DAY - 1

    tell(story)


def test_an_item_nobody_moved_is_worth_nothing(tell: Tell) -> None:
    """And an unknown one as well: no guess."""

    async def story(branch: Branch) -> None:
        await branch.item("new")
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "new"))
        assert (worth.valuation.quantity, worth.valuation.value, worth.seq) == (0, 0, 0)

    tell(story)


def test_small_steps_come_to_the_same_as_one(tell: Tell, monkeypatch: Any) -> None:
    """However the journal is cut into steps, and wherever the process ended between two."""

    async def story(branch: Branch) -> None:
        chance = random.Random(20261123)
        for number in range(4):
            await branch.item(f"i{number}")
            await posted(branch, "opening_balance", line(f"i{number}", "50", cost=chance.randint(1, 900)))
        for _ in range(40):
            sku = f"i{chance.randrange(4)}"
            if chance.random() < 0.4:
                await posted(branch, "goods_receipt", line(sku, str(chance.randint(1, 9)), cost=chance.randint(1, 900)))
            else:
                await posted(branch, "sale", line(sku, f"0.{chance.randint(1, 999):03d}"))
        monkeypatch.setattr(worths, "STEP_ENTRIES", 3)
        await JournalFollower(branch.shop).catch_up()
        stepped = await rows(branch)
        await branch.ledger.write(lambda session: session.connection.execute("UPDATE followed SET hash = zeroblob(32)"))
        monkeypatch.setattr(worths, "STEP_ENTRIES", 500)
        await JournalFollower(branch.shop).catch_up()
        assert await rows(branch) == stepped

    tell(story)


def test_a_step_is_dropped_where_the_ground_moved(tell: Tell) -> None:
    """Two followers fold the same entries: one of them is kept."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await posted(branch, "goods_receipt", line("tea", "10", cost=100))
        step = await branch.ledger.read(fold_step)
        assert step is not None
        kept = [await branch.ledger.write(lambda session: write_step(session.connection, step)) for _ in range(2)]
        assert kept == [True, False]
        assert await branch.ledger.read(fold_step) is None

    tell(story)


def test_news_wakes_the_follower(tell: Tell, monkeypatch: Any) -> None:
    """A document is folded without anybody asking."""

    async def story(branch: Branch) -> None:
        monkeypatch.setattr("gateway.use_cases.follow_journal.QUIET_SECONDS", 0.01)
        follower = JournalFollower(branch.shop)
        branch.shop.watchers.append(follower)
        task = asyncio.create_task(follower.run())
        await branch.item("tea")
        await posted(branch, "goods_receipt", line("tea", "10", cost=100))
        async with asyncio.timeout(30):
            while (await branch.ledger.read(lambda c: worth_of(c, "tea"))).valuation.value != 1_000 * MILLIONTHS:
                await asyncio.sleep(0.01)
        task.cancel()

    tell(story)
