"""Serving one ASGI application on one address until told to stop. Knows no application."""

import asyncio
import contextlib
import errno
import functools
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from admin_ui.serving.direct import DirectEntry
from admin_ui.serving.http_protocol import HEAD_BYTES_MAX, BoundedHttpProtocol

# Connections waiting to be accepted; a store's tills after a power cut come all at once.
BACKLOG = 512
# Open connections; the next one is answered 503. Each idle one costs about 10 kB.
CONNECTIONS_MAX = 1000
# Longer than the heartbeat and than a cashier's pause, so that a till rarely connects anew.
KEEP_ALIVE_SECONDS = 75
# After this the answers still under way are cut off. systemd would kill us at 10.
STOP_SECONDS_MAX = 5


class ServeError(Exception):
    """The site cannot be served; `where` is host:port and `hint` what to do about it."""

    def __init__(self, what: str, where: str, hint: str) -> None:
        super().__init__(f"{what} on {where}. Hint: {hint}")
        self.where = where
        self.hint = hint


class PortTaken(ServeError):
    pass


class StartFailed(ServeError):
    pass


async def serve(
    app: Any,
    host: str,
    port: int,
    stop: asyncio.Event,
    *,
    started: Callable[[int], None] | None = None,
    before_stop: Callable[[], None] | None = None,
    trusted_proxies: list[str] | None = None,
    direct: DirectEntry | None = None,
) -> None:
    """Serve until `stop` is set, then finish what is under way within five seconds.

    `started` gets the real port once requests are answered (useful with port 0). `before_stop` is called first when
    stopping: give `hub.close`, or open event streams hold the stop up to its bound. The caller's address and scheme
    are taken from X-Forwarded-* only when they come from `trusted_proxies`. `direct` finds handlers that are entered
    without ASGI; behind a proxy none is, since the caller's address is found on the way through it.
    """
    where = f"{host}:{port}"
    listener = listen(host, port)
    try:
        port = listener.getsockname()[1]
        server = _Server(_config(app, trusted_proxies, direct), lambda: started(port) if started is not None else None)
        stopping = asyncio.create_task(_stop_when(stop, server, before_stop))
        try:
            # uvicorn leaves a failed start by exiting the process; that decision is not its own here.
            await server.serve(sockets=[listener])
        except SystemExit as error:
            raise StartFailed(
                "the site did not start", where, "the log line before this one says why; mend that and start again"
            ) from error
        finally:
            stopping.cancel()
    finally:
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, or a typed error that says what to do."""
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(
            f"the address is not usable ({error.strerror})", where, "check [web] host in the config"
        ) from error
    try:
        # A restarted site takes its port back at once, in spite of old connections in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Listening here, not later, makes a second process fail at this very place.
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            hint = f"another program has the port (`ss -ltnp 'sport = :{port}'` names it); stop it or choose another"
            raise PortTaken("the port is taken", where, hint) from error
        hint = "ports below 1024 need a privilege; choose one above, or check [web] host in the config"
        raise ServeError(f"cannot listen ({error.strerror})", where, hint) from error
    return listener


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process's composition root, which serves more than the web."""
        yield


def _config(app: Any, trusted_proxies: list[str] | None, direct: DirectEntry | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http=functools.partial(BoundedHttpProtocol, direct=None if trusted_proxies else direct),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or [],
    )


async def _stop_when(stop: asyncio.Event, server: uvicorn.Server, before_stop: Callable[[], None] | None) -> None:
    await stop.wait()
    if before_stop is not None:
        before_stop()
    server.should_exit = True
