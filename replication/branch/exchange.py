"""What goes into BranchSync and what comes out of it: facts and orders. Pure; nobody acts here."""

import msgspec

from replication.branch.status import ReplicationStatus
from replication.wire.entry import Position
from replication.wire.messages import HelloAnswer, Want, Watermark


class Connected(msgspec.Struct, frozen=True):
    """The line stands."""


class Disconnected(msgspec.Struct, frozen=True):
    """The line is gone."""

    code: str
    detail: str = ""


class HelloAnswered(msgspec.Struct, frozen=True):
    """Headquarters answered; `own_hash` is our own hash at the answer's applied_seq, None where we hold none."""

    answer: HelloAnswer
    own_hash: bytes | None


class HelloFailed(msgspec.Struct, frozen=True):
    """The hello got no answer."""

    code: str
    detail: str = ""


class BatchAcked(msgspec.Struct, frozen=True):
    """The stream stored the batch of that ticket. That is not yet "at headquarters"."""

    ticket: int
    last_seq: int


class BatchFailed(msgspec.Struct, frozen=True):
    """The batch of that ticket was not acknowledged; whether it was stored is unknown."""

    ticket: int
    code: str
    detail: str = ""


class WatermarkReceived(msgspec.Struct, frozen=True):
    """Headquarters has committed; `own_hash` is our own hash at that seq, None where we hold none."""

    watermark: Watermark
    own_hash: bytes | None


class Wanted(msgspec.Struct, frozen=True):
    """Headquarters misses entries."""

    want: Want


class RefusalReceived(msgspec.Struct, frozen=True):
    """Headquarters says by itself that it stopped applying this branch; a hello learns the particulars."""


class JournalGrew(msgspec.Struct, frozen=True):
    """Entries were committed here."""

    head: Position


class Tick(msgspec.Struct, frozen=True):
    """Time went by."""


Fact = (
    Connected
    | Disconnected
    | HelloAnswered
    | HelloFailed
    | BatchAcked
    | BatchFailed
    | WatermarkReceived
    | Wanted
    | RefusalReceived
    | JournalGrew
    | Tick
)


class SendHello(msgspec.Struct, frozen=True):
    """Introduce the branch."""

    applied_seq: int


class SendHeartbeat(msgspec.Struct, frozen=True):
    """Say that the branch is there."""


class SendBatch(msgspec.Struct, frozen=True):
    """Send a run of entries from that seq; with `again`, the same bytes as before.

    `round` counts how often headquarters lacked what the stream had acknowledged: a new round is a new message id, since
    a stream that lost a message would call the repeat a duplicate.
    """

    ticket: int
    from_seq: int
    again: bool
    round: int


class RecordWatermark(msgspec.Struct, frozen=True):
    """Keep headquarters' position: it was checked against our own hash."""

    watermark: Watermark


class Report(msgspec.Struct, frozen=True):
    """Tell whoever watches."""

    status: ReplicationStatus


class Wait(msgspec.Struct, frozen=True):
    """Nothing to do before that time, unless a fact comes in."""

    until: float


Order = SendHello | SendHeartbeat | SendBatch | RecordWatermark | Report | Wait
