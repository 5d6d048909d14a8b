"""Raw ASGI routes: reading a body, sending an answer. Used where a framework handler is too slow."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from admin_ui.serving.problem import PROBLEM_MEDIA_TYPE, Problem, encode, headers_of

# An ASGI application of one request: scope, receive, send.
RawHandler = Callable[[Any, Any, Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

# A till sends its few kB in one piece; a body still incomplete after this is a broken or hostile line.
BODY_SECONDS_MAX = 30.0

JSON_MEDIA_TYPE = b"application/json"

_PROBLEM_HEADER = (b"content-type", PROBLEM_MEDIA_TYPE.encode())


class ClientGone(Exception):
    """The caller hung up, or stalled, before its body was complete; nobody waits for an answer."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of a raw route, with what the published schema says of it.

    `responses` maps a status to the answer's type, or to None for an answer without a body.
    """

    handler: RawHandler
    summary: str
    request: Any = None
    request_example: Any = None
    request_examples: Mapping[str, Any] = {}
    responses: Mapping[int, Any] = {}
    response_examples: Mapping[int, Any] = {}
    query: Mapping[str, str] = {}
    tags: Sequence[str] = ()
    name: str = ""


class RawRoute(msgspec.Struct, frozen=True):
    """A path (Litestar's spelling, `/documents/{id:str}`) and its methods. Path values are text, in
    `scope["path_params"]`. Litestar handlers may answer other methods of the same path. `examples` are values of the
    path's parameters with which the operations' own examples make sense.
    """

    path: str
    methods: Mapping[str, Operation]
    examples: Mapping[str, str] = {}


async def read_body(receive: Receive) -> bytes:
    """The whole body. Its size is bounded by `limits.BodyBound`, which stands before every route."""
    message: Any = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    chunks: list[bytes] = []
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            while message["type"] == "http.request":
                chunks.append(message.get("body", b""))
                if not message.get("more_body"):
                    return b"".join(chunks)
                message = await receive()
    except TimeoutError as error:
        raise ClientGone("the body did not arrive in time") from error
    raise ClientGone("the caller hung up while sending")


async def respond(
    send: Send,
    status: int,
    body: bytes,
    *,
    content_type: bytes = JSON_MEDIA_TYPE,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def send_problem(send: Send, value: Problem, *, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await respond(
        send, value.status, encode(value), content_type=_PROBLEM_HEADER[1], headers=(*headers_of(value), *headers)
    )
