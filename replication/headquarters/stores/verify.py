"""Verify headquarters' database: compute chains, balances and figures again from the raw batches, and compare.

One read snapshot beside a running site; nothing is written. The raw bytes are the authority: every other table is a fold
of them, and a difference is reported with where it is, never mended here.
"""

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from replication.headquarters.fold import FoldError, fold
from replication.headquarters.stores.sqlite.session import SLOT_MILLISECONDS
from replication.headquarters.stores.sqlite.store import DATABASE_FILE
from replication.headquarters.stores.verify_transfers import TransferFold
from replication.storage.connection import open_reader, storage_error
from replication.wire.chain import GENESIS_HASH
from replication.wire.digest import digest_of, format_digest
from replication.wire.entry import Entry
from replication.wire.envelope import CHECK_BYTES, EnvelopeError, read_envelope, unpack_entries
from replication.wire.events import DocumentPosted
from replication.wire.item import Item
from replication.wire.location import is_virtual

DIFFERENCES_MAX: Final = 100
"""Differences told in full; the rest are only counted."""


class Report(msgspec.Struct, frozen=True):
    """What was looked at and what differs. `digest` is that of all branches' physical balances, as 32 hex digits."""

    site: str
    branches: int
    batches: int
    entries: int
    documents: int
    items: int
    balances: int
    quarantined: int
    blocked: int
    digest: str
    differences: tuple[str, ...]
    difference_count: int

    @property
    def clean(self) -> bool:
        """Whether nothing differs."""
        return self.difference_count == 0


