"""The scanner at the real page: every scan is a line or a word, wherever the focus is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.till.fake_gateway import FakeGateway
from tests.till.shop import APPLES, LABEL, MILK, PRICED, SINGLE_PIECE, TEA, WEIGHED_AND_PRICED

Till = Callable[..., Page]


def scan(page: Page, code: str, pace: float = 0) -> None:
    """As a keyboard wedge: keys, then Enter."""
    page.keyboard.type(code, delay=pace)
    page.keyboard.press("Enter")


def scan_through_input_method(page: Page, code: str) -> None:
    """As Chrome reports keys that a Chinese input method has taken: keyCode 229, key "Process"."""
    session = page.context.new_cdp_session(page)
    for digit in code:
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "key": "Process", "code": f"Digit{digit}", "windowsVirtualKeyCode": 229},
        )
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": digit, "code": f"Digit{digit}"})
    page.keyboard.press("Enter")


def test_fast_and_slow_scans_add_lines(open_till: Till) -> None:
    """Two of one item are one line of two; the field is empty again."""
    page = open_till()
    scan(page, TEA)
    scan(page, TEA, pace=60)
    scan(page, MILK)
    expect(page.locator(".line")).to_have_count(2)
    expect(page.locator(".line .q").first).to_have_text("2 ×")
    expect(page.locator("[data-total]")).to_have_text("¥25.90")
    assert page.input_value("#search") == ""


def test_a_row_of_scans_without_a_breath_loses_none(open_till: Till) -> None:
    """Twenty scans end in exactly twenty pieces."""
    page = open_till()
    for code in (TEA, MILK) * 10:
        scan(page, code)
    expect(page.locator(".cart h1")).to_contain_text("20\u00a0items")


def test_scans_under_an_input_method(open_till: Till) -> None:
    """The code is rebuilt from the keys' places."""
    page = open_till()
    scan_through_input_method(page, TEA)
    expect(page.locator(".line .nm")).to_have_text("Oolong tea 500\u00a0ml")


def test_a_scan_into_another_input_leaves_that_input_as_it_was(open_till: Till) -> None:
    """The discount field had the focus."""
    page = open_till()
    scan(page, TEA)
    page.click(".line.sel .ed .btn >> nth=0")
    page.fill("#off", "12")
    scan(page, MILK)
    expect(page.locator(".line")).to_have_count(2)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.evaluate("document.querySelector('.sum dl').hidden") is True


def test_an_unknown_code_is_said_and_the_sale_is_untouched(open_till: Till) -> None:
    """A red line with the code."""
    page = open_till()
    scan(page, TEA)
    scan(page, "6901234000009")
    expect(page.locator(".last.bad b")).to_have_text("6901234000009")
    expect(page.locator(".line")).to_have_count(1)


def test_the_enter_of_a_scan_presses_no_button(open_till: Till) -> None:
    """Not Take payment, which was pressed last, and not Finish with a code as the money."""
    page = open_till()
    scan(page, TEA)
    page.focus("#primary")
    scan(page, TEA)
    expect(page.locator(".line .q")).to_have_text("2 ×")
    page.keyboard.press("F12")
    expect(page.locator(".pad")).to_be_visible()
    scan(page, "6901234000001", pace=50)
    expect(page.locator(".last.bad")).to_contain_text("6901234000001")
    expect(page.locator(".donep")).to_have_count(0)


def test_a_scan_while_paying_returns_to_the_sale(open_till: Till, gateway: FakeGateway) -> None:
    """And leaves no digits in the amount."""
    page = open_till()
    scan(page, TEA)
    page.keyboard.press("F12")
    scan(page, MILK)
    expect(page.locator(".line")).to_have_count(2)
    page.keyboard.press("F12")
    expect(page.locator("[data-received]")).to_have_text("¥0.00")
    assert gateway.puts == []


def test_a_pack_code_sells_a_pack(open_till: Till) -> None:
    """Unit and price are the pack's."""
    page = open_till()
    scan(page, "9521101539998")
    expect(page.locator(".line .sub")).to_contain_text("¥156.00/box")
    expect(page.locator("[data-total]")).to_have_text("¥156.00")


def test_a_quantity_typed_before_the_scan(open_till: Till) -> None:
    """ "3*" then a scan is three."""
    page = open_till()
    page.keyboard.type("3*", delay=150)
    page.wait_for_timeout(200)
    scan(page, TEA)
    expect(page.locator(".line .q")).to_have_text("3 ×")


