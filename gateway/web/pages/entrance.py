"""Where a person comes in: the first page, signing in, and the till. Open to strangers; nothing of the shop is shown."""

from collections.abc import Sequence
from typing import Any, Literal

from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.sign_in import SignInPage, SignInPerson
from admin_ui.contexts.till import TillPage
from admin_ui.serving.guard import SIGN_IN_PATH, safe_next
from admin_ui.serving.handler_guard import TheCallerIfAny
from admin_ui.serving.roles import Role
from gateway.web.pages.frame import AnyRequest, Frame, language_of, person_of, theme_of

TILL_PATH = "/till"
RETRY_SECONDS_MAX = 24 * 3600

_TROUBLES: dict[str, Literal["refused", "locked_out", "signed_out", "busy"]] = {
    "wrong_secret": "refused",
    "locked_out": "locked_out",
    "session_expired": "signed_out",
    "busy": "busy",
}


def routes(frame: Frame) -> Sequence[Any]:
    """`/`, `/sign-in`, `/till`."""
    branch = frame.branch

    @get("/", include_in_schema=False)
    async def first(caller_if_any: TheCallerIfAny) -> Response[None]:
        if caller_if_any is None:
            where = SIGN_IN_PATH
        elif caller_if_any.by == "pin" or not caller_if_any.role.reaches(Role.MANAGER):
            where = TILL_PATH
        else:
            where = "/today"
        return Response(None, status_code=303, headers={"location": where})

    @get(SIGN_IN_PATH, include_in_schema=False)
    async def sign_in(
        request: AnyRequest,
        mode: FromQuery[str | None] = None,
        next: FromQuery[str | None] = None,  # noqa: A002  (the name in the address)
        person: FromQuery[str | None] = None,
        problem: FromQuery[str | None] = None,
        retry: FromQuery[int] = 0,
    ) -> Response[str]:
        after = safe_next(next)
        by_pin = mode == "pin" or (mode is None and after.startswith(TILL_PATH))
        language = language_of(request)
        people = await branch.guard.people.list_for_sign_in("pin") if by_pin else ()
        page = SignInPage(
            mode="pin" if by_pin else "password",
            people=tuple(
                SignInPerson(
                    one.person, one.display_name_zh if language == "zh" and one.display_name_zh else one.display_name,
                    one.role.value,
                )
                for one in people
            ),
            chosen=None if person is None else person[:32],
            next=after,
            trouble=_TROUBLES.get(problem or ""),
            retry_after_seconds=min(max(retry, 0), RETRY_SECONDS_MAX),
        )  # fmt: skip
        return await frame.page(request, "sign_in.html", page)

    @get(TILL_PATH, include_in_schema=False)
    async def till(
        request: AnyRequest,
        caller_if_any: TheCallerIfAny,
        station: FromQuery[str | None] = None,
        shell: FromQuery[str | None] = None,
    ) -> Response[str]:
        if shell is not None:
            # The page the service worker keeps: the same for everybody.
            return await frame.page(request, "till.html", TillPage(shell_only=True))
        language = language_of(request)
        known = {one.name for one in branch.config.stations}
        caller = None if caller_if_any is None or caller_if_any.via == "token" else caller_if_any
        page = TillPage(
            station=station if station in known else caller.station if caller is not None else None,
            person=None if caller is None else person_of(caller, language),
            csrf_token=None if caller is None else caller.csrf_token,
            language=language,
            theme=theme_of(request),
        )
        return await frame.page(request, "till.html", page, caller)

    return [first, sign_in, till]
