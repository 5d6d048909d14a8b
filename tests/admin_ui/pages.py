"""All previews rendered, and their HTML taken apart; shared by the tests of the pages."""

from html.parser import HTMLParser

from admin_ui.contexts.shell import Theme
from admin_ui.i18n import Language
from admin_ui.preview.branch import NOW
from admin_ui.preview.pages import PREVIEWS, Preview, shell_of
from admin_ui.render import Renderer

_RENDERERS = {preview.site.id: Renderer(preview.site, "/static/{}".format, lambda: NOW) for preview in PREVIEWS}
WHOLE = tuple(preview for preview in PREVIEWS if "rows" not in preview.name and not preview.name.startswith("peek"))


def rendered(preview: Preview, language: Language = "en", theme: Theme = "light") -> str:
    return _RENDERERS[preview.site.id].render(preview.template, preview.page, shell_of(preview, language, theme))


class Tags(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
