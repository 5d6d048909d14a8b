"""The kept page: it opens with the gateway down, in the reader's language, and keeps nothing that it must not."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from admin_ui.assets import STATIC, modules_behind
from admin_ui.bundle import TILL
from tests.till.fake_gateway import FakeGateway


@pytest.fixture
def page(browser: Browser, gateway: FakeGateway) -> Iterator[Page]:
    """A page that its service worker has taken over."""
    context = browser.new_context(viewport={"width": 1024, "height": 768}, service_workers="allow")
    context.set_default_timeout(8000)
    gateway.session = "lin"
    context.add_cookies(
        [
            {"name": n, "value": v, "url": gateway.url}
            for n, v in (("kontor_session", "lin"), ("kontor_language", "zh"), ("kontor_theme", "dark"))
        ]
    )
    opened = context.new_page()
    opened.goto(gateway.url + "/till?station=till-1")
    opened.wait_for_selector(".tile")
    opened.evaluate(
        "() => navigator.serviceWorker.controller || new Promise(done => { navigator.serviceWorker.oncontrollerchange = () => done(1); })"
    )
    yield opened
    context.close()  # takes the worker and its caches along


def test_a_cold_reload_with_the_gateway_down_sells(page: Page, gateway: FakeGateway) -> None:
    """In Chinese and dark as before; the sale is sent once the gateway is back."""
    gateway.die()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator(".strip:not(.kitchen)")).to_contain_text("门店网关暂无响应")
    expect(page.locator("#person")).to_have_text("Lin Yue")
    page.click("[data-sku=tea-500]")
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.click("#primary")
    expect(page.locator("#net")).to_have_text("1 笔待上传")
    gateway.start()
    expect(page.locator("#net")).to_have_text("销售已全部上传", timeout=15000)
    [(_, body)] = gateway.puts
    assert body["settled"] is True


def test_answers_of_the_api_are_never_kept(page: Page) -> None:
    """Nor the page of a session: only the neutral one and the static tree."""
    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async k => (await (await caches.open(k)).keys()).map(r => new URL(r.url)))))
             .flat().map(u => u.pathname + u.search)"""
    )
    assert [path for path in kept if not path.startswith("/static/test/")] == ["/till?shell=1"]


def test_the_worker_keeps_every_script_of_the_page() -> None:
    """A script that is added but not kept would break the till on the first cold reload."""
    worker = (STATIC / "js/till/sw.js").read_text(encoding="utf-8")
    whole = {path.removeprefix("js/till/") for path in modules_behind("js/till/app.js")}
    apart = {path.relative_to(STATIC / "js/till").as_posix() for path in STATIC.glob("js/till/**/*.js")} - whole
    assert apart == {"sw.js", "catalogue-worker.js", "early.js"}
    assert [
        name for name in (TILL, "js/till/catalogue-worker.js", "js/till/early.js") if f"'{name}'" not in worker
    ] == []
