"""Turns runs of the journal into parcels, and the journal's state into a hello. Sends nothing."""

from collections.abc import Callable

import msgspec

from replication.branch.exchange import SendHello
from replication.branch.journal import Clock, Journal
from replication.link import Parcel
from replication.wire.envelope import BATCH_BYTES_MAX, BATCH_EVENTS_MAX, WIRE_VERSION, pack_batch
from replication.wire.events import KNOWN_KINDS, DocumentPosted, ItemPut, PayloadError, decode_event
from replication.wire.messages import HELLO_ANCESTORS_MAX, Ancestor, Hello, InboxPosition
from replication.wire.subjects import message_id


class Packed(msgspec.Struct, frozen=True):
    """A packed run; it is kept until the stream has it, so that a retry sends the same bytes. `first_seq` is what was
    asked for: the run's first entry, or a number before it in the jump between two epochs."""

    first_seq: int
    last_seq: int
    parcel: Parcel


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Who a branch says it is: its name and names, its device (see Hello), this start of the process, its software."""

    branch: str
    boot_id: bytes
    name: str = ""
    name_zh: str = ""
    currency: str = ""
    device: str = ""
    hardware: str = ""
    replacement: str = ""
    software: str = ""


class Packer:
    """Reads one branch's journal for the wire."""

    def __init__(self, card: Card, journal: Journal, clock: Clock, inbox: Callable[[], InboxPosition | None]) -> None:
        self._card = card
        self._branch = card.branch
        self._journal = journal
        self._clock = clock
        self._boot_id = card.boot_id
        self._inbox = inbox
        self._tail: tuple[int, bytes] | None = None

    async def introduce(self, order: SendHello) -> Hello:
        """Who we are and where our journal stands."""
        head = await self._journal.head()
        minimum = await self._journal.minimum_seq()
        if order.low_seq is not None and order.high_seq is not None:
            seqs = between_seqs(order.low_seq, min(order.high_seq, head.seq))
        else:
            seqs = ancestor_seqs(head.seq, minimum, order.applied_seq)
        ancestors = []
        for seq in seqs:
            own = await self._journal.hash_at(seq)
            if own is not None:
                ancestors.append(Ancestor(seq, own))
        card = self._card
        return Hello(
            branch=card.branch,
            epoch=head.epoch,
            boot_id=card.boot_id,
            minimum_seq=minimum,
            head=Ancestor(head.seq, head.hash),
            ancestors=tuple(ancestors),
            wire_versions=(WIRE_VERSION,),
            clock=self._clock.utc_milliseconds(),
            name=card.name,
            name_zh=card.name_zh,
            currency=card.currency,
            device=card.device,
            hardware=card.hardware,
            replacement=card.replacement,
            inbox=self._inbox(),
            event_kinds=KNOWN_KINDS,
            software=card.software,
        )

    async def pack(self, from_seq: int, head_seq: int, sending: int) -> Packed | None:
        """The next run of entries as a parcel; None where the journal has no such entry."""
        run = await self._journal.entries_after(from_seq - 1, BATCH_EVENTS_MAX, BATCH_BYTES_MAX)
        if run is None:
            return None
        entries = [entry for entry, _ in run.entries]
        first, last = entries[0], entries[-1]
        last_hash = run.entries[-1][1]
        data = pack_batch(
            self._branch,
            entries,
            run.previous,
            last_hash,
            head_seq=max(last.seq, head_seq),
            boot_id=self._boot_id,
            digest=run.digest,
        )
        self._tail = (last.seq, last_hash)
        identity = message_id(self._branch, first.epoch, first.seq, last.seq, last_hash, sending)
        return Packed(from_seq, last.seq, Parcel(identity, data))

    def forget(self) -> None:
        """The journal is another one now: what was remembered of it may be wrong."""
        self._tail = None

    async def own_hash(self, seq: int) -> bytes | None:
        """Our own hash at a seq; the end of the last packed batch, which a watermark usually names, is remembered."""
        if self._tail is not None and self._tail[0] == seq:
            return self._tail[1]
        return await self._journal.hash_at(seq)

    async def waited_seconds(self, applied_seq: int) -> float:
        """How long the oldest entry not at headquarters has waited, by the wall clock it was posted at."""
        run = await self._journal.entries_after(applied_seq, 1, BATCH_BYTES_MAX)
        if run is None:
            return 0.0
        oldest, _ = run.entries[0]
        try:
            event = decode_event(oldest.kind, oldest.payload)
        except PayloadError:
            return 0.0
        if not isinstance(event, DocumentPosted | ItemPut):
            return 0.0
        return max(0.0, (self._clock.utc_milliseconds() - event.posted_at) / 1000)


def ancestor_seqs(head_seq: int, minimum_seq: int, applied_seq: int) -> list[int]:
    """The seqs a hello names: what headquarters was last known to hold, then ever further back, twice as far each time."""
    seqs = {applied_seq} if minimum_seq - 1 <= applied_seq <= head_seq else set()
    back = 1
    while head_seq - back >= max(minimum_seq, 1) and len(seqs) < HELLO_ANCESTORS_MAX:
        seqs.add(head_seq - back)
        back *= 2
    return sorted(seqs, reverse=True)


def between_seqs(low_seq: int, high_seq: int) -> list[int]:
    """Positions that divide a bracket evenly, both ends included: each question leaves a thirty-first of it."""
    low, high = max(0, low_seq), max(0, high_seq)
    if high - low < HELLO_ANCESTORS_MAX:
        return list(range(high, low - 1, -1))
    steps = HELLO_ANCESTORS_MAX - 1
    return sorted({low + (high - low) * step // steps for step in range(steps + 1)}, reverse=True)
