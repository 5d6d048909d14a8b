"""Recipes in the ledger: versions in the journal, the same after histories met, on another device, and for whoever verifies."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.recipe_entry import RecipeEntry
from gateway.store.journal import Journal
from gateway.store.recipes import list_recipes, load_recipe
from gateway.store.verify import verify_site
from gateway.use_cases.put_recipe import RecipeRefused, RecipeStored, put_recipe
from replication.wire.entry import Position
from replication.wire.events import RecipePut, encode_event
from replication.wire.outbox import Readmit
from replication.wire.quantity import Quantity
from replication.wire.recipe import Component, Recipe
from tests.store.branch_site import opened
from tests.store.conftest import ADMIN, Branch
from tests.store.two_devices import copy_device, entries, join, offer, open_branch


async def put(branch: Branch, code: str, *components: str, **more: Any) -> RecipeStored | RecipeRefused:
    body = {"components": [{"item": item, "quantity": "1"} for item in components]} | more
    return await put_recipe(branch.shop, ADMIN, code, msgspec.convert(body, RecipeEntry))


async def now(branch: Branch, code: str) -> tuple[str, ...]:
    row = await branch.ledger.read(lambda connection: load_recipe(connection, code))
    assert row is not None
    return tuple(component.item for component in row.recipe.components)


async def goods(branch: Branch) -> None:
    for sku in ("flour", "oil", "bread", "pizza"):
        await branch.item(sku, unit="kg")


def test_the_newest_version_counts_and_the_same_again_is_no_other(tell: Any, tmp_path: Path) -> None:
    async def story(branch: Branch) -> None:
        await goods(branch)
        first = await put(branch, "bread", "flour")
        again = await put(branch, "bread", "flour")
        changed = await put(branch, "bread", "flour", "oil")
        assert isinstance(first, RecipeStored)
        assert isinstance(again, RecipeStored)
        assert isinstance(changed, RecipeStored)
        assert (first.created, again.created, changed.created) == (True, False, False)
        assert first.row.seq == again.row.seq < changed.row.seq
        assert await now(branch, "bread") == ("flour", "oil")
        await put(branch, "pizza", "bread")
        rows = await branch.ledger.read(lambda connection: list_recipes(connection, after="", limit=9))
        assert [row.recipe.code for row in rows] == ["bread", "pizza"]
        circle = await put(branch, "bread", "pizza")
        assert isinstance(circle, RecipeRefused)
        assert circle.faults[0].facts == {"loop": "bread → pizza → bread"}

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_two_histories_of_a_recipe_become_one(tmp_path: Path) -> None:
    """Ours is appended behind headquarters', so it is the newer; what was set aside leaves no row."""
    own, other = tmp_path / "own", tmp_path / "other"

    async def common() -> Position:
        async with open_branch(own) as branch:
            await goods(branch)
            await put(branch, "bread", "flour")
            return await Journal(branch.ledger).head()

    parted = asyncio.run(common())
    copy_device(own, other)

    async def elsewhere() -> Position:
        async with open_branch(other) as branch:
            await put(branch, "bread", "oil")
            await put(branch, "pizza", "oil")
            return await Journal(branch.ledger).head()

    async def here() -> None:
        async with open_branch(own) as branch:
            await put(branch, "bread", "flour", "oil")

    held_at = asyncio.run(elsewhere())
    asyncio.run(here())
    held = entries(other, parted.seq)

    async def together() -> None:
        async with open_branch(own) as branch:
            await join(branch, offer(parted, held_at, epoch=2, base_seq=1000), held)
            assert (await now(branch, "bread"), await now(branch, "pizza")) == (("flour", "oil"), ("oil",))

    asyncio.run(together())
    assert verify_site(own).differences == ()


def test_a_recipe_of_another_device_comes_with_the_items_it_names(tmp_path: Path) -> None:
    """It may name items that only that device had."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            recipe = Recipe("soup", "soup", Quantity(1000), (Component("leek", Quantity(500)),))
            kind, payload = encode_event(RecipePut(recipe, "lin", 1))
            await site.hear(Readmit(bytes(range(16)), int(kind), payload, 1, 9))
            row = await site.ledger.read(lambda connection: load_recipe(connection, "soup"))
            assert row is not None
            assert row.recipe == recipe
            assert (await site.item("leek")).name == "leek"

    asyncio.run(story())


def test_a_row_that_the_journal_does_not_say_is_found(tell: Any, tmp_path: Path) -> None:
    async def story(branch: Branch) -> None:
        await goods(branch)
        await put(branch, "bread", "flour")
        await branch.ledger.write(lambda session: session.connection.execute("UPDATE recipes SET person = 'nobody'"))

    tell(story)
    (difference,) = verify_site(tmp_path).differences
    assert difference.startswith("recipes:")
