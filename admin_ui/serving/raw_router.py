"""Finds the raw route of a request, before Litestar's own router; whatever is not raw goes on to Litestar.

Litestar 2.25 answers 500 on a raw ASGI route with a path parameter, and gives a path to either a raw route or
framework handlers, never both; a table of our own cures the two and is the shorter way.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from admin_ui.serving.direct import Direct, DirectRoute
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, RawRoute, send_problem

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_NO_PARAMETERS: dict[str, str] = {}


class _Entry:
    __slots__ = ("allow", "direct", "handlers", "name", "pattern", "shared")

    def __init__(self, route: RawRoute, shared: bool) -> None:
        self.handlers: Mapping[str, RawHandler] = {
            method: operation.handler for method, operation in route.methods.items()
        }
        self.direct: dict[str, DirectRoute] = {}
        self.allow = (b"allow", ", ".join(sorted(self.handlers)).encode())
        self.shared = shared
        names = _PARAMETER.findall(route.path)
        self.name = names[-1] if names else ""
        self.pattern = re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", route.path))


class RawRouter:
    """`litestar_paths` are the paths (`/documents/{id}`) Litestar answers too: there it gets the other methods."""

    def __init__(
        self,
        app: Any,
        routes: Sequence[RawRoute],
        *,
        litestar_paths: Collection[str],
        problem_for: Callable[[Exception, Any], Problem],
    ) -> None:
        self._app = app
        self._problem_for = problem_for
        self._exact: dict[str, _Entry] = {}  # no parameter
        self._last: dict[str, _Entry] = {}  # one parameter, as the last part: found by what stands before it
        self._other: list[_Entry] = []
        for route in routes:
            entry = _Entry(route, _PARAMETER.sub(r"{\1}", route.path) in litestar_paths)
            entry.direct = {
                method: DirectRoute(handler, problem_for)
                for method, handler in entry.handlers.items()
                if isinstance(handler, Direct)
            }
            parameters = _PARAMETER.findall(route.path)
            before, _, last = route.path.rpartition("/")
            if not parameters:
                self._exact[route.path] = entry
            elif len(parameters) == 1 and _PARAMETER.fullmatch(last):
                self._last[before] = entry
            else:
                self._other.append(entry)

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        if scope["type"] == "http":
            path = scope["path"]
            entry = self._exact.get(path)
            if entry is not None:
                return self._enter(entry, _NO_PARAMETERS, scope, receive, send)
            before, _, last = path.rpartition("/")
            entry = self._last.get(before)
            if entry is not None and last:
                return self._enter(entry, {entry.name: last}, scope, receive, send)
            for entry in self._other:
                if (found := entry.pattern.fullmatch(path)) is not None:
                    return self._enter(entry, found.groupdict(), scope, receive, send)
        return self._app(scope, receive, send)  # type: ignore[no-any-return]

    def direct(self, scope: Any) -> DirectRoute | None:
        """The direct route of a request; None where it has to come in through ASGI."""
        before, _, last = scope["path"].rpartition("/")
        entry = self._last.get(before)
        if entry is None or not last:
            return None
        route = entry.direct.get(scope["method"])
        if route is not None:
            scope["path_params"] = {entry.name: last}
        return route

    def _enter(self, entry: _Entry, parameters: dict[str, str], scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        handler = entry.handlers.get(scope["method"])
        if handler is not None:
            scope["path_params"] = parameters
            return self._guarded(handler, scope, receive, send)
        if entry.shared:
            return self._app(scope, receive, send)  # type: ignore[no-any-return]
        return send_problem(send, make("method_not_allowed"), headers=(entry.allow,))

    async def _guarded(self, handler: RawHandler, scope: Any, receive: Any, send: Any) -> None:
        try:
            await handler(scope, receive, send)
        except Exception as error:  # noqa: BLE001  (the outermost edge of a request: logged, answered)
            value = self._problem_for(error, scope)
            try:
                await send_problem(send, value)
            except RuntimeError:
                # The answer had begun already; the server cuts the connection so that nobody takes it for whole.
                raise error from None
