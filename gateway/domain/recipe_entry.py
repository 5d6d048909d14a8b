"""A recipe as a person or a program enters it, and the rules that make it one.

What is wrong with it is found against the items and recipes that are there; what a unit is worth is read here once, so that a
recipe says the same for ever. Fields that were not sent stay `UNSET`, and unknown ones are refused.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.fault import Fault
from gateway.domain.recipe import (
    LEVELS_MAX,
    PARTS_MAX,
    TREE_MAX,
    WHOLE,
    RecipeBook,
    depth_of,
    loop_in,
    own_recipe,
    tree_of,
)
from replication.wire.identity import SKU
from replication.wire.item import Item, Tracking
from replication.wire.item_entry import NAME_MAX, UNIT_MAX
from replication.wire.location import LOCATION_NAME, is_virtual
from replication.wire.quantity import THOUSANDTHS, Quantity, QuantityError, parse_quantity
from replication.wire.recipe import ByProduct, Component, DepleteOn, Recipe, RoutingStep

COMPONENTS_MAX: Final = 100
STEPS_MAX: Final = 50
RATIO_MAX: Final = 1_000_000_000
"""Nine digits on each side, as a rate has."""
SHELF_LIFE_MAX: Final = 36_500


class RatioEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many `units` are so many `bases` of the item's base unit, both whole: 200 spoons are 3 litres."""

    units: int
    bases: int


class ComponentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes in. `unit` is the base unit, a pack, or with `ratio` any other; `usable` basis points of it."""

    item: str
    quantity: str
    unit: str | UnsetType = UNSET
    ratio: RatioEntry | UnsetType = UNSET
    usable: int = WHOLE


class ByProductEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What also comes out, in its base unit, and its share of the cost in basis points."""

    item: str
    quantity: str
    share: int = 0


class StepEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step on the way."""

    name: str
    name_zh: str | UnsetType = UNSET
    minutes: int | UnsetType = UNSET


class RecipeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /recipes/{code}`. `item` is what it makes, without one the item of that SKU; `good` of what goes in comes
    out, in basis points; `tolerance` as well."""

    components: tuple[ComponentEntry, ...]
    item: str | UnsetType = UNSET
    output: str = "1"
    good: int = WHOLE
    by_products: tuple[ByProductEntry, ...] = ()
    steps: tuple[StepEntry, ...] = ()
    deplete_on: DepleteOn = DepleteOn.PRODUCTION
    location: str | UnsetType = UNSET
    shelf_life_days: int | UnsetType = UNSET
    tolerance: int = 500
    active: bool = True


FindItem = Callable[[str], Item | None]


def read_recipe(
    code: str, entry: RecipeEntry, find_item: FindItem, recipes: Mapping[str, Recipe]
) -> Recipe | tuple[Fault, ...]:
    """Read an entry, or say everything that is wrong with it, or with what it is a part of. `recipes` are those there are."""
    faults: list[Fault] = []
    sku = code if entry.item is UNSET else entry.item
    if not SKU.fullmatch(code):
        faults.append(Fault("code", "bad_sku", {"text": code[:64]}))
    _find_item(faults, "item", sku, find_item)
    recipe = Recipe(
        code, sku, _quantity(faults, "output", entry.output),
        tuple(_component(faults, at, one, find_item) for at, one in enumerate(entry.components[:COMPONENTS_MAX])),
        entry.good,
        tuple(_by_product(faults, at, one, find_item) for at, one in enumerate(entry.by_products[:COMPONENTS_MAX])),
        tuple(_step(faults, at, one) for at, one in enumerate(entry.steps[:STEPS_MAX])),
        entry.deplete_on,
        None if entry.location is UNSET else entry.location,
        None if entry.shelf_life_days is UNSET else entry.shelf_life_days,
        entry.tolerance, entry.active,
    )  # fmt: skip
    _check_bounds(faults, entry)
    if recipe.deplete_on is DepleteOn.SALE:
        _check_sold(faults, recipe, find_item)
    if not faults:
        _check_trees(faults, recipe, recipes)
    return tuple(faults) or recipe


def _find_item(faults: list[Fault], path: str, sku: str, find_item: FindItem) -> Item | None:
    item = find_item(sku)
    if item is None:
        faults.append(Fault(path, "unknown_item", {"item": sku[:64]}))
    return item


def _quantity(faults: list[Fault], path: str, text: str) -> Quantity:
    try:
        quantity = parse_quantity(text)
    except QuantityError as error:
        faults.append(Fault(path, f"quantity_{error.code}", {"text": error.text[:40]}))
        return Quantity(THOUSANDTHS)
    if quantity <= 0:
        faults.append(Fault(path, "quantity_not_positive", {"text": text}))
    return quantity


