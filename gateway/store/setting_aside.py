"""Setting aside the end of a journal: its entries move whole to `forked`, and what they did to the figures is undone.

A part of `rebase`, inside its transaction. An entry that was set aside for this epoch before is kept as it was then: `forked`
tells where it stood first; `became` is where it stands, up to now. Items and their codes are left: every item put here comes back with the entry
that put it, held or appended anew, and the newest version wins either way. Counters stay too: a number once given is
never given again.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.store.pruned import is_pruned
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from gateway.store.takings import SALE, SALE_RETURN, SLOT_MILLISECONDS, counted_as
from replication.branch.journal import RebaseImpossible
from replication.wire.digest import DIGEST_MASK, digest_bytes, weight
from replication.wire.events import DocumentPosted, EventKind, decode_event
from replication.wire.messages import Rebase

_READ_ROWS: Final = 500
"""Rows fetched at a time: a day of sales never stands in memory as a whole."""


class _Undone(msgspec.Struct):
    """What the entries set aside did, summed: balance changes per cell and takings per quarter."""

    cells: dict[tuple[str, str, str], int]
    slots: dict[int, list[int]]


def set_aside(connection: sqlite3.Connection, rebase: Rebase, after: int) -> None:
    """Move everything after a seq to `forked` and undo it."""
    connection.execute(
        "INSERT INTO forked SELECT ?, epoch, seq, event_id, kind, payload, hash, content, seq FROM journal"
        " LEFT JOIN documents USING (seq) WHERE seq > ? AND NOT EXISTS"
        " (SELECT 1 FROM forked WHERE forked.event_id = journal.event_id AND set_aside_by = ?)",
        (rebase.epoch, after, rebase.epoch),
    )
    undone = _sum_up(connection, after)
    _undo_balances(connection, undone, rebase.base_seq)
    _undo_movements(connection, after)
    _undo_slots(connection, undone, after)
    connection.execute("DELETE FROM documents WHERE seq > ?", (after,))
    connection.execute("DELETE FROM journal WHERE seq > ?", (after,))


def _documents(connection: sqlite3.Connection, after: int) -> Iterator[DocumentPosted]:
    cursor = connection.execute(
        "SELECT seq, kind, payload FROM journal WHERE seq > ? AND kind = ?", (after, EventKind.DOCUMENT_POSTED)
    )
    while rows := cursor.fetchmany(_READ_ROWS):
        for seq, kind, payload in rows:
            if is_pruned(kind, payload):
                raise RebaseImpossible("pruned", f"entry {seq} is no longer whole here")
            event = decode_event(kind, payload)
            assert isinstance(event, DocumentPosted), "rows were chosen by kind"
            yield event


def _sum_up(connection: sqlite3.Connection, after: int) -> _Undone:
    undone = _Undone({}, {})
    cells = undone.cells
    for event in _documents(connection, after):
        figures = undone.slots.setdefault(event.posted_at // SLOT_MILLISECONDS, [0, 0, 0])
        counted, documents = counted_as(event)
        if counted == SALE:
            figures[0] += documents
            figures[1] += event.worth()
        elif counted == SALE_RETURN:
            figures[2] += event.worth()
        for movement in event.moves():
            item, lot, route = event.lines[movement.line].item, movement.lot or "", event.routes[movement.route]
            source, destination = (item, route.source, lot), (item, route.destination, lot)
            cells[source] = cells.get(source, 0) - movement.quantity
            cells[destination] = cells.get(destination, 0) + movement.quantity
    return undone


def _undo_balances(connection: sqlite3.Connection, undone: _Undone, base_seq: int) -> None:
    """Each balance stands as of the new epoch's first entry, unless a later entry moves it again."""
    (stored,) = connection.execute("SELECT digest FROM replication").fetchone()
    digest = int.from_bytes(stored, "big")
    for (item, location, lot), change in undone.cells.items():
        digest -= change * weight(item, location, lot)
        touched = connection.execute(
            "UPDATE balances SET quantity = quantity - ?, seq = ? WHERE item_id = (SELECT item_id FROM items WHERE sku = ?)"
            " AND location_id = (SELECT location_id FROM locations WHERE name = ?) AND lot_id = CASE ? WHEN '' THEN 0 ELSE"
            " (SELECT lot_id FROM lots JOIN items USING (item_id) WHERE sku = ? AND lot = ?) END",
            (change, base_seq, item, location, lot, item, lot),
        ).rowcount
        assert touched == 1, f"{item} at {location} was moved, so it has a balance"
    connection.execute("UPDATE replication SET digest = ?", (digest_bytes(digest & DIGEST_MASK),))


_TOTAL: Final = "item_id = ? AND location_id = 0 AND lot_id = 0"
"""What an item has over all its places; its `seq` is its newest movement."""


def _undo_movements(connection: sqlite3.Connection, after: int) -> None:
    """Each item's chain of movements ends where it ended before."""
    first = (after + 1) * MOVEMENTS_PER_DOCUMENT
    moved = connection.execute(
        "SELECT item_id, min(movement_id) FROM movements WHERE movement_id >= ? GROUP BY item_id", (first,)
    ).fetchall()
    for item_id, movement_id in moved:
        quantity, balance, previous = connection.execute(
            "SELECT quantity, balance, previous FROM movements WHERE movement_id = ?", (movement_id,)
        ).fetchone()
        values = (balance - quantity, previous, item_id)
        connection.execute(f"UPDATE balances SET quantity = ?, seq = ? WHERE {_TOTAL}", values)
    connection.execute("DELETE FROM movements WHERE movement_id >= ?", (first,))


def _undo_slots(connection: sqlite3.Connection, undone: _Undone, after: int) -> None:
    """Takings of the quarters; one that only these entries began is gone."""
    for slot, figures in undone.slots.items():
        connection.execute(
            "UPDATE slots SET sales = sales - ?, sales_total = sales_total - ?, returns_total = returns_total - ?"
            " WHERE slot = ?",
            (*figures, slot),
        )
    connection.execute("DELETE FROM slots WHERE first_seq > ?", (after,))
