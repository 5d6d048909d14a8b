"""Follow-up tasks: goods that were sold though the book had none. A task opens with the posting that took a sellable cell below
zero, and closes itself when the cell is at zero or above again.

Folded from movements behind the posting path: how much was there after an entry is what is there now, less what moved since, so
that no balance is kept twice. Where too much was posted at once, or an epoch put other entries under the feet, tasks are taken
from the balances as they stand instead; a cell that dipped and came back meanwhile then leaves none.
"""

import sqlite3
from typing import Any, Final, assert_never

import msgspec

from gateway.domain.document import document_number
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT, WALKED_MAX
from gateway.store.ways import Key
from replication.wire.chain import GENESIS_HASH
from replication.wire.location import is_sellable

STEP_ENTRIES: Final = 2_000
"""Entries followed one by one: a few ten milliseconds beside the writer. Beyond, the balances tell."""
KEEP_ENTRIES: Final = 500
"""Where nothing changed, a place so far ahead of the kept one is worth a commit: flash wears, and to look again costs little."""
NEGATIVE_MAX: Final = 10_000
"""Cells below zero that become tasks at once: more is no list of tasks but a shop that never entered its goods."""

# `document` is the posting that took the cell below zero, by its id, which no epoch changes.
TASK_TABLES: Final = """
CREATE TABLE tasks_followed (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
INSERT INTO tasks_followed VALUES (1, 0, zeroblob(32));
CREATE TABLE tasks (
    place INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, location_id INTEGER NOT NULL, lot_id INTEGER NOT NULL,
    document BLOB NOT NULL, person TEXT NOT NULL, opened_at INTEGER NOT NULL, lowest INTEGER NOT NULL, closed_by BLOB,
    closed_at INTEGER) STRICT;
CREATE UNIQUE INDEX tasks_open ON tasks (item_id, location_id, lot_id) WHERE closed_at IS NULL;
CREATE INDEX tasks_open_by_place ON tasks (place) WHERE closed_at IS NULL;
CREATE INDEX tasks_closed_by_place ON tasks (place) WHERE closed_at IS NOT NULL
"""


Place = tuple[int, bytes]
"""An entry of the journal, by seq and hash."""


class Opened(msgspec.Struct, frozen=True):
    """A cell that went below zero, with the posting that took it there."""

    cell: Key
    document: bytes
    person: str
    at: int
    lowest: int


class Lowered(msgspec.Struct, frozen=True):
    """A cell below zero that went further down."""

    cell: Key
    lowest: int


class Closed(msgspec.Struct, frozen=True):
    """A cell that came back, by that posting; None where the balances told."""

    cell: Key
    document: bytes | None
    at: int


Change = Opened | Lowered | Closed


class TaskStep(msgspec.Struct, frozen=True):
    """What the entries up to a place of the journal did, and the items they moved (empty where balances told). `kept` is the place
    that the file knows."""

    kept: Place
    end: Place
    changes: tuple[Change, ...]
    items: frozenset[int]

    @property
    def worth_keeping(self) -> bool:
        """Whether it is to be written at once."""
        return bool(self.changes) or not 0 <= self.end[0] - self.kept[0] < KEEP_ENTRIES


def follow_tasks(connection: sqlite3.Connection, now: int, start: Place | None = None) -> TaskStep | None:
    """What was posted since a place, or since the kept one; None where nothing was. Runs in a reader's snapshot."""
    kept: Place = connection.execute("SELECT seq, hash FROM tasks_followed").fetchone()
    start = start or kept
    head: Place = connection.execute(_HEAD).fetchone() or (0, GENESIS_HASH)
    if head == start:
        return None
    known = start[0] == 0 or connection.execute(
        "SELECT 1 FROM journal WHERE seq = ? AND hash = ?", start
    ).fetchone()  # fmt: skip
    if not known or head[0] - start[0] > STEP_ENTRIES:
        return TaskStep(kept, head, tuple(_as_balances_say(connection, now)), frozenset())
    changes, items = _follow(connection, start[0])
    return TaskStep(kept, head, tuple(changes), items)


_HEAD: Final = "SELECT seq, hash FROM journal WHERE seq = (SELECT max(seq) FROM journal)"


