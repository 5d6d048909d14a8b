"""The words in both languages: English sentences are the keys, `locale/zh/LC_MESSAGES/*.po` holds the Chinese.

The .po files are read once at start; nothing compiled is kept in the tree. `python -m admin_ui.i18n [messages|till]`
collects the keys from templates and ES modules into them. Refuses to know who is reading: the language comes from the caller.
"""

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from admin_ui.assets import LOCALE, ROOT
from admin_ui.po_file import read_messages

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
HTML_LANG: Final[Mapping[Language, str]] = {"en": "en", "zh": "zh-CN"}

_METHODS = [("templates/**.html", "jinja2"), ("static/js/**.js", "javascript")]
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "t": None,
    "tn": (1, 2),
    "tp": ((1, "c"), 2),
}
_OPTIONS = {"templates/**.html": {"silent": "false", "encoding": "utf-8"}, "static/js/**.js": {"encoding": "utf-8"}}

DOMAINS: Final = ("messages", "till")

Key = tuple[str | None, str]


class Words:
    """One language's catalogue, and the sentences of it that a page's scripts need."""

    def __init__(
        self, language: Language, messages: Mapping[Key, str | tuple[str, ...]], places: Mapping[Key, frozenset[str]]
    ) -> None:
        self.language: Final = language
        self._messages = messages
        self._places = places

    def gettext(self, message: str, **values: object) -> str:
        found = self._messages.get((None, message), message)
        return _fill(found if isinstance(found, str) else found[0], values)

    def pgettext(self, context: str, message: str, **values: object) -> str:
        found = self._messages.get((context, message), message)
        return _fill(found if isinstance(found, str) else found[0], values)

    def ngettext(self, singular: str, plural: str, n: int, **values: object) -> str:
        found = self._messages.get((None, singular), singular if n == 1 else plural)
        return _fill(found if isinstance(found, str) else found[0], {"n": f"{n:,}", **values})

    def for_scripts(self, folders: Iterable[str]) -> dict[str, str]:
        """Sentences used by the modules in `static/js/<folder>/` (or one file there); empty in English, where the keys are the words."""
        wanted = tuple(f"static/js/{folder}" + ("" if folder.endswith(".js") else "/") for folder in folders)
        found: dict[str, str] = {}
        for key, places in self._places.items():
            if any(place.startswith(wanted) for place in places):
                context, message = key
                text = self._messages[key]
                found[message if context is None else f"{context}\x04{message}"] = (
                    text if isinstance(text, str) else text[0]
                )
        return found


def _fill(text: str, values: Mapping[str, object]) -> str:
    return text.format(**values) if values else text


@cache
def words(language: Language, domain: str = "messages") -> Words:
    """One language's words. A sentence that both the till and the pages say is taken from `domain` first."""
    if language == "en":
        return Words("en", {}, {})
    messages: dict[Key, str | tuple[str, ...]] = {}
    places: dict[Key, frozenset[str]] = {}
    for path in sorted(
        (LOCALE / language / "LC_MESSAGES").glob("*.po"), key=lambda path: (path.stem != domain, path.stem)
    ):
        for message in read_messages(path.read_text(encoding="utf-8")):
            key = (message.context, message.key)
            messages.setdefault(key, message.strings if len(message.strings) > 1 else message.strings[0])
            places[key] = places.get(key, frozenset()) | frozenset(message.places)
    return Words(language, messages, places)


def _key(message: Any) -> Key:
    return (message.context, message.id if isinstance(message.id, str) else message.id[0])


# Collecting ------------------------------------------------------------------------------------------------------


def domain_of(place: str) -> str:
    """Which .po file a source file's sentences live in: the till's are kept apart from the pages'."""
    return "till" if place.startswith(("templates/till", "static/js/till/")) else "messages"


def collect() -> "dict[str, Catalog]":
    """The keys found in the sources now, by domain, without translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    found = {domain: Catalog(locale="zh_CN", project="Kontor", fuzzy=False) for domain in DOMAINS}
    for place, _line, message, comments, context in extract_from_dir(
        ROOT,
        method_map=_METHODS,
        options_map=_OPTIONS,
        keywords=_KEYWORDS,
        comment_tags=("NOTE:",),
        strip_comment_tags=True,
    ):
        name = Path(place).as_posix()
        found[domain_of(name)].add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def update(domains: Iterable[str] = DOMAINS, folder: Path = LOCALE / "zh" / "LC_MESSAGES") -> dict[str, list[str]]:
    """Bring the .po files in step with the sources; answers the keys that still lack Chinese, by domain."""
    from babel.messages.pofile import read_po, write_po

    missing: dict[str, list[str]] = {}
    found = collect()
    for domain in domains:
        fresh = found[domain]
        path = folder / f"{domain}.po"
        known = {}
        if path.exists():
            with path.open("rb") as file:
                known = {_key(m): m.string for m in read_po(file, locale="zh_CN")}
        for message in fresh:
            if message.id:
                message.string = known.get(_key(message), "" if isinstance(message.id, str) else ("",))
                message.flags.discard("python-format")
        buffer = BytesIO()
        write_po(buffer, fresh, width=0, omit_header=True, include_lineno=False, sort_output=True)
        text = _HEADER.encode() + buffer.getvalue()
        if len(fresh) and (not path.exists() or path.read_bytes() != text):
            path.write_bytes(text)
        missing[domain] = [str(_key(m)[1]) for m in fresh if m.id and not any(_strings(m.string))]
    return missing


def _strings(string: Any) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


_HEADER = """\
# Chinese (Simplified) words of Kontor's pages. Keys are collected by `python -m admin_ui.i18n`.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: zh_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

if __name__ == "__main__":
    lacking = update(sys.argv[1:] or DOMAINS)
    for domain, keys in lacking.items():
        for key in keys:
            sys.stdout.write(f"{domain}: {key}\n")
    sys.exit(1 if any(lacking.values()) else 0)
