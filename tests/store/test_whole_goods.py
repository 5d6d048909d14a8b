"""Goods that are not parted stay whole wherever a quantity is told or worked out."""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gateway.domain.posting import Rejected
from gateway.domain.recipe_entry import RecipeEntry
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from gateway.use_cases.work_order import (
    FinishEntry,
    OrderStands,
    StartEntry,
    WorkOrderEntry,
    finish_step,
    put_work_order,
    start_step,
)
from tests.store.conftest import ADMIN, Branch, Story
from tests.store.full_day import line, post

Tell = Callable[[Story], None]
ORDER = uuid.UUID(int=78).bytes


def codes(outcome: Any) -> list[tuple[str, str]]:
    assert isinstance(outcome, Rejected), outcome
    return [(fault.path, fault.code) for fault in outcome.faults]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"type": "goods_receipt", "lines": [line("egg", "6", damaged="0.5")]}, "lines[0].damaged"),
        (
            {
                "type": "transfer_in", "transfer": str(uuid.UUID(int=5)),
                "lines": [line("egg", "6", variance=[{"reason": "short", "quantity": "0.5"}])],
            },
            "lines[0].variance",
        ),
        ({"type": "stock_count", "lines": [{"item": "egg", "counted": "0.5"}]}, "lines[0].counted"),
    ],
    ids=["damaged", "short", "counted"],
)  # fmt: skip
def test_half_an_egg_is_refused(tell: Tell, body: dict[str, Any], path: str) -> None:
    async def story(branch: Branch) -> None:
        await branch.item("egg", whole=True)
        assert codes(await branch.post(body)) == [(path, "not_whole")]

    tell(story)


def test_a_work_order_makes_and_spoils_whole_pieces(tell: Tell) -> None:
    """Its document could not say anything else, and a step that is finished is not changed."""

    async def story(branch: Branch) -> None:
        await branch.item("flour")
        await branch.item("bread", whole=True)
        body = {"components": [line("flour", "0.5")], "steps": [{"name": "bake"}]}
        stored = await put_recipe(branch.shop, ADMIN, "bread", msgspec.convert(body, RecipeEntry))
        assert isinstance(stored, RecipeStored)
        shop = branch.shop
        assert codes(await put_work_order(shop, "chen", ORDER, WorkOrderEntry("bread", "2.5"))) == [
            ("quantity", "not_whole")
        ]
        assert isinstance(await put_work_order(shop, "chen", ORDER, WorkOrderEntry("bread", "3")), OrderStands)
        assert isinstance(await start_step(shop, "wang", ORDER, 1, StartEntry()), OrderStands)
        assert codes(await finish_step(shop, ORDER, 1, FinishEntry("0.5"))) == [("scrap", "not_whole")]

    tell(story)


def test_a_by_product_comes_when_it_is_whole(tell: Tell) -> None:
    """Four tenths of a jar a loaf: the third loaf brings the first, the fifth the second."""

    async def story(branch: Branch) -> None:
        for sku in ("flour", "bread"):
            await branch.item(sku)
        await branch.item("jar", whole=True)
        body = {"components": [line("flour", "0.5")], "by_products": [line("jar", "0.4")]}
        await put_recipe(branch.shop, ADMIN, "bread", msgspec.convert(body, RecipeEntry))
        await post(branch, "opening_balance", line("flour", "10"))
        jars = []
        for _ in range(5):
            await post(branch, "production", line("bread", "1", role="output"), recipe="bread")
            jars.append(await branch.ledger.write(lambda session: session.on_hand("jar", "shop", "")))
        assert jars == [0, 0, 1_000, 1_000, 2_000]

    tell(story)
