"""The seam between the two ends: what a branch and headquarters need of the line between them. Knows no NATS.

`nats_link` is the real line, `memory_link` its sibling for tests and the simulator; one contract suite holds for both.
A line promises little on purpose: it may lose, repeat, delay and reorder. What both ends promise rests on hashes,
positions and headquarters' own commit, never on the line.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import msgspec

from replication.wire.messages import (
    Heartbeat,
    Hello,
    HelloAnswer,
    Nudge,
    Pull,
    PullAnswer,
    Refused,
    Want,
    Watermark,
)

PUBLISH_SECONDS_MAX: Final = 5.0
"""How long a batch waits for the server's acknowledgement before it is sent again: slow lines answer within 2 s."""
HELLO_SECONDS_MAX: Final = 5.0
"""How long a hello waits for headquarters."""
PULL_SECONDS_MAX: Final = 10.0
"""How long a pull waits: an answer is one batch, at most 240 KiB, and many branches may ask at once."""
ANSWERS_AT_ONCE_MAX: Final = 32
"""Questions that headquarters works on at a time. Those beyond it wait their turn in memory, up to the next bound; the
branch asks again when its own patience ends."""
QUESTIONS_WAITING_MAX: Final = 1024
"""Questions taken in and not yet answered; more are dropped, and their branches ask again."""
CLOSE_SECONDS_MAX: Final = 5.0
"""Bound of a clean close; afterwards the line is cut. Both ends are always ready for a cut line."""


class LinkError(Exception):
    """The line failed. `code` is stable, `what` was tried, `where`, and `hint` says what a technician may look at."""

    code = "link"

    def __init__(self, what: str, where: str, hint: str = "") -> None:
        super().__init__(f"{what} ({where}){': ' + hint if hint else ''}")
        self.what = what
        self.where = where
        self.hint = hint


class LinkDown(LinkError):
    """There is no connection, or it went away meanwhile; whether the message arrived is unknown."""

    code = "line_down"


class LinkTimeout(LinkError):
    """No answer in time; whether the message arrived is unknown."""

    code = "timeout"


class NobodyListens(LinkError):
    """The server answers, but no stream or no headquarters is behind the subject."""

    code = "nobody_listens"


class StreamFull(LinkError):
    """The stream takes no more of this branch until headquarters has caught up or room is made."""

    code = "stream_full"


class MessageTooLarge(LinkError):
    """The message would not pass the server with its headers; it was not sent, since the server would cut the line."""

    code = "too_large"


class LinkRefused(LinkError):
    """The server understood and refused: a wrong stream, a permission, a configuration."""

    code = "refused_by_server"


class ConsumerLost(LinkError):
    """Headquarters' place in the stream is gone (stream or consumer deleted); open again from its own database."""

    code = "consumer_lost"


class LineUp(msgspec.Struct, frozen=True):
    """The line stands: messages may be sent."""


class LineDown(msgspec.Struct, frozen=True):
    """The line is gone; it is being rebuilt."""

    code: str
    detail: str


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """A packed batch on its way: the same bytes always carry the same id."""

    message_id: str
    data: bytes


Told = Watermark | Want | Refused | Nudge
"""What headquarters says to a branch unasked."""
BranchHears = LineUp | LineDown | Told
HeadquartersHears = LineUp | LineDown | Heartbeat
Question = Hello | Pull
Answer = Callable[[Question], Awaitable[HelloAnswer | PullAnswer]]
"""Headquarters' answers: a HelloAnswer to a Hello, a PullAnswer to a Pull."""


class BranchLink(Protocol):
    """A branch's end of the line. `heard` is called on the loop and must only take a note."""

    async def run(self, heard: Callable[[BranchHears], None]) -> None:
        """Keep the line up until `close`; builds a new connection after any end of the old one, with back-off."""

    async def publish(self, parcel: Parcel) -> None:
        """Put a batch on the branch's uplink; returns when the server stored it. Raises LinkError."""

    async def hello(self, hello: Hello) -> HelloAnswer:
        """Ask headquarters where it stands. Raises LinkError."""

    async def pull(self, pull: Pull) -> PullAnswer:
        """Ask headquarters for entries of the branch's journal or outbox. Raises LinkError."""

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Say that the branch is there. Raises LinkError."""

    async def close(self) -> None:
        """End `run` within CLOSE_SECONDS_MAX."""


class StreamPlace(msgspec.Struct, frozen=True, gc=False):
    """A position in a stream; `created` tells one incarnation of the stream from the next."""

    created: str
    sequence: int


class Delivery(msgspec.Struct, frozen=True):
    """A message from the stream: `branch` is what its subject says, `token` is the line's own handle for the ack."""

    branch: str
    data: bytes
    place: StreamPlace
    token: object = None


class HeadquartersLink(Protocol):
    """Headquarters' end of the line."""

    async def run(self, heard: Callable[[HeadquartersHears], None], answer: Answer) -> None:
        """Keep the line up until `close`; answers hellos and pulls through `answer`, several at a time. A question
        whose answer raises stays unanswered: its branch asks again."""

    async def open(self, after: StreamPlace | None) -> StreamPlace:
        """Make sure of the stream and read on after this place of headquarters' own database, or from the beginning
        when the stream is another one now. Answers where reading starts. Raises LinkError."""

    async def fetch(self, messages_max: int, wait_seconds: float) -> Sequence[Delivery]:
        """What has arrived, in stream order; nothing after `wait_seconds`. Raises LinkError, ConsumerLost."""

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the server that these are committed. Best effort: a lost one comes again as a duplicate."""

    async def tell(self, message: Told, branch: str) -> None:
        """Send a branch its watermark, want, refusal or nudge. Best effort: the next hello heals a lost one."""

    async def close(self) -> None:
        """End `run` within CLOSE_SECONDS_MAX."""
