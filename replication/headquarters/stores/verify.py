"""Verify headquarters' database: compute chains, balances and figures again from the raw batches, and compare.

One read snapshot beside a running site; nothing is written. The raw bytes are the authority: every other table is a fold
of them, and a difference is reported with where it is, never mended here.
"""

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from replication.headquarters.binding import Offer, held_position, read_binding
from replication.headquarters.decide import FIRST_EPOCH, Cursor
from replication.headquarters.fold import FoldError, fold, no_effects
from replication.headquarters.stores.sqlite.lots import blocks_after, blocks_of
from replication.headquarters.stores.sqlite.session import SLOT_MILLISECONDS
from replication.headquarters.stores.sqlite.store import DATABASE_FILE
from replication.headquarters.stores.verify_outbox import outbox_differences
from replication.headquarters.stores.verify_transfers import TransferFold
from replication.storage.connection import open_reader, require_whole, storage_error
from replication.wire.chain import GENESIS_HASH
from replication.wire.digest import DIGEST_MASK, digest_of, format_digest
from replication.wire.entry import Entry
from replication.wire.envelope import CHECK_BYTES, EnvelopeError, read_envelope, unpack_entries
from replication.wire.events import DocumentPosted, EventKind
from replication.wire.item import Item
from replication.wire.location import is_virtual

DIFFERENCES_MAX: Final = 100
"""Differences told in full; the rest are only counted."""


class Report(msgspec.Struct, frozen=True):
    """What was looked at and what differs. `digest` is that of all branches' physical balances, as 16 hex digits."""

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
        self.repeats = 0
        self.batches = self.entries = self.documents = self.balances = 0
        self.digest = 0
        self.transfers = TransferFold(connection)
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
        require_whole(connection)
        run = _Verification(connection)
        branches = connection.execute(
            "SELECT branch_id, branch, epoch, seq, hash, digest FROM branches ORDER BY branch"
        ).fetchall()
        for branch_id, branch, epoch, seq, hash_, digest in branches:
            _verify_branch(run, branch_id, branch, Cursor(epoch, seq, bytes(hash_)), digest)
        for sentence in outbox_differences(connection):
            run.differ(sentence)
        run.compare("events", _count(connection, "events"), run.entries - run.repeats)
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


