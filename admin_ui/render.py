"""Turns a template, its context struct and the reader's shell into a page.

One Jinja environment per language and set of words, autoescaping, and strict about names: a template that asks for a field the
context lacks fails its test instead of printing nothing. Knows no HTTP and no ledger.
"""

from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType
from typing import Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup
from msgspec import Struct

from admin_ui import figures
from admin_ui.assets import TEMPLATES, modules_behind
from admin_ui.contexts.shell import Shell, Site
from admin_ui.i18n import DOMAINS, HTML_LANG, LANGUAGES, Language, domain_of, words

_SHARED: Final = frozenset({"base.html", "macros.html"})
"""What both the till's page and all others stand on."""


class _SharedCode(BytecodeCache):
    """Compiled templates by their file: every language's environment compiles the same, so one does it for all."""

    def __init__(self) -> None:
        self._kept: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None, "Jinja keeps what it has compiled"
        self._kept[bucket.key] = bucket.code


class Renderer:
    """Renders every page of one site in every language."""

    def __init__(self, site: Site, static: Callable[[str], str], clock: Callable[[], float]) -> None:
        """`static` turns a path under `static/` into the URL it is served at; `clock` answers seconds since 1970."""
        self.site: Final = site
        code = _SharedCode()
        self.environments: Final[dict[tuple[Language, str], Environment]] = {
            (language, domain): self._environment(language, domain, static, clock, code)
            for language in LANGUAGES
            for domain in DOMAINS
        }

    def render(self, template: str, page: Struct, shell: Shell) -> str:
        """The whole page (or fragment) as text. Templates see the two structs as `page` and `shell`."""
        environment = self.environments[shell.language, domain_of(f"templates/{template}")]
        return environment.get_template(template).render(page=page, shell=shell)

    def preparations(self) -> Iterator[Callable[[], object]]:
        """The work of compiling every template, in pieces of some ten milliseconds.

        A site runs them one by one off its event loop after it has started; without that, the first reader of a page
        would hold up a sale for a quarter of a second.
        """
        for path in sorted(TEMPLATES.glob("*.html")):
            for (_, domain), environment in self.environments.items():
                if path.name in _SHARED or domain_of(f"templates/{path.name}") == domain:
                    yield partial(environment.get_template, path.name)

    def _environment(
        self,
        language: Language,
        domain: str,
        static: Callable[[str], str],
        clock: Callable[[], float],
        code: BytecodeCache,
    ) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=code,
        )
        catalogue = words(language, domain)
        form = figures.Figures(catalogue, self.site, clock)

        def preload(entry: str) -> Markup:
            """`modulepreload` lines for everything a page's module imports."""
            line = Markup('<link rel="modulepreload" href="{}">')
            return Markup("\n").join(line.format(static(path)) for path in modules_behind(entry)[1:])

        environment.globals.update(
            _=catalogue.gettext,
            ngettext=catalogue.ngettext,
            pgettext=catalogue.pgettext,
            js_words=lambda *folders: catalogue.for_scripts(folders),
            static=static,
            preload=preload,
            site=self.site,
            language=language,
            html_lang=HTML_LANG[language],
            now=clock,
            bar=figures.bar,
        )
        environment.filters.update(
            money=form.money,
            quantity=form.quantity,
            signed=form.signed,
            count=form.count,
            percent=form.percent,
            duration=form.duration,
            ago=form.ago,
            time=form.time,
            date=form.date,
            date_time=form.date_time,
            iso=form.iso,
            named=form.named,
        )
        return environment
