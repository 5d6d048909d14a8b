"""Nobody is shut out of the till: axe-core over every view and every dialog, in both languages and themes, and on a phone."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from admin_ui.i18n import LANGUAGES
from tests.axe import complaints
from tests.till.fake_gateway import FakeGateway
from tests.till.test_sale import weigh

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

PHONE = {"width": 390, "height": 844}


class Counter(NamedTuple):
    """A till and the gateway it asks."""

    page: Page
    gateway: FakeGateway


def sign_in(at: Counter) -> None:
    at.page.click(".person >> nth=0")


def cart(at: Counter) -> None:
    at.page.click("[data-sku=tea-500]")
    expect(at.page.locator(".line")).to_have_count(1)


def discount(at: Counter) -> None:
    at.page.click(".line.sel .ed > .btn >> nth=0")
    expect(at.page.locator("dialog[open]")).to_be_visible()


def void(at: Counter) -> None:
    at.page.keyboard.press("Escape")
    at.page.click(".cart > header .btn")
    expect(at.page.locator("dialog[open]")).to_be_visible()


def person(at: Counter) -> None:
    at.page.keyboard.press("Escape")
    at.page.click("#person")
    expect(at.page.locator("dialog[open]")).to_be_visible()


def weighing(at: Counter) -> None:
    at.page.keyboard.press("Escape")
    at.page.click("[data-sku=apples]")
    weigh(at.gateway, "stable", "0.482", "r1")
    expect(at.page.locator("#primary")).to_be_enabled()


def weighed(at: Counter) -> None:
    at.page.click("#primary")
    expect(at.page.locator(".line")).to_have_count(2)


def held(at: Counter) -> None:
    at.page.keyboard.press("F4")
    at.page.keyboard.press("F4")
    expect(at.page.locator(".listp .row")).to_have_count(1)


def pay(at: Counter) -> None:
    at.page.click(".listp .row .btn")
    at.page.keyboard.press("F12")
    expect(at.page.locator(".pad")).to_be_visible()


def approve(at: Counter) -> None:
    at.gateway.approval_for = {"tea-500"}
    at.page.click(".pad .qk >> nth=0")
    at.page.click("#primary")
    expect(at.page.locator("#approval-pin")).to_be_visible()


def waits(at: Counter) -> None:
    at.page.keyboard.press("Escape")
    expect(at.page.locator(".chain")).to_be_visible()


def waiting(at: Counter) -> None:
    at.page.click("#net")
    expect(at.page.locator(".listp .row")).to_have_count(1)


def offline(at: Counter) -> None:
    at.gateway.die()
    expect(at.page.locator(".strip:not(.kitchen)")).to_be_visible(timeout=10_000)


VIEWS = (cart, discount, void, person, weighing, weighed, held, pay, approve, waits, waiting, offline)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_at_the_till(open_till: Callable[..., Page], gateway: FakeGateway, language: str) -> None:
    """From the first item to a gateway that fell silent."""
    page = open_till(person=None)
    page.context.add_cookies([{"name": "kontor_language", "value": language, "url": gateway.url}])
    page.reload()
    page.wait_for_selector(".person")
    found = {"sign-in": complaints(page)}
    sign_in(Counter(page, gateway))
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tile")
    gateway.wait_for_stream()
    for view in VIEWS:
        view(Counter(page, gateway))
        found[view.__name__] = complaints(page)
    assert {name: said for name, said in found.items() if said} == {}


def test_axe_finds_nothing_at_a_till_in_a_pocket(open_till: Callable[..., Page], gateway: FakeGateway) -> None:
    """Where the two sides of the counter stand one above the other."""
    page = open_till()
    page.set_viewport_size(PHONE)
    try:
        found = {}
        for view in (cart, discount):
            view(Counter(page, gateway))
            found[view.__name__] = complaints(page, themes=("light",))
        assert {name: said for name, said in found.items() if said} == {}
    finally:
        page.set_viewport_size({"width": 1024, "height": 768})
