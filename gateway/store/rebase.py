"""The way to a new epoch: headquarters' entries take their place in the journal, what this device wrote after the ancestor
steps aside for them, and the new epoch begins.

In bounded steps, each a transaction: `take_some` puts the next of headquarters' entries where they belong and our own few
behind them again, so that after each step the journal is that of a device which parted from headquarters a little later.
`switch` takes what is left, begins the epoch, and appends what is our own anew. How long a sale waits then follows from what
this device sold since the histories parted, not from how much headquarters holds. An epoch of our own among it begins again
behind what was taken, under its old numbers where these are free, so that this device never tells of an older epoch than it
had; the switch leaves it.

What both histories sold is sold, so that stock may go below zero here: these are facts, and no policy is asked.
"""

from typing import Final

import msgspec

from gateway.store.partners import set_aside_partners
from gateway.store.session import LedgerSession
from gateway.store.setting_aside import set_aside
from gateway.store.staging import (
    ancestor_position,
    drop_staged,
    is_begun,
    staged_after,
    staged_position,
    take_staged,
)
from replication.branch.journal import RebaseImpossible
from replication.wire.entry import Position
from replication.wire.events import EpochBegun, EventKind, decode_event, encode_event
from replication.wire.messages import Rebase

OWN_FACTOR: Final = 1
"""A step takes so many times what is our own, or more: setting that aside and appending it again must not become most of the work."""
_READ_ENTRIES: Final = 100
"""Entries read, and buffered before they are written: a whole history taken back fits a small device's memory."""


def take_some(session: LedgerSession, rebase: Rebase, at: int, step_bytes: int) -> bool:
    """One step; False where nothing is left to be taken in steps. `at` is UTC milliseconds. Raises RebaseImpossible."""
    session.flush()
    connection = session.connection
    if is_begun(connection, rebase):
        return False
    _check(session, rebase)
    if staged_position(connection) is None:
        return False
    (own,) = connection.execute(
        "SELECT coalesce(sum(length(payload)), 0) FROM journal WHERE seq > ?", (staged_after(connection).seq,)
    ).fetchone()
    _join(session, rebase, at, max(step_bytes, OWN_FACTOR * own))
    return staged_position(connection) is not None


def switch(session: LedgerSession, rebase: Rebase, at: int) -> Position:
    """Carry out what is left of an offer whose entries are staged, and answer the new head. `at` is UTC milliseconds.

    One that was carried out before answers the head again. Raises RebaseImpossible; the caller's transaction is then
    rolled back and nothing has changed.
    """
    session.flush()
    connection = session.connection
    if not is_begun(connection, rebase):
        _check(session, rebase)
        _join(session, rebase, at, None)
        drop_staged(connection)
    return Position(session.epoch, session.head_seq, session.head_hash)


def _join(session: LedgerSession, rebase: Rebase, at: int, bytes_max: int | None) -> None:
    """Take the next of headquarters' entries and put what is our own behind them: all of them, and in the new epoch, where
    no bound is given."""
    connection = session.connection
    after = staged_after(connection).seq
    transfers = session.transfers.set_aside(after)
    session.reversals.set_aside(after)
    session.goods.set_aside(after)
    session.orders.set_aside(after)
    session.shifts.set_aside(after)
    session.recipes.set_aside(after)
    set_aside_partners(session.connection, after)
    if session.head_seq > after:
        set_aside(connection, rebase, after)
        session.discarded()  # the caches hold what was just undone
    _take_held(session, rebase, bytes_max)
    held = Position(session.epoch, session.head_seq, session.head_hash)
    take_staged(connection, held)
    if bytes_max is None:
        _begin(session, rebase, at)
    _append_anew(session, rebase, held if bytes_max is not None else None)
    session.transfers.recompute(transfers | session.transfers.taken_since(after))
    if bytes_max is None:
        session.take_returns()
    session.flush()
    _point_elsewhere(session, rebase, after, at)
    applied = held.seq if bytes_max is not None else rebase.base_seq - 1
    connection.execute(
        "UPDATE replication SET epoch = ?, applied_seq = ?, applied_hash = ?, durable_seq = min(durable_seq, ?),"
        " incarnation = ?",
        (session.epoch, applied, held.hash, rebase.ancestor_seq, rebase.incarnation),
    )


def _check(session: LedgerSession, rebase: Rebase) -> None:
    connection = session.connection
    ancestor_position(connection, rebase)
    if max(session.head_seq, rebase.held_seq) >= rebase.base_seq:
        raise RebaseImpossible("outgrown", f"the journal stands at {session.head_seq}, the base is {rebase.base_seq}")
    if session.epoch >= rebase.epoch:
        raise RebaseImpossible("other_history", f"epoch {session.epoch} is under way, {rebase.epoch} is offered")
    staged = staged_position(connection) or staged_after(connection)
    if staged.hash != rebase.held_hash or staged.seq > rebase.held_seq:
        raise RebaseImpossible("not_staged", f"staged up to {staged.seq}, headquarters holds {rebase.held_seq}")


