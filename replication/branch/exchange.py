"""What goes into BranchSync and what comes out of it: facts and orders. Pure; nobody acts here."""

from typing import assert_never

import msgspec

from replication.branch.status import ReplicationStatus
from replication.wire.entry import Position
from replication.wire.messages import (
    Bisect,
    Continue,
    Fenced,
    HelloAnswer,
    Later,
    Rebase,
    Refused,
    Want,
    Watermark,
)


class Connected(msgspec.Struct, frozen=True):
    """The line stands."""


class Disconnected(msgspec.Struct, frozen=True):
    """The line is gone."""

    code: str
    detail: str = ""


class HelloAnswered(msgspec.Struct, frozen=True):
    """Headquarters answered; `own_hash` is our own hash at the seq the answer names (`position_named`), None where we
    hold none."""

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
    """Headquarters says unasked that something is wrong; a hello learns the particulars. An empty `boot_id` means all
    devices of the branch's name. `was_opened`: it was only started anew, and lacks nothing that the stream holds; what
    its earlier opening was asked it will not answer. Otherwise what was acknowledged may not have been applied."""

    boot_id: bytes = b""
    was_opened: bool = False


class Rebased(msgspec.Struct, frozen=True):
    """The journal was joined with headquarters' entries; `head` is its newest one, of the new epoch."""

    head: Position


class RebaseFailed(msgspec.Struct, frozen=True):
    """It was not, and the journal is as before."""

    code: str
    detail: str = ""


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
    | Rebased
    | RebaseFailed
    | JournalGrew
    | Tick
)


class SendHello(msgspec.Struct, frozen=True):
    """Introduce the branch. With a bracket, name positions between `low_seq` and `high_seq`, both included: headquarters
    looks for where the histories part."""

    applied_seq: int
    low_seq: int | None = None
    high_seq: int | None = None


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


class BeginRebase(msgspec.Struct, frozen=True):
    """Pull what headquarters holds after the ancestor and join the journal to it. Answered by Rebased or RebaseFailed;
    nothing is sent meanwhile, and selling goes on."""

    rebase: Rebase


class OpenInbox(msgspec.Struct, frozen=True):
    """Headquarters accepts this branch: take what it sends. Said again when another opening of it accepts the branch: what
    the one before was asked is not answered any more, and what it would have told of is to be asked for."""


class CloseInbox(msgspec.Struct, frozen=True):
    """The line is gone, or headquarters does not accept this device: take nothing from it."""


class RecordWatermark(msgspec.Struct, frozen=True):
    """Keep headquarters' position: it was checked against our own hash."""

    watermark: Watermark


class Report(msgspec.Struct, frozen=True):
    """Tell whoever watches."""

    status: ReplicationStatus


class Wait(msgspec.Struct, frozen=True):
    """Nothing to do before that time, unless a fact comes in."""

    until: float


Order = SendHello | SendHeartbeat | SendBatch | BeginRebase | OpenInbox | CloseInbox | RecordWatermark | Report | Wait


def position_named(answer: HelloAnswer) -> int | None:
    """The seq of our own journal at which an answer must agree with it; None where it names none."""
    match answer:
        case Continue() | Refused():
            return answer.applied_seq
        case Rebase():
            return answer.ancestor_seq
        case Bisect() | Fenced() | Later():
            return None
        case _:
            assert_never(answer)
