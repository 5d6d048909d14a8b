"""The journal as replication reads it: where it stands, runs of entries, and how far headquarters has applied them."""

import sqlite3
from collections.abc import Sequence

import msgspec

from gateway.store.ledger import Ledger, wall_milliseconds
from gateway.store.pruned import pruned_to
from gateway.store.rebase import switch, take_some
from gateway.store.session import LedgerSession
from gateway.store.staging import begin_staging, drop_staged, stage
from gateway.store.step_size import STEP_BYTES, STEP_BYTES_MAX, StepSize
from replication.branch.journal import Run
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position
from replication.wire.messages import Rebase, Watermark


class AppliedPosition(msgspec.Struct, frozen=True):
    """What headquarters said it has: applied and durable seq, the hash there, and when we heard it (UTC ms)."""

    epoch: int
    seq: int
    hash: bytes
    durable_seq: int
    incarnation: int
    at: int | None


def head_position(connection: sqlite3.Connection) -> Position:
    """The newest entry, or the beginning."""
    row = connection.execute("SELECT epoch, seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        (epoch,) = connection.execute("SELECT epoch FROM replication").fetchone()
        return Position(epoch, 0, GENESIS_HASH)
    return Position(*row)


def applied_position(connection: sqlite3.Connection) -> AppliedPosition:
    """How far headquarters is, as last recorded from a watermark."""
    row = connection.execute(
        "SELECT epoch, applied_seq, applied_hash, durable_seq, incarnation, at FROM replication"
    ).fetchone()
    return AppliedPosition(*row)


class JournalRow(msgspec.Struct, frozen=True):
    """One entry without its payload, for a list; `bytes` is the payload's size."""

    seq: int
    epoch: int
    event_id: bytes
    kind: int
    hash: bytes
    bytes: int


def list_journal(connection: sqlite3.Connection, *, after_seq: int, limit: int) -> list[JournalRow]:
    """Entries after a seq, oldest first."""
    rows = connection.execute(
        "SELECT seq, epoch, event_id, kind, hash, length(payload) FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
        (after_seq, limit),
    )
    return [JournalRow(*row) for row in rows]


def hash_at(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """The chain hash at a seq: between two epochs numbers are left out, and name the entry before them."""
    if seq == 0:
        return GENESIS_HASH
    row = connection.execute(
        "SELECT seq, hash FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (seq,)
    ).fetchone()
    if row is None:
        return GENESIS_HASH if head_position(connection).seq > seq else None
    if row[0] < seq and head_position(connection).seq < seq:
        return None
    return bytes(row[1])


class Journal:
    """The shipper's view of a ledger. One transaction takes `step_bytes` of headquarters' entries, and up to
    `step_bytes_max` while nobody else writes."""

    def __init__(self, ledger: Ledger, step_bytes: int = STEP_BYTES, step_bytes_max: int = STEP_BYTES_MAX) -> None:
        self._ledger = ledger
        self._step_bytes = (step_bytes, step_bytes_max)

    async def head(self) -> Position:
        """The newest entry."""
        return await self._ledger.read(head_position)

    async def minimum_seq(self) -> int:
        """The oldest entry from which on the journal is whole; 1 where nothing was pruned."""
        return await self._ledger.read(lambda connection: pruned_to(connection) + 1)

    async def hash_at(self, seq: int) -> bytes | None:
        """The chain hash at a seq, which is that of the newest entry at or before it; None beyond the head, and where
        what follows is pruned."""
        return await self._ledger.read(
            lambda connection: None if seq < pruned_to(connection) else hash_at(connection, seq)
        )

    async def entries_after(self, seq: int, max_events: int, max_bytes: int) -> Run | None:
        """A run of entries of one epoch after `seq`; at least one entry if there is one."""

        def query(connection: sqlite3.Connection) -> Run | None:
            if seq < pruned_to(connection):
                return None
            run: list[tuple[Entry, bytes]] = []
            size = 0
            for found, epoch, event_id, kind, payload, hash_ in connection.execute(
                "SELECT seq, epoch, event_id, kind, payload, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
                (seq, max_events),
            ):
                size += len(payload) + len(event_id)
                if run and (size > max_bytes or epoch != run[0][0].epoch):
                    break
                run.append((Entry(epoch, found, event_id, kind, payload), hash_))
            if not run:
                return None
            before = connection.execute(
                "SELECT hash FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT 1", (run[0][0].seq,)
            ).fetchone()
            at_head = run[-1][0].seq == head_position(connection).seq
            digest = connection.execute("SELECT digest FROM replication").fetchone()[0] if at_head else None
            return Run(run, GENESIS_HASH if before is None else bytes(before[0]), digest)

        return await self._ledger.read(query)

    async def applied(self) -> AppliedPosition:
        """How far headquarters is."""
        return await self._ledger.read(applied_position)

    async def record_watermark(self, watermark: Watermark) -> None:
        """Keep a watermark that was checked against our own hash; it never goes backward within an incarnation."""
        at = wall_milliseconds()

        def command(session: LedgerSession) -> None:
            session.connection.execute(
                "UPDATE replication SET applied_seq = ?, applied_hash = ?, durable_seq = ?, incarnation = ?, at = ?"
                " WHERE applied_seq <= ? OR incarnation != ?",
                (
                    watermark.applied_seq, watermark.applied_hash, watermark.durable_seq, watermark.incarnation, at,
                    watermark.applied_seq, watermark.incarnation,
                ),
            )  # fmt: skip

        await self._ledger.write(command)

    async def begin_rebase(self, rebase: Rebase) -> Position:
        """Make ready to stage what headquarters holds; answers how far it is staged. Raises RebaseImpossible."""
        return await self._ledger.write(lambda session: begin_staging(session.connection, rebase))

    async def stage(self, entries: Sequence[tuple[Entry, bytes]]) -> None:
        """Keep entries that follow what is staged. Raises RebaseImpossible."""
        await self._ledger.write(lambda session: stage(session.connection, entries))

    async def drop_staged(self) -> None:
        """Forget what is staged."""
        await self._ledger.write(lambda session: drop_staged(session.connection))

    async def switch(self, rebase: Rebase) -> Position:
        """Make the staged entries the journal's, step by step, and begin the new epoch. Raises RebaseImpossible; what was
        taken until then stays."""
        at, size, writer = wall_milliseconds(), StepSize(*self._step_bytes), self._ledger.writer
        before = writer.statistics.commands
        while await self._ledger.write(lambda session: take_some(session, rebase, at, size.bytes)):
            commands = writer.statistics.commands
            size.after(writer.waiting + commands - before - 1)
            before = commands
        return await self._ledger.write(lambda session: switch(session, rebase, at))
