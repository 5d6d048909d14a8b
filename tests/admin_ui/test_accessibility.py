"""Nobody is shut out: axe-core over every page of both kinds of site, in both languages and themes, wide and on a phone."""

import pytest
from playwright.sync_api import Page

from admin_ui.preview.pages import Preview
from tests.admin_ui.conftest import Site
from tests.admin_ui.pages import WHOLE
from tests.axe import complaints

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

ONE_OF_EACH: tuple[Preview, ...] = tuple({preview.template: preview for preview in reversed(WHOLE)}.values())
"""One preview of every template: the fullest stands first."""
PHONE = {"width": 390, "height": 844}
UNSEEN_FOCUS = """() => {
  const unseen = [];
  for (const element of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
    if (!element.getClientRects().length || element.disabled) continue;
    element.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== element) continue;
    const marked = node => {
      const style = getComputedStyle(node);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
    };
    if (![element, element.closest('.field, .field-like, label, .row, tr')].some(node => node && marked(node))) {
      unseen.push(element.outerHTML.slice(0, 120));
    }
  }
  return unseen;
}"""


def _named(preview: Preview) -> str:
    return preview.name


@pytest.mark.parametrize("preview", WHOLE, ids=_named)
def test_axe_finds_nothing_on_a_page(site: Site, preview: Preview) -> None:
    """WCAG 2.2 A and AA and axe's best practices; colours in the light and in the dark."""
    page = site.open(preview.name)
    _settle(page, preview)
    assert complaints(page) == []
    if preview in ONE_OF_EACH:
        assert page.evaluate(UNSEEN_FOCUS) == [], "whatever has the focus shows it, on itself or on the field around it"


@pytest.mark.parametrize("preview", ONE_OF_EACH, ids=_named)
def test_axe_finds_nothing_on_a_chinese_phone(site: Site, preview: Preview) -> None:
    """Where a page is laid out differently, targets included, and a name left in English would be one; colours are the same."""
    site.language = "zh"
    site.page.set_viewport_size(PHONE)
    page = site.open(preview.name)
    _settle(page, preview)
    assert complaints(page, themes=("light",)) == []


def _settle(page: Page, preview: Preview) -> None:
    if preview.name == "stock-peek":
        page.wait_for_selector("#peek-title")
