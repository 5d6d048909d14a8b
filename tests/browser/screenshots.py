"""Every page of the running demo in both languages and themes, as PNG files: `make screenshots`.

python -m tests.browser.screenshots [OUT_DIR]       (default: screenshots/)
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from replication.wire.identity import make_uuid7
from tests.browser.demo import DESKTOP, TILL, Demo, launch, new_context, sign_in_at_till, sign_in_with_password
from tests.whole_shop import ask

TRAFFIC_SECONDS = 25
"""How long the busy shop sells before the first picture, so that pages have something to show."""
PHONE = {"width": 390, "height": 844}
SETTLE_MILLISECONDS = 900
TRAVEL_SECONDS_MAX = 30.0
"""From one branch over headquarters to the other, on a machine that is busy with other things."""
GOT_IT = "main button:is(:has-text('Got it'), :has-text('收到'))"
SKU = re.compile(r"[A-Z]{3}-\d{3}")

Act = Callable[[Page, Demo], None]


def goes_to(site: str, path: str, selector: str = "main h1") -> Act:
    """A page of one of the sites."""

    def act(page: Page, demo: Demo) -> None:
        answer = page.goto(getattr(demo, site) + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        page.wait_for_selector(selector)

    return act


def first_of(site: str, path: str) -> Act:
    """What the first row of a list leads to."""

    def act(page: Page, demo: Demo) -> None:
        page.goto(getattr(demo, site) + path)
        page.locator("tbody tr a").first.click()
        page.wait_for_selector("main h1")

    return act


def posted_sale(page: Page, demo: Demo) -> None:
    """The newest sale that nobody has to decide about."""
    page.goto(f"{demo.branch}/documents?type=sale")
    page.locator("tbody tr[data-seq]:not([data-seq='']) a").first.click()


def peek(page: Page, demo: Demo) -> None:
    """The quick look into an item's stock, at an item that was sold."""
    posted_sale(page, demo)
    page.wait_for_selector("main table")
    sold = page.locator("main table").first.inner_text()
    sku = next(sku for sku in SKU.findall(sold))
    page.goto(f"{demo.branch}/stock?peek={sku}")
    page.wait_for_selector(".peek, #peek")


def one_document(page: Page, demo: Demo) -> None:
    """A document with its lines and movements."""
    posted_sale(page, demo)
    page.wait_for_selector(".chain time")


def waiting_document(page: Page, demo: Demo) -> None:
    """A sale about which a manager has to decide; those stand above all others."""
    page.goto(f"{demo.branch}/documents")
    page.locator("tbody tr a").first.click()
    page.wait_for_selector(".decide")


def receiving(page: Page, demo: Demo) -> None:
    """Goods of an order, as they are entered."""
    first_of("branch", "/orders")(page, demo)
    page.get_by_role("link", name=re.compile("Receive goods|收货")).last.click()
    page.wait_for_selector("#make")


def cart(page: Page, _demo: Demo) -> None:
    """A sale under way."""
    for index in (0, 2, 5, 2):
        page.locator(".tile").nth(index).click()
    page.wait_for_selector(".line")


def weighing(page: Page, demo: Demo) -> None:
    """Something on the scale."""
    demo.put_on_scale("0.482")
    page.fill("#search", "VEG-001")
    page.click("[data-sku=VEG-001]")
    page.wait_for_selector("#primary:enabled")


def weighed(page: Page, demo: Demo) -> None:
    """The weighed line joins the sale."""
    page.click("#primary")
    demo.put_on_scale(None)
    page.wait_for_selector(".line")


def pay(page: Page, _demo: Demo) -> None:
    """Taking cash."""
    page.keyboard.press("F12")
    page.wait_for_selector(".pad")


def done(page: Page, _demo: Demo) -> None:
    """Paid, saved in store, at headquarters, printed."""
    page.locator(".pad .qk").nth(1).click()
    page.click("#primary")
    page.wait_for_selector(".chain li time")
    page.wait_for_timeout(1500)


def approval(page: Page, _demo: Demo) -> None:
    """More sold than there is: a manager is asked for, in words that name the item."""
    page.click("#primary")
    page.fill("#search", "400*DRK-002")
    page.keyboard.press("Enter")
    page.wait_for_selector(".line")
    page.keyboard.press("F12")
    page.locator(".pad .qk").first.click()
    page.click("#primary")
    page.wait_for_selector("#approval-pin")


def cooking(page: Page, demo: Demo) -> None:
    """A ticket that waits in the kitchen."""
    dishes = {"HOT-001": 3800, "HOT-005": 1400}
    sale = {
        "type": "sale",
        "station": "till-1",
        "lines": [{"item": sku, "quantity": "2"} for sku in dishes],
        "tenders": [{"type": "card", "amount": 2 * sum(dishes.values())}],
    }
    identity = make_uuid7(int(time.time() * 1000), os.urandom(10))
    status, said = ask(demo.shop.branch_port, demo.shop.token("b001"), "PUT", f"/documents/{identity}", sale)
    assert status == 201, said
    page.goto(f"{demo.branch}/kitchen")
    page.wait_for_selector(GOT_IT)


