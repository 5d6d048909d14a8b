"""One whole demo shop and one browser for every story."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.demo import Demo, launch


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`kontor up` with its sample shop, two branches and their simulated devices."""
    running = Demo.start(tmp_path_factory.mktemp("demo") / "home")
    yield running
    running.stop()


# Once per module: a Playwright that still runs keeps an event loop in this thread, and no async test could begin beside it.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
