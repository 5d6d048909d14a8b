"""The tour's third step in a real browser: a dish is sent to the kitchen, and not lost when the kitchen has no paper."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo import DESKTOP, Demo, new_context, sign_in_at_till

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

KITCHEN = "kitchen-printer"


def sell(till: Page, sku: str) -> str:
    """Sell one of it for exact cash, and answer the sale's number."""
    till.fill("#search", sku)
    till.keyboard.press("Enter")
    expect(till.locator(".line")).to_have_count(1)
    till.keyboard.press("F12")
    till.locator(".pad .qk").first.click()
    till.click("#primary")
    expect(till.locator(".chain")).to_contain_text(re.compile(r"SA-\d{6}"))
    found = re.search(r"SA-\d{6}", till.locator(".chain").inner_text())
    assert found is not None
    till.click("#primary")
    return found[0]


def test_a_dish_is_sent_to_the_kitchen_also_when_its_printer_has_no_paper(chromium: Browser, demo: Demo) -> None:
    context = new_context(chromium, demo, language="en", theme="light", viewport=DESKTOP)
    till, kitchen = context.new_page(), context.new_page()
    sign_in_at_till(till, demo, "1111")
    kitchen.goto(f"{demo.branch}/kitchen")
    first = sell(till, "HOT-001")
    demo.until_paper(first, KITCHEN)
    assert "土豆烧牛腱" in demo.paper(KITCHEN)
    kitchen.get_by_role("button", name="Got it").click()
    expect(kitchen.locator("main")).to_contain_text("Taken")

    demo.set_roll("out", KITCHEN)
    second = sell(till, "HOT-002")
    demo.until_paper("COPY")
    assert second not in demo.paper(KITCHEN)
    calling = till.locator(".strip.kitchen")
    expect(calling).to_be_visible()
    kitchen.get_by_role("button", name="Got it").click()
    expect(calling).to_be_hidden()

    demo.set_roll("present", KITCHEN)
    third = sell(till, "HOT-003")
    demo.until_paper(third, KITCHEN)
    assert second not in demo.paper(KITCHEN), "it came out at the till"
    kitchen.get_by_role("button", name="Got it").click()
    expect(kitchen.get_by_role("button", name="Got it")).to_have_count(0)
    context.close()
