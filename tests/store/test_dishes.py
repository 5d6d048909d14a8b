"""A restaurant's ledger: a dish that is sold takes its components, and the book says why."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain import dishes
from gateway.domain.document import LINES_MAX
from gateway.domain.goods import MOVEMENTS_MAX
from gateway.domain.policy import GENERAL, Answer, Breach, PolicyRule
from gateway.domain.posting import Rejected
from gateway.domain.recipe_entry import RecipeEntry
from gateway.store.documents import load_document
from gateway.store.journal import Journal
from gateway.store.session import Posted
from gateway.store.usages import list_usages
from gateway.store.verify import verify_site
from gateway.store.worths import turnover_of
from gateway.use_cases.block_lot import block_lot
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.post_document import Conflict, Exists
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from tests.store.conftest import ADMIN, Branch, open_branch
from tests.store.test_pruning import prune
from tests.store.test_worths import DAY


def line(item: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity} | more


async def posted(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    answer = await branch.post({"type": type_, "lines": list(lines)} | more)
    assert isinstance(answer, Posted), answer
    return answer


async def recipe(branch: Branch, code: str, components: list[dict[str, Any]], **more: Any) -> None:
    body = msgspec.convert({"components": components} | more, RecipeEntry)
    assert isinstance(await put_recipe(branch.shop, ADMIN, code, body), RecipeStored)


async def on_hand(branch: Branch, item: str, place: str = "shop", lot: str = "") -> int:
    return await branch.ledger.write(lambda session: session.on_hand(item, place, lot))


async def kitchen(branch: Branch) -> None:
    """Noodles with a sauce that is stirred as it is needed; the flour stands in the kitchen."""
    for sku in ("noodles", "sauce", "flour", "soy", "chili"):
        await branch.item(sku, unit="kg" if sku != "noodles" else "bowl", price=2800)
    await posted(
        branch, "opening_balance", line("flour", "10", cost=400, location="kitchen"), line("soy", "2", cost=1000, location="kitchen"),
        line("chili", "1", cost=5000, location="kitchen"),
    )  # fmt: skip
    await recipe(branch, "sauce", [line("soy", "0.6"), line("chili", "0.4")], deplete_on="sale", location="kitchen")
    await recipe(
        branch, "noodles", [line("flour", "0.15"), line("sauce", "0.02")], deplete_on="sale", location="kitchen"
    )


def test_a_dish_takes_what_it_is_made_of_in_the_same_document(tell: Any, tmp_path: Path) -> None:
    """Over both levels, out of the kitchen; the dish itself comes out of production and goes to the guest."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        body = {"type": "sale", "lines": [line("noodles", "2"), line("soy", "0.1", location="kitchen")]}
        id_ = bytes(range(16))
        sold = await branch.post(body, id_)
        assert isinstance(sold, Posted)
        assert (sold.total, sold.warnings) == (2 * 2800 + 280, ())
        assert [await on_hand(branch, sku, "kitchen") for sku in ("flour", "soy", "chili")] == [9_700, 1_876, 984]
        assert (await on_hand(branch, "noodles"), await on_hand(branch, "noodles", "production")) == (0, -2_000)
        stored = await branch.ledger.read(lambda connection: load_document(connection, id_))
        assert stored is not None
        assert [(one.item, one.is_added) for one in stored.event.lines] == [
            ("noodles", False), ("soy", False), ("flour", True), ("soy", True), ("chili", True),
        ]  # fmt: skip
        assert isinstance(await branch.post(body, id_), Exists)
        back = await posted(branch, "reversal", original=str(uuid.UUID(bytes=id_)), reason="wrong table")
        assert back.total == -sold.total
        assert [await on_hand(branch, sku, "kitchen") for sku in ("flour", "soy", "chili")] == [10_000, 2_000, 1_000]
        assert await on_hand(branch, "noodles", "production") == 0

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_a_dish_sent_again_to_a_replaced_device_is_known(tell: Any) -> None:
    """Nobody there knows how it was sent; what it says is compared, and what a recipe added is nobody's word."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        body = {"type": "sale", "lines": [line("noodles", "2")]}
        baked = {
            "type": "production",
            "lines": [line("flour", "1", role="output"), line("soy", "0.1", role="component", location="kitchen")],
        }
        for number, one in enumerate((body, baked)):
            assert isinstance(await branch.post(one, bytes([number]) * 16), Posted)
        await branch.ledger.write(lambda session: session.connection.execute("UPDATE documents SET content = x''"))
        for number, one in enumerate((body, baked)):
            assert isinstance(await branch.post(one, bytes([number]) * 16), Exists)
            other = one | {"lines": [*one["lines"], line("soy", "1", **({"role": "component"} if number else {}))]}
            assert isinstance(await branch.post(other, bytes([number]) * 16), Conflict)
        assert isinstance(await branch.post(baked | {"unbuild": True}, bytes([1]) * 16), Conflict)

    tell(story)


def test_a_kitchen_does_not_stop_because_the_book_is_short(tell: Any) -> None:
    """What a component lacks is a warning, unless the site says otherwise; goods of the shelf are as strict as ever."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        sold = await posted(branch, "sale", line("noodles", "100"))
        assert sold.warnings == ("component_short",)
        assert await on_hand(branch, "flour", "kitchen") == -5_000
        strict = PolicyRule(Breach.COMPONENT_SHORT, Answer.BLOCK)
        branch.shop.policy = msgspec.structs.replace(GENERAL, rules=(strict,))
        refused = await branch.post({"type": "sale", "lines": [line("noodles", "1")]})
        assert isinstance(refused, Rejected)
        assert (refused.faults[0].path, refused.faults[0].facts["item"]) == ("lines[0].quantity", "flour")

    tell(story)


