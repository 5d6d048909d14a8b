"""Keeps one NATS client alive by building new ones, and turns what nats-py raises into the errors of the seam."""

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypedDict

import msgspec
import nats.errors
import nats.js.errors
from nats.aio.client import Client

from replication.identity.keys import IdentityError
from replication.identity.site import SiteIdentity
from replication.link import (
    CLOSE_SECONDS_MAX,
    LineDown,
    LineUp,
    LinkDown,
    LinkError,
    LinkRefused,
    LinkTimeout,
    NobodyListens,
    StreamFull,
)

CONNECT_SECONDS_MAX: Final = 5.0
PING_SECONDS: Final = 10
PINGS_OUTSTANDING_MAX: Final = 2
"""A half-open line is found after 30 s."""
BACKOFF_SECONDS_FIRST: Final = 0.25
STEADY_SECONDS: Final = 10.0
"""A line that stood this long was good: its end is tried again at once."""
TIMEOUTS_MAX: Final = 3
"""So many unanswered requests in a row on a line that looks connected: build it anew."""
_STREAM_FULL: Final = frozenset({10077, 10047, 10023})

_log = logging.getLogger(__name__)


class NatsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is and who we are. `name` also keeps our inbox apart from everybody else's."""

    url: str
    name: str
    reconnect_seconds_max: float = 60.0
    identity: SiteIdentity | None = None
    """Without one, or before headquarters has signed its token, the line is opened without a name: a server that asks
    for one refuses it, and says so."""


class Supervisor:
    """Keeps one client alive by building new ones; hands out the one that stands."""

    def __init__(self, settings: NatsSettings, jitter: Callable[[], float]) -> None:
        self._settings = settings
        self._jitter = jitter
        self._client: Client | None = None
        self._ended = asyncio.Event()
        self._closing = asyncio.Event()
        self._timeouts = 0
        self._server_said = ""

    async def keep_up(
        self, prepare: Callable[[Client], Awaitable[None]], heard: Callable[[LineUp | LineDown], None]
    ) -> None:
        """Run until `close`: connect, prepare subscriptions, wait for the end, again."""
        failures = 0
        while not self._closing.is_set():
            began = asyncio.get_running_loop().time()
            self._ended = asyncio.Event()
            self._timeouts = 0
            client = Client()
            try:
                await self._connect(client)
                await prepare(client)
                self._client = client
                heard(LineUp())
                await self._ended.wait()
            except (OSError, nats.errors.Error, TimeoutError, IdentityError) as error:
                self._server_said = self._server_said or str(error) or type(error).__name__
            finally:
                self._client = None
                await _shut(client)
            if self._closing.is_set():
                return
            heard(LineDown("line_down", self._server_said))
            self._server_said = ""
            steady = asyncio.get_running_loop().time() - began >= STEADY_SECONDS
            failures = 0 if steady else failures + 1
            await self._pause(failures)

    async def _connect(self, client: Client) -> None:
        ended = self._ended

        async def closed() -> None:
            ended.set()

        async def failed(error: Exception) -> None:
            self._server_said = str(error) or type(error).__name__

        settings = self._settings
        async with asyncio.timeout(CONNECT_SECONDS_MAX * 2):
            await client.connect(
                settings.url,
                name=f"kontor {settings.name}",
                allow_reconnect=False,
                connect_timeout=int(CONNECT_SECONDS_MAX),
                ping_interval=PING_SECONDS,
                max_outstanding_pings=PINGS_OUTSTANDING_MAX,
                inbox_prefix=f"_INBOX_{settings.name}",
                closed_cb=closed,
                error_cb=failed,
                **_credentials(settings.identity),
            )

    async def _pause(self, failures: int) -> None:
        longest = min(self._settings.reconnect_seconds_max, BACKOFF_SECONDS_FIRST * 2.0 ** min(failures, 20))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.01, self._jitter() * longest)):
                await self._closing.wait()

    async def close(self) -> None:
        """End `keep_up`."""
        self._closing.set()
        self._ended.set()

    def client(self, tried: str) -> Client:
        """The client that stands; raises LinkDown."""
        client = self._client
        if client is None or not client.is_connected:
            raise LinkDown(tried, self._settings.url, self._server_said)
        return client

    @contextlib.asynccontextmanager
    async def translate(self, tried: str) -> AsyncIterator[Client]:
        """Do something with the client; what nats-py raises comes out as a LinkError."""
        where = self._settings.url
        try:
            yield self.client(tried)
            self._timeouts = 0
        except (nats.js.errors.NoStreamResponseError, nats.errors.NoRespondersError) as error:
            self._timeouts = 0
            raise NobodyListens(tried, where) from error
        except nats.js.errors.APIError as error:
            raise _refusal(tried, where, error) from error
        except (nats.errors.TimeoutError, TimeoutError) as error:
            # Before OSError, which a TimeoutError is as well.
            # A permission denied by the server is a timeout here too: what the server said tells them apart.
            self._timeouts += 1
            if self._timeouts >= TIMEOUTS_MAX:
                self._server_said = self._server_said or f"{self._timeouts} requests without an answer"
                self._ended.set()
            raise LinkTimeout(tried, where, self._server_said) from error
        except (nats.errors.ConnectionClosedError, nats.errors.StaleConnectionError, OSError) as error:
            raise LinkDown(tried, where, str(error)) from error
        except nats.errors.Error as error:
            raise LinkRefused(tried, where, str(error)) from error


def _refusal(tried: str, where: str, error: nats.js.errors.APIError) -> LinkError:
    text = f"{error.description or error} ({error.err_code})"
    if error.err_code in _STREAM_FULL:
        return StreamFull(tried, where, text)
    if isinstance(error, nats.js.errors.ServiceUnavailableError | nats.js.errors.NotFoundError):
        return NobodyListens(tried, where, text)
    return LinkRefused(tried, where, text)


class _Credentials(TypedDict, total=False):
    user_jwt_cb: Callable[[], bytearray]
    signature_cb: Callable[[str], bytes]


def _credentials(identity: SiteIdentity | None) -> _Credentials:
    """The token as it is on disk now, and the signature that proves whose it is."""
    token = None if identity is None else identity.token()
    if identity is None or token is None:
        return {}
    key = identity.key()
    return {
        "user_jwt_cb": lambda: bytearray(token.encode()),
        "signature_cb": lambda nonce: base64.b64encode(key.sign(nonce.encode())),
    }


async def _shut(client: Client) -> None:
    """Close a client whatever state it is in; its own close may raise or hang."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await client.close()
    except Exception as error:  # noqa: BLE001 - the client is thrown away; nothing it says now matters
        _log.debug("closing a NATS client: %r", error)