def taken(page: Page, _demo: Demo) -> None:
    """Somebody has it; no till calls about it later."""
    page.click(GOT_IT)
    page.wait_for_selector(GOT_IT, state="hidden")


OFFICE: tuple[tuple[str, Act], ...] = (
    ("today", goes_to("branch", "/today")),
    ("stock", goes_to("branch", "/stock")),
    ("stock-peek", peek),
    ("documents", goes_to("branch", "/documents")),
    ("document", one_document),
    ("document-waiting", waiting_document),
    ("waiting", goes_to("branch", "/waiting")),
    ("waiting-reviews", goes_to("branch", "/waiting?tab=reviews")),
    ("alerts", goes_to("branch", "/alerts")),
    ("alerts-history", goes_to("branch", "/alerts?tab=history")),
    ("lots", goes_to("branch", "/lots")),
    ("serials", goes_to("branch", "/serials")),
    ("policy", goes_to("branch", "/policy")),
    ("receipts", goes_to("branch", "/receipts")),
    ("counts", goes_to("branch", "/counts")),
    ("count-sheet", goes_to("branch", "/counts/new")),
    ("shifts", goes_to("branch", "/shifts")),
    ("shift", first_of("branch", "/shifts")),
    ("transfers", goes_to("branch", "/transfers")),
    ("transfer-receive", first_of("branch", "/transfers?direction=in")),
    ("transfer-sent", first_of("branch", "/transfers?direction=out")),
    ("orders", goes_to("branch", "/orders")),
    ("order", first_of("branch", "/orders")),
    ("order-receive", receiving),
    ("recipes", goes_to("branch", "/recipes")),
    ("recipe", first_of("branch", "/recipes")),
    ("work-orders", goes_to("branch", "/work-orders")),
    ("work-order", first_of("branch", "/work-orders")),
    ("kitchen", cooking),
    ("kitchen-taken", taken),
    ("devices", goes_to("branch", "/devices")),
    ("codes", goes_to("branch", "/codes")),
    ("replication", goes_to("branch", "/replication")),
)
COUNTER: tuple[tuple[str, Act], ...] = (
    ("till-cart", cart), ("till-weighing", weighing), ("till-weighed", weighed), ("till-pay", pay), ("till-done", done),
    ("till-approval", approval),
)  # fmt: skip
HEADQUARTERS: tuple[tuple[str, Act], ...] = (
    ("hq-fleet", goes_to("headquarters", "/fleet")),
    ("hq-branch", goes_to("headquarters", "/fleet/b001")),
    ("hq-stock", goes_to("headquarters", "/stock")),
    ("hq-items", goes_to("headquarters", "/items")),
    ("hq-transfers", goes_to("headquarters", "/transfers")),
    ("hq-requisitions", goes_to("headquarters", "/requisitions")),
)


def prepare(demo: Demo) -> None:
    """Something on its way in both directions, and an item of headquarters with a price to come."""
    shop = demo.shop
    for site, port, to in (("b001", shop.branch_port, "b002"), ("b002", shop.branch_port + 1, "b001")):
        lines = [{"item": "VEG-001", "quantity": "3.500"}, {"item": "DRK-001", "quantity": "12"}]
        body = {"type": "transfer_out", "to_branch": to, "lines": lines, "note": "Friday's lorry"}
        identity = make_uuid7(int(time.time() * 1000), os.urandom(10))
        status, said = ask(port, shop.token(site), "PUT", f"/documents/{identity}", body)
        assert status == 201, said
    wanted = {"type": "requisition", "lines": [{"item": "DRK-001", "quantity": "24"}], "note": "before the holiday"}
    identity = make_uuid7(int(time.time() * 1000), os.urandom(10))
    status, said = ask(shop.branch_port, shop.token("b001"), "PUT", f"/documents/{identity}", wanted)
    assert status == 201, said
    token = shop.token("hq")
    item = {"name": "Plum sauce 500 g", "name_zh": "酸梅酱 500 克", "unit": "pc", "price": 1290}
    status, said = ask(shop.hq_port, token, "PUT", "/items/SAU-900", item)
    assert status == 201, said
    row = {"item": "SAU-900", "price": 1190, "effective_at": "2099-01-01T00:00:00Z"}
    status, said = ask(shop.hq_port, token, "PUT", "/prices/default", {"rows": [row]})
    assert status == 200, said
    branch, token = shop.branch_port, shop.token("b001")
    arrived(branch, token, "/items/SAU-900", lambda said: said["sku"] == "SAU-900")
    arrived(branch, token, "/transfers?direction=in", lambda said: bool(said["rows"]))
    receipt = {
        "type": "goods_receipt",
        "lines": [{"item": "SAU-900", "quantity": "24"}],
        "supplier": "Plum & Daughters",
    }
    status, said = ask(
        branch, token, "PUT", f"/documents/{make_uuid7(int(time.time() * 1000), os.urandom(10))}", receipt
    )
    assert status == 201, said
    sale = {
        "type": "sale",
        "station": "till-2",
        "lines": [{"item": "DRK-002", "quantity": "400"}, {"item": "SAU-900", "quantity": "2"}],
    }
    status, said = ask(branch, token, "PUT", f"/documents/{make_uuid7(int(time.time() * 1000), os.urandom(10))}", sale)
    assert status == 202, said


