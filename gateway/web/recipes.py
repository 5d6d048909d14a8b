"""Recipes over HTTP: put, read, list, and what one takes for so much, over all its levels."""

from collections.abc import Sequence
from fractions import Fraction
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make
from admin_ui.serving.raw import Operation, RawRoute
from admin_ui.serving.roles import Role
from gateway.domain.fault import Fault
from gateway.domain.recipe import Level, own_recipe, tree_of
from gateway.domain.recipe_entry import ByProductEntry, ComponentEntry, RatioEntry, RecipeEntry, StepEntry
from gateway.store.items import load_item
from gateway.store.recipes import RecipeRow, list_recipes, load_recipe, recipes_in_force
from gateway.use_cases.put_recipe import RecipeRefused, put_recipe
from gateway.web.branch import Branch
from gateway.web.change_asked import change_asked
from gateway.web.keys import CodeKey
from gateway.web.moments import moment
from gateway.web.problems import refusal
from replication.wire.item import Item
from replication.wire.quantity import THOUSANDTHS, QuantityError, format_quantity, parse_quantity
from replication.wire.recipe import DepleteOn

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(RecipeEntry)

EXAMPLE: Final = RecipeEntry(
    (ComponentEntry("tea-500", "24"), ComponentEntry("ribbon", "1.5", "hand", RatioEntry(10, 1), 9800)), item="tea-box", good=9900,
    by_products=(ByProductEntry("tea-500", "0.1"),), steps=(StepEntry("Wrap", "包装", 5),), shelf_life_days=30,
)  # fmt: skip
EXAMPLE_AT: Final = {"code": "gift-wrap"}


class ComponentView(msgspec.Struct, frozen=True):
    """What goes in: so many `units` of its unit are so many `bases` of the base unit; `usable` basis points of it."""

    item: str
    quantity: str
    unit: str | None
    units: int
    bases: int
    usable: int


class ByProductView(msgspec.Struct, frozen=True):
    """What also comes out; `share` of the cost in basis points."""

    item: str
    quantity: str
    share: int


class StepView(msgspec.Struct, frozen=True):
    """A step on the way."""

    name: str
    name_zh: str | None
    minutes: int | None


class RecipeView(msgspec.Struct, frozen=True):
    """A recipe as it stands; `version` is the seq of its last change."""

    code: str
    item: str
    output: str
    components: tuple[ComponentView, ...]
    good: int
    by_products: tuple[ByProductView, ...]
    steps: tuple[StepView, ...]
    deplete_on: DepleteOn
    location: str | None
    shelf_life_days: int | None
    tolerance: int
    active: bool
    version: int
    person: str
    at: str


class NeedView(msgspec.Struct, frozen=True):
    """A component somewhere below a recipe, in its base unit, rounded half up; `exact` is unrounded, in base units. `stocked`: a
    sale or a production takes it, and not what it is made of."""

    depth: int
    item: str
    name: str
    name_zh: str | None
    unit: str
    quantity: str
    exact: str
    stocked: bool


