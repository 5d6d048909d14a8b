"""What replication is given by the branch: its journal to read, and its clocks. Knows no store: the gateway brings one."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from replication.wire.entry import Entry, Position
from replication.wire.messages import Rebase, Watermark


class Applied(Protocol):
    """What the journal last recorded of headquarters' position."""

    @property
    def seq(self) -> int:
        """Headquarters has committed up to here."""

    @property
    def durable_seq(self) -> int:
        """Headquarters' last verified backup holds up to here."""


class Run(msgspec.Struct, frozen=True):
    """Entries of one epoch in order without a gap, each with its hash; `previous` is the hash before the first.

    `digest` is that of all balances after the last entry. It is told only when that entry was the journal's head in the
    same read: of older entries nobody knows it any more.
    """

    entries: Sequence[tuple[Entry, bytes]]
    previous: bytes
    digest: bytes | None = None


class RebaseImpossible(Exception):
    """The journal cannot be joined with what headquarters holds. It is a journal that parts from headquarters' at the
    ancestor, or at a later entry where some were taken: the next hello finds out which.

    `code` is `outgrown` (the journal reached the base of the new epoch meanwhile: another is asked for), `not_staged`
    (what was staged does not reach the held position), `other_history` (the ancestor or the staged entries are not what
    headquarters named), or a store's own word.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Journal(Protocol):
    """The branch's journal as replication reads it.

    Seqs ascend strictly over all epochs and without a gap inside one; between two epochs they may jump. The hash "at" a
    seq is that of the newest entry at or before it, so that every number up to the head names a position.
    """

    async def head(self) -> Position:
        """The newest entry; seq 0 with the genesis hash in an empty journal."""

    async def minimum_seq(self) -> int:
        """The oldest entry still held."""

    async def hash_at(self, seq: int) -> bytes | None:
        """The chain hash at a seq (0 is the beginning); None beyond the head, or where it is no longer held. The hash just
        before the oldest entry is always held."""

    async def entries_after(self, seq: int, max_events: int, max_bytes: int) -> Run | None:
        """A run of the entries after `seq`; at least one entry if there is one, None where there is none."""

    async def applied(self) -> Applied:
        """Headquarters' position as last recorded."""

    async def record_watermark(self, watermark: Watermark) -> None:
        """Keep headquarters' position; it was checked against our own hash. May raise StoreBusy."""

    async def begin_rebase(self, rebase: Rebase) -> Position:
        """Make ready for headquarters' entries after the ancestor. Answers how far they are staged: a pull goes on there
        after a restart. What was staged for another (ancestor_hash, held_hash) is dropped; the epoch does not matter.
        Raises RebaseImpossible where our own hash at the ancestor is another one."""

    async def stage(self, entries: Sequence[tuple[Entry, bytes]]) -> None:
        """Keep entries that follow what is staged, apart from the journal; their chain was checked. A few hundred at a
        time. May raise StoreBusy."""

    async def drop_staged(self) -> None:
        """Forget what is staged: it did not lead to the held hash."""

    async def switch(self, rebase: Rebase) -> Position:
        """What is here after the ancestor goes to `forked` with its effects undone, the staged entries become the
        journal's with all their effects, `EpochBegun` follows at `base_seq` of the new epoch, and what was set aside is
        appended anew with its event ids, unless it is held. Answers the new head.

        In as many transactions as the journal likes: after each, and after a crash, it holds staged entries up to one of
        them and whatever is its own behind that. A switch that is done already answers the head again. Raises
        RebaseImpossible. May raise StoreBusy."""


class Clock(Protocol):
    """Time, passed in."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""

    def utc_milliseconds(self) -> int:
        """The wall clock: a fact, never an order."""
