"""The blind sheet as a counter meets it: scan, how many, next; a second count where the gateway asks for one; then the post."""

import pytest
from playwright.sync_api import Route, expect

from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

TEA = {"sku": "tea-500", "name": "Oolong tea 500 ml", "name_zh": "乌龙茶", "unit": "bottle", "tracking": "none",
       "packs": [{"unit": "box", "factor": "24.000", "barcode": None}]}  # fmt: skip
CAUSE = {
    "code": "missed_receipt", "title": "A receipt was not booked.", "title_zh": "", "effect": "240.000", "other": None, "mend": None,
    "evidence": [{"code": "x", "facts": {}, "detail": "An order of 240 is open.", "detail_zh": ""}],
    "documents": [{"id": "019aa9c0-7a31-7cc0-8e11-5b2f10a40a09", "type": "purchase_order", "number": "PO-000004"}],
}  # fmt: skip


def test_a_scanned_item_is_counted_twice_where_it_is_asked_for(site: Site) -> None:
    """What was counted first is not shown again, the second count says so, and a barcode in the field of figures is a scan."""
    states = ["second_count", "counted"]

    def note(route: Route) -> None:
        body = route.request.post_data_json
        answer = {
            "line": 1,
            "item": body["item"],
            "lot": None,
            "unit": body.get("unit"),
            "counted": body["counted"],
            "time": body["time"],
        }
        route.fulfill(json={**answer, "state": states.pop(0)})

    site.answers["/api/v1/scan"] = lambda route: route.fulfill(
        json={"item": "tea-500", "unit": "bottle", "findings": []}
    )
    site.answers["/api/v1/items/tea-500"] = lambda route: route.fulfill(json=TEA)
    site.answers["/api/v1/counts/.*/lines/.*"] = note
    page = site.open("count-sheet-new")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("9521101530001")
    page.keyboard.press("Enter")
    expect(page.locator("#counted")).to_be_focused()
    page.keyboard.type("9521101530001")
    page.keyboard.press("Enter")
    expect(page.locator("#counted")).to_be_focused()
    expect(page.locator("#counted")).to_have_value("")
    page.keyboard.type("1230")
    page.keyboard.press("Enter")
    row = page.locator("#lines li")
    expect(row).to_contain_text("Count it a second time")
    expect(row).not_to_contain_text("1,230")
    page.locator("#post button").click()
    expect(page.locator("#said")).to_contain_text("counted a second time first")
    row.get_by_role("button").click()
    expect(page.locator("#which")).to_contain_text("without thinking of the first")
    page.keyboard.type("1228")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("1,228")
    lines = [asked for asked in site.asked if "/lines/" in asked[1]]
    assert [(body["counted"], body["time"]) for _, _, body in lines] == [("1230", 1), ("1228", 2)]
    assert {path.rsplit("/", 1)[1] for _, path, _ in lines} == {"1"}, "a place keeps its line"


def test_what_was_off_is_told_with_its_causes(site: Site) -> None:
    """In the gateway's sentences, with the documents that show it; a silent gateway is asked again."""
    off = {"line": 1, "item": "tea-500", "location": "shop", "lot": None, "counted": "1230.000", "expected": "990.000",
           "difference": "240.000", "kind": "surplus", "causes": [CAUSE]}  # fmt: skip
    site.answers["/api/v1/counts/.*/differences"] = lambda route: route.abort()
    page = site.open("count-posted")
    place = page.locator("#differences")
    expect(place).to_contain_text("What was off could not be read.")
    site.answers["/api/v1/counts/.*/differences"] = lambda route: route.fulfill(json=[off])
    place.get_by_role("button").click()
    expect(place).to_contain_text("+240")
    expect(place).to_contain_text("A receipt was not booked.")
    expect(place).to_contain_text("An order of 240 is open.")
    assert (place.get_by_role("link", name="PO-000004").get_attribute("href") or "").endswith("0a09")
