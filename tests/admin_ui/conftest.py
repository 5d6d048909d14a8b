"""A browser and a site made of previews: pages and static files under the real security policy, and an event stream
the test itself speaks."""

import json
import mimetypes
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from admin_ui.assets import STATIC
from admin_ui.i18n import Language
from admin_ui.preview.pages import PREVIEWS
from admin_ui.serving.headers import CONTENT_SECURITY_POLICY
from tests.admin_ui.pages import rendered
from tests.capabilities import browser_path

ORIGIN = "http://preview.test"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# Stands where the browser's EventSource stands; the test says what the server sends.
STREAM = """
window.streams = [];
window.EventSource = class {
  constructor(url) { this.url = url; this.heard = {}; this.closed = false; streams.push(this); setTimeout(() => this.onopen && this.onopen(), 5); }
  addEventListener(topic, handler) { (this.heard[topic] = this.heard[topic] || []).push(handler); }
  close() { this.closed = true; }
  emit(topic, data, id = '') { for (const handler of this.heard[topic] || []) handler({ data: JSON.stringify(data), lastEventId: id }); }
};
"""


# Once per module: a Playwright that still runs keeps an event loop in this thread, and no async test could begin beside it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Only for tests marked `needs("chromium")`."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        yield chromium
        chromium.close()


class Site:
    """Answers every request of the browser; what a test adds is asked first."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.language: Language = "en"
        self.faults: list[str] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[str, Callable[[Route], None]] = {}
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.route("**/*", self._answer)

    def open(self, name: str, *, query: str = "", theme: str = "light") -> Page:
        self.page.goto(f"{ORIGIN}/preview/{self.language}/{theme}/{name}{query}")
        self.page.wait_for_load_state("load")
        return self.page

    def emit(self, topic: str, data: Any, event_id: str = "") -> None:
        self.page.wait_for_function("() => streams.length && streams[streams.length - 1].onopen")
        self.page.evaluate(
            "([topic, data, id]) => streams[streams.length - 1].emit(topic, data, id)", [topic, data, event_id]
        )

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not re.search(r"status of (4|5)\d\d|ERR_FAILED", text):
            self.faults.append(text)

    def _answer(self, route: Route) -> None:
        request = route.request
        path = urlsplit(request.url).path
        if path != "/favicon.ico" and not path.startswith(("/static/", "/preview/")):
            self.asked.append(
                (
                    request.method,
                    request.url.removeprefix(ORIGIN),
                    request.post_data_json if request.post_data else None,
                )
            )
        for pattern, answer in self.answers.items():
            if re.fullmatch(pattern, path):
                answer(route)
                return
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        elif path.startswith("/preview/"):
            _, _, language, theme, name = path.split("/")
            preview = next(one for one in PREVIEWS if one.name == name)
            text = rendered(preview, "zh" if language == "zh" else "en", "dark" if theme == "dark" else "light")
            headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
            route.fulfill(body=text, content_type="text/html; charset=utf-8", headers=headers)
        elif re.fullmatch(r"/stock/[^/]+/peek", path):
            peek = next(one for one in PREVIEWS if one.name == "peek")
            route.fulfill(body=rendered(peek, self.language), content_type="text/html; charset=utf-8")
        elif path.endswith("/rows"):
            route.fulfill(body="<tbody></tbody>", content_type="text/html")
        else:
            route.fulfill(status=404, body=json.dumps({"title": "not here"}), content_type="application/problem+json")


@pytest.fixture(scope="module")
def one_context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block", locale="en-GB")
    context.set_default_timeout(5000)
    context.add_init_script(STREAM)
    yield context
    context.close()


@pytest.fixture
def site(one_context: BrowserContext) -> Iterator[Site]:
    """A fresh page; at the end it may have complained about nothing."""
    page = one_context.new_page()
    site = Site(page)
    yield site
    faults = list(site.faults)  # what is loaded from now on finds nobody who answers
    # An answer that is still on its way when the page closes may never come back to whoever gives it.
    page.unroute_all(behavior="wait")
    page.close()
    one_context.clear_cookies()
    assert faults == []
