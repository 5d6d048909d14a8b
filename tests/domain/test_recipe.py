"""What recipes ask for: exact over every level, never drifting however sales are cut, and no circles."""

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.recipe import LEVELS_MAX, PARTS_MAX, Part, depth_of, is_beyond, own_recipe, parts_of, tree_of
from gateway.domain.recipe_entry import RecipeEntry, read_recipe
from replication.wire.item import Item, Pack, Tracking
from replication.wire.quantity import Quantity
from replication.wire.recipe import Component, DepleteOn, Recipe


def recipe(item: str, *components: Component, output: int = 1000, **more: Any) -> Recipe:
    return Recipe(item, item, Quantity(output), components, **more)


def of(item: str, quantity: int, **more: Any) -> Component:
    return Component(item, Quantity(quantity), **more)


def parts(recipes: dict[str, Recipe], sku: str) -> dict[str, Fraction]:
    found = parts_of(recipes[sku], lambda item: own_recipe(recipes, item))
    return {part.item: Fraction(part.numerator, part.denominator) for part in found}


SALE = DepleteOn.SALE
KITCHEN = {
    "pizza": recipe("pizza", of("dough", 250), of("sauce", 80), of("cheese", 120), deplete_on=SALE),
    "sauce": recipe("sauce", of("tomato", 1200), of("oil", 50), output=1000, deplete_on=SALE),
    "dough": recipe("dough", of("flour", 6000), of("oil", 150), output=10_000),
}


def test_what_is_made_at_the_sale_is_taken_apart_and_what_is_produced_is_taken() -> None:
    assert parts(KITCHEN, "pizza") == {
        "dough": Fraction(250, 1000), "tomato": Fraction(80 * 12, 10_000), "oil": Fraction(80 * 50, 10**6), "cheese": Fraction(120, 1000),
    }  # fmt: skip


def test_the_whole_tree_goes_down_to_what_is_bought() -> None:
    """Through stocked goods as well; what stands below these is not taken by a sale."""
    levels = list(tree_of(KITCHEN["pizza"], lambda item: own_recipe(KITCHEN, item), through_all=True))
    assert [(one.depth, one.item, one.stocked) for one in levels] == [
        (1, "dough", True), (2, "flour", False), (2, "oil", False), (1, "sauce", False), (2, "tomato", True), (2, "oil", True),
        (1, "cheese", True),
    ]  # fmt: skip
    assert levels[1].each == Fraction(15, 100)


def test_units_yields_and_batches_are_exact() -> None:
    """Ten loaves want 20 spoons of oil, of which 200 are 3 litres; 98 % of it and 95 % of the dough arrive."""
    bread = recipe("bread", of("oil", 20_000, unit="spoon", units=200, bases=3, usable=9800), output=10_000, good=9500)
    (part,) = parts_of(bread, lambda _: None)
    assert part.exactly(10_000) == Fraction(20_000 * 3, 200) / Fraction(98, 100) / Fraction(95, 100)


quantities = st.integers(1, 10**6)
given_part = st.builds(Part, st.just("x"), st.integers(1, 10**9), st.integers(1, 10**9))


@given(
    part=given_part,
    sold=st.lists(quantities, max_size=30),
    before=st.integers(-(10**9), 10**9),
    grain=st.sampled_from([1, 1000]),
)
def test_many_sales_take_what_one_takes(part: Part, sold: list[int], before: int, grain: int) -> None:
    """However they are cut; and never a grain off what is exact."""
    taken, at = 0, before
    for quantity in sold:
        now = part.between(at, quantity, grain)
        assert now >= 0
        assert now % grain == 0
        taken, at = taken + now, at + quantity
    assert taken == part.between(before, sum(sold), grain)
    assert abs(taken - part.exactly(sum(sold))) < grain


def test_a_million_thirds_are_a_third_of_a_million() -> None:
    """Three pancakes an egg, and eggs are not parted: no egg too much, none too few."""
    egg = Part("egg", 1, 3)
    assert sum(egg.between(sold * 1000, 1000, 1000) for sold in range(3000)) == 1_000_000


def test_what_differs_by_a_grain_does_not_differ() -> None:
    assert not is_beyond(101, Fraction(100), 0)
    assert is_beyond(102, Fraction(100), 0)
    assert not is_beyond(105, Fraction(100), 500)
    assert is_beyond(0, Fraction(100), 500)


ITEMS = {sku: Item(sku, sku, "kg", 0) for sku in ["flour", "oil", "bread", "cake", *(f"i{n}" for n in range(300))]}
ITEMS["egg"] = Item("egg", "egg", "piece", 0, packs=(Pack("tray", Quantity(30_000)),), whole=True)
ITEMS["wine"] = Item("wine", "wine", "piece", 0, tracking=Tracking.SERIAL)


def read(code: str, recipes: dict[str, Recipe] | None = None, **entry: Any) -> Recipe | list[str]:
    body = msgspec.convert({"components": [{"item": "flour", "quantity": "1"}]} | entry, RecipeEntry)
    found = read_recipe(code, body, ITEMS.get, recipes or {})
    return found if isinstance(found, Recipe) else [fault.code for fault in found]


