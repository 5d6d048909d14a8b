"""A bakery's ledger: components into goods by a recipe, what differs from it, what it is worth, and goods taken apart again."""

import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.domain.calendar import Calendar
from gateway.domain.costing import MILLIONTHS, unit_cost
from gateway.domain.posting import Rejected
from gateway.domain.recipe_entry import RecipeEntry
from gateway.store.documents import load_document
from gateway.store.session import Posted
from gateway.store.usages import list_usages
from gateway.store.verify import verify_site
from gateway.store.worths import worth_of
from gateway.use_cases.block_lot import block_lot
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.post_document import Conflict, Exists
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from replication.wire.events import DocumentPosted, WorkStep
from tests.store.conftest import ADMIN, START, Branch
from tests.store.test_worths import DAY


def line(item: str, quantity: str, role: str | None = None, **more: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity} | ({} if role is None else {"role": role}) | more


async def posted(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    answer = await branch.post({"type": type_, "lines": list(lines)} | more)
    assert isinstance(answer, Posted), answer
    return answer


async def event(branch: Branch, document: Posted) -> DocumentPosted:
    stored = await branch.ledger.read(lambda connection: load_document(connection, document.id))
    assert stored is not None
    return stored.event


async def on_hand(branch: Branch, item: str, place: str = "shop", lot: str = "") -> int:
    return await branch.ledger.write(lambda session: session.on_hand(item, place, lot))


async def bakery(branch: Branch, **more: Any) -> None:
    """Ten loaves of 6 kg of flour and 0.15 kg of oil; crumbs fall off, and bear a tenth of the cost."""
    branch.shop.calendar = Calendar(lambda: START)
    for sku in ("flour", "oil", "bread", "crumbs"):
        await branch.item(sku, unit="piece" if sku == "bread" else "kg", tracking="lot" if sku == "bread" else "none")
    await posted(branch, "opening_balance", line("flour", "100", cost=500), line("oil", "10", cost=2000))
    body = {
        "output": "10", "components": [line("flour", "6"), line("oil", "0.15")], "shelf_life_days": 3,
        "by_products": [line("crumbs", "0.3", share=1000)], "steps": [{"name": "Mix"}, {"name": "Bake", "minutes": 40}],
    } | more  # fmt: skip
    stored = await put_recipe(branch.shop, ADMIN, "bread", msgspec.convert(body, RecipeEntry))
    assert isinstance(stored, RecipeStored), stored


def test_who_says_only_what_was_made_kept_to_the_recipe(tell: Any, tmp_path: Path) -> None:
    """Components go and by-products come as it says; the lot is the day, and keeps for three more."""

    async def story(branch: Branch) -> None:
        await bakery(branch)
        body = {"type": "production", "recipe": "bread", "lines": [line("bread", "20", "output")]}
        made = await branch.post(body, bytes(16))
        assert isinstance(made, Posted)
        assert made.warnings == ()
        assert [await on_hand(branch, sku) for sku in ("flour", "oil", "crumbs")] == [88_000, 9_700, 600]
        assert await on_hand(branch, "bread", "shop", "20261118") == 20_000
        lot = await branch.ledger.write(lambda session: session.lot("bread", "20261118"))
        assert lot is not None
        assert lot.expiry == "2026-11-21"
        assert isinstance(await branch.post(body, bytes(16)), Exists)
        other = body | {"unbuild": True}
        assert isinstance(await branch.post(other, bytes(16)), Conflict)

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_what_differs_from_the_recipe_is_told(tell: Any) -> None:
    """Within five per cent nobody asks; more flour, forgotten oil and a foreign component are three findings, and are posted."""

    async def story(branch: Branch) -> None:
        await bakery(branch)
        within = await posted(
            branch, "production", line("bread", "10", "output"), line("flour", "6.2", "component"), line("oil", "0.15", "component"),
            recipe="bread",
        )  # fmt: skip
        assert within.warnings == ()
        made = await posted(
            branch, "production", line("flour", "4", "component"), line("flour", "4", "component"), line("crumbs", "0.1", "component"),
            line("bread", "10", "output"), recipe="bread",
        )  # fmt: skip
        assert made.warnings == ("over_recipe",) * 3
        told = await event(branch, made)
        planned = [
            (one.item, one.quantity, one.detail.more.planned) for one in told.lines if one.detail and one.detail.more
        ]
        assert planned == [
            ("flour", 4_000, 6_000), ("flour", 4_000, 0), ("crumbs", 100, 0), ("bread", 10_000, None), ("oil", 0, 150),
            ("crumbs", 300, None),
        ]  # fmt: skip
        await JournalFollower(branch.shop).catch_up()
        rows = await branch.ledger.read(
            lambda c: list_usages(c, first_day=DAY, last_day=DAY, item=None, after=0, limit=9)
        )
        used = {row.item.sku: (row.use.asked, row.use.produced) for row in rows}
        assert used == {"flour": (12_000, 14_200), "oil": (300, 150), "crumbs": (0, 100)}

    tell(story)


def test_scrap_was_made_as_well(tell: Any) -> None:
    """Twelve were made and two burnt: flour for twelve, worth what ten loaves have to bear."""

    async def story(branch: Branch) -> None:
        await bakery(branch, by_products=[])
        made = await posted(
            branch, "production", line("bread", "10", "output"), line("bread", "2", "scrap", step="Bake"), recipe="bread",
            steps=[{
                "step": "Bake", "operator": "wang", "started_at": "2026-11-18T04:00:00+08:00", "finished_at": "2026-11-18T04:40:00+08:00",
            }],
        )  # fmt: skip
        assert await on_hand(branch, "flour") == 100_000 - 7_200
        told = await event(branch, made)
        assert told.detail is not None
        assert told.detail.more is not None
        assert told.detail.more.made is not None
        assert told.detail.more.made.steps == (WorkStep("Bake", "wang", 1_794_945_600_000, 1_794_948_000_000),)
        await JournalFollower(branch.shop).catch_up()
        worth = await branch.ledger.read(lambda connection: worth_of(connection, "bread"))
        assert unit_cost(worth.valuation) == (7.2 * 500 + 0.18 * 2000) * MILLIONTHS / 10

    tell(story)


def test_made_goods_are_worth_what_went_into_them(tell: Any) -> None:
    """30.00 of flour and 3.00 of oil: a tenth for the crumbs, the rest for ten loaves; taken back, all is where it was."""

    async def story(branch: Branch) -> None:
        await bakery(branch)
        made = await posted(branch, "production", line("bread", "10", "output"), recipe="bread")

        async def worth(sku: str) -> int:
            await JournalFollower(branch.shop).catch_up()
            return (await branch.ledger.read(lambda connection: worth_of(connection, sku))).valuation.value

        assert await worth("bread") == 2970 * MILLIONTHS
        assert await worth("crumbs") == 330 * MILLIONTHS
        before = await worth("flour") + await worth("oil")
        await posted(branch, "reversal", original=str(uuid.UUID(bytes=made.id)), reason="wrong recipe")
        assert await worth("bread") == await worth("crumbs") == 0
        assert await worth("flour") + await worth("oil") == before + 3300 * MILLIONTHS

    tell(story)


def test_goods_are_taken_apart_again(tell: Any, tmp_path: Path) -> None:
    """Ten loaves into flour and oil; a kilogram is lost, and its worth lies on what came back."""

    async def story(branch: Branch) -> None:
        await bakery(branch, by_products=[])
        await posted(branch, "production", line("bread", "20", "output"), recipe="bread")
        await posted(
            branch,
            "production",
            line("bread", "10", "output"),
            line("flour", "1", "scrap"),
            recipe="bread",
            unbuild=True,
        )
        assert [await on_hand(branch, sku) for sku in ("flour", "oil")] == [88_000 + 5_000, 9_700 + 150]
        assert await on_hand(branch, "bread", "shop", "20261118") == 10_000
        assert await on_hand(branch, "flour", "scrap") == 1_000
        await JournalFollower(branch.shop).catch_up()

        def total(connection: Any) -> int:
            return sum(worth_of(connection, sku).valuation.value for sku in ("flour", "oil", "bread"))

        assert await branch.ledger.read(total) == (100 * 500 + 10 * 2000) * MILLIONTHS

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_small_batches_take_what_a_large_one_takes(tell: Any) -> None:
    """Three loaves at a time of a recipe for seven: no gram drifts."""

    async def story(branch: Branch) -> None:
        await bakery(branch, output="7", by_products=[])
        for _ in range(14):
            await posted(branch, "production", line("bread", "1.5", "output"), recipe="bread")
        assert await on_hand(branch, "flour") == 100_000 - 18_000

    tell(story)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([line("flour", "1", "output")], "recipe_makes_other"),
        ([line("flour", "1", "component")], "output_required"),
        ([line("bread", "0.0005", "output")], "quantity_too_precise"),
    ],
)
def test_what_a_recipe_does_not_make_is_refused(tell: Any, lines: list[dict[str, Any]], code: str) -> None:
    async def story(branch: Branch) -> None:
        await bakery(branch)
        answer = await branch.post({"type": "production", "recipe": "bread", "lines": lines})
        assert code in {fault.code for fault in answer.faults}  # type: ignore[union-attr]

    tell(story)


