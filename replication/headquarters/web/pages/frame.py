"""What every page of headquarters shares: the reader's language and theme, who is signed in, what needs a person."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response

from admin_ui.contexts.problem import ProblemPage
from admin_ui.contexts.shell import Person, Shell, Theme
from admin_ui.i18n import Language
from admin_ui.serving.guard import Caller
from admin_ui.serving.language import of_request
from admin_ui.serving.problem import Problem
from replication.headquarters.web.office import BranchNow, Office

THEME_COOKIE: Final = "kontor_theme"
THEMES: Final[tuple[Theme, ...]] = ("light", "dark", "auto")
HTML: Final = "text/html"
"""Litestar adds the charset."""

AnyRequest = Request[Any, Any, Any]


class Frame:
    """Draws pages of headquarters."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.zone = ZoneInfo(office.config.site.time_zone)

    def page(
        self,
        request: AnyRequest,
        template: str,
        context: msgspec.Struct,
        caller: Caller | None = None,
        *,
        status: int = 200,
        attention: int | None = None,
    ) -> Response[str]:
        """A page or a fragment. `attention` is the number of branches that need a person."""
        language = language_of(request)
        shell = Shell(
            language=language,
            theme=theme_of(request),
            path=request.scope["path"],
            person=None if caller is None else _person(caller, language),
            csrf_token=None if caller is None else caller.csrf_token,
            attention=attention,
        )
        text = self.office.renderer.render(template, context, shell)
        return Response(text, media_type=HTML, status_code=status)

    def problem(self, request: AnyRequest, value: Problem) -> Response[Any] | None:
        """A problem as a page, for a person's browser."""
        detail = value.detail_zh if language_of(request) == "zh" else value.detail
        known = value.code in {"not_found", "forbidden", "busy", "internal"}
        context = ProblemPage(status=value.status, detail=None if known else detail)
        return self.page(request, "problem.html", context, status=value.status)

    def midnight(self) -> dt.datetime:
        """When today began at headquarters."""
        now = dt.datetime.fromtimestamp(self.office.utc_milliseconds() / 1000, self.zone)
        return dt.datetime.combine(now.date(), dt.time.min, self.zone)


def attention_of(branches: dict[str, BranchNow]) -> int:
    """How many branches need a person."""
    return sum(now.needs_a_person for now in branches.values())


def language_of(request: AnyRequest) -> Language:
    """The reader's language."""
    return of_request(request)


def theme_of(request: AnyRequest) -> Theme:
    """The reader's theme."""
    chosen = request.cookies.get(THEME_COOKIE)
    return next((theme for theme in THEMES if theme == chosen), "auto")


def seconds(milliseconds: int | None) -> float | None:
    """A moment as pages take it."""
    return None if milliseconds is None else milliseconds / 1000


def _person(caller: Caller, language: Language) -> Person:
    name = caller.display_name_zh if language == "zh" and caller.display_name_zh else caller.display_name
    return Person(caller.person, name, caller.role.value)
