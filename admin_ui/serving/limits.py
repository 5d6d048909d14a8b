"""How much one caller may send: bytes of a body, requests a second. Knows callers only by a key."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.raw import send_problem

# The contract's bound: 500 lines of a document are about 100 kB.
BODY_BYTES_MAX = 1024 * 1024
# Read and thrown away after the bound, so that an honest caller gets to read the 413 instead of a reset connection.
DRAIN_BYTES_MAX = 8 * 1024 * 1024

REQUESTS_PER_SECOND = 500
# Buckets kept; a site has some dozens of sessions and scripts. The oldest bucket is dropped (and starts full again).
BUCKETS_MAX = 4096


class BodyBound:
    """Refuses a body above the bound, also one whose length is not told beforehand."""

    def __init__(self, app: Any, bytes_max: int = BODY_BYTES_MAX, of_files: Mapping[str, int] | None = None) -> None:
        """`of_files` are the bounds of paths that take files, by their beginning; each within itself."""
        self._app = app
        self._bytes_max = bytes_max
        self._files = [(start, BodyBound(app, most)) for start, most in (of_files or {}).items()]

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        if scope["type"] != "http" or scope["method"] == "GET":
            return self._app(scope, receive, send)  # type: ignore[no-any-return]
        for start, bound in self._files:
            if scope["path"].startswith(start):
                return bound(scope, receive, send)
        for name, value in scope["headers"]:
            if name == b"content-length":
                # A told length is kept by the HTTP parser: no counting needed.
                if value.isdigit() and int(value) <= self._bytes_max:
                    return self._app(scope, receive, send)  # type: ignore[no-any-return]
                return self._refuse(scope, receive, send)
        return self._app(scope, self._counted(receive), send)  # type: ignore[no-any-return]

    async def _refuse(self, scope: Any, receive: Any, send: Any) -> None:
        # A caller that waits for "100 Continue" has sent nothing yet, and now never will.
        if not any(name == b"expect" for name, _ in scope["headers"]):
            await _drain(receive)
        await send_problem(send, make("too_large", bytes_max=self._bytes_max))

    def _counted(self, receive: Any) -> Any:
        received = 0

        async def receive_counted() -> Any:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._bytes_max:
                    if message.get("more_body"):
                        await _drain(receive)
                    raise ProblemRaised(make("too_large", bytes_max=self._bytes_max))
            return message

        return receive_counted


async def _drain(receive: Any) -> None:
    drained = 0
    while drained < DRAIN_BYTES_MAX:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        drained += len(message.get("body", b""))


class RateLimit:
    """A token bucket per key: `per_second` sustained, one second's worth at once."""

    def __init__(self, per_second: int = REQUESTS_PER_SECOND, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._monotonic = monotonic
        self._buckets: dict[str, list[float]] = {}  # key -> [requests left, when that was true]

    def take(self, key: str) -> bool:
        """Whether this request may pass."""
        now = self._monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                del self._buckets[next(iter(self._buckets))]
            self._buckets[key] = [self.per_second - 1.0, now]
            return True
        left = bucket[0] + (now - bucket[1]) * self.per_second
        if left > self.per_second:
            left = float(self.per_second)
        bucket[1] = now
        if left < 1.0:
            bucket[0] = left
            return False
        bucket[0] = left - 1.0
        return True
