"""Verify a ledger: compute chain, balances, movements and figures again from the journal's bytes, and compare.

One read snapshot beside a running site; nothing is written. The journal is the authority: every other table is a fold
of it, and a difference is reported with where it is, never mended here.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gateway.domain.document import document_number
from gateway.store.ledger import LEDGER_FILE
from gateway.store.session import SLOT_MILLISECONDS
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from replication.storage.connection import open_reader, storage_error
from replication.wire.chain import GENESIS_HASH, chain_hash
from replication.wire.digest import BUCKETS, bucket, digest_bytes, digest_of, format_digest, weight
from replication.wire.events import DocumentPosted, ItemPut, PayloadError, UnknownEvent, decode_event
from replication.wire.item import Item
from replication.wire.location import is_virtual

DIFFERENCES_MAX: Final = 100
"""Differences told in full; the rest are only counted."""


K = TypeVar("K")
V = TypeVar("V")


class Report(msgspec.Struct, frozen=True):
    """What was looked at and what differs. `digest` is that of all balances, virtual ones too, as 32 hex digits."""

    site: str
    entries: int
    documents: int
    items: int
    movements: int
    balances: int
    head_seq: int
    head_hash: str
    digest: str
    differences: tuple[str, ...]
    difference_count: int

    @property
    def clean(self) -> bool:
        """Whether nothing differs."""
        return self.difference_count == 0


class _Fold:
    """The journal folded again."""

    def __init__(self) -> None:
        self.balances: dict[tuple[str, str, str], int] = {}
        self.balance_seq: dict[tuple[str, str, str], int] = {}
        self.totals: dict[str, int] = {}
        self.movements: dict[int, tuple[str, str, str, int, int, int]] = {}
        self.last_movements: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.documents: dict[int, tuple[str, int, int, str | None, str, int]] = {}
        self.items: dict[str, tuple[Item, int]] = {}
        self.slots: dict[int, list[int]] = {}
        self.differences: list[str] = []
        self.difference_count = 0

    def differ(self, sentence: str) -> None:
        self.difference_count += 1
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(sentence)


def verify_site(folder: Path, site: str = "") -> Report:
    """Verify the ledger of a data folder. Raises StorageError where the file cannot be read."""
    path = folder / LEDGER_FILE
    connection = open_reader(path)
    try:
        connection.execute("BEGIN")
        fold = _Fold()
        entries, head_seq, head_hash = _fold_journal(connection, fold)
        _compare_documents(connection, fold)
        _compare_items(connection, fold)
        _compare_balances(connection, fold)
        _compare_movements(connection, fold)
        _compare_figures(connection, fold)
        _compare_replication(connection, fold, head_seq)
        _compare_digests(connection, fold)
    except sqlite3.DatabaseError as error:
        raise storage_error("verify", path, error) from error
    finally:
        connection.close()
    digest = digest_of((*cell, quantity) for cell, quantity in fold.balances.items())
    return Report(
        site or folder.name, entries, len(fold.documents), len(fold.items), len(fold.movements), len(fold.balances), head_seq,
        head_hash.hex(), format_digest(digest), tuple(fold.differences), fold.difference_count,
    )  # fmt: skip


def _fold_journal(connection: sqlite3.Connection, fold: _Fold) -> tuple[int, int, bytes]:
    previous, expected, entries = GENESIS_HASH, 1, 0
    for seq, epoch, event_id, kind, payload, stored in connection.execute(
        "SELECT seq, epoch, event_id, kind, payload, hash FROM journal ORDER BY seq"
    ):
        entries += 1
        if seq != expected:
            fold.differ(f"journal: entry {expected} is missing, entry {seq} follows")
        if chain_hash(previous, epoch, seq, event_id, kind, payload) != stored:
            fold.differ(f"journal: the hash of entry {seq} is not that of its bytes and its predecessor")
        previous, expected = stored, seq + 1
        try:
            event = decode_event(kind, payload)
        except PayloadError as error:
            fold.differ(f"journal: entry {seq} cannot be read: {error}")
            continue
        match event:
            case DocumentPosted():
                _fold_document(fold, seq, event)
            case ItemPut():
                fold.items[event.item.sku] = (event.item, seq)
            case UnknownEvent():
                continue
    return entries, expected - 1, previous


def _fold_document(fold: _Fold, seq: int, event: DocumentPosted) -> None:
    count = fold.counts[event.type] = fold.counts.get(event.type, 0) + 1
    if event.number != document_number(event.type, count):
        fold.differ(f"journal: entry {seq} is numbered {event.number}, expected {document_number(event.type, count)}")
    fold.documents[seq] = (event.type, count, event.total, event.station, event.person, event.posted_at)
    figures = fold.slots.setdefault(event.posted_at // SLOT_MILLISECONDS, [seq, 0, 0, 0])
    if event.type == "sale":
        figures[1] += 1
        figures[2] += event.total
    elif event.type == "sale_return":
        figures[3] += event.total
    movement_id = seq * MOVEMENTS_PER_DOCUMENT
    for movement in event.moves():
        item = event.lines[movement.line].item
        route = event.routes[movement.route]
        for location, delta in ((route.source, -movement.quantity), (route.destination, movement.quantity)):
            cell = (item, location, movement.lot or "")
            fold.balances[cell] = fold.balances.get(cell, 0) + delta
            fold.balance_seq[cell] = seq
            if not is_virtual(location):
                total = fold.totals[item] = fold.totals.get(item, 0) + delta
                previous = fold.last_movements.get(item, 0)
                fold.movements[movement_id] = (item, location, movement.lot or "", delta, total, previous)
                fold.last_movements[item] = movement_id
                movement_id += 1


def _compare_documents(connection: sqlite3.Connection, fold: _Fold) -> None:
    rows = connection.execute(
        "SELECT seq, type, count, total, name, person, posted_at FROM documents LEFT JOIN stations USING (station_id)"
    )
    _compare(fold, "documents", fold.documents, {seq: tuple(rest) for seq, *rest in rows})


def _compare_items(connection: sqlite3.Connection, fold: _Fold) -> None:
    """An item's body, the columns lists are made from, and the codes it is found by."""
    rows = connection.execute(
        "SELECT sku, name, name_zh, category, weighed, low_below, body, seq FROM items"
    ).fetchall()
    given = {sku: (_shown(item), item, seq) for sku, (item, seq) in fold.items.items()}
    _compare(fold, "items", given, {sku: (tuple(shown), _item_of(body), seq) for sku, *shown, body, seq in rows})
    codes = connection.execute("SELECT barcode, sku, unit FROM barcodes JOIN items USING (item_id)")
    given_codes: dict[str, tuple[str, str | None]] = {}
    for sku, (item, _) in fold.items.items():
        given_codes |= dict.fromkeys(item.barcodes, (sku, None))
        given_codes |= {pack.barcode: (sku, pack.unit) for pack in item.packs if pack.barcode is not None}
    _compare(fold, "barcodes", given_codes, {code: (sku, unit) for code, sku, unit in codes})


