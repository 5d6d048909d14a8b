"""A table that was taken out and is brought back says the same: each kind, as CSV and as a workbook."""

import string
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.import_changes import (
    Change,
    CodesChange,
    ItemChange,
    PartnerChange,
    RecipeChange,
)
from gateway.domain.import_columns import ImportKind
from gateway.domain.import_goods import Partner, item_after, partner_after, recipe_after
from gateway.domain.recipe_entry import read_recipe
from gateway.read_table import judge
from gateway.store.exports import EXPORTS, Row, code_rows, item_row, partner_row, recipe_rows
from gateway.web.sheet import csv_rows, sheet_parts
from replication.wire.item import Item, Pack, Tracking
from replication.wire.quantity import Quantity
from replication.wire.recipe import ByProduct, Component, DepleteOn, Recipe, RoutingStep

DIGITS = 2
EXAMPLES = 60
SIGNS = string.ascii_letters + string.digits
codes = st.text(SIGNS + "-_.", min_size=1, max_size=12).filter(lambda text: text[0] in SIGNS and not _spoilt(text))
barcodes = st.text(SIGNS + '-. ,;|"', min_size=1, max_size=12).filter(lambda text: not _spoilt(text) and text.strip())
names = st.text(SIGNS + "茶饮（大）'\"=+-@,;\n ½Ｌ", min_size=1, max_size=20).filter(lambda text: text == text.strip())
some_name = st.none() | names
amounts = st.integers(0, 10**9)
quantities = st.integers(1, 10**9).map(Quantity)
units = st.sampled_from(["piece", "kg", "瓶"])
shares = st.integers(1, 10_000)


def _spoilt(text: str) -> bool:
    """What a spreadsheet takes for a power of ten is refused by name and is no code that anybody has."""
    before, sign, after = text.casefold().partition("e")
    return bool(sign) and before[:1].isdecimal() and (after[:1] == "-" or "." in before) and after[-1:].isdecimal()


@st.composite
def items(draw: st.DrawFn) -> Item:
    found = draw(st.lists(codes, unique=True, max_size=2))
    packs = tuple(
        Pack(f"pack{place}", Quantity(1000 * draw(st.integers(2, 999))), code) for place, code in enumerate(found)
    )
    more = [code for code in draw(st.lists(barcodes, unique=True, max_size=3)) if code not in found]
    return Item(
        draw(codes), draw(names), draw(units), draw(amounts), draw(some_name), tuple(more), packs,
        draw(st.sampled_from(Tracking)), draw(st.booleans()), draw(some_name), draw(some_name),
        draw(st.none() | quantities), draw(st.booleans()), draw(st.none() | st.just("reduced")),
        draw(st.none() | st.integers(-30_000, 30_000)),
    )  # fmt: skip


@st.composite
def recipes(draw: st.DrawFn) -> tuple[Recipe, dict[str, Item]]:
    skus = draw(st.lists(codes, unique=True, min_size=4, max_size=6))
    known = {sku: Item(sku, sku, "kg", 100, packs=(Pack("sack", Quantity(25_000)),)) for sku in skus}

    def component(sku: str) -> Component:
        unit, ratio = draw(st.sampled_from([
            (None, (1, 1)), ("sack", (1, 25)), ("spoon", (200, 3)), ("pot", (1, 1)),
        ]))  # fmt: skip
        return Component(sku, draw(quantities), unit, *ratio, draw(shares))

    steps = draw(st.lists(names, unique=True, max_size=3))
    made = Recipe(
        draw(codes), skus[0], draw(quantities), tuple(component(sku) for sku in skus[2:]), draw(shares),
        draw(st.just(()) | st.builds(lambda quantity, share: (ByProduct(skus[1], quantity, share),), quantities, shares)),
        tuple(RoutingStep(name, draw(some_name), draw(st.none() | st.integers(0, 600))) for name in steps),
        DepleteOn.PRODUCTION, draw(st.none() | st.just("kitchen")), draw(st.none() | st.integers(0, 365)), draw(shares),
        draw(st.booleans()),
    )  # fmt: skip
    return made, known


def brought(kind: ImportKind, rows: Sequence[Row], *, workbook: bool) -> tuple[Change, ...]:
    """What a file of these rows asks for."""
    heads = EXPORTS[kind.value].heads
    data = (
        b"".join(sheet_parts(iter([[heads, *rows]])))
        if workbook
        else "".join(csv_rows([heads, *rows], first=True)).encode()
    )
    _, table = judge(kind, data, DIGITS)
    assert table.faults == ()
    return table.changes


@settings(max_examples=EXAMPLES, deadline=None)
@given(items(), st.booleans())
def test_an_item_with_its_barcodes_and_packs(item: Item, workbook: bool) -> None:
    (change,) = brought(ImportKind.ITEMS, [item_row(item, DIGITS)], workbook=workbook)
    assert isinstance(change, ItemChange)
    found = item_after(None, 0, change)
    rows = [row for row in code_rows(item) if row[2]]
    if rows and isinstance(found, Item):
        (of_codes,) = brought(ImportKind.BARCODES, rows, workbook=workbook)
        assert isinstance(of_codes, CodesChange)
        found = item_after(found, 0, of_codes)
    assert found == item


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(Partner, codes, names, some_name, st.none() | codes, some_name, st.booleans()), st.booleans())
def test_a_supplier_or_a_member(partner: Partner, workbook: bool) -> None:
    (change,) = brought(ImportKind.SUPPLIERS, [partner_row(partner)], workbook=workbook)
    assert isinstance(change, PartnerChange)
    assert partner_after(None, change) == partner


@settings(max_examples=EXAMPLES, deadline=None)
@given(recipes(), st.booleans())
def test_a_recipe_with_its_by_products_and_steps(given_: tuple[Recipe, dict[str, Item]], workbook: bool) -> None:
    recipe, known = given_
    (change,) = brought(ImportKind.RECIPES, list(recipe_rows(recipe)), workbook=workbook)
    assert isinstance(change, RecipeChange)
    assert read_recipe(recipe.code, recipe_after(None, change), known.get, {}) == recipe
    again = read_recipe(recipe.code, recipe_after(recipe, change), known.get, {recipe.code: recipe})
    assert again == recipe