def _take_held(session: LedgerSession, rebase: Rebase, bytes_max: int | None) -> None:
    """What headquarters holds becomes the journal's own, entry by entry, under the numbers and hashes it has there."""
    rows = session.connection.execute(
        "SELECT staged.seq, staged.epoch, staged.event_id, staged.kind, staged.payload, staged.hash, forked.content"
        " FROM staged LEFT JOIN forked ON forked.event_id = staged.event_id AND set_aside_by = ? ORDER BY staged.seq",
        (rebase.epoch,),
    )
    taken = 0
    while (bytes_max is None or taken < bytes_max) and (some := rows.fetchmany(_READ_ENTRIES)):
        for seq, epoch, event_id, kind, payload, hash_, content in some:
            session.place(epoch, seq - 1)
            session.append_decided(event_id, kind, payload, content or b"")
            assert session.head_hash == hash_, "the chain was checked when it was staged"
            taken += len(payload)
            if bytes_max is not None and taken >= bytes_max:
                break
        session.flush()
    rows.close()


_ANEW: Final = (
    "FROM forked WHERE set_aside_by = ? AND kind != ? AND NOT EXISTS"
    " (SELECT 1 FROM journal WHERE journal.event_id = forked.event_id)"
)


def _begin(session: LedgerSession, rebase: Rebase, at: int) -> None:
    run = session.connection.execute
    (aside,) = run("SELECT count(*) FROM forked WHERE set_aside_by = ?", (rebase.epoch,)).fetchone()
    (anew,) = run(f"SELECT count(*) {_ANEW}", (rebase.epoch, int(EventKind.EPOCH_BEGUN))).fetchone()
    session.place(rebase.epoch, rebase.base_seq - 1)
    session.append_event(
        EpochBegun(rebase.ancestor_seq, rebase.ancestor_hash, rebase.held_seq, rebase.reason, aside, anew, at)
    )
    run(
        "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            rebase.epoch, rebase.base_seq, rebase.ancestor_seq, rebase.held_seq, rebase.held_hash, rebase.reason, at, aside,
            anew,
        ),
    )  # fmt: skip


def _append_anew(session: LedgerSession, rebase: Rebase, parted: Position | None) -> None:
    """What was set aside and is not held, in its old order, with its ids and its bytes; with the epochs of our own where
    the histories part at a position from now on."""
    session.flush()
    place, kind_left = (-1, -1), int(EventKind.EPOCH_BEGUN) if parted is None else -1
    while True:
        # Asked anew for each run: a walk of `forked` would not see what it appended itself.
        rows = session.connection.execute(
            f"SELECT epoch, seq, event_id, kind, payload, content {_ANEW} AND (epoch, seq) > (?, ?)"
            " ORDER BY epoch, seq LIMIT ?",
            (rebase.epoch, kind_left, *place, _READ_ENTRIES),
        ).fetchall()
        for epoch, seq, event_id, kind, payload, content in rows:
            place = (epoch, seq)
            if kind != EventKind.EPOCH_BEGUN:
                session.append_decided(event_id, kind, payload, content or b"")
            elif parted is not None and epoch > session.epoch:
                _begin_again(session, Position(epoch, seq, b""), parted, event_id, payload)
        session.flush()
        if not rows:
            return


def _begin_again(session: LedgerSession, was: Position, parted: Position, event_id: bytes, payload: bytes) -> None:
    """An epoch of our own, behind what stands before it now: it says so, as its chain is proved by that."""
    begun = decode_event(EventKind.EPOCH_BEGUN, payload)
    assert isinstance(begun, EpochBegun)
    begun = msgspec.structs.replace(
        begun, ancestor_seq=parted.seq, ancestor_hash=parted.hash, held_seq=session.head_seq
    )
    session.place(was.epoch, max(was.seq - 1, session.head_seq))
    session.append_decided(event_id, EventKind.EPOCH_BEGUN, encode_event(begun)[1])


def _point_elsewhere(session: LedgerSession, rebase: Rebase, after: int, at: int) -> None:
    """Whatever names an entry by its seq names the one it became."""
    run = session.connection.execute
    run(
        "UPDATE print_jobs SET seq = (SELECT journal.seq FROM forked JOIN journal USING (event_id)"
        " WHERE forked.became = print_jobs.seq AND set_aside_by = ?) WHERE seq > ?",
        (rebase.epoch, after),
    )
    run(
        "UPDATE forked SET became = (SELECT seq FROM journal WHERE journal.event_id = forked.event_id) WHERE became > ?",
        (after,),
    )
    run(
        "UPDATE pending SET state = 'approved', decided_by = '', decided_at = ?, decision = '' WHERE state = 'waiting'"
        " AND EXISTS (SELECT 1 FROM journal WHERE event_id = pending.id AND seq > ?)",
        (at, after),
    )
