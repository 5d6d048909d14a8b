"""uvicorn's HTTP protocol with two bounds it lacks, how large a request's head may be and how long it may take, with
answers that leave in one packet, and with direct routes, which it enters itself.
"""

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from admin_ui.serving.direct import Answer, DirectEntry, Outcome, Pledge, head_lines
from admin_ui.serving.direct_exchange import BODY_BYTES_MAX, DirectExchange, told_length
from admin_ui.serving.raw import BODY_SECONDS_MAX

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

    def write_now(self, data: bytes) -> None:
        """Send what is whole already, behind what was gathered."""
        if self._gathered:
            self._gathered.append(data)
            self._send()
        else:
            self._transport.write(data)

    def is_closing(self) -> bool:
        """As the transport says; asked for each request."""
        return self._transport.is_closing()

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
    _body_timer: asyncio.TimerHandle | None = None
    _default_headers: list[tuple[bytes, bytes]] | None = None
    _default_lines = b""
    # One timer for the whole life of a connection, not one for each pause between two requests.
    _idle_timer: asyncio.TimerHandle | None = None
    _idle_since: float | None = None
    # The direct request whose body is still coming.
    _awaited: DirectExchange | None = None

    def __init__(self, *arguments: Any, direct: DirectEntry | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._direct = direct

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(CorkedTransport(transport, self.loop))  # type: ignore[arg-type]
        self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_body_timer()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head, heads = self._in_head, self._heads
        HttpToolsProtocol.data_received(self, data)
        if self._awaited is not None and self._body_timer is None:
            self._body_timer = self.loop.call_later(BODY_SECONDS_MAX, self._body_too_slow)
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
        if self._direct is None or not self._enter_directly(self._direct):
            HttpToolsProtocol.on_headers_complete(self)

    def on_body(self, body: bytes) -> None:
        if self._awaited is not None:
            self._awaited.body += body
        else:
            HttpToolsProtocol.on_body(self, body)

    def on_message_complete(self) -> None:
        self._in_head = True
        if self._awaited is None:
            HttpToolsProtocol.on_message_complete(self)
            return
        exchange, self._awaited = self._awaited, None
        if self._body_timer is not None:
            self._stop_body_timer()
        given = exchange.begin()
        if isinstance(given, Pledge):
            given.then(functools.partial(self._answer_with, exchange))
        else:
            self._answer_with(exchange, given)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def on_response_complete(self) -> None:
        """As uvicorn's, but for the timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()
            if self._idle_timer is None:
                self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look_if_idle)

    def _look_if_idle(self) -> None:
        self._idle_timer = None
        if self._idle_since is None:
            return  # the next answer sets it again
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._look_if_idle)
        else:
            self.timeout_keep_alive_handler()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _enter_directly(self, entry: DirectEntry) -> bool:
        """Begin a direct route's exchange. Whatever is not plain (queued behind another, closing, quoted, with a query,
        of unknown or great length, over the bound of connections) is left to uvicorn.
        """
        parser, bound = self.parser, self.limit_concurrency
        scope: Any = self.scope
        under_way: Any = self.cycle  # uvicorn's type leaves out that there is none at first
        if (
            (under_way is not None and not under_way.response_complete)
            or self.expect_100_continue
            or b"%" in self.url
            or b"?" in self.url
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
            or (bound is not None and (len(self.connections) >= bound or len(self.tasks) >= bound))
        ):
            return False
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = self.url.decode("latin-1")
        route = entry(scope)
        if route is None:
            return False
        length = told_length(self.headers)
        if length is None or length > BODY_BYTES_MAX:
            return False
        self._awaited = DirectExchange(route, scope)
        self.cycle = self._awaited  # type: ignore[assignment]
        return True

    async def _answer_later(self, exchange: DirectExchange, given: Coroutine[Any, Any, Answer]) -> None:
        try:
            answer = await given
        except Exception as error:  # noqa: BLE001  (the outermost edge of a request: logged, answered)
            answer = exchange.failed(error)
        self._answer_with(exchange, answer)

    async def _answer_when_taken(self, exchange: DirectExchange, answer: Answer) -> None:
        await self.flow.drain()
        self._answer_with(exchange, answer)

    def _answer_with(self, exchange: DirectExchange, answer: Outcome) -> None:
        if isinstance(answer, Exception):
            answer = exchange.failed(answer)
        if not isinstance(answer, Answer):
            self._start(self._answer_later(exchange, answer))
            return
        if self.flow.write_paused:
            self._start(self._answer_when_taken(exchange, answer))
            return
        exchange.response_complete = True
        if exchange.disconnected or self.transport.is_closing():
            return
        defaults = self.server_state.default_headers
        if defaults is not self._default_headers:  # made anew each second, for the date
            self._default_headers = defaults
            self._default_lines = b"".join([b"%s: %s\r\n" % line for line in defaults])
        corked: Any = self.transport
        corked.write_now(
            b"%s%s%s%scontent-length: %d\r\n\r\n%s"
            % (
                STATUS_LINE[answer.status],
                self._default_lines,
                head_lines(answer.content_type, answer.headers),
                b"" if exchange.keep_alive else b"connection: close\r\n",
                len(answer.body),
                answer.body,
            )
        )
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _stop_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _body_too_slow(self) -> None:
        self._body_timer = None
        if self._awaited is not None and not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self, *_: Any) -> None:
        self._head_timer = None
        if self._in_head and not self.transport.is_closing():
            self.transport.close()
