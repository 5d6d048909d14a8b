"""What headquarters needs of a store. Knows no SQL; a store keeps raw batches, events, figures and cursors in one commit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from replication.headquarters.decide import Cursor
from replication.headquarters.fold import Effects
from replication.headquarters.hello import Block
from replication.link import StreamPlace
from replication.wire.entry import Entry, Position
from replication.wire.outbox import OutboxMessage

T = TypeVar("T")


class ContentError(Exception):
    """The store refuses what a batch says: an event id that exists already, or a figure no column can hold."""


class BranchState(msgspec.Struct, frozen=True):
    """What applying needs to know of a branch."""

    cursor: Cursor
    durable_seq: int
    block: Block | None


class AppliedBatch(msgspec.Struct, frozen=True):
    """A batch to be kept: its bytes as they came, the entries that are new, and all they do."""

    branch: str
    epoch: int
    entries: Sequence[Entry]
    hash: bytes
    raw: bytes
    effects: Effects
    head_seq: int
    minimum_seq: int
    received_at: int


class Quarantined(msgspec.Struct, frozen=True):
    """Bytes that were not applied, and why."""

    branch: str
    code: str
    detail: str
    raw: bytes
    place: StreamPlace | None
    received_at: int


class OutboxRow(msgspec.Struct, frozen=True):
    """An entry of an outbox with its chain hash. Its epoch is the incarnation of headquarters that wrote it."""

    entry: Entry
    hash: bytes


class ApplySession(Protocol):
    """One transaction of the store. Changes are seen by later calls of the same transaction."""

    @property
    def incarnation(self) -> int:
        """Of this opening of the store; larger than every earlier one's (see `Store.incarnation`)."""

    def post_outbox(self, branch: str, message: OutboxMessage) -> int:
        """Append a message to what headquarters has for a branch, met or not; answers its seq in that outbox."""

    def outbox_head(self, branch: str) -> Position:
        """The newest entry of a branch's outbox; seq 0 where it is empty."""

    def outbox_hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at a seq of a branch's outbox; None where there is no such entry."""

    def outbox_after(self, branch: str, seq: int, *, entries_max: int, bytes_max: int) -> Sequence[OutboxRow]:
        """Entries after a seq, oldest first, all of one incarnation: at least one where there is one."""

    def branch(self, branch: str) -> BranchState:
        """The branch as it stands; a branch never met is at the beginning."""

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at an applied seq of a branch; None where it is not held."""

    def append(self, batch: AppliedBatch) -> None:
        """Keep a batch with all its effects and move the cursor. ContentError comes here or at the commit."""

    def quarantine(self, quarantined: Quarantined) -> None:
        """Keep bytes that cannot be applied; the same bytes again are counted, not kept twice."""

    def block(self, branch: str, block: Block | None) -> None:
        """Stop applying a branch, or (None) take it up again."""

    def greet(self, branch: str, name: str, name_zh: str, currency: str, head_seq: int, at: int) -> None:
        """A branch introduced itself."""

    def reached(self, place: StreamPlace) -> None:
        """Everything of the stream up to this place is dealt with."""


class Store(Protocol):
    """A store of headquarters."""

    async def transact(self, command: Callable[[ApplySession], T]) -> T:
        """Run a command in one transaction; returns after its commit. A command may be run again after a rollback."""

    async def place(self) -> StreamPlace | None:
        """Where reading the stream goes on."""

    async def incarnation(self) -> int:
        """Which opening of the database this is: the UTC second it was opened at, or one more than the last, whichever
        is larger. A database restored from a backup is opened anew, so that its number differs from all it forgot."""

    def listen(self, outbox_grew: Callable[[Mapping[str, int]], None]) -> None:
        """Have the outboxes told that grew, with their newest seqs, after each commit. Called from any thread; the
        listener must only take a note."""
