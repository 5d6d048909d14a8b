"""A model of headquarters' store: plain dictionaries behind the Store protocol, and crashes around every commit."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from random import Random
from typing import TypeVar

import msgspec

from replication.headquarters.binding import UNBOUND, Binding
from replication.headquarters.decide import NEW_BRANCH, Cursor
from replication.headquarters.fold import Cell
from replication.headquarters.hello import Block
from replication.headquarters.stores.store import (
    AppliedBatch,
    ApplySession,
    BranchState,
    ContentError,
    Forked,
    ForkKept,
    OutboxRow,
    Quarantined,
    Readmission,
)
from replication.link import StreamPlace
from replication.wire.chain import GENESIS_HASH
from replication.wire.digest import moved
from replication.wire.entry import Entry, Position
from replication.wire.envelope import read_envelope
from replication.wire.outbox import OutboxMessage, encode_outbox

T = TypeVar("T")


class MemoryStore:
    """What headquarters has committed. `on_commit` sees every commit, `random` makes commits take time."""

    def __init__(self, random: Random | None = None, on_commit: Callable[[], None] = lambda: None) -> None:
        self.cursors: dict[str, Cursor] = {}
        self.blocks: dict[str, Block | None] = {}
        self.bindings: dict[str, tuple[Binding, int]] = {}
        self.forked: list[Forked] = []
        self.looked: set[int] = set()
        self.asked: set[tuple[str, bytes]] = set()
        self.digests: dict[str, int] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.hashes: dict[str, list[bytes]] = {}
        self.newest: dict[str, bytes] = {}
        self.event_ids: set[tuple[str, bytes]] = set()
        self.cells: dict[tuple[str, *Cell], int] = {}
        self.quarantined: list[Quarantined] = []
        self.reached: StreamPlace | None = None
        self.outboxes: dict[str, list[OutboxRow]] = {}
        self.opening = 1
        self._outbox_grew: Callable[[Mapping[str, int]], None] = lambda _: None
        self._random = random
        self._on_commit = on_commit

    async def transact(self, command: Callable[[ApplySession], T]) -> T:
        await self._linger()
        session = _Session(self)
        result = command(session)
        session.commit()
        self._on_commit()
        await self._linger()  # a crash here is the crash between commit and acknowledgement
        return result

    async def place(self) -> StreamPlace | None:
        return self.reached

    async def incarnation(self) -> int:
        return self.opening

    def listen(self, outbox_grew: Callable[[Mapping[str, int]], None]) -> None:
        self._outbox_grew = outbox_grew

    def tell_grown(self, grown: Mapping[str, int]) -> None:
        if grown:
            self._outbox_grew(grown)

    async def _linger(self) -> None:
        await asyncio.sleep(self._random.random() * 0.05 if self._random else 0)


class _Forks:
    """Batches of second histories, kept once, and what became of their entries."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._kept: list[Forked] = []
        self._looked: set[int] = set()
        self._asked: set[tuple[str, bytes]] = set()

    def _all(self) -> list[Forked]:
        return self._store.forked + self._kept

    def keep(self, forked: Forked) -> ForkKept:
        known = any((one.branch, one.raw) == (forked.branch, forked.raw) for one in self._all())
        if not known:
            self._kept.append(forked)
        return ForkKept.AGAIN if known else ForkKept.KEPT

    def waiting(self, branch: str, present_boot: bytes, limit: int) -> list[tuple[int, bytes]]:
        looked = self._store.looked | self._looked
        found = [
            (number, one.raw)
            for number, one in enumerate(self._all())
            if one.branch == branch and one.boot_id != present_boot and one.hash is not None and number not in looked
        ]
        return found[:limit]

    def proved_hash(self, branch: str, seq: int, check: bytes) -> bytes | None:
        ends = [one.hash for one in self._all() if (one.branch, one.last_seq) == (branch, seq)]
        return next((end for end in ends if end is not None and end.startswith(check)), None)

    def unproved_from(self, branch: str, first_seq: int) -> list[tuple[int, bytes]]:
        return [
            (number, one.raw)
            for number, one in enumerate(self._all())
            if (one.branch, one.first_seq, one.hash) == (branch, first_seq, None)
        ]

    def prove(self, forked: int, hash_: bytes) -> None:
        mine = forked - len(self._store.forked)
        run = self._kept if mine >= 0 else self._store.forked
        run[mine if mine >= 0 else forked] = msgspec.structs.replace(self._all()[forked], hash=hash_)

    def is_full(self, branch: str) -> bool:
        return not branch

    def looked(self, forked: int, at: int, pending: int) -> None:
        assert at > 0 <= pending
        self._looked.add(forked)

    def kept_runs(self, branch: str, boot_id: bytes) -> list[tuple[int, int]]:
        kept = [one for one in self._all() if (one.branch, one.boot_id) == (branch, boot_id) and one.hash]
        return sorted((one.first_seq, one.last_seq) for one in kept)

    def was_let_go(self, branch: str, boot_id: bytes, first_seq: int, last_seq: int) -> bool:
        assert (branch, boot_id) != ("", b"")
        return first_seq > last_seq  # nothing is let go here

    def asked(self, branch: str, event_id: bytes) -> bool:
        return (branch, event_id) in self._store.asked | self._asked

    def ask(self, readmission: Readmission) -> None:
        self._asked.add((readmission.branch, readmission.event_id))

    def commit(self) -> None:
        self._store.forked += self._kept
        self._store.looked |= self._looked
        self._store.asked |= self._asked


