"""Recipes: what goods are made of, how they are made, and what falls off on the way. A recipe is a journal event too.

Whole numbers only: quantities in thousandths, shares in basis points, units as a ratio of two whole numbers.
"""

import enum

import msgspec

from replication.wire.quantity import Quantity


class DepleteOn(enum.StrEnum):
    """When the components of a recipe go: when what it makes is sold, or when somebody produces it."""

    SALE = "sale"
    PRODUCTION = "production"


class Component(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What goes into a recipe: `quantity` of `unit` (nil: the base unit), where `units` of that unit are `bases` base units.
    `usable` is how much of what is taken goes in, in basis points: peel and bones stay behind."""

    item: str
    quantity: Quantity
    unit: str | None = None
    units: int = 1
    bases: int = 1
    usable: int = 10_000


class ByProduct(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What also comes out, in thousandths of its base unit; `share` of the components' cost is its own, in basis points."""

    item: str
    quantity: Quantity
    share: int = 0


class RoutingStep(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A step on the way, with the minutes it usually takes."""

    name: str
    name_zh: str | None = None
    minutes: int | None = None


class Recipe(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How `output` (thousandths of the base unit) of an item is made; its own recipe where `code` is the item's SKU.

    `good` of what goes in comes out, in basis points. Components are taken from `location` when the item is sold.
    `tolerance`: by how much a production may differ, in basis points of what is planned. One that is not `active` is used no
    more.
    """

    code: str
    item: str
    output: Quantity
    components: tuple[Component, ...]
    good: int = 10_000
    by_products: tuple[ByProduct, ...] = ()
    steps: tuple[RoutingStep, ...] = ()
    deplete_on: DepleteOn = DepleteOn.PRODUCTION
    location: str | None = None
    shelf_life_days: int | None = None
    tolerance: int = 500
    active: bool = True
