"""Every page renders with its example in both languages, and keeps the rules of the house: no inline code, one
heading, names on controls, nothing that a stranger's text could break."""

from typing import Any

import msgspec
import pytest

from admin_ui.assets import TEMPLATES
from admin_ui.i18n import LANGUAGES, Language
from admin_ui.preview.pages import PREVIEWS, Preview
from admin_ui.render import Renderer
from tests.admin_ui.pages import WHOLE, Tags, rendered

PROBE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"


def _named(preview: Preview) -> str:
    return preview.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("preview", PREVIEWS, ids=_named)
def test_a_page_has_no_inline_script_or_style(preview: Preview, language: Language) -> None:
    for tag, attributes in Tags(rendered(preview, language)).tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert tag != "style"
        if tag == "script":
            assert attributes.get("src") or attributes.get("type") == "application/json"


@pytest.mark.parametrize("preview", WHOLE, ids=_named)
def test_a_page_has_one_heading_one_main_and_unique_ids(preview: Preview) -> None:
    tags = Tags(rendered(preview))
    assert len(tags.all("h1")) == 1
    assert len(tags.all("main")) == 1
    ids = [attributes["id"] for _, attributes in tags.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("preview", WHOLE, ids=_named)
def test_a_page_says_its_language_and_theme_before_the_first_paint(preview: Preview) -> None:
    (html,) = Tags(rendered(preview, "zh", "dark")).all("html")
    assert (html["lang"], html["data-theme"]) == ("zh-CN", "dark")


@pytest.mark.parametrize("preview", [p for p in WHOLE if p.signed_in and "problem" not in p.template], ids=_named)
def test_the_menu_marks_the_page_it_stands_on(preview: Preview) -> None:
    current = [
        a["href"] for a in Tags(rendered(preview)).all("a") if a.get("data-go") and a.get("aria-current") == "page"
    ]
    assert len(current) == 1


@pytest.mark.parametrize("preview", PREVIEWS, ids=_named)
def test_a_strangers_text_stays_text(preview: Preview) -> None:
    """Every string of the context is replaced by markup; no tag and no handler may come of it."""
    hostile = Preview(
        preview.name, preview.site, preview.template, _poisoned(preview.page), preview.sync, preview.signed_in
    )
    text = rendered(hostile)
    clean = {tag for tag, _ in Tags(rendered(preview)).tags}
    tags = Tags(text)
    assert "img" not in {tag for tag, _ in tags.tags} - clean
    assert all(a.get("src") or a.get("type") == "application/json" for a in tags.all("script"))
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on")]
    assert "49" not in text.replace(PROBE, "") or "49" in rendered(preview)


# Fields that are codes, numbers or moments: a template formats them, a stranger cannot choose their text.
_CODES = {
    "quantity", "on_hand", "available", "in_transit", "total", "balance", "low_below", "state", "tab", "kind", "severity",
    "cls", "mode", "trouble", "sync", "role", "at", "as_of", "dispatched", "received", "short", "over", "damaged", "returned",
    "direction", "cancel", "reason", "findings", "counted", "expected", "difference", "answer", "answers", "approver", "quantity_from",
    "makes", "ordered", "rejected", "free", "open", "asked", "sent", "scrap", "waiting",
}  # fmt: skip


def _poisoned(thing: Any) -> Any:
    if isinstance(thing, msgspec.Struct):
        changes = {
            name: _poisoned(value)
            for name in thing.__struct_fields__
            if name not in _CODES and (value := getattr(thing, name)) is not None
        }
        return msgspec.structs.replace(thing, **changes)
    if isinstance(thing, tuple):
        return tuple(_poisoned(one) for one in thing)
    return PROBE if isinstance(thing, str) else thing


def test_words_of_scripts_cannot_close_their_block() -> None:
    """The JSON of the page's words is written so that no sentence can end the script element."""
    for preview in WHOLE:
        text = rendered(preview, "zh")
        block = text.split('id="i18n">', 1)[1].split("</script>", 1)[0]
        assert isinstance(msgspec.json.decode(block), dict)


def test_a_page_without_rows_says_why() -> None:
    empty = {
        p.name: rendered(p)
        for p in WHOLE
        if p.name
        in {
            "stock-empty", "stock-no-match", "documents-empty", "fleet-empty", "hq-stock-empty", "devices-none", "alerts-none",
            "orders-none", "orders-no-match", "recipes-none", "work-orders-none", "work-orders-no-recipe",
        }
    }  # fmt: skip
    assert len(empty) == 12
    for name, text in empty.items():
        assert 'class="empty"' in text, name


def test_a_branch_that_is_offline_is_never_shown_as_zero() -> None:
    """The age stands beside the figure, which is the last one heard."""
    fleet = next(p for p in PREVIEWS if p.name == "fleet")
    row = rendered(fleet).split('data-row="b027"', 1)[1].split("</tr>", 1)[0]
    assert "¥15,855" in row
    assert "4 h 12 min ago" in row
    assert "stale" in row


def test_a_document_without_its_lines_says_why() -> None:
    """In both languages, with the total that stands."""
    pruned = next(p for p in PREVIEWS if p.name == "document-pruned")
    english, chinese = rendered(pruned), rendered(pruned, "zh")
    assert "The lines of this document were folded after 400 days; its totals stand." in english
    assert "¥42.10" in english
    assert "此单据的明细在 400 天后已精简" in chinese


def test_a_quiet_day_says_so() -> None:
    quiet = next(p for p in PREVIEWS if p.name == "today-quiet")
    text = rendered(quiet)
    assert "Nothing needs you." in text
    assert "Last sale 14:31." in text


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_compiles_to_the_same_code_for_every_language(path: Any) -> None:
    """They share it: a filter over a constant would be worked out while compiling, in the words of who came first."""
    environments = Renderer(PREVIEWS[0].site, "/static/{}".format, lambda: 0.0).environments.values()
    source = path.read_text(encoding="utf-8")
    assert len({environment.compile(source, path.name, raw=True) for environment in environments}) == 1