def uses(*items: str) -> list[dict[str, str]]:
    return [{"item": item, "quantity": "1"} for item in items]


def test_a_pack_is_as_many_base_units_as_it_holds() -> None:
    read_now = read("cake", components=[{"item": "egg", "quantity": "0.5", "unit": "tray"}])
    assert isinstance(read_now, Recipe)
    assert parts_of(read_now, lambda _: None)[0].exactly(1000) == 15_000


@pytest.mark.parametrize(
    ("code", "entry", "wrong"),
    [
        ("nope", {}, "unknown_item"),
        ("bread", {"components": []}, "component_required"),
        ("bread", {"components": uses("ghost")}, "unknown_item"),
        ("bread", {"components": [{"item": "oil", "quantity": "1", "unit": "cup"}]}, "unknown_unit"),
        (
            "bread",
            {"components": [{"item": "oil", "quantity": "1", "ratio": {"units": 1, "bases": 2}}]},
            "ratio_not_needed",
        ),
        (
            "bread",
            {"components": [{"item": "oil", "quantity": "1", "unit": "cup", "ratio": {"units": 0, "bases": 2}}]},
            "bad_ratio",
        ),
        ("bread", {"components": [{"item": "oil", "quantity": "x"}]}, "quantity_not_a_decimal"),
        ("bread", {"components": [{"item": "oil", "quantity": "0"}]}, "quantity_not_positive"),
        ("bread", {"components": [{"item": "oil", "quantity": "1", "usable": 0}]}, "share_out_of_range"),
        ("bread", {"good": 10_001}, "share_out_of_range"),
        ("bread", {"by_products": [{"item": "oil", "quantity": "1", "share": 10_001}]}, "share_out_of_range"),
        ("bread", {"steps": [{"name": "mix"}, {"name": "mix"}]}, "step_twice"),
        ("bread", {"shelf_life_days": -1}, "days_out_of_range"),
        ("bread", {"location": "scrap"}, "virtual_location"),
        ("summer-bread", {"item": "bread", "deplete_on": "sale"}, "not_own_recipe"),
        ("bread", {"deplete_on": "sale", "by_products": [{"item": "oil", "quantity": "1"}]}, "by_product_of_sale"),
        ("bread", {"deplete_on": "sale", "components": uses("wine")}, "named_goods_of_sale"),
        ("bread", {"components": uses("bread")}, "recipe_in_circle"),
    ],
)
def test_what_cannot_be_a_recipe_is_said(code: str, entry: dict[str, Any], wrong: str) -> None:
    found = read(code, **entry)
    assert isinstance(found, list)
    assert wrong in found


def test_a_circle_is_named() -> None:
    """Over two other recipes, from wherever it is closed."""
    there = {"cake": recipe("cake", of("i1", 1)), "i1": recipe("i1", of("bread", 1))}
    found = read_recipe("bread", msgspec.convert({"components": uses("oil", "cake")}, RecipeEntry), ITEMS.get, there)
    assert isinstance(found, tuple)
    assert found[0].facts == {"loop": "bread → cake → i1 → bread"}


def test_a_circle_that_two_histories_made_ends() -> None:
    """What closes it is taken as it is."""
    there = {"a": recipe("a", of("b", 500), deplete_on=SALE), "b": recipe("b", of("a", 500), deplete_on=SALE)}
    assert parts(there, "a") == {"a": Fraction(1, 4)}


def test_a_recipe_under_another_may_not_make_that_too_deep_or_too_broad() -> None:
    chain = {f"i{n}": recipe(f"i{n}", of(f"i{n + 1}", 1000), deplete_on=SALE) for n in range(1, LEVELS_MAX)}
    assert depth_of(chain["i1"], lambda item: own_recipe(chain, item)) == LEVELS_MAX - 1
    last = f"i{LEVELS_MAX}"
    assert isinstance(read(last, chain), Recipe)
    deeper = {**chain, "i0": recipe("i0", of("i1", 1000), deplete_on=SALE)}
    assert read(last, deeper) == ["recipe_too_deep"]
    broad = {"cake": recipe("cake", *(of(f"i{n}", 1) for n in range(90)), deplete_on=SALE)} | {
        f"i{n}": recipe(f"i{n}", *(of(f"i{100 + n * 50 + m}", 1) for m in range(50)), deplete_on=SALE) for n in range(3)
    }
    assert PARTS_MAX < 87 + 4 * 50
    assert read("i3", broad, deplete_on="sale", components=uses(*(f"i{250 + m}" for m in range(50)))) == [
        "recipe_too_broad"
    ]


def test_a_recipe_that_is_not_active_is_nobody_s_own() -> None:
    there = {"a": recipe("a", of("b", 1), active=False), "c": Recipe("c", "d", Quantity(1), (of("b", 1),))}
    assert (own_recipe(there, "a"), own_recipe(there, "c"), own_recipe(there, "d")) == (None, None, None)
