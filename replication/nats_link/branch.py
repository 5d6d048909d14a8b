"""A branch's end of the line over NATS."""

import logging
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from replication.link import HELLO_SECONDS_MAX, PUBLISH_SECONDS_MAX, BranchHears, LinkRefused, MessageTooLarge, Parcel
from replication.nats_link.stream import STREAM
from replication.nats_link.supervisor import CONNECT_SECONDS_MAX, NatsSettings, Supervisor
from replication.wire import subjects
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
