"""What headquarters needs of a store. Knows no SQL; a store keeps raw batches, events, figures and cursors in one commit."""

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from replication.headquarters.binding import UNBOUND, Binding
from replication.headquarters.decide import Cursor
from replication.headquarters.fold import Effects
from replication.headquarters.hello import Block
from replication.headquarters.stores.catalogue import Catalogue
from replication.link import StreamPlace
from replication.wire.entry import Entry, Position
from replication.wire.outbox import OutboxMessage

T = TypeVar("T")


class ContentError(Exception):
    """The store refuses what a batch says: an event id that exists already, or a figure no column can hold."""


class BranchState(msgspec.Struct, frozen=True):
    """What applying needs to know of a branch. `seen_seq` is the highest seq ever seen of it, applied or not.

    `digest` is that of all balances at the cursor. It is `digest_open` after entries were passed without their effects:
    then the branch's next word for it is taken, and the difference recorded.
    """

    cursor: Cursor
    durable_seq: int
    block: Block | None
    binding: Binding = UNBOUND
    seen_seq: int = 0
    digest: int = 0
    digest_open: bool = False


class AppliedBatch(msgspec.Struct, frozen=True):
    """A batch to be kept: its bytes as they came, the entries that are new, and all they do.

    `skipped` entries stand in the history without their effects, since a person decided so; an event id among them may
    be one that is held already.
    """

    branch: str
    epoch: int
    entries: Sequence[Entry]
    hash: bytes
    raw: bytes
    effects: Effects
    head_seq: int
    received_at: int
    skipped: bool = False


class Quarantined(msgspec.Struct, frozen=True):
    """Bytes that were not applied, and why."""

    branch: str
    code: str
    detail: str
    raw: bytes
    place: StreamPlace | None
    received_at: int


class Forked(msgspec.Struct, frozen=True):
    """A batch of another history than the one applied: of a superseded epoch, of a second device, or contradicting.
    `hash` is the full chain hash after it, where its chain is proved."""

    branch: str
    code: str
    detail: str
    epoch: int
    first_seq: int
    last_seq: int
    boot_id: bytes
    raw: bytes
    received_at: int
    hash: bytes | None = None


class ForkKept(enum.Enum):
    """What the fork store did with a batch."""

    KEPT = "kept"
    AGAIN = "again"
    FULL = "full"


class Readmission(msgspec.Struct, frozen=True):
    """The present device was asked, by entry `outbox_seq` of its outbox, to append an event of the fork store."""

    branch: str
    event_id: bytes
    forked: int
    from_seq: int
    outbox_seq: int
    asked_at: int


class ForkStore(Protocol):
    """Second histories of branches, raw, and what became of their entries."""

    def keep(self, forked: Forked) -> ForkKept:
        """Keep a batch within the branch's bound; the same bytes again are counted, not kept twice."""

    def is_full(self, branch: str) -> bool:
        """Whether batches were turned away, and there is no room for more yet."""

    def waiting(self, branch: str, present_boot: bytes, limit: int) -> Sequence[tuple[int, bytes]]:
        """Proved batches of other starts than the present one whose entries were not looked at yet: number and bytes."""

    def proved_hash(self, branch: str, seq: int, check: bytes) -> bytes | None:
        """The full chain hash at the end of a proved batch that ends at a seq, given its first bytes."""

    def unproved_from(self, branch: str, first_seq: int) -> Sequence[tuple[int, bytes]]:
        """Batches that begin at a seq and wait for the one before them: number and bytes."""

    def prove(self, forked: int, hash_: bytes) -> None:
        """A batch's chain is proved, up to its hash."""

    def looked(self, forked: int, at: int, pending: int) -> None:
        """A batch was gone through; `pending` of its events stand nowhere else. Its bytes may go when none does."""

    def was_let_go(self, branch: str, boot_id: bytes, first_seq: int, last_seq: int) -> bool:
        """Whether all of a run was kept of a start of a device, and its bytes went since."""

    def kept_runs(self, branch: str, boot_id: bytes) -> Sequence[tuple[int, int]]:
        """First and last seqs of the runs without a gap that are proved of a start of a device, ascending."""

    def asked(self, branch: str, event_id: bytes) -> bool:
        """Whether the branch was asked for this event before."""

    def ask(self, readmission: Readmission) -> None:
        """Note that the present device is asked to append an event."""


class Skip(msgspec.Struct, frozen=True):
    """A person's decision to go on without what could not be applied. `with_effects`: the entries were applied, and only
    the branch's own digest is believed instead of ours. `hash` is the chain hash at `last_seq`."""

    branch: str
    first_seq: int
    last_seq: int
    hash: bytes
    code: str
    person: str
    reason: str
    at: int
    signature: bytes
    with_effects: bool


