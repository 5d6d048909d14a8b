"""Where a person comes in: the first page and signing in. Open to strangers; nothing of any branch is shown."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.sign_in import SignInPage
from admin_ui.serving.guard import SIGN_IN_PATH, safe_next
from admin_ui.serving.handler_guard import TheCallerIfAny
from replication.headquarters.web.pages.frame import AnyRequest, Frame

RETRY_SECONDS_MAX: Final = 24 * 3600

_TROUBLES: dict[str, Literal["refused", "locked_out", "signed_out", "busy"]] = {
    "wrong_secret": "refused",
    "locked_out": "locked_out",
    "session_expired": "signed_out",
    "busy": "busy",
}


def routes(frame: Frame) -> Sequence[Any]:
    """`/`, `/sign-in`."""

    @get("/", include_in_schema=False)
    async def first(caller_if_any: TheCallerIfAny) -> Response[None]:
        where = SIGN_IN_PATH if caller_if_any is None else "/fleet"
        return Response(None, status_code=303, headers={"location": where})

    @get(SIGN_IN_PATH, include_in_schema=False)
    async def sign_in(
        request: AnyRequest,
        next: FromQuery[str | None] = None,  # noqa: A002  (the name in the address)
        person: FromQuery[str | None] = None,
        problem: FromQuery[str | None] = None,
        retry: FromQuery[int] = 0,
    ) -> Response[str]:
        page = SignInPage(
            mode="password",
            chosen=None if person is None else person[:32],
            next=safe_next(next),
            trouble=_TROUBLES.get(problem or ""),
            retry_after_seconds=min(max(retry, 0), RETRY_SECONDS_MAX),
        )
        return frame.page(request, "sign_in.html", page)

    return [first, sign_in]
