"""The till asks for what the gateway posts: one list of cases for both, and a sale under taxes and 抹零 on the page.

The cases were computed with fractions, apart from either side; a new rule begins with a case here.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gateway.domain.till_money import TillMoney
from replication.wire.events import PostedLine, Tender, TenderType
from replication.wire.item import Item
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger
from tests.till.fake_gateway import FakeGateway

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("money_cases.json").read_text(encoding="utf-8"))
BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])


@BY_NAME
def test_the_gateway_adds_what_the_case_says(case: dict[str, Any]) -> None:
    """Taxes of each rate, what cash cannot pay, and the total."""

    class Shop(BareLedger):
        def item(self, sku: str) -> Item | None:
            return Item(sku, sku, "pc", 1, tax=sku or None)

    told = case["money"]
    money = TillMoney(told["rates"], told["usual"], told["inclusive"], told["cash_unit"])
    lines = [PostedLine(class_ or "", Quantity(1000), amount) for class_, amount in case["lines"]]
    parts = money.taxes(lines, Shop()) if money.rates else ()
    total = sum(amount for _, amount in case["lines"]) + (0 if money.inclusive else sum(part.tax for part in parts))
    rounding = money.rounding(total, [Tender(TenderType.CASH if case["cash"] else TenderType.CARD, total)])
    assert [[part.rate, part.base, part.tax] for part in parts] == case["taxes"]
    assert (rounding, total + rounding) == (case["rounding"], case["due"])


def test_the_till_asks_for_what_the_gateway_posts(run: Callable[..., Any]) -> None:
    """The same cases through the till's own modules, lines and all."""
    body = """async m => (await (await fetch('/cases.json')).json()).map(one => {
      const cart = { lines: one.lines.map(([tax, price], key) => ({ key, sku: String(key), price, quantity: 1000, tax })), selected: null, next: 99 };
      const terms = { money: one.money, taxOf: sku => cart.lines[sku].tax };
      const { rounding, due } = m.totals(cart, terms, one.cash);
      return { rounding, due };
    })"""
    assert run("cart.js", body) == [{"rounding": one["rounding"], "due": one["due"]} for one in CASES]
    parts = """async m => (await (await fetch('/cases.json')).json()).map(one =>
      m.taxesOf(one.lines.map(([tax, amount]) => ({ tax, amount })), one.money).map(part => [part.rate, part.base, part.tax]))"""
    assert run("taxes.js", parts) == [one["taxes"] for one in CASES]


def test_a_sale_with_tax_on_top_is_paid_to_the_fen_or_the_jiao(
    open_till: Callable[..., Page], gateway: FakeGateway
) -> None:
    """Tax shows beside the lines, 抹零 once cash pays; what is asked for is what is posted, after a cold start too."""
    gateway.sell_under(TillMoney({"standard": 1300, "food": 900}, "standard", inclusive=False, cash_unit=10))
    page = open_till()
    page.click("[data-sku=tissue]")  # 23.90 at 13 %: 3.107
    page.click("[data-sku=rice-5]")  # 46.80 at 9 %: 4.212
    expect(page.locator("[data-total]")).to_have_text("¥78.02")
    expect(page.locator(".sum dl")).to_contain_text("¥7.32")
    page.reload()
    expect(page.locator("[data-total]")).to_have_text("¥78.02")
    page.keyboard.press("F12")
    expect(page.locator("[data-total]")).to_have_text("¥78.00")
    expect(page.locator(".sum dl")).to_contain_text("−¥0.02")
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page.locator(".donep .v")).to_have_text("¥22.00")
    expect(page.locator(".chain")).to_contain_text("Saved in store")
    [(_, body)] = gateway.puts
    assert body["tenders"] == [{"type": "cash", "amount": 10_000}]
    [document] = gateway.documents.values()
    assert (document["answer"]["total"], document["answer"]["change"]) == (7_800, 2_200)
