"""One browser, one gateway and one profile for all tests of the till, each made as new for every test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.capabilities import BROWSERS, browser_path
from tests.till.fake_gateway import FakeGateway

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


# Once per module: a Playwright that still runs keeps an event loop in this thread, and no async test could begin beside it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.fail(
            f"the till's tests need a browser: none of {', '.join(BROWSERS)} is installed (apt-get install chromium-headless-shell)"
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def one_gateway() -> Iterator[FakeGateway]:
    fake = FakeGateway().start()
    yield fake
    fake.die()


@pytest.fixture
def gateway(one_gateway: FakeGateway) -> FakeGateway:
    """As new for every test, on one port so that the browser keeps what it has compiled."""
    one_gateway.reset()
    return one_gateway


@pytest.fixture
def faults() -> list[str]:
    """What the browser complained about, resources of a dead gateway left aside."""
    return []


@pytest.fixture(scope="module")
def one_context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1024, "height": 768}, service_workers="block", locale="en-GB")
    made.set_default_timeout(5000)
    yield made
    made.close()


@pytest.fixture
def context(one_context: BrowserContext, gateway: FakeGateway) -> Iterator[BrowserContext]:
    """A browser that has never seen the till."""
    yield one_context
    for page in one_context.pages:
        page.close()
    one_context.clear_cookies()
    janitor = one_context.new_page()
    one_context.new_cdp_session(janitor).send(
        "Storage.clearDataForOrigin", {"origin": gateway.url, "storageTypes": "all"}
    )
    janitor.close()


@pytest.fixture
def open_till(context: BrowserContext, gateway: FakeGateway, faults: list[str]) -> Iterator[Callable[..., Page]]:
    """open_till() -> a page with Lin Yue signed in, the catalogue loaded and the stream open."""

    def opened(person: str | None = "lin", path: str = "/till?station=till-1") -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
        )
        if person:
            gateway.session = person
            context.add_cookies([{"name": "kontor_session", "value": person, "url": gateway.url}])
        page.goto(gateway.url + path)
        page.wait_for_selector("html[data-ready=yes]")
        if person:
            page.wait_for_selector(".tile")
            gateway.wait_for_stream()
        return page

    yield opened
    assert faults == []


@pytest.fixture(scope="module")
def run(one_context: BrowserContext, one_gateway: FakeGateway) -> Iterator[Callable[..., Any]]:
    """run("cart.js", "m => …") evaluates a function of the module's exports."""
    page = one_context.new_page()
    page.goto(one_gateway.url + "/static/test/favicon.svg")
    yield lambda module, body: page.evaluate(f"async () => ({body})(await import('/static/test/js/till/{module}'))")
    page.close()
