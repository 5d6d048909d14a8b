"""The kitchen's page in a browser: tickets come in by themselves, and one press takes one."""

import pytest
from playwright.sync_api import expect

from admin_ui.preview.pages import PREVIEWS
from tests.admin_ui.conftest import Site
from tests.admin_ui.pages import rendered

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

TAKEN = '<article class="card ticket" data-ticket="14"><header><h2>wok · SA-000052</h2>Taken</header></article>'


def rows(site: Site, html: str) -> None:
    """What one ticket looks like now."""
    site.answers["/kitchen/rows"] = lambda route: route.fulfill(body=html, content_type="text/html")


def test_a_ticket_comes_in_where_there_was_none(site: Site) -> None:
    """In its place among the words for nothing, with its age."""
    rows(site, rendered(next(one for one in PREVIEWS if one.name == "kitchen-rows")))
    page = site.open("kitchen-empty")
    expect(page.get_by_text("Nothing to make")).to_be_visible()
    site.emit("kitchen", {"ticket": "14", "document": "d", "kitchen": "wok", "state": "open"})
    card = page.locator("[data-ticket='14']")
    expect(card.get_by_role("button", name="Got it")).to_be_visible()
    expect(card.locator("[data-made]")).to_contain_text("ago")
    expect(page.get_by_text("Nothing to make")).to_be_hidden()
    site.emit("kitchen", {"ticket": "13", "document": "d", "kitchen": "wok", "state": "taken"})
    expect(page.locator("[data-ticket]")).to_have_count(1)


def test_a_press_takes_a_ticket(site: Site) -> None:
    """Posted once; the card says so where it stands, and the focus stays on it."""
    rows(site, TAKEN)
    take = "/api/v1/kitchen-tickets/14/take"
    site.answers[take] = lambda route: route.fulfill(body="{}", content_type="application/json")
    page = site.open("kitchen")
    expect(page.locator("[data-ticket]")).to_have_count(3)
    page.locator("[data-ticket='14']").get_by_role("button", name="Got it").click()
    expect(page.locator("[data-ticket='14']")).to_contain_text("Taken")
    expect(page.locator("[data-ticket='14'] h2")).to_be_focused()
    expect(page.locator("[data-ticket]")).to_have_count(3)
    assert [one[:2] for one in site.asked if one[0] == "POST"] == [("POST", take)]


def test_what_somebody_else_took_says_so(site: Site) -> None:
    """It leaves no gap under a cook's eyes."""
    rows(site, TAKEN)
    page = site.open("kitchen")
    site.emit("kitchen", {"ticket": "14", "document": "d", "kitchen": "wok", "state": "taken"})
    expect(page.locator("[data-ticket='14']")).to_contain_text("Taken")
    expect(page.locator("[data-ticket='14']").get_by_role("button")).to_have_count(0)
