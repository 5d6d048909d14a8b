"""A branch's end of the line over NATS."""

import logging
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from replication.link import (
    HELLO_SECONDS_MAX,
    PUBLISH_SECONDS_MAX,
    PULL_SECONDS_MAX,
    BranchHears,
    LinkRefused,
    MessageTooLarge,
    Parcel,
    Told,
)
from replication.nats_link.stream import STREAM
from replication.nats_link.supervisor import CONNECT_SECONDS_MAX, NatsSettings, Supervisor
from replication.wire import subjects
from replication.wire.messages import (
    Heartbeat,
    Hello,
    HelloAnswer,
    Message,
    MessageError,
    Pull,
    PullAnswer,
    decode_message,
    encode_message,
)

_log = logging.getLogger(__name__)


class NatsBranchLink:
    """Implements BranchLink."""

    def __init__(self, settings: NatsSettings, branch: str, *, jitter: Callable[[], float]) -> None:
        self._line = Supervisor(settings, jitter)
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
            if isinstance(said, Told):
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
        answer = await self._ask("say hello", subjects.hello(self._branch), hello, HELLO_SECONDS_MAX)
        if not isinstance(answer, HelloAnswer):
            raise LinkRefused("say hello", self._url, f"answered with {type(answer).__name__}")
        return answer

    async def pull(self, pull: Pull) -> PullAnswer:
        """Ask headquarters for entries."""
        answer = await self._ask("pull entries", subjects.pull(self._branch), pull, PULL_SECONDS_MAX)
        if not isinstance(answer, PullAnswer):
            raise LinkRefused("pull entries", self._url, f"answered with {type(answer).__name__}")
        return answer

    async def _ask(self, tried: str, subject: str, question: Hello | Pull, seconds_max: float) -> Message:
        async with self._line.translate(tried) as client:
            reply = await client.request(subject, encode_message(question), timeout=seconds_max)
        try:
            return decode_message(reply.data)
        except MessageError as error:
            raise LinkRefused(tried, self._url, str(error)) from error

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Say that the branch is there."""
        async with self._line.translate("send a heartbeat") as client:
            await client.publish(subjects.heartbeat(self._branch), encode_message(heartbeat))

    async def close(self) -> None:
        """End `run`."""
        await self._line.close()
