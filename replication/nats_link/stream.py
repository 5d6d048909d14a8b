"""The uplink stream and headquarters' consumer of it, as they must be set up on the server."""

import contextlib
from typing import Final

import nats.js.errors
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

from replication.wire import subjects
from replication.wire.envelope import ENVELOPE_BYTES_MAX

STREAM: Final = "UP"
CONSUMER: Final = "headquarters"
MESSAGES_PER_BRANCH_MAX: Final = 20_000
"""The stream's quota per branch: a branch that floods fills its own share and nobody else's."""
MESSAGE_BYTES_MAX: Final = 256 * 1024
"""An envelope with its headers."""
APPLIED_MESSAGES_KEPT: Final = 5_000
"""Far below a branch's quota, which is for what waits: what headquarters has applied must never fill it."""
APPLIED_MESSAGES_STEP: Final = 1_000
"""Between two clearings; each is one request."""
STREAM_AGE_SECONDS_MAX: Final = 30 * 24 * 3600.0
STREAM_BYTES_MAX: Final = 1024**3
DUPLICATE_SECONDS: Final = 120.0
"""The server's own filter for repeats: it saves work and proves nothing."""
ACK_WAIT_SECONDS: Final = 60.0
ACK_PENDING_MAX: Final = 256


async def ensure_stream(jetstream: JetStreamContext, bytes_max: int, last_sequence: int | None) -> StreamInfo:
    """Make the stream, or bring its limits up to date. `last_sequence` is the newest place headquarters ever read."""
    wanted = _stream_config(bytes_max)
    try:
        info = await jetstream.stream_info(STREAM)
    except nats.js.errors.NotFoundError:
        # A new stream counts on where the lost one ended, so that a place never means two messages.
        wanted.first_seq = None if last_sequence is None else last_sequence + 1
        return await jetstream.add_stream(wanted)
    held = info.config
    if (held.max_bytes, held.max_msgs_per_subject, held.max_msg_size, held.subjects) != (
        wanted.max_bytes, wanted.max_msgs_per_subject, wanted.max_msg_size, wanted.subjects
    ):  # fmt: skip
        held.max_bytes, held.max_msgs_per_subject = wanted.max_bytes, wanted.max_msgs_per_subject
        held.max_msg_size, held.subjects = wanted.max_msg_size, wanted.subjects
        info = await jetstream.update_stream(held)
    return info


async def make_consumer(jetstream: JetStreamContext, start: int) -> None:
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


def _stream_config(bytes_max: int) -> StreamConfig:
    """Limits, not a work queue: nothing is evicted to make room; headquarters clears what it applied long ago."""
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
        allow_direct=True,
    )
