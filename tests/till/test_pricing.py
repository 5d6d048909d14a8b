"""A scale that computes is told the price of what was chosen, before it weighs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec import structs
from playwright.sync_api import Page, expect

from admin_ui.render import Renderer
from tests.till.fake_gateway import FakeGateway
from tests.till.test_sale import weigh

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


@pytest.fixture
def computing(gateway: FakeGateway) -> Iterator[FakeGateway]:
    """A gateway whose till-1 has such a scale."""
    usual = gateway.renderer
    site = structs.replace(gateway.site, pricing=("till-1",))
    gateway.renderer = Renderer(site, lambda path: f"/static/test/{path}", time.time)
    yield gateway
    gateway.renderer = usual


def test_the_price_goes_to_the_scale_when_an_item_is_chosen(
    computing: FakeGateway, open_till: Callable[..., Page]
) -> None:
    page = open_till()
    with page.expect_request("**/api/v1/stations/till-1/scale") as asked:
        page.click("[data-sku=apples]")
    (apples,) = [row for row in computing.items if row[0] == "apples"]
    assert asked.value.post_data_json == {"price": apples[3]}
    weigh(computing, "stable", "0.482", "r1")
    expect(page.locator("#primary")).to_be_enabled()


def test_what_the_scale_shows_instead_is_said(computing: FakeGateway, open_till: Callable[..., Page]) -> None:
    """The customer sees the scale's sum: another one on the receipt wants a word. It can be sold all the same."""
    page = open_till()
    page.click("[data-sku=apples]")
    weigh(computing, "stable", "0.500", "r1", total=1)
    status = page.locator(".weighp [role=status]")
    expect(status).to_have_text("The scale shows ¥0.01. Tell the customer, or weigh again.")
    expect(page.locator("#primary")).to_be_enabled()
    (apples,) = [row for row in computing.items if row[0] == "apples"]
    weigh(computing, "stable", "2.000", "r2", total=apples[3] * 2)
    expect(status).to_have_text("Stable")


@pytest.mark.parametrize(
    ("item", "price"),
    [
        ({"unit": "kg", "price": 1280}, 1280), ({"unit": "斤", "price": 640}, 1280), ({"unit": "g", "price": 3}, 3000),
        ({"unit": "bottle", "price": 650}, None), ({"unit": "kg", "price": 1_000_000}, None), ({"unit": "kg", "price": 0}, None),
    ],
)  # fmt: skip
def test_it_is_told_by_the_kilogram(run: Callable[..., Any], item: dict[str, Any], price: int | None) -> None:
    """What it has no digits for, or is not sold by weight, it is not told."""
    assert run("weighing.js", f"m => m.perKilogram({item!r})") == price
