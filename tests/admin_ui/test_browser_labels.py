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

EIGHTEEN = """row => {
    row.querySelector("small").textContent = "22IIIIIPPP.PPWW.WWWC";
    row.lastElementChild.textContent = "14.685 kg price 1146.85";
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


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390])
def test_what_a_layout_reads_stands_within_its_card_on_a_phone(site: Site, language: str, width: int) -> None:
    """The price of a label with weight and price was cut at the edge of the screen, where nothing scrolls to it."""
    site.page.set_viewport_size({"width": width, "height": 844})
    site.language = language
    page = site.open("labels-tried")
    page.locator("tbody tr").first.evaluate(EIGHTEEN)
    wide, there = page.evaluate(
        "() => { const t = document.querySelector('table'); return [t.scrollWidth, t.closest('section').clientWidth]; }"
    )
    assert wide <= there
