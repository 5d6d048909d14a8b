"""What goods are made of, taken apart exactly: fractions of whole numbers, never rounded until goods move.

An item's own recipe is the one named like it. A component that is itself made when it is sold is never stocked: in its place
go the components of its own recipe. One that is produced is stocked, and is taken as it is.

Goods move in thousandths, and what a recipe asks for rarely falls on one. What is taken for the next piece is what all pieces
up to it ask for, rounded down, less what those before it asked for: the remainders of one are the next one's, and a million
sales one by one take what one sale of a million takes. How many were made before is in the ledger (`before`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

import msgspec

from replication.wire.quantity import THOUSANDTHS
from replication.wire.recipe import Component, DepleteOn, Recipe

LEVELS_MAX: Final = 12
"""Recipes below each other: more than any kitchen or workshop has, and a bound for whatever two histories may come to."""
PARTS_MAX: Final = 200
"""Different components that one recipe takes, over all levels it is taken apart: a document has room for 512 movements."""
TREE_MAX: Final = 2_000
"""Places in a tree that are taken apart further: a page of them, and some milliseconds."""
WHOLE: Final = 10_000
"""Basis points of all."""

Find = Callable[[str], Recipe | None]
"""An item's own recipe, in force."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """A component, of which `numerator` / `denominator` thousandths go into a thousandth of what is made."""

    item: str
    numerator: int
    denominator: int

    def between(self, before: int, made: int, grain: int = 1) -> int:
        """What the next `made` thousandths take, where `before` were made; in whole grains (1000 for goods not parted)."""
        each, per = self.numerator, self.denominator * grain
        return ((before + made) * each // per - before * each // per) * grain

    def exactly(self, made: int) -> Fraction:
        """What so many thousandths take, unrounded."""
        return Fraction(self.numerator * made, self.denominator)


class Level(msgspec.Struct, frozen=True):
    """A component where it stands in the tree of a recipe. `stocked`: it is taken as it is, and not what it is made of."""

    depth: int
    item: str
    each: Fraction
    stocked: bool


def each_of(recipe: Recipe, component: Component) -> Fraction:
    """Thousandths of a component, in its base unit, for a thousandth of what is made."""
    return Fraction(
        component.quantity * component.bases * WHOLE * WHOLE,
        component.units * component.usable * recipe.good * recipe.output,
    )


def parts_of(recipe: Recipe, find: Find) -> tuple[Part, ...]:
    """What is taken from stock, each item once, in the order the recipe names them. Where two histories made a circle, or more
    levels than there may be, what closes it is taken as it is."""
    sums: dict[str, Fraction] = {}
    for level in tree_of(recipe, find):
        if level.stocked:
            sums[level.item] = sums.get(level.item, Fraction(0)) + level.each
    return tuple(Part(item, each.numerator, each.denominator) for item, each in sums.items())


def tree_of(recipe: Recipe, find: Find, *, through_all: bool = False) -> Iterator[Level]:
    """Every component below a recipe, each before what it is made of. `through_all`: down to what is bought, through what is
    produced and stocked as well (`stocked` then still says what a sale or a production takes)."""
    yield from _below(recipe, Fraction(1), (recipe.item,), _Walk(find, through_all=through_all), hidden=False)


class _Walk:
    """What one walk of a tree has in common."""

    def __init__(self, find: Find, *, through_all: bool) -> None:
        self.find, self.through_all, self.places = find, through_all, 0


def _below(recipe: Recipe, times: Fraction, path: tuple[str, ...], walk: _Walk, *, hidden: bool) -> Iterator[Level]:
    for component in recipe.components:
        each = times * each_of(recipe, component)
        walk.places += 1
        ends = component.item in path or len(path) >= LEVELS_MAX or walk.places > TREE_MAX
        own = None if ends else walk.find(component.item)
        made_at_sale = own is not None and own.deplete_on is DepleteOn.SALE
        yield Level(len(path), component.item, each, not made_at_sale and not hidden)
        if own is not None and (made_at_sale or walk.through_all):
            yield from _below(own, each, (*path, component.item), walk, hidden=hidden or not made_at_sale)


class RecipeBook(dict[str, Recipe]):
    """Recipes by code, and where to look for those that an item goes into: `users` names them all, and may name one that does
    not use it any more."""

    def __init__(self, recipes: Iterable[Recipe] = ()) -> None:
        super().__init__()
        self.users: dict[str, set[str]] = {}
        for recipe in recipes:
            self.put(recipe)

    def put(self, recipe: Recipe) -> None:
        """In place of the one of its code."""
        self[recipe.code] = recipe
        for component in recipe.components:
            self.users.setdefault(component.item, set()).add(recipe.code)


def own_recipe(recipes: Mapping[str, Recipe], sku: str) -> Recipe | None:
    """An item's own recipe, in force."""
    found = recipes.get(sku)
    return found if found is not None and found.active and found.item == sku else None


def loop_in(recipe: Recipe, find: Find) -> tuple[str, ...]:
    """The circle that a recipe would close, as the items on it, first and last the same; empty where it closes none."""
    return _loop(recipe, (recipe.item,), find, set())


def _loop(recipe: Recipe, path: tuple[str, ...], find: Find, done: set[str]) -> tuple[str, ...]:
    for component in recipe.components:
        if component.item in path:
            return (*path[path.index(component.item) :], component.item)
        own = None if component.item in done else find(component.item)
        if own is not None:
            found = _loop(own, (*path, component.item), find, done)
            if found:
                return found
            done.add(component.item)
    return ()


def depth_of(recipe: Recipe, find: Find) -> int:
    """How many recipes stand below each other, this one included. Only for one that closes no circle."""
    known: dict[str, int] = {}

    def below(one: Recipe) -> int:
        deepest = 0
        for component in one.components:
            own = find(component.item)
            if own is not None:
                if component.item not in known:
                    known[component.item] = below(own)
                deepest = max(deepest, known[component.item])
        return deepest + 1

    return below(recipe)


class Dish(msgspec.Struct, frozen=True):
    """What is taken, and from where, when an item is sold that is made at that moment."""

    location: str
    parts: tuple[Part, ...]


class Plan(msgspec.Struct, frozen=True):
    """What a production takes."""

    recipe: Recipe
    parts: tuple[Part, ...]

    def comes_with(self, before: int, made: int, grain: Callable[[str], int]) -> list[tuple[str, int, int]]:
        """The by-products of the next `made`: item, thousandths of its base unit in whole grains, basis points of the cost."""
        return [
            (
                one.item,
                Part(one.item, one.quantity, self.recipe.output).between(before, made, grain(one.item)),
                one.share,
            )
            for one in self.recipe.by_products
        ]


def is_beyond(actual: int, planned: Fraction, tolerance: int, grain: int = 1) -> bool:
    """Whether what was taken differs by more than so many basis points of what was planned; a grain never counts."""
    return abs(actual - planned) > planned * tolerance / WHOLE + grain


def grain_of(*, whole: bool) -> int:
    """The smallest quantity of an item that moves."""
    return THOUSANDTHS if whole else 1
