"""A branch's journal in memory, with goods in it: what the shipper reads, and what headquarters must end up with."""

import uuid
from collections.abc import Sequence
from random import Random

import msgspec

from replication.branch.journal import RebaseImpossible, Run
from replication.headquarters.fold import FoldError, fold
from replication.wire.chain import GENESIS_HASH
from replication.wire.digest import digest_bytes, moved
from replication.wire.entry import Entry, Position
from replication.wire.envelope import pack_batch
from replication.wire.events import EpochBegun, KnownEvent, encode_event
from replication.wire.identity import make_uuid7
from replication.wire.messages import Rebase, Watermark
from tests.replication.goods import ITEMS, POSTED_AT, goods_receipt, item_put, sale

__all__ = ["ITEMS", "POSTED_AT", "Applied", "MemoryJournal", "goods_receipt", "item_put", "sale"]


class Applied(msgspec.Struct, frozen=True):
    """What a journal recorded of headquarters."""

    seq: int = 0
    durable_seq: int = 0


class MemoryJournal:
    """A journal that survives its branch's crashes. Implements the shipper's Journal."""

    def __init__(self, branch: str, random: Random | None = None, *, epoch: int = 1) -> None:
        self.branch = branch
        self.epoch = epoch
        self.entries: list[Entry] = []
        self.hashes: list[bytes] = []
        self.recorded: list[Watermark] = []
        self.forked: list[Entry] = []
        self.staged: list[tuple[Entry, bytes]] = []
        self._staged_for: tuple[bytes, bytes] | None = None
        self._base: int | None = None
        self._digested = (0, GENESIS_HASH, 0)
        self._random = random or Random(branch)

    def append(self, event: KnownEvent, event_id: uuid.UUID | None = None) -> Entry:
        """Commit one event."""
        kind, payload = encode_event(event)
        return self.append_raw(kind, payload, event_id)

    def append_raw(self, kind: int, payload: bytes, event_id: uuid.UUID | None = None) -> Entry:
        """Commit whatever bytes."""
        identity = event_id or make_uuid7(POSTED_AT + len(self.entries), self._random.randbytes(10))
        seq = self._base or (self.entries[-1].seq + 1 if self.entries else 1)
        self._base = None
        entry = Entry(self.epoch, seq, identity.bytes, kind, payload)
        self.hashes.append(entry.hash_after(self.hashes[-1] if self.hashes else GENESIS_HASH))
        self.entries.append(entry)
        return entry

    def begin_epoch(self, epoch: int, base_seq: int, *, begun: bool = True) -> None:
        """Go on at `base_seq` in that epoch, with its beginning unless told otherwise."""
        held = self.entries[-1].seq if self.entries else 0
        self.epoch, self._base = epoch, base_seq
        if begun:
            self.append(EpochBegun(held, self.hash_of(held), held, "forked", 0, 0, POSTED_AT))

    def sell(self, count: int = 1) -> None:
        """A few random documents."""
        for _ in range(count):
            number = len(self.entries) + 1
            lines = [
                (self._random.choice(ITEMS), self._random.randrange(1, 5000))
                for _ in range(self._random.randrange(1, 4))
            ]
            self.append((sale if self._random.random() < 0.8 else goods_receipt)(lines, number))

    def copy(self) -> "MemoryJournal":
        """The same journal on another card."""
        other = MemoryJournal(self.branch, Random(self._random.random()), epoch=self.epoch)
        other.entries, other.hashes, other.recorded = self.entries[:], self.hashes[:], self.recorded[:]
        return other

    def hash_of(self, seq: int) -> bytes:
        """The chain hash at a seq: of the newest entry at or before it."""
        count = self._count_through(seq)
        return self.hashes[count - 1] if count else GENESIS_HASH

    def _count_through(self, seq: int) -> int:
        """How many entries are at or before a seq."""
        low, high = 0, len(self.entries)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.entries[middle].seq <= seq else (low, middle)
        return low

    def batch(self, first_seq: int, last_seq: int, *, branch: str | None = None, boot_id: bytes = bytes(8)) -> bytes:
        """The bytes of a batch."""
        return pack_batch(
            branch or self.branch,
            self.entries[self._count_through(first_seq - 1) : self._count_through(last_seq)],
            self.hash_of(first_seq - 1),
            self.hash_of(last_seq),
            head_seq=self.entries[-1].seq,
            boot_id=boot_id,
            sent_at=POSTED_AT,
        )

    def digest(self) -> bytes | None:
        """Of all balances; None where an entry makes no sense."""
        count, hash_, known = self._digested
        if count > len(self.entries) or (count and self.hashes[count - 1] != hash_):
            count, known = 0, 0
        try:
            known = moved(known, fold(self.entries[count:]).cells.items())
        except FoldError:
            return None
        self._digested = len(self.entries), self.hashes[-1] if self.hashes else GENESIS_HASH, known
        return digest_bytes(known)

    # --- the shipper's Journal ---

    async def head(self) -> Position:
        return self.position()

    def position(self) -> Position:
        seq = self.entries[-1].seq if self.entries else 0
        return Position(self.epoch, seq, self.hash_of(seq))

    async def minimum_seq(self) -> int:
        return 1

    async def hash_at(self, seq: int) -> bytes | None:
        return self.hash_of(seq) if 0 <= seq <= self.position().seq else None

    async def entries_after(self, seq: int, max_events: int, max_bytes: int) -> Run | None:
        start = self._count_through(seq)
        run: list[tuple[Entry, bytes]] = []
        size = 0
        for index, entry in enumerate(self.entries[start : start + max_events], start):
            size += len(entry.payload) + 16
            if run and (size > max_bytes or entry.epoch != run[0][0].epoch):
                break
            run.append((entry, self.hashes[index]))
        if not run:
            return None
        digest = self.digest() if run[-1][0].seq == self.entries[-1].seq else None
        return Run(run, self.hashes[start - 1] if start else GENESIS_HASH, digest)

    async def applied(self) -> Applied:
        return Applied(self.recorded[-1].applied_seq) if self.recorded else Applied()

    async def record_watermark(self, watermark: Watermark) -> None:
        assert watermark.applied_hash == self.hash_of(watermark.applied_seq), "only checked watermarks are recorded"
        self.recorded.append(watermark)

    async def begin_rebase(self, rebase: Rebase) -> Position:
        if self.hash_of(rebase.ancestor_seq) != rebase.ancestor_hash:
            raise RebaseImpossible("other_history", f"entry {rebase.ancestor_seq} is another one here")
        if self._staged_for != (rebase.ancestor_hash, rebase.held_hash):
            self.staged, self._staged_for = [], (rebase.ancestor_hash, rebase.held_hash)
        if self.staged:
            entry, hash_ = self.staged[-1]
            return Position(entry.epoch, entry.seq, hash_)
        return Position(0, rebase.ancestor_seq, rebase.ancestor_hash)

    async def stage(self, entries: Sequence[tuple[Entry, bytes]]) -> None:
        self.staged += entries

    async def drop_staged(self) -> None:
        self.staged, self._staged_for = [], None

    async def switch(self, rebase: Rebase) -> Position:
        if self.epoch == rebase.epoch:
            return self.position()
        if self.position().seq >= rebase.base_seq:
            raise RebaseImpossible("outgrown", f"the journal is at {self.position().seq}")
        last = self.staged[-1][1] if self.staged else rebase.ancestor_hash
        if last != rebase.held_hash:
            raise RebaseImpossible("not_staged", f"not up to {rebase.held_seq}")
        keep = self._count_through(rebase.ancestor_seq)
        own, self.entries, self.hashes = self.entries[keep:], self.entries[:keep], self.hashes[:keep]
        self.forked += own
        self.entries += [entry for entry, _ in self.staged]
        self.hashes += [hash_ for _, hash_ in self.staged]
        held = {entry.event_id for entry in self.entries}
        again = [entry for entry in own if entry.event_id not in held and entry.kind != 3]
        self.epoch, self._base = rebase.epoch, rebase.base_seq
        self.append(
            EpochBegun(
                rebase.ancestor_seq,
                rebase.ancestor_hash,
                rebase.held_seq,
                rebase.reason,
                len(own),
                len(again),
                POSTED_AT,
            )
        )
        for entry in again:
            self.append_raw(entry.kind, entry.payload, uuid.UUID(bytes=entry.event_id))
        await self.drop_staged()
        return self.position()
