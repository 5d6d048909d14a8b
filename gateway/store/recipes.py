"""Recipes as the journal has them: every version a row under its entry, the newest of a code is the one that counts.

Part of the writer's session and touched by its thread only; what is read beside it stands below.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.domain.recipe import Dish, Plan, RecipeBook, own_recipe, parts_of
from replication.wire.events import RecipePut
from replication.wire.location import SHOP
from replication.wire.recipe import DepleteOn, Recipe

RECIPES_MAX: Final = 5_000
"""All are kept in the writer's memory once one is asked for, about 10 MB: a hundred menus."""

RECIPE_TABLES: Final = """
CREATE TABLE recipes (
    seq INTEGER PRIMARY KEY, code TEXT NOT NULL, body BLOB NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX recipes_by_code ON recipes (code, seq)
"""
_decoder = msgspec.msgpack.Decoder(Recipe)
_encoder = msgspec.msgpack.Encoder()
_NEWEST: Final = "seq = (SELECT max(newer.seq) FROM recipes AS newer WHERE newer.code = recipes.code)"


class Recipes:
    """Recipes inside the open transaction, written at once: they are put seldom."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Drop everything that may have come from rows that are gone."""
        self._all: RecipeBook | None = None
        self._dishes: dict[str, Dish | None] = {}

    def all(self) -> Mapping[str, Recipe]:
        """Every recipe by its code, whether it is active or not."""
        if self._all is None:
            rows = self._connection.execute(f"SELECT code, body FROM recipes WHERE {_NEWEST}")
            self._all = RecipeBook(_decoder.decode(body) for _, body in rows)
        return self._all

    def own(self, sku: str) -> Recipe | None:
        """An item's own recipe, in force."""
        return own_recipe(self.all(), sku)

    def plan(self, code: str) -> Plan | None:
        """A recipe that is active, with what a production takes."""
        recipe = self.all().get(code)
        return None if recipe is None or not recipe.active else Plan(recipe, parts_of(recipe, self.own))

    def dish(self, sku: str) -> Dish | None:
        """What is taken when an item is sold; None where it is taken itself."""
        if sku not in self._dishes:
            own = self.own(sku)
            if own is None or own.deplete_on is not DepleteOn.SALE:
                self._dishes[sku] = None
            else:
                self._dishes[sku] = Dish(own.location or SHOP, parts_of(own, self.own))
            if len(self._dishes) > RECIPES_MAX:  # goods without a recipe are remembered as well
                self._dishes = {sku: self._dishes[sku]}
        return self._dishes[sku]

    def note(self, seq: int, event: RecipePut) -> None:
        """A recipe was appended to the journal."""
        values = (seq, event.recipe.code, _encoder.encode(event.recipe), event.person, event.posted_at)
        self._connection.execute("INSERT INTO recipes VALUES (?, ?, ?, ?, ?)", values)
        if self._all is not None:
            self._all.put(event.recipe)  # a menu brought as a file is not read anew for each dish
        self._dishes = {}

    def set_aside(self, after: int) -> None:
        """The entries after a seq leave the journal."""
        self._connection.execute("DELETE FROM recipes WHERE seq > ?", (after,))
        self.forget()


class RecipeRow(msgspec.Struct, frozen=True):
    """A recipe as it stands, as of its entry; who put it and when (UTC ms)."""

    recipe: Recipe
    seq: int
    person: str
    at: int


def load_recipe(connection: sqlite3.Connection, code: str) -> RecipeRow | None:
    """The newest version."""
    row = connection.execute(
        "SELECT body, seq, person, at FROM recipes WHERE code = ? ORDER BY seq DESC LIMIT 1", (code,)
    ).fetchone()
    return None if row is None else RecipeRow(_decoder.decode(row[0]), *row[1:])


def list_recipes(connection: sqlite3.Connection, *, after: str, limit: int) -> list[RecipeRow]:
    """The newest version of each, by code."""
    rows = connection.execute(
        f"SELECT body, seq, person, at FROM recipes WHERE code > ? AND {_NEWEST} ORDER BY code LIMIT ?", (after, limit)
    )
    return [RecipeRow(_decoder.decode(body), *more) for body, *more in rows]


def recipes_in_force(connection: sqlite3.Connection) -> RecipeBook:
    """Every recipe by its code, beside the writer."""
    rows = connection.execute(f"SELECT code, body FROM recipes WHERE {_NEWEST}")
    return RecipeBook(_decoder.decode(body) for _, body in rows)


def made_when_sold(connection: sqlite3.Connection) -> frozenset[int]:
    """The ids of items that are made at the moment they are sold: what their shelf lacks nobody misses. Reads all recipes:
    14 ms for five thousand on the build machine."""
    rows = connection.execute(
        f"SELECT item_id, sku, recipes.body FROM recipes CROSS JOIN items ON sku = code WHERE recipes.{_NEWEST}"
    )
    found = ((item_id, sku, _decoder.decode(body)) for item_id, sku, body in rows)
    return frozenset(
        item_id
        for item_id, sku, recipe in found
        if recipe.active and recipe.item == sku and recipe.deplete_on is DepleteOn.SALE
    )


def stored_recipes(connection: sqlite3.Connection) -> dict[int, tuple[str, bytes, str, int]]:
    """Every version by its seq: what a fold of the journal has to come to."""
    rows = connection.execute("SELECT seq, code, body, person, at FROM recipes")
    return {seq: tuple(row) for seq, *row in rows}


def recipe_row(event: RecipePut) -> tuple[str, bytes, str, int]:
    """What an entry's row says."""
    return event.recipe.code, _encoder.encode(event.recipe), event.person, event.posted_at
