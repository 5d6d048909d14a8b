"""A ticket that nobody in the kitchen took calls at the till until somebody has it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.till.fake_gateway import FakeGateway

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

HEAR = """() => {
  window.heard = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.heard.push(this.frequency.value); return start.apply(this, at); };
}"""


def ticket(state: str) -> dict[str, str]:
    return {"ticket": "7", "document": "d", "kitchen": "wok", "state": state}


def test_a_late_ticket_is_seen_and_heard_until_it_is_taken(
    open_till: Callable[..., Page], gateway: FakeGateway
) -> None:
    """While it is open and in time, the till says nothing."""
    page = open_till()
    page.evaluate(HEAR)
    strip = page.locator(".strip.kitchen")
    gateway.push("kitchen", ticket("open"))
    gateway.push("kitchen", ticket("late"))
    expect(strip).to_be_visible()
    expect(strip).to_contain_text("Nobody in the kitchen took 1 ticket")
    assert page.evaluate("window.heard") == [880]
    page.click("[data-sku=tea-500]")
    expect(page.locator(".line")).to_have_count(1)
    gateway.push("kitchen", ticket("taken"))
    expect(strip).to_be_hidden()
