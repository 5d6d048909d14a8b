"""The only door to NATS: both ends of the line over a real server. Decides nothing about batches.

nats-py closes for ever after many server errors, and its own reconnecting buffers, loses and repeats outside our control.
So it is never asked to reconnect: a supervisor builds a new client after any end of the old one, with full jitter. What
was sent last is then unknown, which both ends are always ready for.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)

from replication.link import (
    CLOSE_SECONDS_MAX,
    HELLO_SECONDS_MAX,
    PUBLISH_SECONDS_MAX,
    BranchHears,
    ConsumerLost,
    Delivery,
    HeadquartersHears,
    LineDown,
    LineUp,
    LinkDown,
    LinkError,
    LinkRefused,
    LinkTimeout,
    MessageTooLarge,
    NobodyListens,
    Parcel,
    StreamFull,
    StreamPlace,
)
from replication.wire import subjects
from replication.wire.envelope import ENVELOPE_BYTES_MAX
from replication.wire.messages import (
    Continue,
    Heartbeat,
    Hello,
    HelloAnswer,
    MessageError,
    Refused,
    Want,
    Watermark,
    decode_message,
    encode_message,
)

STREAM: Final = "UP"
CONSUMER: Final = "headquarters"
MESSAGES_PER_BRANCH_MAX: Final = 20_000
"""The stream's quota per branch: a branch that floods fills its own share and nobody else's."""
MESSAGE_BYTES_MAX: Final = 256 * 1024
"""An envelope with its headers."""
STREAM_AGE_SECONDS_MAX: Final = 30 * 24 * 3600.0
STREAM_BYTES_MAX: Final = 1024**3
DUPLICATE_SECONDS: Final = 120.0
"""The server's own filter for repeats: it saves work and proves nothing."""
ACK_WAIT_SECONDS: Final = 60.0
ACK_PENDING_MAX: Final = 256
PENDING_BYTES_MAX: Final = 64 * 1024 * 1024
"""What the client may hold of one fetch: 32 messages of the largest size eight times over, so that none is dropped."""
CONNECT_SECONDS_MAX: Final = 5.0
PING_SECONDS: Final = 10
PINGS_OUTSTANDING_MAX: Final = 2
"""A half-open line is found after 30 s."""
BACKOFF_SECONDS_FIRST: Final = 0.25
STEADY_SECONDS: Final = 10.0
"""A line that stood this long was good: its end is tried again at once."""
TIMEOUTS_MAX: Final = 3
"""So many unanswered requests in a row on a line that looks connected: build it anew."""
EMPTY_FETCHES_MAX: Final = 5
"""So many fetches without anything: ask whether the consumer still exists."""
_STREAM_FULL: Final = frozenset({10077, 10047, 10023})

_log = logging.getLogger(__name__)


class NatsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is and who we are. `name` also keeps our inbox apart from everybody else's."""

    url: str
    name: str
    reconnect_seconds_max: float = 60.0
    user_credentials: str | None = None
    nkey_seed_file: str | None = None


class _Supervisor:
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
            except (OSError, nats.errors.Error, TimeoutError) as error:
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
                user_credentials=settings.user_credentials,
                nkeys_seed=settings.nkey_seed_file,
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
        except (nats.errors.ConnectionClosedError, nats.errors.StaleConnectionError, OSError) as error:
            raise LinkDown(tried, where, str(error)) from error
        except (nats.errors.TimeoutError, TimeoutError) as error:
            # A permission denied by the server is a timeout here too: what the server said tells them apart.
            self._timeouts += 1
            if self._timeouts >= TIMEOUTS_MAX:
                self._server_said = self._server_said or f"{self._timeouts} requests without an answer"
                self._ended.set()
            raise LinkTimeout(tried, where, self._server_said) from error
        except nats.errors.Error as error:
            raise LinkRefused(tried, where, str(error)) from error


def _refusal(tried: str, where: str, error: nats.js.errors.APIError) -> LinkError:
    text = f"{error.description or error} ({error.err_code})"
    if error.err_code in _STREAM_FULL:
        return StreamFull(tried, where, text)
    if isinstance(error, nats.js.errors.ServiceUnavailableError | nats.js.errors.NotFoundError):
        return NobodyListens(tried, where, text)
    return LinkRefused(tried, where, text)


def _look_at(task: "asyncio.Future[Any]") -> None:
    """A fetch that was given up may still end with an error, which nobody would look at."""
    if not task.cancelled():
        task.exception()