class _Session:
    """Staged changes of one transaction."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._cursors: dict[str, Cursor] = {}
        self._blocks: dict[str, Block | None] = {}
        self._batches: list[AppliedBatch] = []
        self._quarantined: list[Quarantined] = []
        self._place: StreamPlace | None = None
        self._outboxes: dict[str, list[OutboxRow]] = {}
        self._bindings: dict[str, tuple[Binding, int]] = {}
        self.forks = _Forks(store)
        self.incarnation = store.opening

    def post_outbox(self, branch: str, message: OutboxMessage) -> int:
        kind, payload = encode_outbox(message)
        head = self.outbox_head(branch)
        event_id = hashlib.blake2b(repr((branch, head.seq, self.incarnation)).encode(), digest_size=16).digest()
        entry = Entry(self.incarnation, head.seq + 1, event_id, int(kind), payload)
        self._outboxes.setdefault(branch, []).append(OutboxRow(entry, entry.hash_after(head.hash)))
        return entry.seq

    def outbox_head(self, branch: str) -> Position:
        rows = self._outbox(branch)
        return Position(rows[-1].entry.epoch, len(rows), rows[-1].hash) if rows else Position(0, 0, GENESIS_HASH)

    def outbox_hash_at(self, branch: str, seq: int) -> bytes | None:
        rows = self._outbox(branch)
        return GENESIS_HASH if seq == 0 else rows[seq - 1].hash if 0 < seq <= len(rows) else None

    def outbox_after(self, branch: str, seq: int, *, entries_max: int, bytes_max: int) -> list[OutboxRow]:
        run: list[OutboxRow] = []
        size = 0
        for row in self._outbox(branch)[seq : seq + entries_max]:
            size += len(row.entry.payload) + 16
            if run and (size > bytes_max or row.entry.epoch != run[0].entry.epoch):
                break
            run.append(row)
        return run

    def _outbox(self, branch: str) -> list[OutboxRow]:
        return self._store.outboxes.get(branch, []) + self._outboxes.get(branch, [])

    def branch(self, branch: str) -> BranchState:
        cursor = self._cursors.get(branch) or self._store.cursors.get(branch, NEW_BRANCH)
        block = self._blocks[branch] if branch in self._blocks else self._store.blocks.get(branch)
        binding, seen = self._bindings.get(branch) or self._store.bindings.get(branch, (UNBOUND, 0))
        digest = self._store.digests.get(branch, 0)
        for batch in self._batches:
            if batch.branch == branch:
                digest = moved(digest, batch.effects.cells.items())
        return BranchState(cursor, 0, block, binding, max(seen, cursor.seq), digest)

    def saw(self, branch: str, seq: int) -> None:
        binding, seen = self._bindings.get(branch) or self._store.bindings.get(branch, (UNBOUND, 0))
        self._bindings[branch] = binding, max(seen, seq)

    def holds(self, branch: str, event_id: bytes) -> bool:
        return (branch, event_id) in self._store.event_ids or any(
            batch.branch == branch and entry.event_id == event_id for batch in self._batches for entry in batch.entries
        )

    def bind(self, branch: str, cursor: Cursor, binding: Binding, seen_seq: int) -> None:
        self._cursors[branch] = cursor
        self._bindings[branch] = binding, seen_seq

    def written_by(self, branch: str) -> bytes:
        batches = [batch for batch in self._batches if batch.branch == branch]
        raw = batches[-1].raw if batches else self._store.newest.get(branch)
        return b"" if raw is None else read_envelope(raw).boot_id

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        if seq == 0:
            return GENESIS_HASH
        if self.branch(branch).cursor.seq == seq:
            return self.branch(branch).cursor.hash
        running = GENESIS_HASH
        for entry, hash_ in zip(self._store.entries.get(branch, ()), self._store.hashes.get(branch, ()), strict=True):
            if entry.seq > seq:
                return running
            running = hash_
        for batch in self._batches:
            if batch.branch == branch:
                for entry in batch.entries:
                    if entry.seq > seq:
                        return running
                    running = entry.hash_after(running)
        return running

    def append(self, batch: AppliedBatch) -> None:
        cursor = self.branch(batch.branch).cursor
        assert batch.entries[0].seq == cursor.seq + 1 or batch.epoch > cursor.epoch
        self._cursors[batch.branch] = Cursor(batch.epoch, batch.entries[-1].seq, batch.hash)
        self._batches.append(batch)

    def quarantine(self, quarantined: Quarantined) -> None:
        self._quarantined.append(quarantined)

    def block(self, branch: str, block: Block | None) -> None:
        self._blocks[branch] = block

    def greet(self, branch: str, name: str, name_zh: str, currency: str, head_seq: int, at: int) -> None:
        pass

    def reached(self, place: StreamPlace) -> None:
        self._place = place

    def commit(self) -> None:
        store = self._store
        new_ids = [(batch.branch, entry.event_id) for batch in self._batches for entry in batch.entries]
        if len(set(new_ids)) != len(new_ids) or store.event_ids & set(new_ids):
            raise ContentError("an event id exists already")
        store.event_ids |= set(new_ids)
        for batch in self._batches:
            store.newest[batch.branch] = batch.raw
            store.digests[batch.branch] = moved(store.digests.get(batch.branch, 0), batch.effects.cells.items())
            held, hashes = store.entries.setdefault(batch.branch, []), store.hashes.setdefault(batch.branch, [])
            for entry in batch.entries:
                hashes.append(entry.hash_after(hashes[-1] if hashes else GENESIS_HASH))
                held.append(entry)
            for cell, change in batch.effects.cells.items():
                key = (batch.branch, *cell)
                store.cells[key] = store.cells.get(key, 0) + change
        store.cursors |= self._cursors
        store.bindings |= self._bindings
        self.forks.commit()
        store.blocks |= self._blocks
        store.quarantined += self._quarantined
        store.reached = self._place or store.reached
        for branch, rows in self._outboxes.items():
            store.outboxes.setdefault(branch, []).extend(rows)
        store.tell_grown({branch: rows[-1].entry.seq for branch, rows in self._outboxes.items()})
