"""The pages of recipes: the list, and one with its components level by level and what they cost."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.making import ByProduct, RecipeNeed, RecipePage, RecipeRow, RecipesPage, RecipeStep
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.roles import Role
from gateway.domain.costing import MILLIONTHS, unit_cost
from gateway.domain.recipe import Level, own_recipe, tree_of
from gateway.store.recipes import RecipeRow as Stored
from gateway.store.recipes import list_recipes, load_recipe, recipes_in_force
from gateway.store.worths import worth_of
from gateway.web.documents import known_items
from gateway.web.keys import CodeKey
from gateway.web.orders import there
from gateway.web.pages.frame import AnyRequest, Frame, seconds
from replication.wire.item import Item
from replication.wire.quantity import THOUSANDTHS, Quantity, shortest

_FIRST: Final = CodeKey("")


def routes(frame: Frame) -> Sequence[Any]:
    """`/recipes`, `/recipes/rows`, `/recipes/{code}`."""
    branch, manager = frame.branch, at_least(Role.MANAGER, password=True)

    async def rows_page(after: str | None) -> RecipesPage:
        start = decode_cursor("recipes-page", after, CodeKey) or _FIRST

        def query(connection: Connection) -> tuple[list[Stored], dict[str, Item]]:
            rows = list_recipes(connection, after=start.code, limit=LIMIT_DEFAULT + 1)
            return rows, known_items(connection, (row.recipe.item for row in rows))

        rows, items = await branch.shop.ledger.read(query)
        page = page_of("recipes-page", rows, LIMIT_DEFAULT, lambda row: CodeKey(row.recipe.code))
        return RecipesPage(rows=tuple(_row(row, items) for row in page.rows), next=page.next)

    @get("/recipes", include_in_schema=False, guards=[manager])
    async def recipes(request: AnyRequest, caller: TheCaller, after: FromQuery[str | None] = None) -> Response[str]:
        return await frame.page(request, "recipes.html", await rows_page(after), caller)

    @get("/recipes/rows", include_in_schema=False, guards=[manager])
    async def more(request: AnyRequest, caller: TheCaller, after: FromQuery[str | None] = None) -> Response[str]:
        return await frame.part(request, "recipes_rows.html", await rows_page(after), caller)

    @get("/recipes/{code:str}", include_in_schema=False, guards=[manager])
    async def recipe(request: AnyRequest, caller: TheCaller, code: FromPath[str]) -> Response[str]:
        def query(connection: Connection) -> RecipePage | None:
            row = load_recipe(connection, code)
            return None if row is None else _page(connection, row)

        return await frame.page(request, "recipe.html", there(await branch.shop.ledger.read(query)), caller)

    return [recipes, more, recipe]


def _named(items: dict[str, Item], sku: str) -> dict[str, Any]:
    item = items.get(sku)
    if item is None:
        return {"item": sku, "name": sku, "unit": ""}
    return {"item": sku, "name": item.name, "name_zh": item.name_zh, "unit": item.unit}


def _row(row: Stored, items: dict[str, Item]) -> RecipeRow:
    recipe = row.recipe
    return RecipeRow(
        code=recipe.code, makes=shortest(recipe.output), components=len(recipe.components), steps=len(recipe.steps),
        deplete_on=recipe.deplete_on.value, active=recipe.active, **_named(items, recipe.item),
    )  # fmt: skip


def _page(connection: Connection, row: Stored) -> RecipePage:
    recipe, known = row.recipe, recipes_in_force(connection)
    levels = list(tree_of(recipe, lambda sku: own_recipe(known, sku), through_all=True))
    skus = [recipe.item, *(level.item for level in levels), *(one.item for one in recipe.by_products)]
    items = known_items(connection, skus)
    costs = {sku: unit_cost(worth_of(connection, sku).valuation) for sku in {one.item for one in levels if one.stocked}}
    below = [one.depth for one in levels[1:]] + [0]
    needs, known_costs = [], []
    for level, next_depth in zip(levels, below, strict=True):
        quantity = _rounded(level, recipe.output)
        # In millionths of a minor unit for each base unit, and the quantity in thousandths.
        cost = costs[level.item] * quantity // THOUSANDTHS if level.stocked else 0
        if level.stocked:
            known_costs.append(cost if costs[level.item] else None)
        needs.append(
            RecipeNeed(
                depth=level.depth, quantity=shortest(Quantity(quantity)), stocked=level.stocked, made=next_depth > level.depth,
                cost=_minor(cost) if level.stocked and costs[level.item] else None, **_named(items, level.item),
            )
        )  # fmt: skip
    told = [one for one in known_costs if one is not None]
    total = sum(told) if told and len(told) == len(known_costs) else None
    item = items.get(recipe.item)
    return RecipePage(
        code=recipe.code,
        makes=shortest(recipe.output),
        good=recipe.good,
        needs=tuple(needs),
        by_products=tuple(
            ByProduct(quantity=shortest(one.quantity), share=one.share, **_named(items, one.item))
            for one in recipe.by_products
        ),
        steps=tuple(RecipeStep(one.name, one.name_zh, one.minutes) for one in recipe.steps),
        cost=None if total is None else _minor(total),
        each=None if total is None else _minor(total * THOUSANDTHS // recipe.output),
        price=None if item is None else item.price,
        deplete_on=recipe.deplete_on.value,
        location=recipe.location,
        shelf_life_days=recipe.shelf_life_days,
        tolerance=recipe.tolerance,
        active=recipe.active,
        person=row.person,
        at=seconds(row.at),
        **_named(items, recipe.item),
    )


def _rounded(level: Level, output: int) -> int:
    exact = level.each * output
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def _minor(millionths: int) -> int:
    """Rounded half up."""
    return (2 * millionths + MILLIONTHS) // (2 * MILLIONTHS)