def _verify_branch(run: _Verification, branch_id: int, branch: str, cursor: Cursor, digest: bytes) -> None:
    running, last_held, epoch = GENESIS_HASH, 0, FIRST_EPOCH
    cells: dict[tuple[str, str, str], int] = {}
    slots: dict[int, list[int]] = {}
    blocks: dict[tuple[str, str], tuple[str, str, int]] = {}
    passed = _passed_runs(run, branch_id)
    for first, last, stored, raw in run.connection.execute(
        "SELECT first_seq, last_seq, hash, raw FROM batches WHERE branch_id = ? ORDER BY first_seq", (branch_id,)
    ):
        run.batches += 1
        is_passed = (first, last) in passed
        passed.discard((first, last))
        try:
            envelope = read_envelope(raw)
            entries = [entry for entry in unpack_entries(envelope) if first <= entry.seq <= last]
            effects = no_effects() if is_passed else fold(entries)
        except (EnvelopeError, FoldError) as error:
            run.differ(f"{branch}: the batch {first}-{last} cannot be read: {error}")
            last_held, running = last, bytes(stored)
            continue
        begins_epoch = bool(entries) and entries[0].kind == EventKind.EPOCH_BEGUN and envelope.epoch > epoch
        if first != last_held + 1 and not begins_epoch:
            run.differ(f"{branch}: entry {last_held + 1} is missing, a batch from {first} follows")
        for entry in entries:
            running = entry.hash_after(running)
        if running != stored or (last == envelope.last_seq and running[:CHECK_BYTES] != envelope.last):
            run.differ(f"{branch}: the hash at {last} is not that of the batches up to it")
        _verify_events(run, branch_id, branch, entries, may_repeat=is_passed)
        _verify_documents(run, branch_id, branch, (first, last), effects.documents)
        run.transfers.note(branch, effects)
        blocks_after(blocks, effects.others)
        for entry, put in effects.items:
            item, row = put.item, run.items.pop((branch_id, entry.seq), None)
            if row is not None:
                given = (item.sku, item.name, item.name_zh, item.unit, item)
                run.compare(f"{branch}: item {item.sku}", row, given)
        for cell, change in effects.cells.items():
            cells[cell] = cells.get(cell, 0) + change
        for _, document, worth in effects.documents:
            slot = slots.setdefault(document.posted_at // SLOT_MILLISECONDS, [0, 0, 0])
            slot[0] += 1
            slot[1] += worth if document.type == "sale" else 0
            slot[2] += worth if document.type == "sale_return" else 0
        run.entries += len(entries)
        run.documents += len(effects.documents)
        running, last_held, epoch = bytes(stored), last, envelope.epoch
    for first, last in sorted(passed):
        run.differ(f"{branch}: entries {first}-{last} were passed by a person, and no batch holds them")
    held_at = held_position(cursor, _offer_of(run, branch_id))
    last_epoch = epoch if held_at is cursor else held_at.epoch
    run.compare(
        f"{branch}: cursor",
        (held_at.epoch, held_at.seq, held_at.hash.hex()),
        (last_epoch, last_held, running.hex()),
    )
    _verify_digest(run, branch_id, branch, cells, digest)
    _verify_balances(run, branch_id, branch, cells)
    held = {
        row[0]: list(row[1:])
        for row in run.connection.execute(
            "SELECT slot, documents, sales_total, returns_total FROM slots WHERE branch_id = ?", (branch_id,)
        )
    }
    run.compare(f"{branch}: takings", held, slots)
    run.compare(f"{branch}: blocked lots", blocks_of(run.connection, branch_id), blocks)


def _passed_runs(run: _Verification, branch_id: int) -> set[tuple[int, int]]:
    """The runs that a person let stand without their effects."""
    rows = run.connection.execute(
        "SELECT first_seq, last_seq FROM skips WHERE branch_id = ? AND with_effects = 0", (branch_id,)
    )
    return {(row[0], row[1]) for row in rows}


def _offer_of(run: _Verification, branch_id: int) -> Offer | None:
    """An epoch that was offered and of which nothing has come moves the cursor without an entry."""
    row = run.connection.execute("SELECT binding FROM bindings WHERE branch_id = ?", (branch_id,)).fetchone()
    try:
        return None if row is None else read_binding(row[0]).offer
    except msgspec.DecodeError as error:
        run.differ(f"bindings: that of branch {branch_id} cannot be read: {error}")
        return None


def _verify_digest(
    run: _Verification, branch_id: int, branch: str, cells: dict[tuple[str, str, str], int], held: bytes
) -> None:
    """Ours over all balances, and what branches said after a skip that ours is short of."""
    digest = digest_of((*cell, quantity) for cell, quantity in cells.items())
    for (correction,) in run.connection.execute(
        "SELECT correction FROM skips WHERE branch_id = ? AND correction IS NOT NULL", (branch_id,)
    ):
        digest += int.from_bytes(correction, "big")
    run.compare(f"{branch}: digest", held.hex(), format_digest(digest & DIGEST_MASK))


def _verify_events(run: _Verification, branch_id: int, branch: str, entries: list[Entry], *, may_repeat: bool) -> None:
    """`may_repeat`: an id among them may stand at another entry, for which they were passed over."""
    for entry in entries:
        held = run.connection.execute(
            "SELECT seq FROM events WHERE event_id = ? AND branch_id = ?", (entry.event_id, branch_id)
        ).fetchone()
        if not may_repeat or held is None:
            run.compare(f"{branch}: event {entry.event_id.hex()}", held, (entry.seq,))
        elif held != (entry.seq,):
            run.repeats += 1


def _verify_documents(
    run: _Verification,
    branch_id: int,
    branch: str,
    seqs: tuple[int, int],
    documents: list[tuple[Entry, DocumentPosted, int]],
) -> None:
    rows = run.connection.execute(
        "SELECT seq, event_id, type, number, posted_at, total FROM documents WHERE branch_id = ? AND seq BETWEEN ? AND ?",
        (branch_id, *seqs),
    )
    held = {row[0]: tuple(row[1:]) for row in rows}
    given = {
        entry.seq: (entry.event_id, document.type, document.number, document.posted_at, worth)
        for entry, document, worth in documents
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
    run.digest = (run.digest + digest_of(physical)) & DIGEST_MASK