def _item_of(body: bytes) -> Item | bytes:
    """A stored body, or its bytes where they are none: that differs from every item."""
    try:
        return msgspec.msgpack.decode(body, type=Item)
    except msgspec.DecodeError:
        return body


def _shown(item: Item) -> tuple[object, ...]:
    return item.name, item.name_zh, item.category, int(item.weighed), item.low_below


def _compare_balances(connection: sqlite3.Connection, fold: _Fold) -> None:
    rows = connection.execute(
        "SELECT sku, locations.name, coalesce(lot, ''), quantity, balances.seq FROM balances JOIN items USING (item_id)"
        " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
    ).fetchall()
    _compare(
        fold,
        "balances",
        {cell: (quantity, fold.balance_seq[cell]) for cell, quantity in fold.balances.items()},
        {(sku, location, lot): (quantity, seq) for sku, location, lot, quantity, seq in rows},
    )
    for name, virtual in connection.execute("SELECT name, virtual FROM locations"):
        if bool(virtual) != is_virtual(name):
            fold.differ(f"locations: {name} is stored as {'virtual' if virtual else 'physical'}, which it is not")
    sums: dict[str, int] = {}
    for sku, _, _, quantity, _ in rows:
        sums[sku] = sums.get(sku, 0) + quantity
    for sku, total in sums.items():
        if total != 0:
            fold.differ(f"conservation: the balances of {sku} over all locations sum to {total}, not 0")


