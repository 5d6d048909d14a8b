"""What waits for a person changes while its page is open: alerts, requests, and the figures beside the menu."""

import json

import pytest
from playwright.sync_api import Route, expect

from admin_ui.preview.pages import PREVIEWS
from tests.admin_ui.conftest import Site
from tests.admin_ui.pages import rendered

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

NEW_ALERT = '<table><tbody data-after=""><tr data-row="15" data-kind="expiring" tabindex="-1"><td>Expires soon: ham</td></tr></tbody></table>'
OVER = '<table><tbody data-after=""><tr data-row="13" class="over" tabindex="-1"><td>Over now</td></tr></tbody></table>'
ASKED = "019aa9c0-7a31-7cc0-8e11-5b2f10a4e001"


def attention(site: Site, **figures: int) -> None:
    """What the branch says of everything that waits."""

    def answer(route: Route) -> None:
        said = {"requests": 0, "reviews": 0, "alerts": 0} | figures
        route.fulfill(body=json.dumps(said), content_type="application/json")

    site.answers["/api/v1/attention"] = answer


def rows(site: Site, path: str, html: str) -> None:
    """A fragment of one row or card."""
    site.answers[path] = lambda route: route.fulfill(body=html, content_type="text/html")


def test_an_alert_comes_in_on_top_and_the_badge_counts_it(site: Site) -> None:
    """Without a reload; one that is over says so where it stands."""
    attention(site, requests=2, alerts=13)
    rows(site, "/alerts/rows", NEW_ALERT)
    page = site.open("alerts")
    site.emit("alert", {"id": "15", "kind": "expiring", "severity": "warning", "state": "open", "seen": False})
    expect(page.locator("tr[data-row]").first).to_contain_text("Expires soon: ham")
    badge = page.locator(".nav a[href='/alerts'] [data-badge]").first
    expect(badge).to_contain_text("13")
    expect(page.locator("[data-count=alerts]")).to_have_text("13")
    expect(page.locator(".nav a[href='/waiting'] [data-badge]").first).to_contain_text("2")
    rows(site, "/alerts/rows", OVER)
    site.emit("alert", {"id": "13", "kind": "expired", "severity": "urgent", "state": "cleared", "seen": True})
    expect(page.locator("tr[data-row='13']")).to_contain_text("Over now")
    attention(site)
    site.emit("alert", {"id": "13", "kind": "expired", "severity": "urgent", "state": "cleared", "seen": True})
    expect(badge).to_be_hidden()


def test_nothing_moves_while_somebody_is_in_the_list(site: Site) -> None:
    """A new alert is announced on top instead."""
    attention(site, alerts=1)
    page = site.open("alerts")
    page.locator("tr[data-row='14'] a").first.focus()
    site.emit("alert", {"id": "15", "kind": "expiring", "severity": "warning", "state": "open", "seen": False})
    expect(page.locator("#fresh")).to_have_text("1 new alert")
    expect(page.locator("tr[data-row]").first).to_have_attribute("data-row", "14")


def test_an_alert_is_marked_as_seen_by_click(site: Site) -> None:
    """Posted once; the row is drawn anew, and the focus stays on it."""
    rows(site, "/alerts/rows", OVER.replace('"13"', '"14"').replace("Over now", "seen by Chen"))
    site.answers["/api/v1/alerts/14/seen"] = lambda route: route.fulfill(body="{}", content_type="application/json")
    page = site.open("alerts")
    page.get_by_role("button", name="Seen: Negative stock").click()
    expect(page.locator("tr[data-row='14']")).to_contain_text("seen by Chen")
    expect(page.locator("tr[data-row='14']")).to_be_focused()
    assert [one[:2] for one in site.asked if one[0] == "POST"] == [("POST", "/api/v1/alerts/14/seen")]


def test_the_first_alert_takes_the_place_of_nothing(site: Site) -> None:
    """An empty page fills without a reload."""
    rows(site, "/alerts/rows", NEW_ALERT)
    page = site.open("alerts-none")
    expect(page.get_by_text("Nothing wants you")).to_be_visible()
    site.emit("alert", {"id": "15", "kind": "expiring", "severity": "warning", "state": "open", "seen": False})
    expect(page.locator("tr[data-row='15']")).to_be_visible()
    expect(page.get_by_text("Nothing wants you")).to_be_hidden()


def test_a_request_appears_and_says_what_became_of_it(site: Site) -> None:
    """A new one below the others, ready to be decided; one that expired or was decided elsewhere says so."""
    attention(site, requests=1)
    fragment = rendered(next(one for one in PREVIEWS if one.name == "waiting-rows"))
    rows(site, "/waiting/rows", fragment)
    page = site.open("waiting-none")
    site.emit("request", {"id": ASKED, "state": "waiting"})
    card = page.locator(f"[data-ask='{ASKED}']")
    expect(card.get_by_role("button", name="Approve")).to_be_visible()
    expect(page.get_by_text("Nothing waits for approval")).to_be_hidden()
    expect(page.locator("[data-count=requests]")).to_have_text("1")
    card.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("Give a reason.")
    site.emit("request", {"id": ASKED, "state": "expired"})
    expect(card).to_contain_text("Expired: nobody decided in time. Nothing has moved.")


def test_a_new_request_waits_behind_those_not_read_yet(site: Site) -> None:
    """Where there is a further page, a card of its end would stand in the wrong place: only the figures change."""
    attention(site, requests=4)
    page = site.open("waiting")
    site.emit("request", {"id": "019aa9c0-7a31-7cc0-8e11-5b2f10a4e009", "state": "waiting"})
    expect(page.locator("[data-count=requests]")).to_have_text("4")
    expect(page.locator("[data-ask]")).to_have_count(2)
    site.emit("request", {"id": ASKED, "state": "refused"})
    expect(page.locator(f"[data-ask='{ASKED}']")).to_contain_text("Refused elsewhere. Nothing has moved.")
