"""Puts a site's web application together, the same way for a branch and for headquarters. Knows no route of either.

From the outside in, a request passes:

1. `SecurityHeaders`: also on refusals and unknown paths.
2. `BodyBound`: before anything reads.
3. Litestar's exception handling (`ProblemAnswers`) and routing.
4. the route's own guard: `guard.require` in a raw route, `at_least(role)` on a handler.

1 and 2 are plain functions around the sender and the receiver; nothing else runs before a raw route. There is no
session, CSRF or compression middleware: the guard does the first two where they are needed, static files are
compressed beforehand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from admin_ui.serving import openapi
from admin_ui.serving.guard import Guard
from admin_ui.serving.handler_guard import GUARD_STATE, provide_caller, provide_caller_if_any
from admin_ui.serving.headers import SecurityHeaders
from admin_ui.serving.limits import BODY_BYTES_MAX, BodyBound
from admin_ui.serving.openapi import ApiInfo
from admin_ui.serving.problem_handlers import ExceptionHandler, ProblemAnswers, ProblemPage
from admin_ui.serving.raw import RawRoute, asgi_route
from admin_ui.serving.session_routes import session_routes
from admin_ui.serving.static import StaticFiles


def build_app(
    routes: Sequence[Any],
    *,
    guard: Guard,
    api: ApiInfo,
    raw: Sequence[RawRoute] = (),
    static: StaticFiles | None = None,
    root_files: Mapping[str, str] | None = None,
    problem_page: ProblemPage | None = None,
    exceptions: Mapping[type[Exception] | int, ExceptionHandler] | None = None,
    dependencies: Mapping[str, Provide] | None = None,
    home: str = "/",
    **litestar_options: Any,
) -> Litestar:
    """The application, ready for `server.serve`.

    `routes` are Litestar handlers, routers and controllers; `raw` the raw ASGI routes, which also appear in the
    published description. `root_files` serves static files at fixed addresses (`{"/sw.js": "js/sw.js"}`).
    `problem_page` draws a problem as a page where a person's browser asked. Further `litestar_options` (plugins,
    template_config, on_startup, lifespan …) go to Litestar as they are.
    """
    handlers: list[Any] = [*routes, *session_routes(guard, home), *(asgi_route(route) for route in raw)]
    if static is not None:
        handlers.append(static.route())
        handlers += [static.root_route(path, name) for path, name in (root_files or {}).items()]
    state = litestar_options.pop("state", None)
    app = Litestar(
        route_handlers=handlers,
        dependencies={
            "caller": Provide(provide_caller),
            "caller_if_any": Provide(provide_caller_if_any),
            **(dependencies or {}),
        },
        exception_handlers={**ProblemAnswers(problem_page).handlers(), **(exceptions or {})},
        openapi_config=openapi.config(api, raw, guard.cookie),
        # Ours logs with an incident id; Litestar's would log the same fault again.
        logging_config=None,
        request_max_body_size=BODY_BYTES_MAX,
        **({} if state is None else {"state": state}),
        **litestar_options,
    )
    app.state[GUARD_STATE] = guard
    # Around the router rather than in Litestar's middleware list: that list is skipped for unknown paths.
    app.asgi_handler = SecurityHeaders(BodyBound(app.asgi_handler))
    return app
