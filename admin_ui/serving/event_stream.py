"""One open page's event stream over HTTP (server-sent events): resume, heartbeat, end. Knows the hub, no topic."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec

from admin_ui.serving.events import EventHub
from admin_ui.serving.guard import Guard
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, send_problem
from admin_ui.serving.roles import Role

# The page shows "not live" when two are missed (`kit/live.js`): a cashier is told within 10 s that nobody is there.
HEARTBEAT_SECONDS = 4.0
# What may wait for its neighbours waits this long after the last piece, and never behind silence: an eye sees no
# difference, and while a shop is busy one piece carries the events of many sales.
GATHER_SECONDS = 0.05
# A page that takes nothing for this long is gone (a closed lid); its place is given to another.
SEND_SECONDS_MAX = 30.0
RETRY_MILLISECONDS = 1000
TOO_MANY_RETRY_SECONDS = 5
# topics, station, last_event_id and room to grow.
QUERY_FIELDS_MAX = 16

_START: dict[str, Any] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache, no-transform"),
        (b"x-accel-buffering", b"no"),
    ],
}


class Heartbeat(msgspec.Struct, frozen=True, gc=False):
    at: str


class EventStream:
    """The ASGI handler of `GET /api/v1/events?topics=a,b&station=till-1`.

    A page that opens a new stream itself cannot send the `Last-Event-ID` header; it may give `last_event_id=`.
    `now_text` gives the time as the contract writes it.
    """

    def __init__(
        self,
        hub: EventHub,
        guard: Guard,
        *,
        now_text: Callable[[], str],
        minimum: Role = Role.CASHIER,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        gather_seconds: float = GATHER_SECONDS,
        send_seconds_max: float = SEND_SECONDS_MAX,
    ) -> None:
        self._hub = hub
        self._guard = guard
        self._now_text = now_text
        self._minimum = minimum
        self._heartbeat_seconds = heartbeat_seconds
        self._gather_seconds = gather_seconds
        self._send_seconds_max = send_seconds_max

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        caller = await self._guard.require(scope, self._minimum)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        try:
            query = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=QUERY_FIELDS_MAX)
        except ValueError:
            await send_problem(send, make("bad_request"))
            return
        subscription = self._hub.subscribe(
            [topic for topic in ",".join(query.get("topics", [])).split(",") if topic],
            audience=query.get("station", [None])[0],
            after=_last_number(scope, query),
        )
        if subscription is None:
            await send_problem(send, make("too_many_streams", retry_after=TOO_MANY_RETRY_SECONDS))
            return
        hang_up = asyncio.create_task(_hang_up(receive, subscription.end))
        try:
            await send(dict(_START))
            await self._send(send, b"retry: %d\n\n" % RETRY_MILLISECONDS)
            loop = asyncio.get_running_loop()
            beat_at = loop.time() + self._heartbeat_seconds
            gather_until = loop.time()
            while not subscription.ended:
                await _set_before(subscription.wake, beat_at)
                await _set_before(subscription.hurry, min(gather_until, beat_at))
                if taken := subscription.take(self._hub):
                    await self._send(send, taken)
                    gather_until = loop.time() + self._gather_seconds
                if loop.time() >= beat_at:
                    # Also between events that never pause: here a sign-out or a withdrawn token ends the stream.
                    if not await self._guard.still_allowed(scope, self._minimum):
                        break
                    beat = msgspec.json.encode(Heartbeat(self._now_text()))
                    await self._send(send, b"event: heartbeat\ndata: %s\n\n" % beat)
                    beat_at = loop.time() + self._heartbeat_seconds
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            pass  # stalled: the stream just ends, the page comes back with its last number
        finally:
            self._hub.leave(subscription)
            hang_up.cancel()

    async def _send(self, send: Any, body: bytes) -> None:
        async with asyncio.timeout(self._send_seconds_max):
            await send({"type": "http.response.body", "body": body, "more_body": True})


def event_stream(hub: EventHub, guard: Guard, *, now_text: Callable[[], str]) -> RawHandler:
    return EventStream(hub, guard, now_text=now_text)


async def _set_before(event: asyncio.Event, moment: float) -> None:
    """Wait for an event until a moment of the loop's clock."""
    if not event.is_set() and moment > asyncio.get_running_loop().time():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(moment):
                await event.wait()


async def _hang_up(receive: Callable[[], Awaitable[Any]], end: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end()


def _last_number(scope: Any, query: dict[str, list[str]]) -> int | None:
    """A number we cannot read is a number we no longer hold: the page is told to fetch anew."""
    text = query.get("last_event_id", [None])[0]
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            text = value.decode("latin-1")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1
