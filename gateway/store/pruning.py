"""Pruning: documents that headquarters has in a verified backup, and that are old enough, lose their bytes here.

What stays of one: its place, id and hash in the journal, its row in the list of documents, and its movements, so that
every balance, list and chain reads as before. What goes is what it said line by line; headquarters has that. Items, prices,
transfers, reversals and epochs are kept whole: they are few, and other tables are folds of them.

The hash of a pruned entry cannot be computed again and is taken as it stands; the chain goes on from it. What its
movements did at virtual places is summed up in `anchors`.
"""

import sqlite3
from typing import Final

from gateway.domain.shifts import CASH_MOVEMENT, SHIFT_CLOSE, SHIFT_OPEN
from gateway.store.pruned import PRUNED, pruned_to
from gateway.store.reversals import REVERSAL
from gateway.store.session import TRANSFER_TYPES
from replication.wire.envelope import SEQ_MAX
from replication.wire.events import DocumentPosted, EventKind, decode_event
from replication.wire.location import is_virtual

KEPT_WHOLE: Final = TRANSFER_TYPES | {REVERSAL, CASH_MOVEMENT, SHIFT_OPEN, SHIFT_CLOSE}
"""Documents that other tables are folds of."""
STEP_ENTRIES: Final = 200
"""Entries looked at in one transaction: a sale never waits behind more than some ten milliseconds of this."""


def prune_step(connection: sqlite3.Connection, posted_before: int, up_to: int = SEQ_MAX) -> int:
    """Prune some of what was posted before a time (UTC ms), is durable at headquarters and stands no later than `up_to`; answers how many entries were
    looked at, 0 when there is nothing more."""
    done = pruned_to(connection)
    (durable,) = connection.execute("SELECT durable_seq FROM replication").fetchone()
    rows = connection.execute(
        "SELECT seq, kind, payload FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
        (done, min(durable, up_to), STEP_ENTRIES),
    ).fetchall()
    looked, pruned = 0, list[tuple[bytes, int]]()
    cells: dict[tuple[str, str, str], tuple[int, int]] = {}
    for seq, kind, payload in rows:
        event = decode_event(kind, payload) if kind == EventKind.DOCUMENT_POSTED else None
        if isinstance(event, DocumentPosted):
            if event.posted_at >= posted_before:
                break
            if event.type not in KEPT_WHOLE:
                _sum_up(cells, seq, event)
                pruned.append((PRUNED, seq))
        looked, done = looked + 1, seq
    if looked:
        connection.executemany("UPDATE journal SET payload = ? WHERE seq = ?", pruned)
        connection.executemany(
            "INSERT INTO anchors VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity,"
            " seq = excluded.seq",
            [(*cell, quantity, seq) for cell, (quantity, seq) in cells.items()],
        )
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('pruned_to', ?)", (str(done),))
    return looked


def _sum_up(cells: dict[tuple[str, str, str], tuple[int, int]], seq: int, event: DocumentPosted) -> None:
    for movement in event.moves():
        item, lot, route = event.lines[movement.line].item, movement.lot or "", event.routes[movement.route]
        for location, change in ((route.source, -movement.quantity), (route.destination, movement.quantity)):
            if is_virtual(location):
                before, _ = cells.get((item, location, lot), (0, 0))
                cells[item, location, lot] = (before + change, seq)