class Covered(msgspec.Struct, frozen=True):
    """How far a backup holds a branch: its cursor there."""

    branch: str
    epoch: int
    seq: int
    hash: bytes


class HeldRun(msgspec.Struct, frozen=True):
    """A batch of the history as it is kept: entries `first_seq` to `last_seq` of `raw`, from hash to hash. `head_seq` is
    the last entry that is held of the branch."""

    first_seq: int
    last_seq: int
    previous: bytes
    hash: bytes
    raw: bytes
    head_seq: int


class Archive(Protocol):
    """One snapshot of what may be handed out."""

    def branch(self, branch: str) -> BranchState | None:
        """The branch as it stands; None where it was never met."""

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash of a branch at a seq up to its cursor: that of the newest entry at or before it."""

    def held_after(self, branch: str, seq: int) -> HeldRun | None:
        """The run that holds the entry after a seq; None where nothing follows it."""

    def outbox_head(self, branch: str) -> Position:
        """The newest entry of a branch's outbox; seq 0 where it is empty."""

    def outbox_hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at a seq of a branch's outbox; None where there is no such entry."""

    def outbox_after(self, branch: str, seq: int, *, entries_max: int, bytes_max: int) -> "Sequence[OutboxRow]":
        """Entries after a seq, oldest first, all of one incarnation: at least one where there is one."""


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

    def written_by(self, branch: str) -> bytes:
        """The start of a device (its boot id) whose batch was applied last; empty before the first."""

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash of a branch at a seq up to its cursor: that of the newest entry at or before it; None where it is
        not held any more."""

    def holds(self, branch: str, event_id: bytes) -> bool:
        """Whether an event of the branch stands in its history here."""

    def append(self, batch: AppliedBatch) -> None:
        """Keep a batch with all its effects, move cursor and digest. ContentError comes here or at the commit."""

    def refuses(self, change: Callable[[], None]) -> bool:
        """Whether the store refuses (ContentError) what a change does through this session. It is tried and taken back."""

    def settle_digest(self, branch: str, digest: int) -> None:
        """The branch's word for its digest is taken, and the difference to ours is recorded with the open skips."""

    def quarantine(self, quarantined: Quarantined) -> None:
        """Keep bytes that cannot be applied; the same bytes again are counted, not kept twice."""

    def quarantined(self, branch: str, limit: int) -> Sequence[Quarantined]:
        """What could not be applied of a branch, newest first, without what only another device sent damaged."""

    def block(self, branch: str, block: Block | None) -> None:
        """Stop applying a branch, or (None) take it up again."""

    def skipped(self, skip: Skip) -> None:
        """Record a person's decision; the digest is open until the branch tells its own."""

    def bind(self, branch: str, cursor: Cursor, binding: Binding, seen_seq: int) -> None:
        """What a hello led to: a cursor that an offer moved, the device, the highest seq seen."""

    def saw(self, branch: str, seq: int) -> None:
        """A seq of the branch was seen, applied or not."""

    def durable(self, branch: str, seq: int) -> None:
        """A verified backup holds everything of the branch up to here."""

    @property
    def forks(self) -> ForkStore:
        """The fork store."""

    @property
    def catalogue(self) -> Catalogue:
        """Headquarters' own items and prices."""

    def greet(self, branch: str, name: str, name_zh: str, currency: str, head_seq: int, at: int) -> None:
        """A branch introduced itself."""

    def reached(self, place: StreamPlace) -> None:
        """Everything of the stream up to this place is dealt with."""


class Store(Protocol):
    """A store of headquarters."""

    async def transact(self, command: Callable[[ApplySession], T]) -> T:
        """Run a command in one transaction; returns after its commit. A command may be run again after a rollback."""

    async def look(self, query: Callable[[Archive], T]) -> T:
        """Ask one snapshot of what is committed, beside the writer."""

    async def place(self) -> StreamPlace | None:
        """Where reading the stream goes on."""

    async def incarnation(self) -> int:
        """Which opening of the database this is: the moment it was opened at (since 2026), or one more than the last,
        whichever is larger. A database restored from a backup is opened anew: its number differs from all it forgot."""

    def listen(self, outbox_grew: Callable[[Mapping[str, int]], None]) -> None:
        """Have the outboxes told that grew, with their newest seqs, after each commit; and, with none, that something of
        the catalogue is to be told. Called from any thread; the listener must only take a note."""
