"""A sale from sign-in to headquarters, weighed goods, holding, and what a person may change on the way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.till.fake_gateway import FakeGateway
from tests.till.shop import TEA

Till = Callable[..., Page]


def weigh(
    gateway: FakeGateway, status: str, weight: str | None = None, reading: str | None = None, total: int | None = None
) -> None:
    gateway.push(
        "weight",
        {
            "device": "scale-1",
            "station": "till-1",
            "status": status,
            "weight": weight,
            "unit": "kg",
            "reading": reading,
            "price": None,
            "total": total,
        },
    )


def pay_exactly(page: Page) -> None:
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.click("#primary")
    expect(page.locator(".chain")).to_be_visible()


def test_signing_in_with_tile_and_pin(open_till: Till) -> None:
    """A wrong PIN is said; the right one opens the sale."""
    page = open_till(person=None)
    page.click(".person >> nth=0")
    page.keyboard.type("1112")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("This PIN is not right.")
    for digit in "1111":
        page.click(f".keys button:text-is('{digit}')")
    page.click(".keys .ok")
    expect(page.locator("#person")).to_have_text("Lin Yue")
    expect(page.locator(".tile").first).to_be_visible()


def test_a_sale_reaches_the_store_and_headquarters(open_till: Till, gateway: FakeGateway) -> None:
    """The chain says where it is; the document is what was rung up."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    page.click("[data-sku=tissue]")
    page.click(".line.sel .ed .btn >> nth=0")
    page.click("dialog .chips .btn >> nth=1")
    page.keyboard.press("F12")
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    expect(page.locator(".donep .v")).to_have_text("¥21.99")
    expect(page.locator(".chain")).to_contain_text("Saved in store · S-000001")
    expect(page.locator(".chain")).to_contain_text("Receipt printed")
    expect(page.locator(".chain")).to_contain_text("Then to headquarters")
    gateway.headquarters_has(1)
    expect(page.locator(".chain li", has_text="At headquarters").locator("time")).to_have_text(
        re.compile(r"\d\d:\d\d:\d\d")
    )
    expect(page.locator("#net")).to_have_text("All sales sent")
    [(ident, body)] = gateway.puts
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ident)
    assert body["lines"] == [
        {"item": "tea-500", "quantity": "1.000", "price": 650},
        {"item": "tissue", "quantity": "1.000", "price": 2390, "discount": 239},
    ]
    assert body["tenders"] == [{"type": "cash", "amount": 5000}]
    assert body["station"] == "till-1"
    assert "settled" not in body


def test_finishing_twice_posts_once(open_till: Till, gateway: FakeGateway) -> None:
    """A double click, and Enter on top of it."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.evaluate("() => { const b = document.querySelector('#primary'); b.click(); b.click(); }")
    expect(page.locator(".chain")).to_contain_text("Saved in store")
    assert len(gateway.puts) == 1


def test_scanning_starts_the_next_sale(open_till: Till, gateway: FakeGateway) -> None:
    """Under a new id."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    pay_exactly(page)
    page.keyboard.type(TEA)
    page.keyboard.press("Enter")
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator("[data-total]")).to_have_text("¥6.50")
    pay_exactly(page)
    expect(page.locator(".chain")).to_contain_text("S-000002")
    assert len(gateway.documents) == 2


