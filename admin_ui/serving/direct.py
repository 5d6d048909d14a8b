"""Direct routes: handlers that need a request's head and its whole body, and answer in one piece.

The server enters them without ASGI between (`http_protocol`), which halves what a request costs beside its work. Wherever
it does not, for a large or chunked body or behind a proxy, the same handler is an ASGI application like any other.
"""

import functools
from collections.abc import Awaitable, Callable
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


ReadBody = Callable[[], Awaitable[bytes]]
DirectHandler = Callable[[Any, ReadBody], Awaitable[Answer]]
# Finds the handler of a scope with method and path, its exceptions answered; sets `path_params`.
DirectEntry = Callable[[Any], DirectHandler | None]


class Direct:
    """A direct handler as a raw ASGI one."""

    def __init__(self, handler: DirectHandler) -> None:
        self.handler = handler

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        answer = await self.handler(scope, functools.partial(read_body, receive))
        await respond(send, answer.status, answer.body, content_type=answer.content_type, headers=answer.headers)


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