class _Verification:
    """Counts and differences of one run."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.differences: list[str] = []
        self.difference_count = 0
        self.batches = self.entries = self.documents = self.balances = 0
        self.digest = 0
        self.transfers = TransferFold()
        # An item's row names the entry it came from; which branch put a SKU last, the batches do not tell.
        self.items = {
            (row[0], row[1]): (*row[2:6], _item_of(row[6]))
            for row in connection.execute(
                "SELECT branch_id, seq, sku, name, name_zh, unit, body FROM items WHERE seq IS NOT NULL"
            )
        }

    def differ(self, sentence: str) -> None:
        """Note a difference."""
        self.difference_count += 1
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(sentence)

    def compare(self, what: str, held: object, computed: object) -> None:
        """Note a difference where the two are not the same."""
        if held != computed:
            self.differ(f"{what}: the database says {held!r}, its batches give {computed!r}")


def verify_site(folder: Path, site: str = "") -> Report:
    """Verify the database of a data folder. Raises StorageError where the file cannot be read."""
    path = folder / DATABASE_FILE
    connection = open_reader(path)
    try:
        connection.execute("BEGIN")
        run = _Verification(connection)
        branches = connection.execute(
            "SELECT branch_id, branch, epoch, seq, hash FROM branches ORDER BY branch"
        ).fetchall()
        for branch_id, branch, epoch, seq, hash_ in branches:
            _verify_branch(run, branch_id, branch, (epoch, seq, bytes(hash_)))
        run.compare("events", _count(connection, "events"), run.entries)
        run.compare("documents", _count(connection, "documents"), run.documents)
        run.compare("batches", _count(connection, "batches"), run.batches)
        run.transfers.compare(connection, run.compare)
        for row in run.items.values():
            run.differ(f"item {row[0]}: no batch gives what the database says")
        quarantined = _count(connection, "quarantine")
        (blocked,) = connection.execute("SELECT COUNT(*) FROM branches WHERE block_code IS NOT NULL").fetchone()
        items = _count(connection, "items")
    except sqlite3.DatabaseError as error:
        raise storage_error("verify", path, error) from error
    finally:
        connection.close()
    return Report(
        site or folder.name, len(branches), run.batches, run.entries, run.documents, items, run.balances, quarantined,
        blocked, format_digest(run.digest), tuple(run.differences), run.difference_count,
    )  # fmt: skip


def _item_of(body: bytes) -> Item | bytes:
    """A stored body, or its bytes where they are none: that differs from every item."""
    try:
        return msgspec.msgpack.decode(body, type=Item)
    except msgspec.DecodeError:
        return body


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def _verify_branch(run: _Verification, branch_id: int, branch: str, cursor: tuple[int, int, bytes]) -> None:
    running, expected, epoch = GENESIS_HASH, 1, cursor[0]
    cells: dict[tuple[str, str, str], int] = {}
    slots: dict[int, list[int]] = {}
    for first, last, stored, raw in run.connection.execute(
        "SELECT first_seq, last_seq, hash, raw FROM batches WHERE branch_id = ? ORDER BY first_seq", (branch_id,)
    ):
        run.batches += 1
        if first != expected:
            run.differ(f"{branch}: entry {expected} is missing, a batch from {first} follows")
        try:
            envelope = read_envelope(raw)
            entries = [entry for entry in unpack_entries(envelope) if entry.seq >= first]
            effects = fold(entries)
        except (EnvelopeError, FoldError) as error:
            run.differ(f"{branch}: the batch {first}-{last} cannot be read: {error}")
            expected, running = last + 1, bytes(stored)
            continue
        for entry in entries:
            running = entry.hash_after(running)
        if running != stored or running[:CHECK_BYTES] != envelope.last:
            run.differ(f"{branch}: the hash at {last} is not that of the batches up to it")
        _verify_events(run, branch_id, branch, entries)
        _verify_documents(run, branch_id, branch, (first, last), effects.documents)
        run.transfers.note(branch, effects)
        for entry, put in effects.items:
            item, row = put.item, run.items.pop((branch_id, entry.seq), None)
            if row is not None:
                given = (item.sku, item.name, item.name_zh, item.unit, item)
                run.compare(f"{branch}: item {item.sku}", row, given)
        for cell, change in effects.cells.items():
            cells[cell] = cells.get(cell, 0) + change
        for _, document in effects.documents:
            slot = slots.setdefault(document.posted_at // SLOT_MILLISECONDS, [0, 0, 0])
            slot[0] += 1
            slot[1] += document.total if document.type == "sale" else 0
            slot[2] += document.total if document.type == "sale_return" else 0
        run.entries += len(entries)
        run.documents += len(effects.documents)
        running, expected, epoch = bytes(stored), last + 1, envelope.epoch
    run.compare(f"{branch}: cursor", (cursor[0], cursor[1], cursor[2].hex()), (epoch, expected - 1, running.hex()))
    _verify_balances(run, branch_id, branch, cells)
    held = {
        row[0]: list(row[1:])
        for row in run.connection.execute(
            "SELECT slot, documents, sales_total, returns_total FROM slots WHERE branch_id = ?", (branch_id,)
        )
    }
    run.compare(f"{branch}: takings", held, slots)


def _verify_events(run: _Verification, branch_id: int, branch: str, entries: list[Entry]) -> None:
    for entry in entries:
        held = run.connection.execute(
            "SELECT seq FROM events WHERE event_id = ? AND branch_id = ?", (entry.event_id, branch_id)
        ).fetchone()
        run.compare(f"{branch}: event {entry.event_id.hex()}", held, (entry.seq,))


def _verify_documents(
    run: _Verification,
    branch_id: int,
    branch: str,
    seqs: tuple[int, int],
    documents: list[tuple[Entry, DocumentPosted]],
) -> None:
    rows = run.connection.execute(
        "SELECT seq, event_id, type, number, posted_at, total FROM documents WHERE branch_id = ? AND seq BETWEEN ? AND ?",
        (branch_id, *seqs),
    )
    held = {row[0]: tuple(row[1:]) for row in rows}
    given = {
        entry.seq: (entry.event_id, document.type, document.number, document.posted_at, document.total)
        for entry, document in documents
    }
    if held != given:
        for seq in sorted(held.keys() | given.keys()):
            run.compare(f"{branch}: document of entry {seq}", held.get(seq), given.get(seq))


def _verify_balances(run: _Verification, branch_id: int, branch: str, cells: dict[tuple[str, str, str], int]) -> None:
    held = {
        (row[0], row[1], row[2]): row[3]
        for row in run.connection.execute(
            "SELECT i.sku, l.name, b.lot, b.quantity FROM balances b JOIN items i ON i.item_id = b.item_id"
            " JOIN locations l ON l.location_id = b.location_id WHERE b.branch_id = ?",
            (branch_id,),
        )
    }
    run.balances += len(held)
    for cell in held.keys() | cells.keys():
        run.compare(f"{branch}: balance of {' / '.join(cell)}", held.get(cell), cells.get(cell))
    sums: dict[str, int] = {}
    for (item, _, _), quantity in held.items():
        sums[item] = sums.get(item, 0) + quantity
    for item, total in sums.items():
        run.compare(f"{branch}: all places of {item} together", total, 0)
    physical = ((*cell, quantity) for cell, quantity in held.items() if not is_virtual(cell[1]))
    run.digest = (run.digest + digest_of(physical)) % (1 << 128)