def recipe_view(row: RecipeRow) -> RecipeView:
    """A recipe as the API shows it."""
    recipe = row.recipe
    return RecipeView(
        recipe.code, recipe.item, format_quantity(recipe.output),
        tuple(
            ComponentView(one.item, format_quantity(one.quantity), one.unit, one.units, one.bases, one.usable)
            for one in recipe.components
        ),
        recipe.good,
        tuple(ByProductView(one.item, format_quantity(one.quantity), one.share) for one in recipe.by_products),
        tuple(StepView(one.name, one.name_zh, one.minutes) for one in recipe.steps),
        recipe.deplete_on, recipe.location, recipe.shelf_life_days, recipe.tolerance, recipe.active, row.seq, row.person,
        moment(row.at),
    )  # fmt: skip


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /recipes` and `GET /recipes/{code}/explosion`."""
    ledger = branch.shop.ledger

    @get("/api/v1/recipes", tags=["recipes"], summary="Recipes by code", guards=[at_least(Role.CASHIER)])
    async def recipes(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[RecipeView]:
        start, most = decode_cursor("recipes", after, CodeKey) or CodeKey(""), page_limit(limit)
        rows = await ledger.read(lambda connection: list_recipes(connection, after=start.code, limit=most + 1))
        page = page_of("recipes", rows, most, lambda row: CodeKey(row.recipe.code))
        return Page([recipe_view(row) for row in page.rows], page.next)

    @get("/api/v1/recipes/{code:str}/explosion", tags=["recipes"], guards=[at_least(Role.CASHIER)],
         summary="What a recipe takes for so much, over all its levels")  # fmt: skip
    async def explosion(code: FromPath[str], quantity: FromQuery[str | None] = None) -> Page[NeedView]:
        """`quantity` in the base unit of what it makes; without it, the recipe's own output."""
        try:
            made = None if quantity is None else parse_quantity(quantity)
        except QuantityError as error:
            fault = Fault("quantity", f"quantity_{error.code}", {"text": error.text[:40]})
            raise ProblemRaised(refusal(branch.sentences, 400, (fault,))) from error

        def query(connection: Connection) -> list[NeedView] | None:
            row = load_recipe(connection, code)
            if row is None:
                return None
            known = recipes_in_force(connection)
            levels = tree_of(row.recipe, lambda sku: own_recipe(known, sku), through_all=True)
            wanted = row.recipe.output if made is None else made
            items: dict[str, Item | None] = {}
            return [_need(connection, items, level, wanted) for level in levels]

        found = await ledger.read(query)
        if found is None:
            raise ProblemRaised(make("not_found"))
        return Page(found, None)

    return [recipes, explosion]


def _need(connection: Connection, items: dict[str, Item | None], level: Level, made: int) -> NeedView:
    if level.item not in items:
        row = load_item(connection, level.item)
        items[level.item] = None if row is None else row.item
    item, exact = items[level.item], level.each * made
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    name, name_zh, unit = (level.item, None, "") if item is None else (item.name, item.name_zh, item.unit)
    base = str(Fraction(exact, THOUSANDTHS))
    return NeedView(level.depth, level.item, name, name_zh, unit, format_quantity(rounded), base, level.stocked)


def raw_routes(branch: Branch) -> list[RawRoute]:
    """`/recipes/{code}`."""
    return [
        RawRoute("/api/v1/recipes/{code:str}", {
            "PUT": Operation(
                handler=_put(branch),
                summary="Make or change a recipe",
                name="put_recipe",
                tags=["recipes"],
                request=RecipeEntry,
                request_example=EXAMPLE,
                responses={201: RecipeView, 200: RecipeView, 400: Problem, 422: Problem, 503: Problem},
            ),
            "GET": Operation(
                handler=_get(branch),
                summary="One recipe",
                name="get_recipe",
                tags=["recipes"],
                responses={200: RecipeView, 404: Problem},
            ),
        }, EXAMPLE_AT),
    ]  # fmt: skip


def _put(branch: Branch) -> Direct:
    async def put(scope: Any, read: ReadBody) -> Answer:
        asked = await change_asked(branch, scope, read, _decoder, Role.MANAGER)
        if isinstance(asked, Problem):
            return problem_answer(asked)
        poster, entry = asked
        outcome = await put_recipe(branch.shop, poster, scope["path_params"]["code"], entry)
        if isinstance(outcome, RecipeRefused):
            return problem_answer(refusal(branch.sentences, 400 if outcome.is_malformed else 422, outcome.faults))
        return Answer(201 if outcome.created else 200, _encode(recipe_view(outcome.row)))

    return Direct(put)


def _get(branch: Branch) -> Direct:
    async def read_one(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        code = scope["path_params"]["code"]
        row = await branch.shop.ledger.read(lambda connection: load_recipe(connection, code))
        return problem_answer(make("not_found")) if row is None else Answer(200, _encode(recipe_view(row)))

    return Direct(read_one)
