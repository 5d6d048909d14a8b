"""Receiving an order, entering what a page proposed, and a work order's steps, in a real browser."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

DOCUMENT = "/api/v1/documents/[0-9a-f-]{36}"
ORDER = "019ab3c4-5d6e-7f80-9123-456789000101"
WORK = "/api/v1/work-orders/.*"


def field(row: int, name: str) -> str:
    return f"#lines [data-line]:nth-child({row}) [data-f={name}]"


def sent(site: Site) -> tuple[str, Any]:
    """The one request that changes something."""
    ((_, url, body),) = [one for one in site.asked if one[0] != "GET"]
    return re.sub("[0-9a-f-]{36}", "ID", url), body


def refused(site: Site, pattern: str) -> None:
    """The store says no: the page stays as it is."""
    problem = {
        "title": "x",
        "detail": "no",
        "errors": [{"path": "lines[1].lot", "code": "lot_missing", "detail": "A lot is needed."}],
    }
    site.answers[pattern] = lambda route: route.fulfill(
        status=422, body=json.dumps(problem), content_type="application/problem+json"
    )


def test_an_order_is_received_as_it_came(site: Site) -> None:
    """What is open stands there; short, damaged, lot, expiry and serial numbers are told beside it. A refusal finds its field."""
    refused(site, DOCUMENT)
    page = site.open("new-receipt")
    assert page.input_value(field(1, "quantity")) == "4"
    page.fill(field(1, "quantity"), "3")
    page.fill(field(1, "damaged"), "1")
    page.fill(field(1, "lot"), "L9")
    page.fill(field(1, "expiry"), "2027-01-31")
    page.fill(field(2, "serials"), "K2-1, K2-2")
    page.click("#make [type=submit]")
    expect(page.locator("#make .error")).to_have_text("A lot is needed.")
    expect(page.locator(field(2, "lot"))).to_be_focused()
    assert sent(site) == (
        "/api/v1/documents/ID",
        {
            "type": "goods_receipt", "order": ORDER, "supplier": "Green Farm 绿源农场",
            "lines": [
                {"item": "tea-500", "quantity": "3.000", "unit": "box", "damaged": "1.000", "lot": "L9", "expiry": "2027-01-31"},
                {"item": "scan-k2", "quantity": "2.000", "serials": ["K2-1", "K2-2"]},
            ],
        },
    )  # fmt: skip


def test_nothing_is_posted_by_opening_a_proposal(site: Site) -> None:
    """A write-off that was proposed wants its reason, and goes out only by the button."""
    refused(site, DOCUMENT)
    page = site.open("new-write-off")
    page.click("#make [type=submit]")
    expect(page.locator("#make .error")).to_have_text("Give a reason.")
    assert not [one for one in site.asked if one[0] == "PUT"]
    page.get_by_label("Reason").fill("fell down")
    page.click("#make [type=submit]")
    expect(page.locator("#make output")).to_contain_text("no")
    assert sent(site)[1] == {
        "type": "write_off", "reason": "fell down", "lines": [{"item": "apple-fuji", "quantity": "3.500", "lot": "A1"}],
    }  # fmt: skip


def test_an_adjustment_may_be_below_zero(site: Site) -> None:
    refused(site, DOCUMENT)
    page = site.open("new-adjustment")
    page.click("#make [type=submit]")
    expect(page.locator("#make output")).to_contain_text("no")
    body = sent(site)[1]
    assert (body["reason"], body["lines"]) == ("correction", [{"item": "apple-fuji", "quantity": "-3.500"}])


def test_a_step_is_finished_with_what_was_spoilt(site: Site) -> None:
    """Nonsense is told beside the field and not sent."""
    refused(site, WORK)
    page = site.open("work-order")
    step = page.locator("#step-2")
    step.get_by_label("Spoilt").fill("many")
    step.get_by_role("button").click()
    expect(step.locator(".error")).to_contain_text("Enter a quantity")
    step.get_by_label("Spoilt").fill("1.5")
    step.get_by_role("button", name="Finish: Wrap").click()
    expect(step.locator("output")).to_contain_text("no")
    assert sent(site) == ("/api/v1/work-orders/ID/steps/2/finish", {"scrap": "1.500"})


def test_a_step_is_begun_with_the_keyboard(site: Site) -> None:
    """The page is drawn anew afterwards."""
    site.answers[WORK] = lambda route: route.fulfill(status=200, json={"state": "started"})
    page = site.open("work-order-ready")
    page.get_by_role("button", name="Start: Wrap").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert sent(site) == ("/api/v1/work-orders/ID/steps/1/start", {})


def test_a_work_order_is_cancelled_after_a_yes(site: Site) -> None:
    site.answers[WORK] = lambda route: route.fulfill(status=200, json={"state": "cancelled"})
    page = site.open("work-order")
    page.get_by_role("button", name="Cancel the order…").click()
    page.locator("dialog[open]").get_by_role("button", name="Cancel", exact=True).click()
    assert not [one for one in site.asked if one[0] == "POST"]
    page.get_by_role("button", name="Cancel the order…").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Cancel the order", exact=True).click()
    assert sent(site)[0] == "/api/v1/work-orders/ID/cancel"


def test_a_work_order_is_made_from_the_list(site: Site) -> None:
    """Under an id made in the page; how much of it has to be said."""

    def made(route: Route) -> None:
        route.fulfill(status=201, json={"id": "x", "state": "planned"})

    site.answers[WORK] = made
    site.answers["/work-orders/x"] = lambda route: route.fulfill(body="there", content_type="text/html")
    page = site.open("work-orders")
    page.click("#make [type=submit]")
    expect(page.locator("#make .error")).to_contain_text("Enter a quantity")
    page.get_by_label("How much").fill("12")
    with page.expect_navigation():
        page.click("#make [type=submit]")
    url, body = sent(site)
    assert (url, body) == ("/api/v1/work-orders/ID", {"recipe": "gift-wrap", "quantity": "12.000"})