def test_a_weighed_item_is_sold_by_a_stable_reading_only(open_till: Till, gateway: FakeGateway) -> None:
    """Every other state of the scale is words, with no figure and no way to add it."""
    page = open_till()
    page.click("[data-sku=apples]")
    add, figure, status = page.locator("#primary"), page.locator(".kg"), page.locator(".scale .st")
    expect(status).to_have_text("Waiting for the scale")
    for state, words in (
        ("unstable", "Unstable"),
        ("lost", "Scale not answering"),
        ("zero", "Put it on the scale"),
        ("overweight", "Too heavy"),
    ):
        weigh(gateway, state, "9.999" if state == "unstable" else None)
        expect(status).to_contain_text(words)
        expect(figure).to_have_text("—")
        expect(add).to_be_disabled()
    weigh(gateway, "stable", "1.250", "r1")
    expect(figure).to_have_text("1.250\u00a0kg")
    expect(page.locator(".sumof")).to_have_text("¥32.49")
    page.keyboard.press("Enter")
    expect(page.locator(".line .amt")).to_have_text("¥32.49")
    page.click("[data-sku=apples]")
    weigh(gateway, "stable", "1.250", "r1")
    expect(status).to_contain_text("Already in a sale")
    expect(add).to_be_disabled()
    weigh(gateway, "stable", "1.250", "r2")
    add.click()
    expect(page.locator(".line")).to_have_count(2)
    pay_exactly(page)
    expect(page.locator(".chain")).to_contain_text("Saved in store")
    assert [line["reading"] for line in gateway.puts[0][1]["lines"]] == ["r1", "r2"]


def test_what_was_weighed_before_the_item_was_chosen_is_not_sold(open_till: Till, gateway: FakeGateway) -> None:
    """The scale is asked what lies on it now, and only that answer counts."""
    page = open_till()
    weigh(gateway, "stable", "1.250", "r1")
    with page.expect_request("**/api/v1/stations/till-1/scale") as asked:
        page.click("[data-sku=apples]")
    assert asked.value.post_data_json == {"ask": "weight"}
    expect(page.locator(".scale .st")).to_have_text("Waiting for the scale")
    expect(page.locator("#primary")).to_be_disabled()
    weigh(gateway, "stable", "1.250", "r1")
    expect(page.locator("#primary")).to_be_enabled()


def test_a_till_with_a_scale_of_its_own_sells_no_weight_of_a_shared_one(open_till: Till, gateway: FakeGateway) -> None:
    """What somebody weighs in the back room is told to every till; it is for those that have no scale."""
    page = open_till()
    page.click("[data-sku=apples]")
    back_room = {"device": "scale-2", "station": None, "status": "stable", "unit": "kg", "price": None, "total": None}
    gateway.push("weight", {**back_room, "weight": "3.000", "reading": "b1"})
    expect(page.locator(".kg")).to_have_text("3.000\u00a0kg")
    weigh(gateway, "stable", "1.250", "r1")
    expect(page.locator(".kg")).to_have_text("1.250\u00a0kg")
    gateway.push("weight", {**back_room, "weight": "4.000", "reading": "b2"})
    gateway.push("stock", {"item": "milk-1l", "location": "shop", "lot": None, "on_hand": "1.000", "as_of_seq": 9})
    expect(page.locator(".kg")).to_have_text("1.250\u00a0kg")
    page.keyboard.press("Enter")
    expect(page.locator(".line .amt")).to_have_text("¥32.49")
    pay_exactly(page)
    assert [line["reading"] for line in gateway.puts[0][1]["lines"]] == ["r1"]


def test_a_silent_gateway_is_a_silent_scale(open_till: Till, gateway: FakeGateway) -> None:
    """The last weight does not stand there as if it were live."""
    page = open_till()
    page.click("[data-sku=apples]")
    weigh(gateway, "stable", "1.250", "r1")
    expect(page.locator("#primary")).to_be_enabled()
    gateway.die()
    expect(page.locator(".scale .st")).to_have_text("Scale not answering")
    expect(page.locator("#primary")).to_be_disabled()


def test_the_scale_is_asked_again_when_the_gateway_is_heard_again(open_till: Till, gateway: FakeGateway) -> None:
    """What lies on the pan has not changed, so the scale would say nothing by itself."""
    page = open_till()
    page.click("[data-sku=apples]")
    weigh(gateway, "stable", "1.250", "r1")
    gateway.die()
    expect(page.locator(".scale .st")).to_have_text("Scale not answering")
    with page.expect_request("**/api/v1/stations/till-1/scale") as asked:
        gateway.start()
    assert asked.value.post_data_json == {"ask": "weight"}


