"""What axe-core finds on a page: the rules of WCAG 2.2 A and AA and its best practices, as short lines to read in a failure.

axe-core comes with the `axe-playwright-python` wheel (MPL-2.0); nothing of it is kept here.
"""

from functools import cache
from typing import Any, Final

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
NODES_SHOWN: Final = 3


@cache
def _script() -> str:
    return AXE_FILE_PATH.read_text(encoding="utf-8")


def complaints(page: Page, *, themes: tuple[str, ...] = ("light", "dark")) -> list[str]:
    """Every broken rule with the nodes that break it; colours are looked at in each theme, all else in the first."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    found = []
    for theme in themes:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        only = (
            {"type": "tag", "values": list(TAGS)}
            if theme == themes[0]
            else {"type": "rule", "values": ["color-contrast"]}
        )
        answer = page.evaluate("only => axe.run(document, { runOnly: only, resultTypes: ['violations'] })", only)
        found += [f"{theme}: {_told(violation)}" for violation in answer["violations"]]
    return found


def _told(violation: dict[str, Any]) -> str:
    nodes = [
        f"{' '.join(map(str, node['target']))}: {node['failureSummary']}" for node in violation["nodes"][:NODES_SHOWN]
    ]
    return f"{violation['id']} ({len(violation['nodes'])} nodes) {' | '.join(nodes)}"