def test_a_portion_that_stands_ready_is_sold_first(tell: Any) -> None:
    """And no flour goes for it; where the shelf has too few for a line, the line is made."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        await posted(branch, "goods_receipt", line("noodles", "2"))
        await posted(branch, "sale", line("noodles", "1"))
        assert (await on_hand(branch, "noodles"), await on_hand(branch, "flour", "kitchen")) == (1_000, 10_000)
        await posted(branch, "sale", line("noodles", "3", discount=100), line("noodles", "1"))
        assert (await on_hand(branch, "noodles"), await on_hand(branch, "flour", "kitchen")) == (0, 9_550)

    tell(story)


def test_a_dish_that_comes_back_is_thrown_away(tell: Any) -> None:
    """Its flour is gone, and is nobody's to return; whoever says that it goes back on the shelf is believed."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        sold = await posted(branch, "sale", line("noodles", "3"))
        await posted(branch, "sale_return", line("noodles", "1"), original=sold.id.hex())
        assert (await on_hand(branch, "noodles", "scrap"), await on_hand(branch, "noodles")) == (1_000, 0)
        await posted(branch, "sale_return", line("noodles", "1", disposition="restock"), original=sold.id.hex())
        assert await on_hand(branch, "noodles") == 1_000
        refused = await branch.post({"type": "sale_return", "lines": [line("flour", "0.1")], "original": sold.id.hex()})
        assert isinstance(refused, Rejected)
        assert refused.faults[0].code == "more_than_sold"

    tell(story)