def test_a_page_that_opens_while_an_item_is_weighed_asks_when_it_can_hear(
    open_till: Till, gateway: FakeGateway
) -> None:
    """What the scale says before that is lost."""
    page = open_till()
    with page.expect_response("**/api/v1/stations/till-1/scale"):
        page.click("[data-sku=apples]")
    gateway.posted.clear()
    page.reload()
    for _ in range(250):
        if len(gateway.posted) > 1:
            break
        page.wait_for_timeout(20)
    assert gateway.posted == ["/api/v1/stations/till-1/scale"] * 2


def test_a_page_that_missed_events_sells_no_weight_from_before(open_till: Till, gateway: FakeGateway) -> None:
    """A weight may be among them: the scale is asked what lies on it now."""
    page = open_till()
    page.click("[data-sku=apples]")
    weigh(gateway, "stable", "1.250", "r1")
    expect(page.locator("#primary")).to_be_enabled()
    with page.expect_request("**/api/v1/stations/till-1/scale"):
        gateway.push("resync", {"head": 1})
    expect(page.locator(".scale .st")).to_have_text("Waiting for the scale")
    expect(page.locator("#primary")).to_be_disabled()


def test_hold_and_recall(open_till: Till) -> None:
    """A held sale survives a reload and comes back whole; a sale under way takes its place."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    page.keyboard.press("F4")
    expect(page.locator(".lines .empty")).to_be_visible()
    page.reload()
    page.click("[data-sku=cola]")
    page.click("text=Held 1")
    page.click(".rows .btn")
    expect(page.locator("[data-total]")).to_have_text("¥6.50")
    expect(page.locator("text=Held 1")).to_be_visible()


def test_language_and_theme_keep_the_sale(open_till: Till, gateway: FakeGateway) -> None:
    """Also in the middle of paying."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    page.keyboard.press("F12")
    page.keyboard.type("10")
    page.click("[data-theme-switch]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click("[data-language=zh]")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator(".payp h2")).to_have_text("收款")
    expect(page.locator("[data-received]")).to_have_text("¥10.00")
    expect(page.locator(".line .nm")).to_have_text("乌龙茶 500\u00a0毫升")
    page.keyboard.press("Enter")
    expect(page.locator(".chain")).to_contain_text("门店已入账")
    assert len(gateway.puts) == 1


def test_lines_by_keyboard(open_till: Till) -> None:
    """Arrows choose, + and - change, Delete removes; voiding asks first."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    page.click("[data-sku=cola]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("+")
    expect(page.locator(".line .q").first).to_have_text("2 ×")
    page.keyboard.press("-")
    expect(page.locator(".line .q").first).to_have_text("1 ×")
    page.keyboard.press("Delete")
    expect(page.locator(".line")).to_have_count(1)
    page.click("[aria-label='Void sale']")
    page.click("dialog .danger")
    expect(page.locator(".lines .empty")).to_be_visible()


def test_a_price_that_changes_is_followed_and_said(open_till: Till, gateway: FakeGateway) -> None:
    """Pushed by the stream, while the item is in the sale."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    gateway.items[0][3], gateway.version = 700, 2
    gateway.push("item", {"sku": "tea-500", "version": 2})
    expect(page.locator("[data-total]")).to_have_text("¥7.00")
    expect(page.locator(".last")).to_have_text("Prices have changed. Please check the total.")


def test_few_left_is_said_on_the_tile_and_follows_the_stream(open_till: Till, gateway: FakeGateway) -> None:
    """From what the shop has now."""
    page = open_till()
    expect(page.locator("[data-sku=milk-1l] .low")).to_have_text("4 left")
    gateway.push(
        "stock",
        {"item": "milk-1l", "location": "shop", "lot": None, "on_hand": "0.000", "as_of_seq": 9},
    )
    expect(page.locator("[data-sku=milk-1l] .low")).to_have_text("Out")


def test_of_goods_that_are_promised_what_is_free_is_asked(open_till: Till, gateway: FakeGateway) -> None:
    """The stream says what is held; what started work orders will take is for the lists."""
    gateway.stock[0] = ("milk-1l", "9.000", "3.000")
    page = open_till()
    expect(page.locator("[data-sku=milk-1l] .low")).to_have_text("3 left")
    gateway.stock[0] = ("milk-1l", "8.000", "2.000")
    gateway.push("stock", {"item": "milk-1l", "location": "shop", "lot": None, "on_hand": "8.000", "as_of_seq": 9})
    expect(page.locator("[data-sku=milk-1l] .low")).to_have_text("2 left")


def test_function_keys_do_what_they_say(open_till: Till, gateway: FakeGateway) -> None:
    """Drawer and last receipt go to the gateway."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    pay_exactly(page)
    expect(page.locator(".chain")).to_contain_text("Saved in store")
    page.keyboard.press("Enter")
    page.keyboard.press("F8")
    expect(page.locator(".last")).to_have_text("The receipt is on its way to the printer")
    page.keyboard.press("F9")
    expect(page.locator(".last")).to_have_text("Drawer opened")
    [ident] = gateway.documents
    assert gateway.posted == [f"/api/v1/documents/{ident}/print", "/api/v1/stations/till-1/drawer"]


@pytest.mark.parametrize("size", [(1024, 768), (1440, 900)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_off_and_everything_can_be_hit(
    open_till: Till, gateway: FakeGateway, size: tuple[int, int], language: str
) -> None:
    """Controls are at least 44 px high; no view scrolls sideways."""
    page = open_till(person=None)
    page.context.add_cookies([{"name": "kontor_language", "value": language, "url": gateway.url}])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.reload()
    page.click(".person >> nth=0")
    page.keyboard.type("1111", delay=5)
    check(page)
    page.keyboard.press("Enter")
    page.click("[data-sku=tea-500]")
    check(page)
    page.click("[data-sku=apples]")
    check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("F12")
    check(page)
    page.click(".pad .qk >> nth=0")
    page.click("#primary")
    expect(page.locator(".chain")).to_be_visible()
    check(page)


def check(page: Page) -> None:
    small = page.evaluate(
        """() => [...document.querySelectorAll('#app button')].filter(b => b.offsetParent && b.getBoundingClientRect().height < 44)
             .map(b => b.className + b.textContent)"""
    )
    assert small == []
    wide = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.top, .fkeys, .cart, .sum, .payp, .weighp, .donep, .signin, .fkeys button, .pay')]
             .filter(e => e.offsetParent !== null && e.scrollWidth > e.clientWidth + 1).map(e => e.className)"""
    )
    assert wide == []


def test_nothing_is_sold_under_the_name_of_somebody_else(
    open_till: Till, gateway: FakeGateway, context: BrowserContext
) -> None:
    """On another page of this browser the manager signs in: the till asks who sells, and the sale goes under that name."""
    page = open_till()
    page.click(".tile >> nth=0")
    gateway.session = "chen"
    context.add_cookies([{"name": "kontor_session", "value": "chen", "url": gateway.url}])
    page.keyboard.press("F12")
    page.click(".qk >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".signin")
    assert "Somebody else signed in" in page.inner_text(".said")
    assert gateway.documents == {}


def test_a_manager_is_told_what_there_is_to_review(open_till: Till) -> None:
    """Behind their name, with the way to the queue; a cashier, who may not look, is told nothing."""
    page = open_till("chen")
    page.click("#person")
    link = page.locator("dialog a[href='/waiting?tab=reviews']")
    expect(link).to_have_text("2 sales to review")
    page.close()
    page = open_till("lin")
    page.click("#person")
    expect(page.locator("dialog")).to_contain_text("Sign out")
    expect(page.locator("dialog a[href='/waiting?tab=reviews']")).not_to_be_visible()
