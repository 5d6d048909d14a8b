"""Puts a site's web application together, the same way for a branch and for headquarters. Knows no route of either.

From the outside in, a request passes:

1. `SecurityHeaders`: also on refusals and unknown paths.
2. `BodyBound`: before anything reads.
3. `RawRouter`: a raw route is entered here, its exceptions answered by `ProblemAnswers`.
4. Litestar's exception handling (the same `ProblemAnswers`) and routing, for everything else.
5. the route's own guard: `guard.require` in a raw route, `at_least(role)` on a handler.

1 and 2 are plain functions around the sender and the receiver; nothing else runs before a raw route. A direct route
(`direct`) is entered by the server itself, with 1 to 3 folded into its one answer: give `direct_entry(app)` to `serve`. There is no
session, CSRF or compression middleware: the guard does the first two where they are needed, static files are
compressed beforehand.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from admin_ui.serving import openapi
from admin_ui.serving.application import Application
from admin_ui.serving.direct import DirectEntry
from admin_ui.serving.guard import Guard
from admin_ui.serving.handler_guard import GUARD_STATE, provide_caller, provide_caller_if_any
from admin_ui.serving.headers import SecurityHeaders
from admin_ui.serving.limits import BODY_BYTES_MAX, BodyBound
from admin_ui.serving.openapi import ApiInfo
from admin_ui.serving.problem import Problem
from admin_ui.serving.problem_handlers import ProblemAnswers, ProblemPage
from admin_ui.serving.raw import RawRoute
from admin_ui.serving.raw_router import RawRouter
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
    exceptions: Mapping[type[Exception], Callable[[Any], Problem]] | None = None,
    dependencies: Mapping[str, Provide] | None = None,
    home: str = "/",
    files: Mapping[str, int] | None = None,
    **litestar_options: Any,
) -> Litestar:
    """The application, ready for `server.serve`. `files` are the bounds (bytes) of paths that take files, by their beginning.

    `routes` are Litestar handlers, routers and controllers; `raw` the raw ASGI routes, which also appear in the
    published description. `root_files` serves static files at fixed addresses (`{"/sw.js": "js/sw.js"}`).
    `exceptions` says which problem a site's own exception means, for handlers and raw routes alike. `problem_page` draws a problem as a page where a person's browser asked. Further `litestar_options` (plugins,
    template_config, on_startup, lifespan …) go to Litestar as they are.
    """
    handlers: list[Any] = [*routes, *session_routes(guard, home)]
    if static is not None:
        handlers.append(static.route())
        handlers += [static.root_route(path, name) for path, name in (root_files or {}).items()]
    answers = ProblemAnswers(problem_page, exceptions)
    app = Application(
        route_handlers=handlers,
        dependencies={
            "caller": Provide(provide_caller),
            "caller_if_any": Provide(provide_caller_if_any),
            **(dependencies or {}),
        },
        exception_handlers=answers.handlers(),
        openapi_config=openapi.config(api, raw, guard.cookie),
        # Ours logs with an incident id; Litestar's would log the same fault again.
        logging_config=None,
        request_max_body_size=BODY_BYTES_MAX,
        **litestar_options,
    )
    app.state[GUARD_STATE] = guard
    # Around Litestar's router rather than in its middleware list: that list is skipped for unknown paths.
    router = RawRouter(
        app.asgi_handler,
        raw,
        litestar_paths={route.path_format for route in app.routes},
        problem_for=answers.problem_for,
    )
    app.asgi_handler = SecurityHeaders(BodyBound(router, of_files=files))
    app.state[_DIRECT_STATE] = router.direct
    return app


_DIRECT_STATE = "kontor.direct"


def direct_entry(app: Litestar) -> DirectEntry:
    """Where the server enters the direct routes of an application made here."""
    entry: DirectEntry = app.state[_DIRECT_STATE]
    return entry