def test_lots_of_components_go_first_expired_first_and_a_recalled_one_not_at_all(tell: Any, tmp_path: Path) -> None:
    async def story(branch: Branch) -> None:
        await branch.item("milk", unit="l", tracking="lot")
        await branch.item("latte", unit="cup", price=2000)
        await recipe(branch, "latte", [line("milk", "0.2")], deplete_on="sale")
        unknown = await posted(branch, "sale", line("latte", "1"))
        assert unknown.warnings == ("component_short",)
        await posted(
            branch, "goods_receipt", line("milk", "1", lot="B", expiry="2027-02-02"), line("milk", "0.3", lot="A", expiry="2027-01-01")
        )  # fmt: skip
        await posted(branch, "sale", line("latte", "2"))
        assert [await on_hand(branch, "milk", "shop", lot) for lot in ("A", "B", "")] == [0, 900, -200]
        await block_lot(branch.shop, ADMIN, "milk", "B", "recall", blocked=True)
        await block_lot(branch.shop, ADMIN, "milk", "A", "recall", blocked=True)
        refused = await branch.post({"type": "sale", "lines": [line("latte", "1")]})
        assert isinstance(refused, Rejected)
        assert {fault.code for fault in refused.faults} == {"blocked_lot"}

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_what_a_dish_costs_is_what_its_components_were_worth(tell: Any) -> None:
    """150 g of flour at 4.00 and 20 g of a sauce at 26.00: 1.12 a bowl; the components count as issued under their names."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        await posted(branch, "sale", line("noodles", "10"), line("noodles", "5"))
        await JournalFollower(branch.shop).catch_up()
        (dish,) = await branch.ledger.read(lambda connection: turnover_of(connection, "noodles", DAY, DAY))
        (flour,) = await branch.ledger.read(lambda connection: turnover_of(connection, "flour", DAY, DAY))
        assert (dish.sold, dish.revenue, dish.cost, dish.issued) == (15_000, 15 * 2800, 0, 0)
        assert dish.made == 15 * 112 * 10**6
        assert (flour.issued, flour.cost, flour.sold) == (2_250, 900 * 10**6, 0)

    tell(story)


def test_asked_and_used_differ_by_what_went_elsewhere(tell: Any) -> None:
    """A staff meal, a drop on the floor and a count; what was sold as it is was not used, and what was taken back was not."""

    async def story(branch: Branch) -> None:
        await kitchen(branch)
        await posted(branch, "sale", line("noodles", "10"))
        wrong = await posted(branch, "sale", line("noodles", "4"))
        await posted(branch, "reversal", original=str(uuid.UUID(bytes=wrong.id)), reason="typed twice")
        at = {"location": "kitchen"}
        meal = await posted(branch, "internal_issue", line("flour", "0.3", **at), reason="cooks", purpose="staff_meal")
        await posted(branch, "reversal", original=str(uuid.UUID(bytes=meal.id)), reason="they ate out")
        await posted(branch, "internal_issue", line("flour", "0.2", **at), reason="cooks", purpose="staff_meal")
        await posted(branch, "write_off", line("flour", "0.1", **at), reason="fell")
        await posted(branch, "sale", line("flour", "1", **at))
        await posted(branch, "stock_count", {"item": "flour", "counted": "7.15", **at})
        await JournalFollower(branch.shop).catch_up()
        rows = await branch.ledger.read(
            lambda c: list_usages(c, first_day=DAY - 1, last_day=DAY + 1, item=None, after=0, limit=9)
        )
        flour = next(row.use for row in rows if row.item.sku == "flour")
        assert (flour.asked, flour.sold) == (1500, 1500)
        assert (flour.staff_meal, flour.written_off, flour.counted) == (200, 100, 50)
        assert flour.actual - flour.asked == 350

    tell(story)


def test_remainders_outlive_the_bytes_of_old_sales(tell: Any, tmp_path: Path) -> None:
    """Three pancakes an egg, and eggs are not parted: the third takes one though nobody knows any more what was sold before it."""

    async def story(branch: Branch) -> None:
        await branch.item("egg", whole=True)
        await branch.item("pancake")
        await recipe(branch, "pancake", [line("egg", "1")], output="3", deplete_on="sale")
        await posted(branch, "goods_receipt", line("egg", "9"))
        left = []
        for _ in range(7):
            await posted(branch, "sale", line("pancake", "1"))
            await prune(branch, (await Journal(branch.ledger).head()).seq)
            left.append(await on_hand(branch, "egg") // 1000)
        assert left == [9, 9, 8, 8, 8, 7, 7]

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_a_sale_with_too_many_components_is_not_taken_apart_to_its_end(
    tell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five hundred lines of a dish of fifty components are refused when the room is full: every till waits for the writer."""
    taken: list[int] = []
    take = dishes._take
    monkeypatch.setattr(dishes, "_take", lambda *arguments: (taken.append(1), take(*arguments)))

    async def story(branch: Branch) -> None:
        parts = [f"part-{number}" for number in range(50)]
        for sku in ("stew", *parts):
            await branch.item(sku)
        await recipe(branch, "stew", [line(sku, "0.1") for sku in parts], deplete_on="sale")
        refused = await branch.post({"type": "sale", "lines": [line("stew", "1")] * LINES_MAX})
        assert isinstance(refused, Rejected)
        assert [fault.code for fault in refused.faults] == ["too_many_movements"]

    tell(story)
    assert len(taken) < 2 * MOVEMENTS_MAX


PORTIONS = st.integers(1, 3_000)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sold=st.lists(st.tuples(PORTIONS, st.booleans()), min_size=1, max_size=25), per=st.integers(1, 7))
def test_many_small_portions_take_what_a_large_one_takes(
    tmp_path_factory: Any, sold: list[tuple[int, bool]], per: int
) -> None:
    """No crumb is lost however sales are cut, over two levels of sevenths; the ledger is conserved."""
    folder = tmp_path_factory.mktemp("portions")

    async def story() -> None:
        async with open_branch(folder) as branch:
            for sku in ("pie", "filling", "sugar"):
                await branch.item(sku, unit="kg")
            await recipe(branch, "filling", [line("sugar", "0.1")], output="0.7", deplete_on="sale")
            await recipe(branch, "pie", [line("filling", "0.05")], output=str(per), deplete_on="sale")
            for quantity, together in sold:
                lines = [line("pie", f"{quantity / 1000:.3f}")]
                await posted(branch, "sale", *lines, *(lines if together else ()))
            total = sum(quantity * (2 if together else 1) for quantity, together in sold)
            assert -await on_hand(branch, "sugar") == total * 50 * 100 // (per * 1000 * 700)

    asyncio.run(story())
    assert verify_site(folder).differences == ()
