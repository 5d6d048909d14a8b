"""The guard as Litestar handlers use it: `guards=[at_least(Role.MANAGER)]` and arguments
`caller: TheCaller` or `caller_if_any: TheCallerIfAny`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from admin_ui.serving.guard import (
    CSRF_FIELD,
    Caller,
    Guard,
    check_role,
    remember,
    remembered,
    sign_in_location,
)
from admin_ui.serving.problem import Problem, ProblemRaised
from admin_ui.serving.problem_handlers import SignInNeeded, wants_page
from admin_ui.serving.roles import Role

# Under this name `site.build_app` leaves the site's guard in the app's state.
GUARD_STATE = "kontor_guard"

# What signing in again would mend; the pages redirect for these.
_MENDED_BY_SIGN_IN = frozenset(("unauthenticated", "session_expired", "password_needed"))

# The argument names are fixed: `caller` and `caller_if_any`.
TheCaller = NamedDependency[Caller]
TheCallerIfAny = NamedDependency[Caller | None]

AnyConnection = ASGIConnection[Any, Any, Any, Any]
HandlerGuard = Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]


def at_least(minimum: Role, *, password: bool = False) -> HandlerGuard:
    """A Litestar guard. On a page, a caller without the needed session is sent to the sign-in page and back."""

    async def guard(connection: AnyConnection, _: BaseRouteHandler) -> None:
        caller = await _identify(connection)
        problem = caller if isinstance(caller, Problem) else check_role(caller, minimum, password=password)
        if problem is not None:
            if (
                problem.code in _MENDED_BY_SIGN_IN
                and isinstance(connection, Request)
                and connection.method == "GET"
                and wants_page(connection)
            ):
                why = "" if problem.code == "unauthenticated" else problem.code
                raise SignInNeeded(sign_in_location(connection.scope, why))
            raise ProblemRaised(problem)

    return guard


async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """The `caller` dependency. Without an `at_least` guard before it, it asks for any signed-in caller."""
    caller = await _identify(request)
    if isinstance(caller, Problem):
        raise ProblemRaised(caller)
    return caller


async def provide_caller_if_any(request: Request[Any, Any, Any]) -> Caller | None:
    """The `caller_if_any` dependency, for pages that also answer strangers."""
    caller = await _identify(request)
    return None if isinstance(caller, Problem) else caller


async def _identify(connection: AnyConnection) -> Caller | Problem:
    scope = connection.scope
    known = remembered(scope)
    if known is not None:
        return known
    guard: Guard = connection.app.state[GUARD_STATE]
    caller = await guard.identify(scope)
    if isinstance(caller, Problem) and caller.code == "csrf" and isinstance(connection, Request):
        content_type = connection.headers.get("content-type", "")
        if content_type.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
            field = (await connection.form()).get(CSRF_FIELD)
            caller = await guard.identify(scope, field if isinstance(field, str) else None)
    if not isinstance(caller, Problem):
        remember(scope, caller)
    return caller