def write_tasks(connection: sqlite3.Connection, step: TaskStep) -> list[int]:
    """Keep a step; answers the places of the tasks it opened or closed. Runs in the writer's transaction."""
    if connection.execute("SELECT seq, hash FROM tasks_followed").fetchone() != step.kept:
        return []
    changed = [place for change in step.changes for place in _write(connection, change)]
    connection.execute("UPDATE tasks_followed SET seq = ?, hash = ?", step.end)
    return changed


def _write(connection: sqlite3.Connection, change: Change) -> list[int]:
    match change:
        case Opened(cell, document, person, at, lowest):
            statement = (
                "INSERT OR IGNORE INTO tasks (item_id, location_id, lot_id, document, person, opened_at, lowest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING place"
            )
            values: tuple[object, ...] = (*cell, document, person, at, lowest)
        case Lowered(cell, lowest):
            connection.execute(f"UPDATE tasks SET lowest = min(lowest, ?) WHERE {_OPEN_CELL}", (lowest, *cell))
            return []
        case Closed(cell, document, at):
            statement = f"UPDATE tasks SET closed_by = ?, closed_at = ? WHERE {_OPEN_CELL} RETURNING place"
            values = (document, at, *cell)
        case _:
            assert_never(change)
    return [place for (place,) in connection.execute(statement, values).fetchall()]


_OPEN_CELL: Final = "closed_at IS NULL AND item_id = ? AND location_id = ? AND lot_id = ?"


