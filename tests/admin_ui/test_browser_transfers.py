"""The forms of a transfer in a real browser: what is prefilled is sent, what is missing is said, a refusal finds its field."""

import json

import pytest
from playwright.sync_api import expect

from tests.admin_ui.conftest import Site

pytestmark = pytest.mark.needs("chromium")

DOCUMENT = "/api/v1/documents/[0-9a-f-]{36}"
TRANSFER = "019ab3c4-5d6e-7f80-9123-456789000000"


def _field(name: str, row: int) -> str:
    return f"#receive tr[data-line]:nth-child({row}) [data-f={name}]"


def test_what_arrived_is_sent_as_one_document(site: Site) -> None:
    """The first line has two short, the second is left for another day; a lot travels with its line."""
    site.answers[DOCUMENT] = lambda route: route.fulfill(status=201, json={"status": "posted", "number": "TI-000009"})
    page = site.open("transfer-receive")
    assert page.input_value(_field("good", 1)) == "20"
    page.fill(_field("good", 1), "18")
    page.fill(_field("short", 1), "2")
    page.fill(_field("good", 2), "")
    page.fill(_field("damaged", 2), "1.5")
    page.click("#receive [type=submit]")
    page.wait_for_timeout(300)
    ((_, url, body),) = [one for one in site.asked if one[0] == "PUT"]
    assert "/api/v1/documents/" in url
    assert body == {
        "type": "transfer_in",
        "transfer": TRANSFER,
        "lines": [
            {"item": "flour-25", "quantity": "18.000", "variance": [{"reason": "short", "quantity": "2.000"}]},
            {
                "item": "6921168509256", "quantity": "0.000", "lot": "L20261101",
                "variance": [{"reason": "damaged", "quantity": "1.500"}],
            },
        ],
    }  # fmt: skip


def test_nothing_and_nonsense_are_not_sent(site: Site) -> None:
    """An empty form and a quantity that is none are told beside the field; nothing leaves the page."""
    page = site.open("transfer-receive")
    for row in (1, 2):
        page.fill(_field("good", row), "")
    page.click("#receive [type=submit]")
    expect(page.locator("#receive .error")).to_have_text("Enter what arrived.")
    page.fill(_field("over", 2), "many")
    page.click("#receive [type=submit]")
    expect(page.locator("#receive .error")).to_contain_text("Enter a quantity")
    assert not [one for one in site.asked if one[0] == "PUT"]


def test_a_refusal_stands_beside_the_line_it_is_about(site: Site) -> None:
    """Also when the line before it was left out, and in the reader's language."""
    site.language = "zh"
    problem = {
        "title": "x", "detail": "no", "detail_zh": "不行",
        "errors": [{"path": "lines[0].quantity", "code": "more_than_open", "detail": "too much", "detail_zh": "超出未到数量"}],
    }  # fmt: skip
    site.answers[DOCUMENT] = lambda route: route.fulfill(
        status=422, body=json.dumps(problem), content_type="application/problem+json"
    )
    page = site.open("transfer-receive")
    page.fill(_field("good", 1), "")
    page.fill(_field("good", 2), "99")
    page.click("#receive [type=submit]")
    expect(page.locator("#receive .error")).to_have_text("超出未到数量")
    expect(page.locator(_field("good", 2))).to_be_focused()


def test_a_cancel_needs_its_reason(site: Site) -> None:
    """Without one nothing is sent; with one it is asked for by the transfer's id."""
    site.answers["/api/v1/transfers/.*"] = lambda route: route.fulfill(status=202, json={"state": "cancelling"})
    page = site.open("transfer-sent")
    page.click("#cancel [type=submit]")
    expect(page.locator("#cancel .error")).to_have_text("Give a reason.")
    page.fill("#cancel [name=reason]", "wrong branch")
    page.click("#cancel [type=submit]")
    page.wait_for_timeout(300)
    ((_, url, body),) = [one for one in site.asked if one[0] == "POST"]
    assert url.endswith(f"/api/v1/transfers/{TRANSFER}/cancel")
    assert body == {"reason": "wrong branch"}


def test_a_change_from_elsewhere_is_announced_and_moves_nothing(site: Site) -> None:
    """A pill on top; what the person is typing stays."""
    page = site.open("transfer-receive")
    page.fill(_field("good", 1), "7")
    site.emit("transfer", {"transfer": TRANSFER, "seq": 9})
    expect(page.locator("#fresh")).to_be_visible()
    assert page.input_value(_field("good", 1)) == "7"
