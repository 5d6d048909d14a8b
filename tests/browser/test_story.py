"""The main job in a real browser: a weighed item is sold at the till, printed, and seen at headquarters."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.demo import DESKTOP, TILL, Demo, new_context, sign_in_at_till, sign_in_with_password
from tests.whole_shop import ask

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

WEIGHED = {"en": ("VEG-001", "0.482"), "zh": ("VEG-002", "1.250")}
SAID = {
    "en": {
        "store": "Saved in store",
        "hq": "At headquarters",
        "printed": "Receipt printed",
        "till_receipt": "Riverside store",
    },
    "zh": {"store": "门店已入账", "hq": "总部", "printed": "小票已打印", "till_receipt": "河滨店"},
}


def on_hand(demo: Demo, sku: str) -> Decimal:
    """What headquarters' API says of the first branch's stock."""
    token = demo.shop.token("hq")
    _, page = ask(demo.shop.hq_port, token, "GET", f"/stock?branch=b001&item={sku}")
    return Decimal(page["rows"][0]["on_hand"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_weighed_sale_reaches_headquarters(chromium: Browser, demo: Demo, language: str) -> None:
    """Weigh, pay cash, paper comes out, both ticks appear, and headquarters shows the new stock with its as-of."""
    sku, weight = WEIGHED[language]
    said = SAID[language]
    before = on_hand(demo, sku)
    context = new_context(chromium, demo, language=language, theme="light", viewport=TILL)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in_at_till(page, demo, "1111")
    demo.put_on_scale(None)
    page.fill("#search", sku)
    page.click(f"[data-sku={sku}]")
    expect(page.locator("#primary")).to_be_disabled()
    demo.put_on_scale(weight)
    expect(page.locator(".kg")).to_have_text(re.compile(weight))
    page.click("#primary")
    expect(page.locator(".line")).to_have_count(1)
    demo.until_display("合计 Total")
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.click("#primary")
    chain = page.locator(".chain")
    expect(chain).to_contain_text(said["store"])
    expect(chain).to_contain_text(said["printed"])
    expect(chain.locator("li", has_text=said["hq"]).locator("time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    number = re.search(r"SA-\d{6}", chain.inner_text())
    assert number is not None
    paper = demo.paper()
    assert number[0] in paper
    assert said["till_receipt"] in paper
    demo.until_display("找零 Change")
    demo.put_on_scale(None)
    context.close()

    assert on_hand(demo, sku) == before - Decimal(weight)
    context = new_context(chromium, demo, language=language, theme="dark", viewport=DESKTOP)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in_with_password(page, demo.headquarters, "admin", "kontor-admin")
    page.goto(f"{demo.headquarters}/stock?q={sku}")
    shown = f"{before - Decimal(weight):.3f}".rstrip("0").rstrip(".")
    expect(page.locator("main")).to_contain_text(shown)
    context.close()
    assert faults == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_branch_page_is_alive(chromium: Browser, demo: Demo, language: str) -> None:
    """Today, Stock with its quick look, Documents, Devices and Replication open, say "live" and complain of nothing."""
    context = new_context(chromium, demo, language=language, theme="light", viewport=DESKTOP)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    sign_in_with_password(page, demo.branch, "chen", "kontor-manager")
    for path in ("/today", "/stock", "/documents", "/devices", "/replication"):
        page.goto(demo.branch + path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("main")).to_contain_text("Live" if language == "en" else "实时")
    page.goto(f"{demo.branch}/stock")
    page.locator("tbody tr").first.click()
    expect(page.locator(".peek, #peek")).to_be_visible()
    page.goto(f"{demo.branch}/documents")
    page.locator("tbody tr a").first.click()
    expect(page.locator("main h1")).to_be_visible()
    context.close()
    assert faults == []
