"""Staging: entries that headquarters holds, kept beside the journal until they reach the position that was offered.

In steps of a few hundred, each in a transaction of its own, so that selling goes on and a crash costs one step. The
journal is not touched; `rebase` makes these entries the journal's, and what it took is staged no more.
"""

import sqlite3
from collections.abc import Sequence

from replication.branch.journal import RebaseImpossible
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position
from replication.wire.events import EventKind
from replication.wire.messages import Rebase


def follows(epoch: int, seq: int, entry: Entry) -> bool:
    """Whether an entry may stand after (epoch, seq): the next of its epoch, or the first of a later one."""
    if entry.epoch == epoch:
        return entry.seq == seq + 1
    return entry.epoch > epoch and entry.seq > seq and entry.kind == EventKind.EPOCH_BEGUN


def ancestor_position(connection: sqlite3.Connection, rebase: Rebase) -> Position:
    """Our own position at an offer's ancestor. Raises RebaseImpossible where our history there is another one."""
    row = connection.execute(
        "SELECT epoch, seq, hash FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (rebase.ancestor_seq,)
    ).fetchone()
    if row is None and rebase.ancestor_hash == GENESIS_HASH:
        # Nothing stands that far down in either history: theirs may begin above it as well, with an epoch of its own.
        return Position(1, 0, GENESIS_HASH)
    if row is None or row[2] != rebase.ancestor_hash:
        raise RebaseImpossible("other_history", f"our entry {rebase.ancestor_seq} is not the one headquarters names")
    return Position(*row)


def is_begun(connection: sqlite3.Connection, rebase: Rebase) -> bool:
    """Whether an offer was carried out before. Raises RebaseImpossible where its epoch began here otherwise."""
    done = connection.execute("SELECT base_seq, held_hash FROM epochs WHERE epoch = ?", (rebase.epoch,)).fetchone()
    if done not in {None, (rebase.base_seq, rebase.held_hash)}:
        raise RebaseImpossible("other_history", f"epoch {rebase.epoch} began otherwise here")
    return done is not None


def begin_staging(connection: sqlite3.Connection, rebase: Rebase) -> Position:
    """Note what is being staged, drop what was staged for something else, and answer how far it is staged."""
    if is_begun(connection, rebase):
        return Position(rebase.epoch, rebase.held_seq, rebase.held_hash)
    ancestor_position(connection, rebase)
    held = (rebase.held_seq, rebase.held_hash)
    # What follows an entry of ours and leads to what is held now is staged for this, whatever it was staged for then.
    noted = connection.execute(
        "SELECT 1 FROM staging WHERE (held_seq, held_hash) = (?, ?) AND after_seq >= ? AND"
        " (after_seq = ? OR after_hash = (SELECT hash FROM journal WHERE seq = after_seq))",
        (*held, rebase.ancestor_seq, rebase.ancestor_seq),
    ).fetchone()
    if noted is None:
        connection.execute("DELETE FROM staged")
        values = (rebase.ancestor_seq, rebase.ancestor_hash, *held)
        connection.execute("INSERT OR REPLACE INTO staging VALUES (1, ?, ?, ?, ?)", values)
    return staged_position(connection) or staged_after(connection)


def staged_position(connection: sqlite3.Connection) -> Position | None:
    """The last staged entry; None where none is."""
    row = connection.execute("SELECT epoch, seq, hash FROM staged ORDER BY seq DESC LIMIT 1").fetchone()
    return None if row is None else Position(*row)


def stage(connection: sqlite3.Connection, entries: Sequence[tuple[Entry, bytes]]) -> None:
    """Keep entries that follow what is staged; those staged already are passed over. Raises RebaseImpossible."""
    last = staged_position(connection) or staged_after(connection)
    epoch, seq, previous = last.epoch, last.seq, last.hash
    rows: list[tuple[int, int, bytes, int, bytes, bytes]] = []
    for entry, hash_ in entries:
        if entry.seq <= seq and not rows:
            continue
        if not follows(epoch, seq, entry) or entry.hash_after(previous) != hash_:
            raise RebaseImpossible("other_history", f"entry {entry.seq} does not follow what is staged up to {seq}")
        rows.append((entry.seq, entry.epoch, entry.event_id, entry.kind, entry.payload, hash_))
        epoch, seq, previous = entry.epoch, entry.seq, hash_
    connection.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?)", rows)


def staged_after(connection: sqlite3.Connection) -> Position:
    """The entry of the journal that the staged ones follow. Raises RebaseImpossible where nothing is being staged."""
    noted = connection.execute("SELECT after_seq, after_hash FROM staging").fetchone()
    if noted is None:
        raise RebaseImpossible("not_staged", "nothing was offered that could be staged")
    found = connection.execute(
        "SELECT epoch FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1", noted[:1]
    ).fetchone()
    return Position(1 if found is None else found[0], *noted)


def take_staged(connection: sqlite3.Connection, through: Position) -> None:
    """The staged entries up to there are the journal's now."""
    connection.execute("DELETE FROM staged WHERE seq <= ?", (through.seq,))
    connection.execute("UPDATE staging SET after_seq = ?, after_hash = ?", (through.seq, through.hash))


def drop_staged(connection: sqlite3.Connection) -> None:
    """Forget what is staged and for what."""
    connection.execute("DELETE FROM staged")
    connection.execute("DELETE FROM staging")