def test_a_label_with_a_weight_is_read_by_the_gateway(open_till: Till) -> None:
    """Each label is a line of its own."""
    page = open_till()
    scan(page, LABEL)
    scan(page, LABEL)
    expect(page.locator(".line")).to_have_count(2)
    expect(page.locator(".line .sub").first).to_contain_text("1.234\u00a0kg × ¥25.99/kg")
    expect(page.locator("[data-total]")).to_have_text("¥64.14")


def test_a_label_with_an_amount_costs_that_amount(open_till: Till) -> None:
    """The weight behind it is found; nothing is rounded away."""
    page = open_till()
    scan(page, PRICED)
    expect(page.locator(".line .sub")).to_contain_text("1.250\u00a0kg × ¥25.99/kg")
    expect(page.locator("[data-total]")).to_have_text("¥32.49")


def test_a_label_with_weight_and_amount_takes_so_much_off_the_shelf_and_costs_that_amount(open_till: Till) -> None:
    """The scale had another price: the difference is a discount, and the weight is the label's."""
    page = open_till()
    scan(page, WEIGHED_AND_PRICED)
    expect(page.locator(".line .sub")).to_contain_text("1.234\u00a0kg × ¥25.99/kg")
    expect(page.locator("[data-total]")).to_have_text("¥30.00")


def test_a_code_of_a_single_piece_sells_that_piece(open_till: Till, gateway: FakeGateway) -> None:
    """An item kept by serial number cannot be sold without one."""
    page = open_till()
    page.wait_for_timeout(50)
    result = {"item": "noodles", "unit": "piece", "serial": "S-9", "tracking": "serial", "findings": []}
    data = {
        "device": "scanner-1",
        "station": "till-1",
        "code": SINGLE_PIECE,
        "symbology": "gs1_datamatrix",
        "result": result,
    }
    gateway.push("scan", data)
    expect(page.locator(".line")).to_have_count(1)
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.click("#primary")
    expect(page.locator(".chain")).to_be_visible()
    [(_, body)] = gateway.puts
    assert [(line["item"], line["serials"]) for line in body["lines"]] == [("noodles", ["S-9"])]


def test_the_serial_scanner_is_heard_through_the_stream(open_till: Till, gateway: FakeGateway) -> None:
    """For this station only."""
    page = open_till()
    page.wait_for_timeout(50)
    for station in ("till-2", "till-1"):
        gateway.push(
            "scan",
            {
                "device": "scanner-1",
                "station": station,
                "code": MILK,
                "symbology": "ean13",
                "result": {"item": "milk-1l", "findings": []},
            },
        )
    expect(page.locator(".line .q")).to_have_text("1 ×")
    gateway.push(
        "scan",
        {
            "device": "scanner-1",
            "station": "till-1",
            "code": APPLES,
            "symbology": "ean13",
            "result": {"item": "apples", "findings": []},
        },
    )
    expect(page.locator(".weighp h2")).to_have_text("Red apples")


def test_typing_searches_by_name_in_both_languages(open_till: Till) -> None:
    """Enter takes the first match."""
    page = open_till()
    page.keyboard.type("苹果")
    page.keyboard.type("noo", delay=80)
    page.fill("#search", "oolong")
    expect(page.locator(".tile")).to_have_count(1)
    page.focus("#search")
    page.keyboard.press("Enter")
    expect(page.locator(".line .nm")).to_have_text("Oolong tea 500\u00a0ml")


@pytest.mark.parametrize("rate", [4])
def test_a_slow_machine_loses_no_scan(open_till: Till, rate: int) -> None:
    """Under CDP throttling; content decides where timing cannot."""
    page = open_till()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    for code in (TEA, MILK, TEA, MILK):
        scan(page, code)
    expect(page.locator(".cart h1")).to_contain_text("4\u00a0items")


def test_an_exact_name_comes_before_names_that_hold_it(open_till: Till) -> None:
    """Enter takes the first match: who types "Tomatoes" wants tomatoes, not peeled ones in a tin."""
    body = """async () => {
      const m = await import('/static/test/js/till/catalogue.js');
      const row = (sku, name, code) => [sku, name, null, 100, 'pc', false, null, null, code ? [[code, null]] : [], []];
      const catalogue = m.createCatalogue();
      catalogue.load({version: '1', items: [row('A', 'Peeled tomatoes'), row('B', 'Tomatoes in oil', '4711'), row('C', 'Tomatoes')]});
      return ['tomatoes', 'tom', '4711', 'oil tom', ''].map(text => catalogue.search(text, null).items.map(item => item.sku).join(''));
    }"""
    assert open_till().evaluate(body) == ["CBA", "BCA", "B", "B", "ABC"]