def _follow(connection: sqlite3.Connection, after: int) -> tuple[list[Change], frozenset[int]]:
    """Each movement of the entries after a seq, from what was there before them."""
    sellable = sellable_locations(connection)
    rows = connection.execute(
        "SELECT movement_id, item_id, location_id, lot_id, quantity FROM movements WHERE movement_id >= ?"
        " ORDER BY movement_id",
        ((after + 1) * MOVEMENTS_PER_DOCUMENT,),
    ).fetchall()
    moved: dict[Key, int] = {}
    for _, *cell, quantity in rows:
        key = (cell[0], cell[1], cell[2])
        moved[key] = moved.get(key, 0) + quantity
    held = {cell: _on_hand(connection, cell) - change for cell, change in moved.items() if cell[1] in sellable}
    changes: list[Change] = []
    by_document: dict[int, dict[Key, int]] = {}
    for movement, *cell, quantity in rows:
        key = (cell[0], cell[1], cell[2])
        if key in held:
            cells = by_document.setdefault(movement // MOVEMENTS_PER_DOCUMENT, {})
            cells[key] = cells.get(key, 0) + quantity
    for seq, cells in by_document.items():
        for key, quantity in cells.items():
            before = held[key]
            after_it = held[key] = before + quantity
            if before < 0 or after_it < 0:
                changes += _change(connection, key, seq, before, after_it)
    return changes, frozenset(cell[0] for cell in moved)


def _change(connection: sqlite3.Connection, cell: Key, seq: int, before: int, after: int) -> list[Change]:
    if before < 0 and after < 0:
        return [Lowered(cell, after)] if after < before else []
    document, person, at = _document(connection, seq)
    return [Opened(cell, document, person, at, after)] if after < 0 else [Closed(cell, document, at)]


def _as_balances_say(connection: sqlite3.Connection, now: int) -> list[Change]:
    """Open what stands below zero now, each with the posting that took it there, and close what does not any more."""
    sellable = sellable_locations(connection)
    places = ", ".join(str(one) for one in sorted(sellable))
    below: dict[Key, int] = {
        (item, location, lot): quantity
        for item, location, lot, quantity in connection.execute(
            "SELECT item_id, location_id, lot_id, quantity FROM balances WHERE quantity < 0"
            f" AND location_id IN ({places}) LIMIT ?",
            (NEGATIVE_MAX,),
        )
    }
    opened: set[Key] = set()
    changes: list[Change] = []
    for *cell, lowest in connection.execute(
        "SELECT item_id, location_id, lot_id, lowest FROM tasks WHERE closed_at IS NULL"
    ):
        key = (cell[0], cell[1], cell[2])
        opened.add(key)
        if key not in below and _on_hand(connection, key) >= 0:
            changes.append(Closed(key, None, now))
        elif below.get(key, 0) < lowest:
            changes.append(Lowered(key, below[key]))
    for key, quantity in below.items():
        if key not in opened:
            changes.append(Opened(key, *_document(connection, _went_below(connection, key, quantity)), quantity))
    return changes


_WALK: Final = (
    "WITH RECURSIVE walk (movement_id) AS (SELECT last_movement FROM item_totals WHERE item_id = ? UNION ALL"
    " SELECT previous FROM movements JOIN walk USING (movement_id) WHERE previous > 0 LIMIT ?)"
    " SELECT movement_id, quantity FROM walk JOIN movements USING (movement_id) WHERE location_id = ? AND lot_id = ?"
)


def _went_below(connection: sqlite3.Connection, cell: Key, quantity: int) -> int:
    """The seq of the entry that took a cell below zero: walked back from now, so far as a walk may be."""
    seq, after = 0, quantity
    for movement, moved in connection.execute(_WALK, (cell[0], WALKED_MAX, *cell[1:])):
        if movement // MOVEMENTS_PER_DOCUMENT != seq and after >= 0:
            break
        seq, after = movement // MOVEMENTS_PER_DOCUMENT, after - moved
    return seq


def _document(connection: sqlite3.Connection, seq: int) -> tuple[bytes, str, int]:
    """The id of an entry's document, who posted it, and when."""
    found = connection.execute(
        "SELECT event_id, person, posted_at FROM documents JOIN journal USING (seq) WHERE seq = ?", (seq,)
    ).fetchone()
    assert found is not None, "only documents move goods"
    return bytes(found[0]), found[1], found[2]


def _on_hand(connection: sqlite3.Connection, cell: Key) -> int:
    row = connection.execute(
        "SELECT quantity FROM balances WHERE item_id = ? AND location_id = ? AND lot_id = ?", cell
    ).fetchone()
    return 0 if row is None else int(row[0])


def sellable_locations(connection: sqlite3.Connection) -> frozenset[int]:
    """The places whose goods may be sold."""
    rows = connection.execute("SELECT location_id, name FROM locations")
    return frozenset(location_id for location_id, name in rows if is_sellable(name))


class Task(msgspec.Struct, frozen=True):
    """A follow-up task in a list; `place` continues the page after it. `quantity` is what the cell holds now."""

    place: int
    item: str
    name: str
    name_zh: str | None
    location: str
    lot: str | None
    quantity: int
    lowest: int
    document: bytes
    type: str
    number: str
    person: str
    station: str | None
    opened_at: int
    closed_by: bytes | None
    closed_at: int | None


TASKS: Final = (
    "SELECT place, sku, items.name, name_zh, locations.name, lots.lot, coalesce(quantity, 0), lowest, document, type, count,"
    " tasks.person, stations.name, opened_at, closed_by, closed_at FROM tasks JOIN items USING (item_id)"
    " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id) LEFT JOIN balances ON balances.item_id = tasks.item_id"
    " AND balances.location_id = tasks.location_id AND balances.lot_id = tasks.lot_id"
    " LEFT JOIN journal ON event_id = document LEFT JOIN documents ON documents.seq = journal.seq"
    " LEFT JOIN stations USING (station_id) WHERE"
)
OPEN: Final = {True: "closed_at IS NULL AND", False: "closed_at IS NOT NULL AND", None: ""}


def list_tasks(connection: sqlite3.Connection, *, is_open: bool | None, before: int, limit: int) -> list[Task]:
    """Tasks of a place below `before`, newest first."""
    rows = connection.execute(f"{TASKS} {OPEN[is_open]} place < ? ORDER BY place DESC LIMIT ?", (before, limit))
    return [_read(row) for row in rows]


def open_tasks_of(connection: sqlite3.Connection, sku: str) -> list[Task]:
    """What is to be followed up about an item, oldest first."""
    chosen = "closed_at IS NULL AND tasks.item_id = (SELECT item_id FROM items WHERE sku = ?) ORDER BY place"
    return [_read(row) for row in connection.execute(f"{TASKS} {chosen}", (sku,))]


def load_task(connection: sqlite3.Connection, place: int) -> Task | None:
    """One task."""
    row = connection.execute(f"{TASKS} place = ?", (place,)).fetchone()
    return None if row is None else _read(row)


def _read(row: tuple[Any, ...]) -> Task:
    (place, item, name, name_zh, location, lot, quantity, lowest, document, type_, count, person, station, opened_at,
     closed_by, closed_at) = row  # fmt: skip
    # An entry that an epoch set aside and has not put back yet has neither type nor number for a moment.
    number = "" if type_ is None else document_number(type_, count)
    return Task(
        place, item, name, name_zh, location, lot, quantity, lowest, document, type_ or "", number, person, station,
        opened_at, closed_by, closed_at,
    )  # fmt: skip
