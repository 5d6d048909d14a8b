"""`python -m admin_ui.preview OUT_DIR`: writes every page in both languages and themes, with the static files beside.

Look at them with `python -m http.server --directory OUT_DIR` and open `/en/light/today.html`.
"""

import shutil
import sys
from pathlib import Path

from admin_ui.assets import STATIC
from admin_ui.contexts.shell import Theme
from admin_ui.i18n import LANGUAGES
from admin_ui.preview.branch import NOW
from admin_ui.preview.pages import PREVIEWS, shell_of
from admin_ui.render import Renderer

THEMES: tuple[Theme, ...] = ("light", "dark")


def write(out: Path) -> int:
    """Answers how many pages were written."""
    shutil.copytree(STATIC, out / "static", dirs_exist_ok=True)
    renderers = {preview.site.id: Renderer(preview.site, "/static/{}".format, lambda: NOW) for preview in PREVIEWS}
    count = 0
    for language in LANGUAGES:
        for theme in THEMES:
            folder = out / language / theme
            folder.mkdir(parents=True, exist_ok=True)
            for preview in PREVIEWS:
                text = renderers[preview.site.id].render(
                    preview.template, preview.page, shell_of(preview, language, theme)
                )
                (folder / f"{preview.name}.html").write_text(text, encoding="utf-8")
                count += 1
    return count


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m admin_ui.preview OUT_DIR")
    sys.stdout.write(f"{write(Path(sys.argv[1]))} pages in {sys.argv[1]}\n")
