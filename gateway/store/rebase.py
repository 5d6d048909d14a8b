"""The switch to a new epoch: own entries after the ancestor step aside, headquarters' entries take their place, and what
was set aside is appended anew. One transaction of the writer: before it the old history stands, after it the new one.

What both histories sold is sold, so that stock may go below zero here: these are facts, and no policy is asked.
"""

from typing import Final

from gateway.store.session import LedgerSession
from gateway.store.setting_aside import set_aside
from gateway.store.staging import ancestor_position, drop_staged, is_begun, staged_position
from replication.branch.journal import RebaseImpossible
from replication.wire.entry import Position
from replication.wire.events import EpochBegun, EventKind
from replication.wire.messages import Rebase

_FLUSH_ENTRIES: Final = 500
"""Entries buffered before they are written: a whole history taken back fits a small device's memory."""


def switch(session: LedgerSession, rebase: Rebase, at: int) -> Position:
    """Carry out an offer whose entries are staged, and answer the new head. `at` is UTC milliseconds.

    One that was carried out before answers the head again. Raises RebaseImpossible; the caller's transaction is then
    rolled back and nothing has changed.
    """
    session.flush()
    connection = session.connection
    if is_begun(connection, rebase):
        return Position(session.epoch, session.head_seq, session.head_hash)
    _check(session, rebase)
    aside = set_aside(connection, rebase)
    session.discarded()  # the caches hold what was just undone
    _take_held(session, rebase)
    _begin(session, rebase, aside, at)
    _append_anew(session, rebase)
    session.transfers.rebuild()
    session.take_returns()
    session.flush()
    _point_elsewhere(session, rebase, at)
    drop_staged(connection)
    return Position(session.epoch, session.head_seq, session.head_hash)


def _check(session: LedgerSession, rebase: Rebase) -> None:
    connection = session.connection
    ancestor = ancestor_position(connection, rebase)
    if max(session.head_seq, rebase.held_seq) >= rebase.base_seq:
        raise RebaseImpossible("outgrown", f"the journal stands at {session.head_seq}, the base is {rebase.base_seq}")
    if session.epoch >= rebase.epoch:
        raise RebaseImpossible("other_history", f"epoch {session.epoch} is under way, {rebase.epoch} is offered")
    staged = staged_position(connection) or ancestor
    if staged.hash != rebase.held_hash or staged.seq > rebase.held_seq:
        raise RebaseImpossible("not_staged", f"staged up to {staged.seq}, headquarters holds {rebase.held_seq}")


def _take_held(session: LedgerSession, rebase: Rebase) -> None:
    """What headquarters holds becomes the journal's own, entry by entry, under the numbers and hashes it has there."""
    rows = session.connection.execute(
        "SELECT staged.seq, staged.epoch, staged.event_id, staged.kind, staged.payload, staged.hash, forked.content"
        " FROM staged LEFT JOIN forked ON forked.event_id = staged.event_id AND set_aside_by = ? ORDER BY staged.seq",
        (rebase.epoch,),
    )
    while some := rows.fetchmany(_FLUSH_ENTRIES):
        for seq, epoch, event_id, kind, payload, hash_, content in some:
            session.place(epoch, seq - 1)
            session.append_decided(event_id, kind, payload, content or b"")
            assert session.head_hash == hash_, "the chain was checked when it was staged"
        session.flush()


_ANEW: Final = (
    "FROM forked WHERE set_aside_by = ? AND kind != ? AND NOT EXISTS"
    " (SELECT 1 FROM journal WHERE journal.event_id = forked.event_id)"
)


def _begin(session: LedgerSession, rebase: Rebase, aside: int, at: int) -> None:
    values = (rebase.epoch, int(EventKind.EPOCH_BEGUN))
    (anew,) = session.connection.execute(f"SELECT count(*) {_ANEW}", values).fetchone()
    session.place(rebase.epoch, rebase.base_seq - 1)
    session.append_event(
        EpochBegun(rebase.ancestor_seq, rebase.ancestor_hash, rebase.held_seq, rebase.reason, aside, anew, at)
    )
    session.connection.execute(
        "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            rebase.epoch, rebase.base_seq, rebase.ancestor_seq, rebase.held_seq, rebase.held_hash, rebase.reason, at, aside,
            anew,
        ),
    )  # fmt: skip


def _append_anew(session: LedgerSession, rebase: Rebase) -> None:
    """What was set aside and is not held, in its old order, with its ids and its bytes."""
    session.flush()
    rows = session.connection.execute(
        f"SELECT event_id, kind, payload, content {_ANEW} ORDER BY epoch, seq",
        (rebase.epoch, int(EventKind.EPOCH_BEGUN)),
    ).fetchall()
    for index, (event_id, kind, payload, content) in enumerate(rows, 1):
        session.append_decided(event_id, kind, payload, content or b"")
        if index % _FLUSH_ENTRIES == 0:
            session.flush()
    session.flush()


def _point_elsewhere(session: LedgerSession, rebase: Rebase, at: int) -> None:
    """Whatever names an entry by its seq names the one it became; headquarters stands right before the new epoch."""
    run = session.connection.execute
    run(
        "UPDATE forked SET became = (SELECT seq FROM journal WHERE journal.event_id = forked.event_id)"
        " WHERE set_aside_by = ? OR became > ?",
        (rebase.epoch, rebase.ancestor_seq),
    )
    run(
        "UPDATE print_jobs SET seq = (SELECT became FROM forked WHERE set_aside_by = ? AND forked.seq = print_jobs.seq)"
        " WHERE seq > ?",
        (rebase.epoch, rebase.ancestor_seq),
    )
    run(
        "UPDATE pending SET state = 'approved', decided_by = '', decided_at = ?, decision = '' WHERE state = 'waiting'"
        " AND id IN (SELECT event_id FROM journal WHERE seq > ?)",
        (at, rebase.ancestor_seq),
    )
    run(
        "UPDATE replication SET epoch = ?, applied_seq = ?, applied_hash = ?, durable_seq = min(durable_seq, ?),"
        " incarnation = ?",
        (rebase.epoch, rebase.base_seq - 1, rebase.held_hash, rebase.ancestor_seq, rebase.incarnation),
    )