def _component(faults: list[Fault], at: int, entry: ComponentEntry, find_item: FindItem) -> Component:
    path = f"components[{at}]"
    item = _find_item(faults, f"{path}.item", entry.item, find_item)
    quantity = _quantity(faults, f"{path}.quantity", entry.quantity)
    if not 1 <= entry.usable <= WHOLE:
        faults.append(Fault(f"{path}.usable", "share_out_of_range"))
    unit = None if entry.unit is UNSET or (item is not None and entry.unit == item.unit) else entry.unit
    units, bases = 1, 1
    if unit is not None and not 1 <= len(unit) <= UNIT_MAX:
        faults.append(Fault(f"{path}.unit", "text_out_of_range", {"limit": str(UNIT_MAX)}))
    pack = None if item is None or unit is None else item.pack(unit)
    if entry.ratio is not UNSET:
        units, bases = entry.ratio.units, entry.ratio.bases
        if unit is None or (pack is not None and (units, bases) != (1, pack.factor // THOUSANDTHS)):
            faults.append(Fault(f"{path}.ratio", "ratio_not_needed"))
        if not (1 <= units <= RATIO_MAX and 1 <= bases <= RATIO_MAX):
            faults.append(Fault(f"{path}.ratio", "bad_ratio", {"limit": str(RATIO_MAX)}))
    elif pack is not None:
        bases = pack.factor // THOUSANDTHS
    elif unit is not None and item is not None:
        faults.append(Fault(f"{path}.unit", "unknown_unit", {"unit": unit[:32], "item": item.sku, "base": item.unit}))
    return Component(entry.item, quantity, unit, units, bases, entry.usable)


def _by_product(faults: list[Fault], at: int, entry: ByProductEntry, find_item: FindItem) -> ByProduct:
    path = f"by_products[{at}]"
    _find_item(faults, f"{path}.item", entry.item, find_item)
    return ByProduct(entry.item, _quantity(faults, f"{path}.quantity", entry.quantity), entry.share)


def _step(faults: list[Fault], at: int, entry: StepEntry) -> RoutingStep:
    name_zh = None if entry.name_zh is UNSET else entry.name_zh
    for name, text in (("name", entry.name), ("name_zh", name_zh)):
        if text is not None and not 1 <= len(text) <= NAME_MAX:
            faults.append(Fault(f"steps[{at}].{name}", "text_out_of_range", {"limit": str(NAME_MAX)}))
    return RoutingStep(entry.name, name_zh, None if entry.minutes is UNSET else entry.minutes)


def _check_bounds(faults: list[Fault], entry: RecipeEntry) -> None:
    if not entry.components:
        faults.append(Fault("components", "component_required"))
    for name, told, most in (
        ("components", entry.components, COMPONENTS_MAX), ("by_products", entry.by_products, COMPONENTS_MAX),
        ("steps", entry.steps, STEPS_MAX),
    ):  # fmt: skip
        if len(told) > most:
            faults.append(Fault(name, "too_many", {"limit": str(most)}))
    if len({one.name for one in entry.steps}) != len(entry.steps):
        faults.append(Fault("steps", "step_twice"))
    shares = sum(max(one.share, 0) for one in entry.by_products)
    if any(one.share < 0 for one in entry.by_products) or shares > WHOLE:
        faults.append(Fault("by_products", "share_out_of_range"))
    for name, points in (("good", entry.good), ("tolerance", entry.tolerance)):
        if not (1 if name == "good" else 0) <= points <= WHOLE:
            faults.append(Fault(name, "share_out_of_range"))
    minutes = [one.minutes for one in entry.steps if one.minutes is not UNSET]
    days = () if entry.shelf_life_days is UNSET else (entry.shelf_life_days,)
    if any(not 0 <= number <= SHELF_LIFE_MAX for number in (*minutes, *days)):
        faults.append(Fault("", "days_out_of_range", {"limit": str(SHELF_LIFE_MAX)}))
    if entry.location is not UNSET:
        if not LOCATION_NAME.fullmatch(entry.location):
            faults.append(Fault("location", "bad_location", {"text": entry.location[:40]}))
        elif is_virtual(entry.location):
            faults.append(Fault("location", "virtual_location", {"location": entry.location}))


def _check_sold(faults: list[Fault], recipe: Recipe, find_item: FindItem) -> None:
    """What is made when it is sold is the item's own recipe, and brings nothing a cashier would have to name or put away."""
    if recipe.code != recipe.item:
        faults.append(Fault("deplete_on", "not_own_recipe", {"item": recipe.item[:64]}))
    if recipe.by_products:
        faults.append(Fault("by_products", "by_product_of_sale"))
    for at, sku in enumerate([recipe.item, *(one.item for one in recipe.components)]):
        item = find_item(sku)
        if item is not None and (item.tracking is Tracking.SERIAL or (at == 0 and item.tracking is not Tracking.NONE)):
            faults.append(Fault("deplete_on", "named_goods_of_sale", {"item": item.sku}))


def _check_trees(faults: list[Fault], recipe: Recipe, recipes: Mapping[str, Recipe]) -> None:
    """No circle, not too deep, not too broad, with this recipe in force: itself, and whatever its item goes into."""
    book = recipes if isinstance(recipes, RecipeBook) else RecipeBook(recipes.values())
    after = ChainMap({recipe.code: recipe}, book)

    def users_of(item: str) -> list[Recipe]:
        found = [after[code] for code in sorted(book.users.get(item, set()) | {recipe.code})]
        return [one for one in found if one.active and any(part.item == item for part in one.components)]

    waiting, met = [recipe], {recipe.code}
    while waiting and not faults:
        one = waiting.pop()
        fault = _tree_fault(one, after)
        if fault is not None:
            faults.append(fault)
        above = users_of(one.item) if one.code == one.item else []
        waiting += [user for user in above if user.code not in met]
        met.update(user.code for user in above)


def _tree_fault(recipe: Recipe, recipes: Mapping[str, Recipe]) -> Fault | None:
    def find(sku: str) -> Recipe | None:
        return own_recipe(recipes, sku)

    loop = loop_in(recipe, find)
    if loop:
        return Fault("components", "recipe_in_circle", {"loop": " → ".join(loop)})
    if depth_of(recipe, find) > LEVELS_MAX:
        return Fault("components", "recipe_too_deep", {"recipe": recipe.code, "limit": str(LEVELS_MAX)})
    taken: set[str] = set()
    for count, level in enumerate(tree_of(recipe, find), 1):
        if level.stocked:
            taken.add(level.item)
        if count > TREE_MAX or len(taken) > PARTS_MAX:
            return Fault("components", "recipe_too_broad", {"recipe": recipe.code, "limit": str(PARTS_MAX)})
    return None
