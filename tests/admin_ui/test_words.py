"""The Chinese words: complete, in step with the sources, and with the same placeholders as the English ones."""

import re
import string

import pytest
from babel.messages.pofile import read_po

from admin_ui import i18n
from admin_ui.assets import LOCALE, STATIC, TEMPLATES
from admin_ui.po_file import read_messages

FOLDER = LOCALE / "zh" / "LC_MESSAGES"


def _messages(domain: str) -> dict[tuple[str | None, str], tuple[str, ...]]:
    with (FOLDER / f"{domain}.po").open("rb") as file:
        return {
            (message.context, message.id if isinstance(message.id, str) else message.id[0]): (
                (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            )
            for message in read_po(file)
            if message.id
        }


@pytest.mark.parametrize("domain", i18n.DOMAINS)
def test_a_site_reads_its_words_as_babel_does(domain: str) -> None:
    """Keys, contexts and words are the same by both readers."""
    read = read_messages((FOLDER / f"{domain}.po").read_text(encoding="utf-8"))
    assert {(message.context, message.key): message.strings for message in read} == _messages(domain)


def test_a_sentence_over_several_lines_and_with_escapes_is_read() -> None:
    """Babel writes a line break as a new quoted line, and quotes, tabs and backslashes escaped."""
    (message,) = read_messages('#: a.html b.html\nmsgctxt "c"\nmsgid ""\n"one\\n"\n"\\"two\\"\\t\\\\"\nmsgstr "一"\n')
    assert (message.context, message.key, message.places) == ("c", 'one\n"two"\t\\', ("a.html", "b.html"))


@pytest.fixture(scope="module")
def collected() -> dict[str, set[tuple[str | None, str]]]:
    return {
        domain: {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalogue if m.id}
        for domain, catalogue in i18n.collect().items()
    }


@pytest.mark.parametrize("domain", i18n.DOMAINS)
def test_every_sentence_of_the_sources_has_its_chinese(
    domain: str, collected: dict[str, set[tuple[str | None, str]]]
) -> None:
    known = _messages(domain)
    lacking = sorted(message for key in collected[domain] if not any(known.get(key, ())) for message in [key[1]])
    assert lacking == [], f"run: python -m admin_ui.i18n {domain}"


@pytest.mark.parametrize("domain", i18n.DOMAINS)
def test_no_sentence_is_kept_that_nothing_says(domain: str, collected: dict[str, set[tuple[str | None, str]]]) -> None:
    assert sorted(key[1] for key in set(_messages(domain)) - collected[domain]) == []


@pytest.mark.parametrize("domain", i18n.DOMAINS)
def test_placeholders_are_the_same_in_both_languages(domain: str) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    different = {
        key[1]: chinese
        for key, chinese in _messages(domain).items()
        if any(names(key[1]) != names(text) for text in chinese)
    }
    assert different == {}


def test_the_till_and_the_pages_may_say_one_sentence_differently() -> None:
    till, pages = i18n.words("zh", "till"), i18n.words("zh")
    shared = _messages("messages").keys() & _messages("till").keys()
    assert shared
    for _, message in shared:
        assert (pages.gettext(message), till.gettext(message)) == (
            _messages("messages")[None, message][0],
            _messages("till")[None, message][0],
        )


def test_scripts_get_their_own_sentences_and_no_others() -> None:
    words = i18n.words("zh").for_scripts(["kit"])
    assert words["Sending…"]
    assert "Last documents" not in words
    assert i18n.words("en").for_scripts(["kit"]) == {}


def test_no_template_holds_a_bare_sentence() -> None:
    """Text between tags outside `_()`: two words or more in Latin letters would be untranslated."""
    bare = re.compile(r">\s*((?!Ctrl )[A-Za-z]+ [A-Za-z]+[^<{}]*)<")
    found = {path.name: bare.findall(path.read_text(encoding="utf-8")) for path in TEMPLATES.glob("*.html")}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_scripts_set_no_bare_sentence() -> None:
    bare = re.compile(r"textContent = '[A-Z][a-z]+ |aria-label': '[A-Z][a-z]+")
    assert [path.name for path in STATIC.glob("js/**/*.js") if bare.search(path.read_text(encoding="utf-8"))] == []


def test_no_sentence_hides_in_a_template_literal() -> None:
    """Those in one are not always collected, and would be shown in English."""
    hidden = re.compile(r"\$\{tn?\(")
    assert [path.name for path in STATIC.glob("js/admin/*.js") if hidden.search(path.read_text(encoding="utf-8"))] == []