def _compare_movements(connection: sqlite3.Connection, fold: _Fold) -> None:
    rows = connection.execute(
        "SELECT movement_id, sku, locations.name, coalesce(lot, ''), quantity, balance, previous FROM movements"
        " JOIN items USING (item_id) JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
    )
    stored = {id_: (sku, name, lot, delta, total, previous) for id_, sku, name, lot, delta, total, previous in rows}
    _compare(fold, "movements", fold.movements, stored)
    totals = connection.execute("SELECT sku, total, last_movement FROM item_totals JOIN items USING (item_id)")
    computed = {sku: (total, fold.last_movements[sku]) for sku, total in fold.totals.items()}
    _compare(fold, "item totals", computed, {sku: (total, last) for sku, total, last in totals})


def _compare_figures(connection: sqlite3.Connection, fold: _Fold) -> None:
    _compare(fold, "counters", fold.counts, dict(connection.execute("SELECT type, count FROM counters").fetchall()))
    rows = connection.execute("SELECT slot, first_seq, sales, sales_total, returns_total FROM slots")
    _compare(fold, "slots", fold.slots, {slot: list(figures) for slot, *figures in rows})


def _compare_replication(connection: sqlite3.Connection, fold: _Fold, head_seq: int) -> None:
    seq, hash_, durable = connection.execute(
        "SELECT applied_seq, applied_hash, durable_seq FROM replication"
    ).fetchone()
    if seq > head_seq or durable > seq:
        fold.differ(
            f"replication: applied {seq} and durable {durable} do not lie within the journal, which ends at {head_seq}"
        )
        return
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    if seq and (row is None or row[0] != hash_):
        fold.differ(f"replication: headquarters' hash at entry {seq} is not ours")


def _compare_digests(connection: sqlite3.Connection, fold: _Fold) -> None:
    """The running digest against that of the rows and that of the journal; where they differ, the buckets that do."""
    rows = connection.execute(
        "SELECT sku, locations.name, coalesce(lot, ''), quantity FROM balances JOIN items USING (item_id)"
        " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
    ).fetchall()
    cells = [(*cell, quantity) for cell, quantity in fold.balances.items()]
    (running,) = connection.execute("SELECT digest FROM replication").fetchone()
    stored, computed = digest_of(rows), digest_of(cells)
    if running == digest_bytes(computed) and stored == computed:
        return
    by_bucket: tuple[list[int], list[int]] = ([0] * BUCKETS, [0] * BUCKETS)
    for sums, side in zip(by_bucket, (rows, cells), strict=True):
        for item, location, lot, quantity in side:
            sums[bucket(item)] += quantity * weight(item, location, lot)
    differ = [str(number) for number, (ours, theirs) in enumerate(zip(*by_bucket, strict=True)) if ours != theirs]
    where = f"; rows and journal differ in buckets {', '.join(differ)} of {BUCKETS}" if differ else ""
    fold.differ(
        f"digest: running {running.hex()}, of the rows {format_digest(stored)}, of the journal {format_digest(computed)}{where}"
    )


def _compare(fold: _Fold, what: str, computed: Mapping[K, V], stored: Mapping[K, V]) -> None:
    """Tell every key that only one side has or that differs."""
    if computed == stored:
        return
    for key in computed.keys() | stored.keys():
        if computed.get(key) != stored.get(key):
            fold.differ(f"{what}: {key!r} is stored as {stored.get(key)!r}, the journal says {computed.get(key)!r}")
