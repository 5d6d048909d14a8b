"""The demo as a person meets it: `kontor up` with the sample shop, and hands for its simulated devices."""

import json
import re
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.capabilities import BROWSERS, browser_path
from tests.whole_shop import WholeShop, ask

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
TILL = {"width": 1024, "height": 768}
PAPER_SECONDS_MAX = 30.0
"""A kitchen's printer may be without paper for ten seconds before a ticket goes elsewhere."""
DISPLAY_SECONDS_MAX = 10.0
"""A till waits a moment before it tells, and a busy machine is slow."""


def launch(playwright: Playwright) -> Browser:
    """Chromium, or a sentence that names what is missing."""
    path = browser_path()
    assert path is not None, f"these tests need a browser: none of {', '.join(BROWSERS)} is installed"
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


class Demo:
    """A running demo: where its pages are, and what a hand does at the counter of the first branch."""

    def __init__(self, shop: WholeShop) -> None:
        self.shop = shop
        self.branch = f"http://127.0.0.1:{shop.branch_port}"
        self.headquarters = f"http://127.0.0.1:{shop.hq_port}"
        said = "".join(shop.said)
        found = re.search(r"b001\s+(http://\S+?)/?\s.*simulated devices", said)
        assert found is not None, said
        self.floor = found[1]

    @classmethod
    def start(cls, home: Path, *options: str) -> "Demo":
        """Start and wait until it is ready."""
        shop = WholeShop(home, options=options)
        shop.start()
        return cls(shop)

    def stop(self) -> None:
        """Stop as a person would."""
        assert self.shop.stop() == 0

    def put_on_scale(self, weight: str | None) -> None:
        """Lay something on the scale's pan, or take it off."""
        self._hand("/scale", {"weight": weight, "motion": False})

    def paper(self, printer: str = "printer-1") -> str:
        """All that stands on a printer's paper; without a name, that of the till's."""
        slips = next(one["slips"] for one in self._floor_state()["printers"] if one["name"] == printer)
        return "\n".join(line["text"] for piece in slips for line in piece["lines"])

    def until_paper(self, words: str, printer: str = "printer-1") -> None:
        """Waits until it stands on a printer's paper."""
        ends = time.monotonic() + PAPER_SECONDS_MAX
        while words not in self.paper(printer):
            assert time.monotonic() < ends, self.paper(printer)
            time.sleep(0.1)

    def set_roll(self, state: str, printer: str) -> None:
        """Takes the paper out of a printer (`out`), or puts some in (`present`), and waits until the branch has seen it."""
        self._hand(f"/printers/{printer}", {"paper": state})
        token, wanted = self.shop.token("b001"), "paper_end" if state == "out" else "ok"
        ends = time.monotonic() + DISPLAY_SECONDS_MAX
        while True:
            _, found = ask(self.shop.branch_port, token, "GET", "/devices")
            code = next(row["code"] for row in found["rows"] if row["name"] == printer)
            if code == wanted:
                return
            assert time.monotonic() < ends, found
            time.sleep(0.1)

    def until_display(self, words: str) -> None:
        """Waits until the customer's display says it in its lower row."""
        ends = time.monotonic() + DISPLAY_SECONDS_MAX
        while words not in self._floor_state()["display"][1]:
            assert time.monotonic() < ends, self._floor_state()["display"]
            time.sleep(0.05)

    def _floor_state(self) -> Any:
        with urllib.request.urlopen(f"{self.floor}/state", timeout=5) as response:
            return json.load(response)

    def _hand(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(
            self.floor + path, json.dumps(body).encode(), {"Content-Type": "application/json", "Origin": self.floor}
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.status < 300


def new_context(browser: Browser, demo: Demo, *, language: str, theme: str, viewport: dict[str, int]) -> BrowserContext:
    """A browser of a person who reads that language and likes that theme."""
    context = browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]}, locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai", reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(10_000)
    for url in (demo.branch, demo.headquarters, demo.floor):
        context.add_cookies(
            [
                {"name": "kontor_language", "value": language, "url": url},
                {"name": "kontor_theme", "value": theme, "url": url},
            ]
        )
    return context


def sign_in_with_password(page: Page, site: str, person: str, password: str) -> None:
    """Through the sign-in page, as an office person does."""
    page.goto(f"{site}/sign-in?mode=password")
    page.fill("#person", person)
    page.fill("#password", password)
    page.click("form#sign-in button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)


def sign_in_at_till(page: Page, demo: Demo, pin: str) -> None:
    """Choose the first person's tile and type the PIN on the pad."""
    page.goto(f"{demo.branch}/till?station=till-1")
    page.click(".person:is(:has-text('Lin Yue'), :has-text('林月'))")
    for digit in pin:
        page.click(f".keys button:text-is('{digit}')")
    page.click(".keys .ok")
    page.wait_for_selector(".tile")