async def _shut(client: Client) -> None:
    """Close a client whatever state it is in; its own close may raise or hang."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await client.close()
    except Exception as error:  # noqa: BLE001 - the client is thrown away; nothing it says now matters
        _log.debug("closing a NATS client: %r", error)


class NatsBranchLink:
    """Implements BranchLink."""

    def __init__(self, settings: NatsSettings, branch: str, *, jitter: Callable[[], float]) -> None:
        self._line = _Supervisor(settings, jitter)
        self._url = settings.url
        self._branch = branch

    async def run(self, heard: Callable[[BranchHears], None]) -> None:
        """Keep the line up until `close`."""

        async def hear(message: Msg) -> None:
            try:
                said = decode_message(message.data)
            except MessageError as error:
                _log.warning("bytes on %s are no message: %s", message.subject, error)
                return
            if isinstance(said, Watermark | Want | Refused):
                heard(said)

        async def prepare(client: Client) -> None:
            await client.subscribe(subjects.watermark(self._branch), cb=hear)
            await client.subscribe(subjects.control(self._branch), cb=hear)
            await client.flush(int(CONNECT_SECONDS_MAX))

        await self._line.keep_up(prepare, heard)

    async def publish(self, parcel: Parcel) -> None:
        """Put a batch on the branch's uplink; returns when the server stored it."""
        async with self._line.translate("publish a batch") as client:
            headers = {"Nats-Msg-Id": parcel.message_id, "Nats-Expected-Stream": STREAM}
            size = len(parcel.data) + sum(len(name) + len(value) + 4 for name, value in headers.items()) + 12
            if size > client.max_payload:
                # The server counts headers too, and closes the connection for ever over one message.
                raise MessageTooLarge("publish a batch", self._url, f"{size} bytes, at most {client.max_payload}")
            jetstream = client.jetstream(timeout=PUBLISH_SECONDS_MAX)
            await jetstream.publish(
                subjects.uplink(self._branch), parcel.data, timeout=PUBLISH_SECONDS_MAX, headers=headers
            )

    async def hello(self, hello: Hello) -> HelloAnswer:
        """Ask headquarters where it stands."""
        async with self._line.translate("say hello") as client:
            reply = await client.request(subjects.hello(self._branch), encode_message(hello), timeout=HELLO_SECONDS_MAX)
        try:
            answer = decode_message(reply.data)
        except MessageError as error:
            raise LinkRefused("say hello", self._url, str(error)) from error
        if not isinstance(answer, Continue | Refused):
            raise LinkRefused("say hello", self._url, f"answered with {type(answer).__name__}")
        return answer

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Say that the branch is there."""
        async with self._line.translate("send a heartbeat") as client:
            await client.publish(subjects.heartbeat(self._branch), encode_message(heartbeat))

    async def close(self) -> None:
        """End `run`."""
        await self._line.close()


class NatsHeadquartersLink:
    """Implements HeadquartersLink."""

    def __init__(
        self, settings: NatsSettings, *, jitter: Callable[[], float], stream_bytes_max: int = STREAM_BYTES_MAX
    ) -> None:
        self._line = _Supervisor(settings, jitter)
        self._url = settings.url
        self._stream_bytes_max = stream_bytes_max
        self._reading: JetStreamContext.PullSubscription | None = None
        self._created = ""
        self._empty = 0

    async def run(
        self, heard: Callable[[HeadquartersHears], None], answer: Callable[[Hello], Awaitable[HelloAnswer]]
    ) -> None:
        """Keep the line up until `close`."""

        async def hear_beat(message: Msg) -> None:
            said = _message_of(message)
            if isinstance(said, Heartbeat):
                heard(said)

        async def hear_hello(message: Msg) -> None:
            said = _message_of(message)
            if isinstance(said, Hello):
                await message.respond(encode_message(await answer(said)))

        async def prepare(client: Client) -> None:
            await client.subscribe(subjects.HEARTBEAT_ALL, cb=hear_beat)
            await client.subscribe(subjects.HELLO_ALL, cb=hear_hello)
            await client.flush(int(CONNECT_SECONDS_MAX))

        await self._line.keep_up(prepare, heard)

    async def open(self, after: StreamPlace | None) -> StreamPlace:
        """Make sure of the stream and read on after a place of headquarters' own database."""
        self._reading = None
        async with self._line.translate("open the stream") as client:
            jetstream = client.jetstream(timeout=PUBLISH_SECONDS_MAX)
            info = await self._ensure_stream(jetstream, after)
            self._created = info.created.isoformat() if info.created else ""
            same = after is not None and after.created == self._created
            start = after.sequence if after is not None and same and after.sequence <= info.state.last_seq else 0
            await self._make_consumer(jetstream, start + 1)
            self._reading = await jetstream.pull_subscribe_bind(CONSUMER, STREAM, pending_bytes_limit=PENDING_BYTES_MAX)
        self._empty = 0
        return StreamPlace(self._created, start)

    async def _ensure_stream(self, jetstream: JetStreamContext, after: StreamPlace | None) -> StreamInfo:
        wanted = _stream_config(self._stream_bytes_max)
        try:
            info = await jetstream.stream_info(STREAM)
        except nats.js.errors.NotFoundError:
            # A new stream counts on where the lost one ended, so that a place never means two messages.
            wanted.first_seq = after.sequence + 1 if after is not None else None
            return await jetstream.add_stream(wanted)
        held = info.config
        if (held.max_bytes, held.max_msgs_per_subject, held.max_msg_size, held.subjects) != (
            wanted.max_bytes, wanted.max_msgs_per_subject, wanted.max_msg_size, wanted.subjects
        ):  # fmt: skip
            held.max_bytes, held.max_msgs_per_subject = wanted.max_bytes, wanted.max_msgs_per_subject
            held.max_msg_size, held.subjects = wanted.max_msg_size, wanted.subjects
            info = await jetstream.update_stream(held)
        return info

    async def _make_consumer(self, jetstream: JetStreamContext, start: int) -> None:
        """Always made anew: the server's own floor is not the truth, and what it thinks pending would come late."""
        with contextlib.suppress(nats.js.errors.NotFoundError):
            await jetstream.delete_consumer(STREAM, CONSUMER)
        await jetstream.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=CONSUMER,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=start,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_SECONDS,
                max_ack_pending=ACK_PENDING_MAX,
                max_deliver=-1,
            ),
        )

    async def fetch(self, messages_max: int, wait_seconds: float) -> Sequence[Delivery]:
        """What has arrived, in stream order."""
        reading = self._reading
        if reading is None:
            raise ConsumerLost("fetch", self._url)
        client = self._line.client("fetch")
        task = asyncio.ensure_future(reading.fetch(messages_max, timeout=wait_seconds))
        task.add_done_callback(_look_at)
        try:
            # A closing client cancels the futures we wait for; seen from here that must not look like our own end.
            await asyncio.wait({task}, timeout=wait_seconds + CLOSE_SECONDS_MAX)
        finally:
            if not task.done():
                task.cancel()
        if task.cancelled() or not task.done() or not client.is_connected:
            raise LinkDown("fetch", self._url)
        try:
            messages = task.result()
        except (nats.errors.TimeoutError, TimeoutError):
            messages = []
        except nats.errors.ConnectionClosedError as error:
            raise LinkDown("fetch", self._url) from error
        except nats.errors.Error as error:
            raise ConsumerLost("fetch", self._url, str(error)) from error
        if not messages:
            await self._check_consumer()
            return ()
        self._empty = 0
        return [
            Delivery(
                subjects.sender(message.subject), message.data,
                StreamPlace(self._created, message.metadata.sequence.stream), message,
            )
            for message in messages
        ]  # fmt: skip

    async def _check_consumer(self) -> None:
        self._empty += 1
        if self._empty < EMPTY_FETCHES_MAX:
            return
        self._empty = 0
        async with self._line.translate("look for the consumer") as client:
            try:
                await client.jetstream(timeout=PUBLISH_SECONDS_MAX).consumer_info(STREAM, CONSUMER)
            except nats.js.errors.NotFoundError as error:
                raise ConsumerLost("look for the consumer", self._url) from error

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the server that these are committed."""
        async with self._line.translate("acknowledge"):
            for delivery in deliveries:
                if isinstance(delivery.token, Msg):
                    await delivery.token.ack()

    async def tell(self, message: Watermark | Want | Refused, branch: str) -> None:
        """Send a branch its watermark, want or refusal."""
        subject = subjects.watermark(branch) if isinstance(message, Watermark) else subjects.control(branch)
        async with self._line.translate("tell a branch") as client:
            await client.publish(subject, encode_message(message))

    async def close(self) -> None:
        """End `run`."""
        await self._line.close()


def _stream_config(bytes_max: int) -> StreamConfig:
    """Limits, not a work queue: what was applied stays for a rewind, and nothing is evicted to make room."""
    assert ENVELOPE_BYTES_MAX < MESSAGE_BYTES_MAX, "headers must fit as well"
    return StreamConfig(
        name=STREAM,
        subjects=[subjects.UPLINK_ALL],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=1,
        discard=DiscardPolicy.NEW,
        discard_new_per_subject=True,
        max_msgs_per_subject=MESSAGES_PER_BRANCH_MAX,
        max_bytes=bytes_max,
        max_age=STREAM_AGE_SECONDS_MAX,
        max_msg_size=MESSAGE_BYTES_MAX,
        duplicate_window=DUPLICATE_SECONDS,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
    )


def _message_of(message: Msg) -> Any:
    """A message whose sender is the branch its subject names; None for anything else."""
    try:
        said = decode_message(message.data)
    except MessageError as error:
        _log.warning("bytes on %s are no message: %s", message.subject, error)
        return None
    if isinstance(said, Hello | Heartbeat) and said.branch != subjects.sender(message.subject):
        _log.warning("a message on %s names branch %r", message.subject, said.branch[:40])
        return None
    return said
