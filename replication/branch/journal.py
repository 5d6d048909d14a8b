"""What replication is given by the branch: its journal to read, and its clocks. Knows no store: the gateway brings one."""

from collections.abc import Sequence
from typing import Protocol

from replication.wire.entry import Entry, Position
from replication.wire.messages import Watermark


class Applied(Protocol):
    """What the journal last recorded of headquarters' position."""

    @property
    def seq(self) -> int:
        """Headquarters has committed up to here."""

    @property
    def durable_seq(self) -> int:
        """Headquarters' last verified backup holds up to here."""


class Journal(Protocol):
    """The branch's journal as replication reads it."""

    async def head(self) -> Position:
        """The newest entry; seq 0 with the genesis hash in an empty journal."""

    async def minimum_seq(self) -> int:
        """The oldest entry still held."""

    async def hash_at(self, seq: int) -> bytes | None:
        """The chain hash at a seq (0 is the beginning); None where no such entry is held."""

    async def entries_after(self, seq: int, max_events: int, max_bytes: int) -> Sequence[tuple[Entry, bytes]]:
        """A run of entries of one epoch after `seq`, each with its hash; at least one if there is one."""

    async def applied(self) -> Applied:
        """Headquarters' position as last recorded."""

    async def record_watermark(self, watermark: Watermark) -> None:
        """Keep headquarters' position; it was checked against our own hash. May raise StoreBusy."""


class Clock(Protocol):
    """Time, passed in."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""

    def utc_milliseconds(self) -> int:
        """The wall clock: a fact, never an order."""