def buy_and_make(demo: Demo) -> None:
    """An order of which part came, a recipe, and a work order under way."""
    branch, token = demo.shop.branch_port, demo.shop.token("b001")

    def put(path: str, body: object, expected: int = 201) -> Any:
        status, said = ask(branch, token, "PUT", path, body)
        assert status == expected, said
        return said

    def identity() -> Any:
        return make_uuid7(int(time.time() * 1000), os.urandom(10))

    lines = [{"item": "DRK-001", "quantity": "24", "cost": 210}, {"item": "VEG-001", "quantity": "10", "cost": 480}]
    order = put(f"/documents/{identity()}", {"type": "purchase_order", "supplier": "Plum & Daughters", "lines": lines})
    part = {"type": "goods_receipt", "order": order["id"], "lines": [{"item": "DRK-001", "quantity": "12"}]}
    put(f"/documents/{identity()}", part)
    put("/items/SAL-900", {"name": "Tomato salad", "name_zh": "番茄沙拉", "unit": "pc", "price": 1880})
    components = [{"item": "VEG-001", "quantity": "0.4"}, {"item": "DRK-001", "quantity": "0.1"}]
    steps = [{"name": "Cut", "name_zh": "切配", "minutes": 10}, {"name": "Dress", "name_zh": "拌匀"}]
    put("/recipes/SAL-900", {"components": components, "steps": steps, "deplete_on": "production"})
    work = identity()
    put(f"/work-orders/{work}", {"recipe": "SAL-900", "quantity": "6"})
    status, said = ask(branch, token, "POST", f"/work-orders/{work}/steps/1/start", {})
    assert status == 200, said


def arrived(port: int, token: str, path: str, there: Callable[[Any], bool]) -> None:
    """Wait until a branch has taken what was sent to it."""
    until = time.monotonic() + TRAVEL_SECONDS_MAX
    while True:
        status, said = ask(port, token, "GET", path)
        if status == 200 and there(said):
            return
        assert time.monotonic() < until, f"{path}: {status} {said}"
        time.sleep(0.1)


def picture(browser: Browser, demo: Demo, out: Path, language: str, theme: str) -> int:
    """All pages in one language and theme, those of the office on a phone too; answers how many."""
    taken = 0

    def shoot(page: Page, acts: tuple[tuple[str, Act], ...], where: str = "") -> None:
        nonlocal taken
        for name, act in acts:
            act(page, demo)
            page.wait_for_timeout(SETTLE_MILLISECONDS)
            page.screenshot(path=out / f"{name}{where}_{language}_{theme}.png")
            taken += 1

    for where, viewport in (("", DESKTOP), ("-phone", PHONE)):
        office = new_context(browser, demo, language=language, theme=theme, viewport=viewport)
        page = office.new_page()
        shoot(page, (("sign-in", goes_to("branch", "/sign-in?mode=password")),), where)
        sign_in_with_password(page, demo.branch, "chen", "kontor-manager")
        shoot(page, OFFICE, where)
        office.clear_cookies(name="kontor_session")
        sign_in_with_password(page, demo.headquarters, "admin", "kontor-admin")
        shoot(page, HEADQUARTERS, where)
        office.close()
    counter = new_context(browser, demo, language=language, theme=theme, viewport=TILL)
    page = counter.new_page()
    shoot(page, (("till-sign-in", goes_to("branch", "/till?station=till-1", ".person")),))
    sign_in_at_till(page, demo, "1111")
    shoot(page, COUNTER)
    page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    shoot(page, (("simulated-devices", goes_to("floor", "/", "body")),))
    counter.close()
    return taken


def main() -> int:
    """Let the demo be busy for a while, start it again in peace, take every picture, stop it."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    out.mkdir(parents=True, exist_ok=True)
    taken = 0
    with tempfile.TemporaryDirectory(prefix="kontor-pictures-") as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        busy = Demo.start(Path(folder) / "home", "--traffic")
        page = browser.new_page()
        page.wait_for_timeout(TRAFFIC_SECONDS * 1000)
        page.close()
        busy.stop()
        demo = Demo.start(Path(folder) / "home")
        try:
            prepare(demo)
            buy_and_make(demo)
            for language in ("en", "zh"):
                for theme in ("light", "dark"):
                    taken += picture(browser, demo, out, language, theme)
            browser.close()
        finally:
            demo.stop()
    print(f"{taken} pictures in {out}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
