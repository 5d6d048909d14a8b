"""One request of a direct route, from its head to its answer: it stands where uvicorn keeps its own cycle of a request.

So pipelining, hang-ups, the keep-alive time and the stop stay uvicorn's, which sees a request under way like any other.
"""

from typing import Any

from admin_ui.serving.direct import Answer, DirectRoute, Given

# A longer body comes in through ASGI, which asks who is calling before it takes the rest.
BODY_BYTES_MAX = 64 * 1024


class _NobodyWaits:
    """uvicorn wakes a reader of the body with each piece; here the whole is awaited without one."""

    def set(self) -> None:
        """Nobody to wake."""


class DirectExchange:
    """What uvicorn's protocol reads and writes of the request under way, and who answers it."""

    message_event = _NobodyWaits()

    def __init__(self, route: DirectRoute, scope: Any) -> None:
        self._route = route
        self._scope = scope
        self.body = bytearray()
        self.more_body = True
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False

    def begin(self) -> Given:
        """Have it answered; the body is whole by now."""
        self.more_body = False
        return self._route.begin(self._scope, self.body)

    def failed(self, error: Exception) -> Answer:
        """What is answered where something was raised."""
        return self._route.failed(error, self._scope)


def told_length(headers: list[tuple[bytes, bytes]]) -> int | None:
    """The length of the body where the head tells it, None where it does not."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) <= 9 else None
    return None
