"""Headquarters' end of the line over NATS."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from replication.link import (
    CLOSE_SECONDS_MAX,
    PUBLISH_SECONDS_MAX,
    Answer,
    ConsumerLost,
    Delivery,
    HeadquartersHears,
    LinkDown,
    StreamPlace,
    Told,
)
from replication.nats_link.desk import Desk
from replication.nats_link.stream import (
    APPLIED_MESSAGES_KEPT,
    APPLIED_MESSAGES_STEP,
    CONSUMER,
    STREAM,
    STREAM_BYTES_MAX,
    ensure_stream,
    make_consumer,
)
from replication.nats_link.supervisor import CONNECT_SECONDS_MAX, NatsSettings, Supervisor
from replication.wire import subjects
from replication.wire.messages import (
    Heartbeat,
    Hello,
    MessageError,
    Pull,
    Watermark,
    decode_message,
    encode_message,
)

PENDING_BYTES_MAX: Final = 64 * 1024 * 1024
"""What the client may hold of one fetch: 32 messages of the largest size eight times over, so that none is dropped."""
EMPTY_FETCHES_MAX: Final = 5
"""So many fetches without anything: ask whether the consumer still exists."""

_log = logging.getLogger(__name__)


class NatsHeadquartersLink:
    """Implements HeadquartersLink."""

    def __init__(
        self, settings: NatsSettings, *, jitter: Callable[[], float], stream_bytes_max: int = STREAM_BYTES_MAX
    ) -> None:
        self._line = Supervisor(settings, jitter)
        self._url = settings.url
        self._stream_bytes_max = stream_bytes_max
        self._reading: JetStreamContext.PullSubscription | None = None
        self._created = ""
        self._empty = 0
        self._cleared = 0

    async def run(self, heard: Callable[[HeadquartersHears], None], answer: Answer) -> None:
        """Keep the line up until `close`."""
        desk = Desk(answer)

        async def hear_beat(message: Msg) -> None:
            said = _message_of(message)
            if isinstance(said, Heartbeat):
                heard(said)

        async def hear_question(message: Msg) -> None:
            said = _message_of(message)
            if isinstance(said, Hello | Pull):
                desk.take(said, message.respond)

        async def prepare(client: Client) -> None:
            await client.subscribe(subjects.HEARTBEAT_ALL, cb=hear_beat)
            await client.subscribe(subjects.HELLO_ALL, cb=hear_question)
            await client.subscribe(subjects.PULL_ALL, cb=hear_question)
            await client.flush(int(CONNECT_SECONDS_MAX))

        try:
            await self._line.keep_up(prepare, heard)
        finally:
            await desk.close()

    async def open(self, after: StreamPlace | None) -> StreamPlace:
        """Make sure of the stream and read on after a place of headquarters' own database."""
        self._reading = None
        async with self._line.translate("open the stream") as client:
            jetstream = client.jetstream(timeout=PUBLISH_SECONDS_MAX)
            info = await ensure_stream(jetstream, self._stream_bytes_max, after.sequence if after is not None else None)
            self._created = info.created.isoformat() if info.created else ""
            same = after is not None and after.created == self._created
            start = after.sequence if after is not None and same and after.sequence <= info.state.last_seq else 0
            await make_consumer(jetstream, start + 1)
            self._cleared = info.state.first_seq
            self._reading = await jetstream.pull_subscribe_bind(CONSUMER, STREAM, pending_bytes_limit=PENDING_BYTES_MAX)
        self._empty = 0
        return StreamPlace(self._created, start)

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
        """Tell the server that these are committed, and now and then that older ones are no longer needed."""
        async with self._line.translate("acknowledge") as client:
            for delivery in deliveries:
                if isinstance(delivery.token, Msg):
                    await delivery.token.ack()
            keep_from = max((delivery.place.sequence for delivery in deliveries), default=0) - APPLIED_MESSAGES_KEPT + 1
            if keep_from - self._cleared >= APPLIED_MESSAGES_STEP:
                self._cleared = keep_from
                await client.jetstream(timeout=PUBLISH_SECONDS_MAX).purge_stream(STREAM, seq=keep_from)

    async def tell(self, message: Told, branch: str) -> None:
        """Send a branch its watermark, want, refusal or nudge."""
        subject = subjects.watermark(branch) if isinstance(message, Watermark) else subjects.control(branch)
        async with self._line.translate("tell a branch") as client:
            await client.publish(subject, encode_message(message))

    async def close(self) -> None:
        """End `run`."""
        await self._line.close()


def _look_at(task: "asyncio.Future[Any]") -> None:
    """A fetch that was given up may still end with an error, which nobody would look at."""
    if not task.cancelled():
        task.exception()


def _message_of(message: Msg) -> Any:
    """A message whose sender is the branch its subject names; None for anything else."""
    try:
        said = decode_message(message.data)
    except MessageError as error:
        _log.warning("bytes on %s are no message: %s", message.subject, error)
        return None
    if isinstance(said, Hello | Pull | Heartbeat) and said.branch != subjects.sender(message.subject):
        _log.warning("a message on %s names branch %r", message.subject, said.branch[:40])
        return None
    return said