def test_a_recalled_component_goes_into_nothing(tell: Any) -> None:
    """Named or chosen; and one that has expired goes in with a warning, where no other is there."""

    async def story(branch: Branch) -> None:
        await bakery(branch)
        await branch.item("egg", tracking="lot")
        entry = msgspec.convert({"item": "bread", "components": [line("egg", "1")], "shelf_life_days": 9}, RecipeEntry)
        await put_recipe(branch.shop, ADMIN, "egg-bread", entry)
        await posted(
            branch, "goods_receipt", line("egg", "5", lot="OLD", expiry="2026-11-01"), line("egg", "5", lot="NEW")
        )
        fresh = await posted(branch, "production", line("bread", "2", "output", lot="E1"), recipe="egg-bread")
        assert (fresh.warnings, await on_hand(branch, "egg", "shop", "NEW")) == ((), 3_000)
        old = await posted(branch, "production", line("bread", "4", "output", lot="E1"), recipe="egg-bread")
        assert old.warnings == ("expired_component",)
        await block_lot(branch.shop, ADMIN, "egg", "OLD", "recall", blocked=True)
        for named in ({}, {"lot": "OLD"}):
            lines = [line("bread", "1", "output"), line("egg", "1", "component", **named)]
            refused = await branch.post({"type": "production", "recipe": "egg-bread", "lines": lines})
            assert isinstance(refused, Rejected) == bool(named), refused

    tell(story)


def test_a_recipe_nobody_made_is_a_word(tell: Any) -> None:
    """Where the components are told it is posted with a warning; where they are not, there is nothing to go by."""

    async def story(branch: Branch) -> None:
        await bakery(branch)
        lines = [line("crumbs", "1", "output"), line("flour", "1", "component")]
        made = await posted(branch, "production", *lines, recipe="grandmother's")
        assert made.warnings == ("unknown_recipe",)
        refused = await branch.post({"type": "production", "lines": lines[:1], "recipe": "grandmother's"})
        assert isinstance(refused, Rejected)

    tell(story)
