"""A shift's page: money as a person types it, a reason that is asked for, and a yes before the drawer is closed."""

import pytest
from playwright.sync_api import expect

from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def test_closing_sends_what_was_counted_once_a_person_said_yes(site: Site) -> None:
    """A wrong sum is shown at its field; "Cancel" sends nothing."""
    site.answers["/api/v1/documents/.*"] = lambda route: route.fulfill(status=201, json={"status": "posted"})
    page = site.open("shift-x")
    read = "async texts => { const m = await import('/static/js/kit/amount.js'); return texts.map(m.minorUnits); }"
    typed = ["184.5", "184,50", "1,184.50", "1 184", "0", "12.345", "-3", "x", ""]
    assert page.evaluate(read, typed) == [18450, 18450, 118450, 118400, 0, None, None, None, None]
    form = page.locator("#close")
    form.get_by_label("Cash").fill("2,285.50")
    form.get_by_label("QR wallet").fill("lots")
    form.get_by_role("button").click()
    expect(form).to_contain_text("Enter an amount")
    form.get_by_label("QR wallet").fill("962.40")
    form.get_by_role("button").click()
    page.get_by_role("button", name="Cancel").click()
    puts = [one for one in site.asked if one[0] == "PUT"]
    assert puts == []
    form.get_by_role("button").click()
    with page.expect_request("**/api/v1/documents/*") as sent:
        page.locator("dialog[open]").get_by_role("button", name="Close the shift").click()
    assert sent.value.post_data_json == {
        "type": "shift_close", "station": "till-1",
        "counted": [{"type": "cash", "amount": 228_550}, {"type": "qr", "amount": 96_240}],
    }  # fmt: skip


def test_cash_out_needs_its_reason(site: Site) -> None:
    """Said at the field before anything is sent."""
    page = site.open("shift-x")
    form = page.locator("#cash")
    form.get_by_label("Amount").fill("35")
    form.get_by_role("button").click()
    expect(form).to_contain_text("Give a reason.")
    assert [one for one in site.asked if one[0] == "PUT"] == []
