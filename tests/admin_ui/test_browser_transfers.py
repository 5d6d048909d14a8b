"""The forms of a transfer in a real browser: what is prefilled is sent, what is missing is said, a refusal finds its field."""

import json

import pytest
from playwright.sync_api import Route, expect

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
    with page.expect_response("**/api/v1/documents/*"):
        page.click("#receive [type=submit]")
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
    with page.expect_response("**/api/v1/transfers/*/cancel"):
        page.click("#cancel [type=submit]")
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


def _offer(site: Site) -> None:
    """Two items: one has a barcode, the other is found by a part of its name."""
    rows = [{"sku": "tea-500", "name": "Green tea 500 g", "name_zh": "绿茶 500 克", "unit": "pack"}]
    site.answers["/api/v1/items"] = lambda route: route.fulfill(json={"rows": rows, "next": None})

    def scan(route: Route) -> None:
        found = "6901028" in route.request.url
        route.fulfill(json={"item": "tea-500", **rows[0]} if found else {"item": None, "findings": []})

    site.answers["/api/v1/scan"] = scan
    site.answers["/api/v1/items/tea-500"] = lambda route: route.fulfill(json=rows[0])


def test_goods_are_sent_by_keyboard_and_scanner_alone(site: Site) -> None:
    """Enter goes from field to field and makes the next line; a barcode becomes its item; an empty last line is left out."""
    _offer(site)
    site.answers[DOCUMENT] = lambda route: route.fulfill(status=201, json={"status": "posted", "id": TRANSFER})
    site.answers[f"/transfers/{TRANSFER}"] = lambda route: route.fulfill(body="there", content_type="text/html")
    page = site.open("transfer-new")
    page.focus("#send [name=to_branch]")
    page.keyboard.type("b003")
    for typed in ("6901028000017", "2.5", "rice-5", "10"):
        page.keyboard.press("Enter")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#lines [data-line]")).to_have_count(3)
    expect(page.locator("#lines [data-f=item]").nth(0)).to_have_value("tea-500")
    expect(page.locator("#lines [data-name]").nth(0)).to_have_text("Green tea 500 g · pack")
    expect(page.locator("#lines [data-name]").nth(1)).to_have_text("No item has this code.")
    page.click("#send [type=submit]")
    page.wait_for_url(f"**/transfers/{TRANSFER}")
    ((_, _, body),) = [one for one in site.asked if one[0] == "PUT"]
    assert body == {
        "type": "transfer_out", "to_branch": "b003",
        "lines": [{"item": "tea-500", "quantity": "2.500"}, {"item": "rice-5", "quantity": "10.000"}],
    }  # fmt: skip


def test_what_is_missing_or_refused_is_said_at_its_field(site: Site) -> None:
    """Before it is sent, and after: also where a line before it was left empty, in the reader's language, by touch."""
    _offer(site)
    site.language = "zh"
    errors = [
        {"path": "lines[1].lot", "code": "lot_required", "detail": "name the lot", "detail_zh": "请填写批号"},
        {"path": "to_branch", "code": "to_own_branch", "detail": "own", "detail_zh": "不能调往本店"},
    ]
    problem = {"title": "x", "detail": "no", "detail_zh": "不行", "errors": errors}
    site.answers[DOCUMENT] = lambda route: route.fulfill(
        status=422, body=json.dumps(problem), content_type="application/problem+json"
    )
    page = site.open("transfer-new")
    page.click("#send [type=submit]")
    expect(page.locator("#send .error")).to_have_text("请填写调往的门店。")
    page.fill("#send [name=to_branch]", "b001")
    page.click("#send [type=submit]")
    expect(page.locator("#send .error")).to_have_text("请填写商品。")
    for _ in range(2):
        page.click("#add")
    for row, quantity in ((0, "1"), (2, "many")):
        page.locator("#lines [data-f=item]").nth(row).fill("tea-500")
        page.locator("#lines [data-f=quantity]").nth(row).fill(quantity)
    page.click("#send [type=submit]")
    expect(page.locator("#lines [data-name]").nth(2)).to_have_text("绿茶 500 克 · pack")
    expect(page.locator("#lines [data-line]").nth(2).locator(".error")).to_contain_text("请输入数量")
    assert not [one for one in site.asked if one[0] == "PUT"]
    page.locator("#lines [data-f=quantity]").nth(2).fill("3")
    page.click("#send [type=submit]")
    expect(page.locator("#lines [data-line]").nth(2).locator(".error")).to_have_text("请填写批号")
    expect(page.locator("#send .frm .error")).to_have_text("不能调往本店")
    page.locator("#lines [data-remove]").nth(1).click()
    expect(page.locator("#lines [data-line]")).to_have_count(2)
    page.reload()
    assert page.input_value("#send [name=to_branch]") == "b001"
    assert [one.input_value() for one in page.locator("#lines [data-f=quantity]").all()] == ["1", "", "3"]
