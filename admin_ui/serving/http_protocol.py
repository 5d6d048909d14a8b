"""uvicorn's HTTP protocol with two bounds it lacks, how large a request's head may be and how long it may take, and with
answers that leave in one packet.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Browsers send 1-2 kB. The parser itself has no bound, so one endless header would fill the memory.
HEAD_BYTES_MAX = 64 * 1024
# From the first byte (or the connection) to the end of the head. Frees sockets of scanners and broken lines.
HEAD_SECONDS_MAX = 20.0


class CorkedTransport:
    """A transport that gathers what is written in one turn of the loop: head and body of an answer are one packet.

    Without it each would be a system call and a wake-up of the reader; nothing waits longer than the turn it is written in.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send it at the end of this turn."""
        if not self._gathered:
            self._loop.call_soon(self._send)
        self._gathered.append(data)

    def close(self) -> None:
        """Send what was gathered, then close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._transport.write(gathered[0] if len(gathered) == 1 else b"".join(gathered))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedHttpProtocol(HttpToolsProtocol):
    _in_head = True
    _heads = 0
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(CorkedTransport(transport, self.loop))  # type: ignore[arg-type]
        self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head, heads = self._in_head, self._heads
        HttpToolsProtocol.data_received(self, data)
        if not was_in_head or heads != self._heads:
            return
        # A piece that began in a head and completed none is head all through. The rare head that begins behind a
        # body in the same piece is counted from its next piece on; until then the keep-alive time bounds it.
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX:
            self._stop_timer()
            if not self.transport.is_closing():
                self.send_400_response("Request header too large.")
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._too_slow)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._heads += 1
        self._head_bytes = 0
        if self._head_timer is not None:
            self._stop_timer()
        HttpToolsProtocol.on_headers_complete(self)

    def on_message_complete(self) -> None:
        self._in_head = True
        HttpToolsProtocol.on_message_complete(self)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self, *_: Any) -> None:
        self._head_timer = None
        if self._in_head and not self.transport.is_closing():
            self.transport.close()
