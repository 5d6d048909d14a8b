"""What every page shares: the reader's language and theme, who is signed in, the days of the site's time zone."""

import asyncio
import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response

from admin_ui.contexts.problem import ProblemPage
from admin_ui.contexts.shell import Person, Shell, Sync, Theme
from admin_ui.i18n import Language
from admin_ui.serving.guard import Caller
from admin_ui.serving.language import of_request
from admin_ui.serving.problem import Problem
from admin_ui.serving.roles import Role
from gateway.store.takings import SLOT_MILLISECONDS
from gateway.store.waiting import NOTHING_WAITS, Waiting, count_waiting
from gateway.web.branch import Branch

THEME_COOKIE: Final = "kontor_theme"
THEMES: Final[tuple[Theme, ...]] = ("light", "dark", "auto")
HTML: Final = "text/html"

AnyRequest = Request[Any, Any, Any]


class Frame:
    """Draws pages of one branch."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.zone = ZoneInfo(branch.config.site.time_zone)

    async def page(
        self,
        request: AnyRequest,
        template: str,
        context: msgspec.Struct,
        caller: Caller | None = None,
    ) -> Response[str]:
        """A page with its menu, which says how much waits for whoever may decide."""
        if caller is None or not decides(caller):
            return await self.part(request, template, context, caller)
        waiting = await self.branch.shop.ledger.read(count_waiting)
        return await self._draw(template, context, self.shell(request, caller, waiting))

    async def part(
        self, request: AnyRequest, template: str, context: msgspec.Struct, caller: Caller | None = None
    ) -> Response[str]:
        """What has no menu round it."""
        return await self._draw(template, context, self.shell(request, caller))

    async def _draw(self, template: str, context: msgspec.Struct, shell: Shell) -> Response[str]:
        """Drawn off the loop: fifty rows take some milliseconds, and a sale should not wait for them."""
        text = await asyncio.to_thread(self.branch.renderer.render, template, context, shell)
        return Response(text, media_type=HTML)

    def shell(self, request: AnyRequest, caller: Caller | None, waiting: Waiting = NOTHING_WAITS) -> Shell:
        """One reader's view of the frame round a page."""
        now = self.branch.replication()
        return Shell(
            language=language_of(request),
            theme=theme_of(request),
            path=request.scope["path"],
            person=None if caller is None else person_of(caller, language_of(request)),
            csrf_token=None if caller is None else caller.csrf_token,
            sync=Sync(
                state=now.state,
                head_seq=now.head_seq,
                applied_seq=now.applied_seq,
                waiting=now.waiting,
                lag_seconds=now.lag_seconds,
            ),
            names={} if caller is None else self.branch.guard.people.names(zh=language_of(request) == "zh"),
            badges={"waiting": waiting.requests + waiting.reviews, "alerts": waiting.alerts},
        )

    def problem(self, request: AnyRequest, value: Problem) -> Response[Any] | None:
        """A problem as a page, for a person's browser."""
        language = language_of(request)
        detail = value.detail_zh if language == "zh" else value.detail
        known = value.code in {"not_found", "forbidden", "busy", "internal"}
        context = ProblemPage(status=value.status, detail=None if known else detail)
        text = self.branch.renderer.render("problem.html", context, self.shell(request, None))
        return Response(text, media_type=HTML, status_code=value.status)

    def today(self) -> dt.date:
        """The day it is at the site."""
        return self.local(self.branch.shop.clock()).date()

    def local(self, milliseconds: int) -> dt.datetime:
        """A moment on the site's clocks."""
        return dt.datetime.fromtimestamp(milliseconds / 1000, self.zone)

    def slot_of(self, day: dt.date, time: dt.time = dt.time.min) -> int:
        """The quarter of an hour in which a day's moment falls."""
        at = dt.datetime.combine(day, time, self.zone)
        return int(at.timestamp() * 1000) // SLOT_MILLISECONDS


def decides(caller: Caller) -> bool:
    """Whether the office's pages are theirs to open. A PIN opens none of them."""
    return caller.role.reaches(Role.MANAGER) and caller.by != "pin"


def language_of(request: AnyRequest) -> Language:
    """The reader's language."""
    return of_request(request)


def theme_of(request: AnyRequest) -> Theme:
    """The reader's theme."""
    chosen = request.cookies.get(THEME_COOKIE)
    return next((theme for theme in THEMES if theme == chosen), "auto")


def person_of(caller: Caller, language: Language) -> Person:
    """Who is signed in, as the page names them."""
    name = caller.display_name_zh if language == "zh" and caller.display_name_zh else caller.display_name
    return Person(caller.person, name, caller.role.value)


def seconds(milliseconds: int) -> float:
    """A moment as pages take it."""
    return milliseconds / 1000
