"""Direct routes: handlers that need a request's head and its whole body, and answer in one piece.

The server enters them without ASGI between (`http_protocol`), which halves what a request costs beside its work. Wherever
it does not, for a large or chunked body or behind a proxy, the same handler is an ASGI application like any other.

A route that is asked often may also have a way without a task of its own (`at_once`): a plain function that answers, or
pledges an answer.
"""

import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec

from admin_ui.serving.headers import security_headers
from admin_ui.serving.problem import PROBLEM_MEDIA_TYPE, Problem, encode, headers_of
from admin_ui.serving.raw import JSON_MEDIA_TYPE, read_body, respond

Headers = tuple[tuple[bytes, bytes], ...]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A whole answer. The security headers are not among `headers`; whoever sends it adds them."""

    status: int
    body: bytes
    content_type: bytes = JSON_MEDIA_TYPE
    headers: Headers = ()


Outcome = Answer | Coroutine[Any, Any, Answer] | Exception


class Pledge:
    """An answer that comes later, on the event loop. Nothing waits for it: it is told to whoever asked."""

    __slots__ = ("_given", "_tell")

    def __init__(self) -> None:
        self._given: Outcome | None = None
        self._tell: Callable[[Outcome], None] | None = None

    def give(self, given: Outcome) -> None:
        """Once: the answer, what has to be awaited for it, or why there is none."""
        self._given = given
        if self._tell is not None:
            self._tell(given)

    def then(self, tell: Callable[[Outcome], None]) -> None:
        """Whom to tell, at once where it was given already."""
        self._tell = tell
        if self._given is not None:
            tell(self._given)


ReadBody = Callable[[], Awaitable[bytes]]
DirectHandler = Callable[[Any, ReadBody], Awaitable[Answer]]
Given = Answer | Pledge | Coroutine[Any, Any, Answer]
# With the whole body. None where it cannot be answered so, before anything was done: the handler is asked instead.
AtOnce = Callable[[Any, bytes | bytearray], Given | None]


class Direct:
    """A direct handler as a raw ASGI one."""

    def __init__(self, handler: DirectHandler, at_once: AtOnce | None = None) -> None:
        self.handler = handler
        self.at_once = at_once

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        answer = await self.handler(scope, functools.partial(read_body, receive))
        await respond(send, answer.status, answer.body, content_type=answer.content_type, headers=answer.headers)


class DirectRoute:
    """A direct route as the server enters it: whatever is raised on the way is answered."""

    __slots__ = ("_direct", "_problem_for")

    def __init__(self, direct: Direct, problem_for: Callable[[Exception, Any], Problem]) -> None:
        self._direct = direct
        self._problem_for = problem_for

    def begin(self, scope: Any, body: bytearray) -> Given:
        """The answer, or what becomes of one."""
        at_once = self._direct.at_once
        if at_once is not None:
            try:
                given = at_once(scope, body)
            except Exception as error:  # noqa: BLE001  (the outermost edge of a request: logged, answered)
                return self.failed(error, scope)
            if given is not None:
                return given
        return self._handled(scope, body)

    async def _handled(self, scope: Any, body: bytearray) -> Answer:
        async def read() -> bytes:
            return bytes(body)

        return await self._direct.handler(scope, read)

    def failed(self, error: Exception, scope: Any) -> Answer:
        """What is answered where something was raised."""
        return problem_answer(self._problem_for(error, scope))


# Finds the route of a scope with method and path; sets `path_params`.
DirectEntry = Callable[[Any], DirectRoute | None]


def problem_answer(value: Problem) -> Answer:
    """A problem as an answer."""
    return Answer(value.status, encode(value), PROBLEM_MEDIA_TYPE.encode(), tuple(headers_of(value)))


@functools.lru_cache(maxsize=64)
def head_lines(content_type: bytes, headers: Headers) -> bytes:
    """The lines of an answer's head that do not change from one to the next, security headers included."""
    lines = [(b"content-type", content_type), *headers]
    lines += security_headers(lines)
    assert not any(b"\r" in value or b"\n" in value for _, value in lines), "a header is one line"
    return b"".join([b"%s: %s\r\n" % line for line in lines])
