"""The tabs of the stock page: each holds what its name says and counts as many, whatever way the goods took."""

import random
from collections.abc import Callable

import pytest

from gateway.domain.policy import Role
from gateway.domain.posting import Approver
from gateway.store.session import Posted
from gateway.store.stock import Level, count_levels, list_overview
from gateway.use_cases.put_item import ItemStored
from replication.wire.name_order import NameOrder
from tests.store.conftest import Branch, Story
from tests.store.test_dishes import recipe

Tell = Callable[[Story], None]
ITEMS = 30
CHEN = Approver("chen", Role.MANAGER, "seen")


@pytest.mark.parametrize("seed", range(2))
def test_every_tab_holds_and_counts_what_a_sum_over_all_says(tell: Tell, seed: int) -> None:
    """Goods that were never moved, came back to nothing, went below zero and rose again, and whose minimum changed."""

    async def story(branch: Branch) -> None:
        chance = random.Random(seed)
        held, minimum = dict[str, int](), dict[str, int]()
        for number in range(ITEMS):
            sku = f"item-{number}"
            minimum[sku] = chance.choice([0, 0, 3])
            await branch.item(
                sku, name=f"Name {chance.randrange(9)}", low_below=str(minimum[sku]) if minimum[sku] else None
            )
            held[sku] = 0
        moved = [f"item-{number}" for number in range(ITEMS) if number % 5]
        for _ in range(120):
            sku, many = chance.choice(moved), chance.choice([-3, -2, -1, 1, 2, 3])
            body = {"type": "adjustment", "reason": "found", "lines": [{"item": sku, "quantity": str(many)}]}
            assert isinstance(await branch.post(body, approver=CHEN), Posted)
            held[sku] += many
        for sku in chance.sample(sorted(held), 5):
            minimum[sku] = 5
            assert isinstance(await branch.item(sku, low_below="5"), ItemStored)
        expected = {
            Level.ALL: set(held),
            Level.LOW: {sku for sku, many in held.items() if 0 < many < minimum[sku]},
            Level.OUT: {sku for sku, many in held.items() if many == 0},
            Level.NEGATIVE: {sku for sku, many in held.items() if many < 0},
        }
        for order in NameOrder:
            for level, skus in expected.items():
                found, after = list[str](), ("", 0)
                while rows := await branch.ledger.read(
                    lambda connection, level=level, after=after, order=order: list_overview(  # type: ignore[misc]
                        connection, level=level, search="", after=after, limit=4, order=order
                    )
                ):
                    found += [row.item.sku for row in rows]
                    last = rows[-1]
                    (name,) = await branch.ledger.read(
                        lambda connection, last=last, order=order: connection.execute(  # type: ignore[misc]
                            f"SELECT {order.value} FROM items WHERE item_id = ?", (last.item_id,)
                        ).fetchone()
                    )
                    after = (name, last.item_id)
                assert len(found) == len(set(found))
                assert set(found) == skus, level
        assert all(expected.values())
        assert await branch.ledger.read(count_levels) == {level: len(skus) for level, skus in expected.items()}

    tell(story)


def test_a_dish_that_is_made_when_it_is_sold_is_never_out(tell: Tell) -> None:
    """Nobody keeps it on a shelf. One that is made ahead is out when none is left, and so is a dish whose recipe is put away."""

    async def story(branch: Branch) -> None:
        for sku in ("egg", "soup", "cake", "old-soup"):
            await branch.item(sku, name=sku)
        eggs = {"type": "opening_balance", "lines": [{"item": "egg", "quantity": "30"}]}
        assert isinstance(await branch.post(eggs), Posted)
        one_egg = [{"item": "egg", "quantity": "1"}]
        await recipe(branch, "soup", one_egg, deplete_on="sale")
        await recipe(branch, "cake", one_egg)
        await recipe(branch, "old-soup", one_egg, deplete_on="sale", active=False)
        out = await branch.ledger.read(
            lambda connection: list_overview(connection, level=Level.OUT, search="", after=("", 0), limit=9)
        )
        assert [row.item.sku for row in out] == ["cake", "old-soup"]
        assert (await branch.ledger.read(count_levels))[Level.OUT] == 2
        every = await branch.ledger.read(
            lambda connection: list_overview(connection, level=Level.ALL, search="", after=("", 0), limit=9)
        )
        assert {row.item.sku: row.made for row in every} == {
            "egg": False, "soup": True, "cake": False, "old-soup": False,
        }  # fmt: skip

    tell(story)
