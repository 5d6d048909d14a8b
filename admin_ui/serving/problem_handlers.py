"""Every exception that leaves a handler becomes a problem answer here; the last one is logged with an incident id."""

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException
from litestar.routes import HTTPRoute

from admin_ui.serving import decoding
from admin_ui.serving.hashing import HashingBusy
from admin_ui.serving.limits import BODY_BYTES_MAX
from admin_ui.serving.people_thread import PeopleBusy
from admin_ui.serving.problem import (
    PROBLEM_MEDIA_TYPE,
    FieldProblem,
    Problem,
    ProblemRaised,
    encode,
    headers_of,
    make,
    problem,
)
from admin_ui.serving.raw import ClientGone

logger = logging.getLogger("kontor.web")

AnyRequest = Request[Any, Any, Any]
ProblemPage = Callable[[AnyRequest, Problem], Response[Any] | None]
ExceptionHandler = Callable[[AnyRequest, Any], Response[Any]]

# A caller asked to wait because a short queue was full: the queue empties within this.
BUSY_RETRY_SECONDS = 2

# Litestar's own words; it tells the parameter in no other way.
_MISSING_PARAMETER = re.compile(r"Missing required \w+ parameter '(?P<name>[^']+)'")

_BY_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    415: "unsupported_media_type",
    422: "rejected",
    503: "busy",
}


class SignInNeeded(Exception):
    """A page was asked for without the session it needs; the answer is a redirect to `location`."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class ProblemAnswers:
    """What a site answers to exceptions, the same for raw routes and Litestar handlers.

    `translations` are the site's own: an exception type to the problem it means. `page` may draw a problem for a
    person; scripts always get problem+json.
    """

    def __init__(
        self,
        page: ProblemPage | None = None,
        translations: Mapping[type[Exception], Callable[[Any], Problem]] | None = None,
    ) -> None:
        self._page = page
        self._translations: dict[type[Exception], Callable[[Any], Problem]] = {
            ProblemRaised: lambda error: error.problem,
            HashingBusy: _busy,
            PeopleBusy: _busy,
            ClientGone: lambda _: make("bad_request"),
            **(translations or {}),
        }

    def problem_for(self, error: Exception, scope: Any) -> Problem:
        """The problem an exception means; one that means nothing is our fault, logged under an incident id."""
        for kind in type(error).__mro__:
            if (translate := self._translations.get(kind)) is not None:
                return translate(error)
        if isinstance(error, HTTPException) and (error.status_code < 500 or error.status_code == 503):
            return of_http_exception(error)
        incident = secrets.token_hex(4)
        logger.error(
            "incident %s: %s %s failed",
            incident,
            scope.get("method"),
            scope.get("path"),
            exc_info=error,
            extra={"incident": incident},
        )
        return make("internal", incident=incident)

    def handlers(self) -> dict[type[Exception] | int, ExceptionHandler]:
        """For Litestar."""
        return {SignInNeeded: _redirect, HTTPException: self._answer, Exception: self._answer}

    def _answer(self, request: AnyRequest, error: Exception) -> Response[Any]:
        value = self.problem_for(error, request.scope)
        headers = {name.decode(): text.decode() for name, text in headers_of(value)}
        if value.status == 405:
            headers["allow"] = ", ".join(sorted(_allowed(request)))
        if self._page is not None and wants_page(request):
            drawn = self._page(request, value)
            if drawn is not None:
                drawn.headers.update(headers)
                return drawn
        return Response(encode(value), status_code=value.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


def of_http_exception(error: HTTPException) -> Problem:
    """A problem for what Litestar raises by itself: routing, decoding, validation."""
    status = error.status_code
    if status == 400:
        cause = error.__cause__
        if isinstance(cause, SerializationException):
            cause = cause.__cause__
        if (missing := _MISSING_PARAMETER.match(str(error.detail))) is not None:
            return make("invalid_value", errors=[decoding.missing_field(missing["name"])])
        if isinstance(error.extra, list) and error.extra:
            return make("invalid_value", errors=[_field(entry) for entry in error.extra if isinstance(entry, dict)])
        if isinstance(cause, msgspec.DecodeError):
            return decoding.problem_of(cause)
        if isinstance(cause, UnicodeDecodeError):
            return make("malformed_json", reason="not UTF-8")
    if status == 413:
        return make("too_large", bytes_max=BODY_BYTES_MAX)
    if code := _BY_STATUS.get(status):
        return make(code, retry_after=BUSY_RETRY_SECONDS if status == 503 else None)
    base = make("bad_request")
    return problem(
        status, "bad_request", title=base.title, title_zh=base.title_zh, detail=base.detail, detail_zh=base.detail_zh
    )


def _allowed(request: AnyRequest) -> set[str]:
    """The methods of a path; Litestar does not tell them with its 405. A rare answer, so a walk over all routes."""
    path = request.scope["path"]
    return {
        str(method)
        for route in request.app.routes
        if isinstance(route, HTTPRoute) and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path_format), path)
        for method in route.methods
    }


def wants_page(request: AnyRequest) -> bool:
    """A person's browser asked for a page (and not a script for data)."""
    return not request.scope["path"].startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _busy(_: Exception) -> Problem:
    return make("busy", retry_after=BUSY_RETRY_SECONDS)


def _field(entry: dict[str, Any]) -> FieldProblem:
    path = str(entry.get("key", "")).removeprefix("data")
    return decoding.field_problem(str(entry.get("message", "")), path.removeprefix("."))


def _redirect(_: AnyRequest, error: SignInNeeded) -> Response[Any]:
    return Response(b"", status_code=303, headers={"location": error.location, "cache-control": "no-store"})
