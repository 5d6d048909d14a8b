"""One transaction of headquarters' database as seen by applying: buffered rows, written flat with few statements each.

Touched only by the writer thread. Balances are never read here: a group's changes are summed in memory along the ways that
goods take, and added to the rows at both ends by one upsert each, in key order.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from replication.headquarters.binding import Binding
from replication.headquarters.decide import Cursor
from replication.headquarters.fold import Flow, transfer_events
from replication.headquarters.hello import Block
from replication.headquarters.stores.sqlite.archive import hash_at
from replication.headquarters.stores.sqlite.branch_rows import SEQ_MAX, BranchRows
from replication.headquarters.stores.sqlite.catalogue import SqliteCatalogue
from replication.headquarters.stores.sqlite.forks import SqliteForks
from replication.headquarters.stores.sqlite.lots import KIND_SELLABLE, KIND_UNSELLABLE, KIND_VIRTUAL, note_lots
from replication.headquarters.stores.sqlite.outbox import Outboxes
from replication.headquarters.stores.sqlite.quarantine import (
    holds_event,
    insert_quarantined,
    insert_skip,
    list_quarantined,
    settle_skips,
)
from replication.headquarters.stores.sqlite.transfers import ChainTransfers
from replication.headquarters.stores.store import (
    AppliedBatch,
    BranchState,
    ContentError,
    OutboxRow,
    Quarantined,
    Skip,
)
from replication.link import StreamPlace
from replication.storage.rows import RowWriter
from replication.wire.digest import DIGEST_MASK, moved_along
from replication.wire.entry import Position
from replication.wire.envelope import read_envelope
from replication.wire.events import EventKind, ItemPut
from replication.wire.location import is_sellable, is_virtual
from replication.wire.name_order import zh_order
from replication.wire.outbox import OutboxMessage

SLOT_MILLISECONDS: Final = 15 * 60 * 1000
"""Takings are summed by quarters of an hour: every time zone's midnight is the edge of one."""

_DOCUMENTS: Final = RowWriter("INSERT INTO documents (branch_id, seq, event_id, type, number, posted_at, total)", 7)
_EVENTS: Final = RowWriter("INSERT INTO events", 3)
_BALANCES: Final = RowWriter(
    "INSERT INTO balances", 5, " ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity"
)
_encoder = msgspec.msgpack.Encoder()


