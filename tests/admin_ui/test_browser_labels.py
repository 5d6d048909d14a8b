"""The workbench of labels in a browser: many labels make a long page, which scrolls within its frame."""

import pytest
from playwright.sync_api import Page

from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

LONGER = """() => {
    const table = document.querySelector("table:has(caption)").closest("section");
    for (let copies = 0; copies < 20; copies += 1) table.after(table.cloneNode(true));
    window.scrollTo(0, 100_000);
}"""


def beyond(page: Page) -> int:
    moved: int = page.evaluate("() => window.scrollY")
    return moved


@pytest.mark.parametrize("width", [390, 1440])
def test_words_for_screen_readers_do_not_lengthen_the_window(site: Site, width: int) -> None:
    """Below the frame there is nothing: whoever scrolled there saw an empty page."""
    site.page.set_viewport_size({"width": width, "height": 844})
    page = site.open("labels-tried")
    page.evaluate(LONGER)
    assert beyond(page) == 0