class HeadquartersSession:
    """Implements ApplySession and the writer's Session."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (incarnation,) = connection.execute("SELECT incarnation FROM site").fetchone()
        self.incarnation = int(incarnation)
        self.outbox_grew: Callable[[Mapping[str, int]], None] = lambda _: None
        self._outboxes = Outboxes(connection, self.incarnation)
        self._rows = BranchRows(connection)
        self.forks = SqliteForks(connection, self._rows)
        self.catalogue = SqliteCatalogue(connection)
        self._transfers = ChainTransfers(connection, self._outboxes.post, self._rows.spoke)
        self._items: dict[str, int] = {}
        self._locations: dict[str, int] = {}
        self._batches: list[tuple[Any, ...]] = []
        self._events: list[tuple[bytes, int, int]] = []
        self._documents: list[tuple[Any, ...]] = []
        self._flows: dict[tuple[int, Flow], dict[str, int]] = {}
        self._slots: dict[tuple[int, int], list[int]] = {}
        self._place: StreamPlace | None = None

    # --- what applying asks and says ---

    def branch(self, branch: str) -> BranchState:
        """The branch as it stands."""
        return self._rows.row(branch).state()

    def written_by(self, branch: str) -> bytes:
        """The start of a device whose batch was applied last; empty before the first."""
        row = self._rows.row(branch)
        self._write_batches()
        newest = self._connection.execute(
            "SELECT raw FROM batches WHERE branch_id = ? ORDER BY first_seq DESC LIMIT 1", (row.branch_id,)
        ).fetchone()
        return b"" if newest is None else read_envelope(newest[0]).boot_id

    def hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash of the newest applied entry at or before a seq; None beyond the cursor."""
        row = self._rows.row(branch)
        if seq >= row.cursor.seq:
            return row.cursor.hash if seq == row.cursor.seq else None
        self._write_batches()
        return hash_at(self._connection, row.branch_id, seq)

    def holds(self, branch: str, event_id: bytes) -> bool:
        """Whether an event of the branch stands in its history here."""
        self._write_events()
        return holds_event(self._connection, event_id, self._rows.row(branch).branch_id)

    def append(self, batch: AppliedBatch) -> None:
        """Keep a batch with all its effects and move the cursor."""
        row = self._rows.change(batch.branch)
        branch_id, first, last = row.branch_id, batch.entries[0].seq, batch.entries[-1].seq
        begins = batch.entries[0].kind == EventKind.EPOCH_BEGUN and first > row.cursor.seq
        assert first == row.cursor.seq + 1 or begins, "a batch follows the cursor"
        if batch.skipped:
            self._write_events()
            self._connection.executemany(
                "INSERT OR IGNORE INTO events VALUES (?, ?, ?)",
                [(entry.event_id, branch_id, entry.seq) for entry in batch.entries],
            )
        else:
            self._events += [(entry.event_id, branch_id, entry.seq) for entry in batch.entries]
        self._batches.append((branch_id, first, last, batch.received_at, batch.hash, batch.raw))
        for entry, document, total in batch.effects.documents:
            type_, posted_at = document.type, document.posted_at
            self._documents.append((branch_id, entry.seq, entry.event_id, type_, document.number, posted_at, total))
            self._count(branch_id, type_, posted_at, total)
        for entry, put in batch.effects.items:
            self._put_item(branch_id, entry.seq, put)
        note_lots(self._connection, branch_id, batch.effects.others)
        for entry, event in transfer_events(batch.effects):
            self._transfers.take(batch.branch, entry.event_id, event)
        for flow, sums in batch.effects.flows.items():
            known = self._flows.get((branch_id, flow))
            if known is None:
                self._flows[branch_id, flow] = dict(sums)
            else:
                for sku, quantity in sums.items():
                    known[sku] = known.get(sku, 0) + quantity
        row.cursor = Cursor(batch.epoch, last, batch.hash)
        row.digest = moved_along(row.digest, batch.effects.flows)
        row.head_seq = max(row.head_seq, last, min(batch.head_seq, SEQ_MAX))
        row.seen_seq = max(row.seen_seq, row.head_seq)
        row.applied_at = row.contact_at = batch.received_at
        if row.pending:
            for entry in batch.entries:
                if entry.event_id in row.pending:
                    row.pending.discard(entry.event_id)
                    self.forks.came(batch.branch, entry.event_id, entry.seq)

    def refuses(self, change: Callable[[], None]) -> bool:
        """Whether a change is refused: tried under a savepoint of its own, and taken back either way."""
        self.flush()
        grown, is_to_be_told = dict(self._outboxes.grown), self.catalogue.is_to_be_told
        self._connection.execute("SAVEPOINT trial")
        try:
            change()
            self.flush()
            is_refused = False
        except ContentError:
            is_refused = True
        self._connection.execute("ROLLBACK TO trial")
        self._connection.execute("RELEASE trial")
        self.discarded()
        self._outboxes.grown, self.catalogue.is_to_be_told = grown, is_to_be_told
        return is_refused

    def settle_digest(self, branch: str, digest: int) -> None:
        """The branch's word for its digest is taken; the open skip that came last carries the difference."""
        row = self._rows.change(branch)
        settle_skips(self._connection, row.branch_id, (digest - row.digest) & DIGEST_MASK, row.cursor.seq)
        row.digest, row.digest_open = digest, False

    def quarantine(self, quarantined: Quarantined) -> None:
        """Keep bytes that cannot be applied."""
        insert_quarantined(self._connection, quarantined)

    def quarantined(self, branch: str, limit: int) -> list[Quarantined]:
        """What could not be applied of a branch, newest first."""
        return list_quarantined(self._connection, branch, limit)

    def block(self, branch: str, block: Block | None) -> None:
        """Stop applying a branch, or take it up again."""
        self._rows.change(branch).block = block

    def skipped(self, skip: Skip) -> None:
        """Record a person's decision; the digest is open until the branch tells its own."""
        row = self._rows.change(skip.branch)
        row.digest_open = True
        insert_skip(self._connection, row.branch_id, skip)

    def bind(self, branch: str, cursor: Cursor, binding: Binding, seen_seq: int) -> None:
        """What a hello led to."""
        row = self._rows.change(branch)
        row.cursor = cursor
        row.seen_seq = max(row.seen_seq, min(seen_seq, SEQ_MAX))
        self._rows.bind(branch, binding)

    def saw(self, branch: str, seq: int) -> None:
        """A seq of the branch was seen."""
        if seq > self._rows.row(branch).seen_seq:
            self._rows.change(branch).seen_seq = min(seq, SEQ_MAX)

    def durable(self, branch: str, seq: int) -> None:
        """A verified backup holds everything of the branch up to here."""
        row = self._rows.change(branch)
        row.durable_seq = max(row.durable_seq, min(seq, row.cursor.seq))

    def greet(self, branch: str, name: str, name_zh: str, currency: str, head_seq: int, at: int) -> None:
        """A branch introduced itself."""
        row = self._rows.change(branch)
        row.name, row.name_zh, row.currency = name[:120], name_zh[:120], currency[:3]
        row.head_seq = max(row.cursor.seq, min(head_seq, SEQ_MAX))
        row.contact_at = at

    def reached(self, place: StreamPlace) -> None:
        """Everything of the stream up to this place is dealt with."""
        self._place = place

    # --- outboxes ---

    def post_outbox(self, branch: str, message: OutboxMessage) -> int:
        """Append a message to what headquarters has for a branch."""
        return self._outboxes.post(branch, message)

    def outbox_head(self, branch: str) -> Position:
        """The newest entry of a branch's outbox."""
        return self._outboxes.head(branch)

    def outbox_hash_at(self, branch: str, seq: int) -> bytes | None:
        """The chain hash at a seq of a branch's outbox."""
        return self._outboxes.hash_at(branch, seq)

    def outbox_after(self, branch: str, seq: int, *, entries_max: int, bytes_max: int) -> list[OutboxRow]:
        """Entries after a seq."""
        return self._outboxes.after(branch, seq, entries_max=entries_max, bytes_max=bytes_max)

    # --- what the writer thread asks ---

    def flush(self) -> None:
        """Write every buffered row; raises ContentError where the rows themselves are refused."""
        connection = self._connection
        try:
            self._write_batches()
            self._outboxes.flush()
            self._write_events()
            if self._documents:
                _DOCUMENTS.write(connection, self._documents)
            if self._flows:
                _BALANCES.write(connection, self._changes())
            if self._slots:
                connection.executemany(
                    "INSERT INTO slots VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET documents = documents +"
                    " excluded.documents, sales_total = sales_total + excluded.sales_total, returns_total ="
                    " returns_total + excluded.returns_total",
                    [(*key, *figures) for key, figures in sorted(self._slots.items())],
                )
            self._rows.flush()
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            raise ContentError(str(error)) from error
        if self._place is not None:
            connection.execute(
                "UPDATE site SET stream_created = ?, stream_seq = ?", (self._place.created, self._place.sequence)
            )
        self._clear_buffers()

    def committed(self) -> None:
        """Whoever waits for an outbox is told now, and not before."""
        if self._outboxes.grown or self.catalogue.is_to_be_told:
            grown, self._outboxes.grown = self._outboxes.grown, {}
            self.catalogue.is_to_be_told = False
            self.outbox_grew(grown)

    def discarded(self) -> None:
        """Rolled back: read everything anew."""
        self._clear_buffers()
        self._outboxes.discarded()
        self.catalogue.is_to_be_told = False
        self._rows.discarded()
        self._items.clear()
        self._locations.clear()

    def _clear_buffers(self) -> None:
        self._batches.clear()
        self._events.clear()
        self._documents.clear()
        self._flows.clear()
        self._slots.clear()
        self._place = None

    # --- rows ---

    def _write_batches(self) -> None:
        if self._batches:
            self._connection.executemany(
                "INSERT INTO batches (branch_id, first_seq, last_seq, received_at, hash, raw) VALUES (?, ?, ?, ?, ?, ?)",
                self._batches,
            )
            self._batches.clear()

    def _write_events(self) -> None:
        if self._events:
            self._events.sort()
            try:
                _EVENTS.write(self._connection, self._events)
            except sqlite3.IntegrityError as error:
                raise ContentError(str(error)) from error
            self._events.clear()

    def _changes(self) -> list[tuple[int, int, int, str, int]]:
        """What is taken from and added to balances, in key order; one that two flows meet in stands there twice."""
        changes: list[tuple[int, int, int, str, int]] = []
        items, locations = self._items, self._locations
        for (branch_id, (source, destination, lot)), sums in self._flows.items():
            source_id = locations.get(source) or self._intern_location(source)
            destination_id = locations.get(destination) or self._intern_location(destination)
            for sku, quantity in sums.items():
                item_id = items.get(sku) or self._intern_item(sku)
                changes.append((branch_id, item_id, source_id, lot, -quantity))
                changes.append((branch_id, item_id, destination_id, lot, quantity))
        changes.sort()
        return changes

    def _intern_item(self, sku: str) -> int:
        found = self._connection.execute("SELECT item_id FROM items WHERE sku = ?", (sku,)).fetchone()
        if found is None:
            made = self._connection.execute(
                "INSERT INTO items (sku, name, zh_order, version) VALUES (?, ?, ?, 0)", (sku, sku, zh_order(sku, None))
            ).lastrowid
            assert made is not None
            found = (made,)
        self._items[sku] = int(found[0])
        return int(found[0])

    def _intern_location(self, location: str) -> int:
        query = "SELECT location_id FROM locations WHERE name = ?"
        found = self._connection.execute(query, (location,)).fetchone()
        if found is None:
            kind = KIND_VIRTUAL if is_virtual(location) else KIND_SELLABLE if is_sellable(location) else KIND_UNSELLABLE
            self._connection.execute("INSERT INTO locations (name, kind) VALUES (?, ?)", (location, kind))
            found = self._connection.execute(query, (location,)).fetchone()
        self._locations[location] = int(found[0])
        return int(found[0])

    def _count(self, branch_id: int, type_: str, posted_at: int, total: int) -> None:
        slot = self._slots.setdefault((branch_id, posted_at // SLOT_MILLISECONDS), [0, 0, 0])
        slot[0] += 1
        if type_ == "sale":
            slot[1] += total
        elif type_ == "sale_return":
            slot[2] += total

    def _put_item(self, branch_id: int, seq: int, put: ItemPut) -> None:
        """SKUs are chain-wide. A base unit that differs is held beside the item until a person merges the two."""
        item = put.item
        item_id = self._items.get(item.sku) or self._intern_item(item.sku)
        body = _encoder.encode(item)
        (unit,) = self._connection.execute("SELECT unit FROM items WHERE item_id = ?", (item_id,)).fetchone()
        if unit is not None and unit != item.unit:
            self._connection.execute(
                "INSERT OR REPLACE INTO item_differences VALUES (?, ?, ?, ?, ?)",
                (item_id, branch_id, item.unit, body, seq),
            )
            return
        self._connection.execute(
            "DELETE FROM item_differences WHERE item_id = ? AND branch_id = ?", (item_id, branch_id)
        )
        if self.catalogue.owned(item.sku) is not None:
            return  # headquarters' own: what branches say of it is the projection's to judge
        self._connection.execute(
            "UPDATE items SET name = ?, name_zh = ?, zh_order = ?, unit = ?, body = ?, version = version + 1, branch_id = ?, seq = ?"
            " WHERE item_id = ?",
            (item.name, item.name_zh, zh_order(item.name, item.name_zh), item.unit, body, branch_id, seq, item_id),
        )
