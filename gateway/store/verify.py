"""Verify a ledger: compute chain, balances, movements and figures again from the journal's bytes, and compare.

One read snapshot beside a running site; nothing is written. The journal is the authority: every other table is a fold
of it, and a difference is reported with where it is, never mended here. What grows with every sale is compared row by row on
the way: memory follows from the number of items, not of sales.
"""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gateway.domain.transfers import after_message
from gateway.store.fold import Fold
from gateway.store.goods_fold import stored_lots
from gateway.store.journal import hash_at
from gateway.store.ledger import LEDGER_FILE
from gateway.store.partners import stored_partners
from gateway.store.prices import DEFAULT_LIST, prices_until
from gateway.store.recipes import stored_recipes
from gateway.store.reversals import list_reversals
from gateway.store.search import search_sum, stored_search_sums
from gateway.store.shifts import shifts_listed, stored_shifts
from gateway.store.transfers import list_transfers, said_of_transfers
from replication.storage.connection import open_reader, require_whole, storage_error
from replication.wire.digest import BUCKETS, bucket, digest_bytes, digest_of, format_digest, weight
from replication.wire.events import EventKind
from replication.wire.item import Item
from replication.wire.item_entry import codes_of
from replication.wire.location import is_virtual
from replication.wire.name_order import zh_order

K = TypeVar("K")
V = TypeVar("V")


class Report(msgspec.Struct, frozen=True):
    """What was looked at and what differs. `digest` is that of all balances, virtual ones too, as 16 hex digits."""

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


def verify_site(folder: Path, site: str = "") -> Report:
    """Verify the ledger of a data folder. Raises StorageError where the file cannot be read."""
    path = folder / LEDGER_FILE
    connection = open_reader(path)
    try:
        connection.execute("BEGIN")
        require_whole(connection)
        fold = Fold(connection)
        fold.read()
        for what, compare in _COMPARED.items():
            try:
                compare(connection, fold)
            except (LookupError, ValueError, TypeError, msgspec.MsgspecError) as error:
                fold.differ(f"{what}: a row says what no row can say: {error!r}")
    except sqlite3.DatabaseError as error:
        raise storage_error("verify", path, error) from error
    finally:
        connection.close()
    digest = digest_of((*cell, quantity) for cell, quantity in fold.balances.items())
    return Report(
        site or folder.name, fold.entries, fold.documents.count, len(fold.items), fold.movements.count, len(fold.balances),
        fold.head.seq, fold.head_hash.hex(), format_digest(digest), tuple(fold.differences), fold.difference_count,
    )  # fmt: skip


def _compare_transfers(connection: sqlite3.Connection, fold: Fold) -> None:
    """What the journal and headquarters' kept words come to, against the rows."""
    computed = dict(fold.transfers)
    for message in said_of_transfers(connection):
        record = after_message(computed.get, message)
        if record is not None:
            computed[record.id] = record
    stored = {row.transfer.id: row.transfer for row in list_transfers(connection, before=2**62, limit=-1)}
    _compare(fold, "transfers", computed, stored)
    listed = dict(connection.execute("SELECT transfer, state FROM transfers").fetchall())
    _compare(fold, "states of transfers", {id_: one.state.value for id_, one in stored.items()}, listed)
    entries = dict(connection.execute("SELECT seq, transfer FROM transfer_entries").fetchall())
    _compare(fold, "entries of transfers", fold.transfer_entries, entries)


def _compare_shifts(connection: sqlite3.Connection, fold: Fold) -> None:
    """Each shift; of one that pruned documents belong to, what they paid is taken as it stands."""
    stored = stored_shifts(connection)
    for seq in fold.shifts_unsure & stored.keys() & fold.shifts.keys():
        fold.shifts[seq].figures = stored[seq].figures
    _compare(fold, "shifts", fold.shifts, stored)
    for seq, (listed, said) in shifts_listed(connection, stored).items():
        fold.differ(f"shifts: {seq} is listed as {listed!r}, it says {said!r}")


def _compare_reviews(connection: sqlite3.Connection, fold: Fold) -> None:
    """What was settled with warnings is to be looked at, or was."""
    known = {bytes(id_) for (id_,) in connection.execute("SELECT id FROM reviews")}
    for id_ in fold.reviewed - known:
        fold.differ(f"reviews: document {id_.hex()} was settled with warnings and is not among them")


def _compare_worths(connection: sqlite3.Connection, fold: Fold) -> None:
    del connection
    fold.worths.compare(lambda what, computed, stored: _compare(fold, what, computed, stored))


def _compare_items(connection: sqlite3.Connection, fold: Fold) -> None:
    """An item's body, the columns lists are made from, and the codes it is found by."""
    rows = connection.execute(
        "SELECT sku, name, name_zh, zh_order, category, weighed, low_below, body, seq, version FROM items"
    ).fetchall()
    given = {sku: (_shown(item), item, seq, version) for sku, (item, seq, version) in fold.items.items()}
    stored = {sku: (tuple(shown), _item_of(body), seq, version) for sku, *shown, body, seq, version in rows}
    _compare(fold, "items", given, stored)
    codes = connection.execute("SELECT barcode, sku, unit FROM barcodes JOIN items USING (item_id)")
    given_codes = {
        (code, sku): (unit,) for sku, (item, _, _) in fold.items.items() for code, unit in codes_of(item).items()
    }
    _compare(fold, "barcodes", given_codes, {(code, sku): (unit,) for code, sku, unit in codes})


def _compare_search(connection: sqlite3.Connection, fold: Fold) -> None:
    """That every item is found by each part of what it is called, and by nothing else."""
    skus = dict(connection.execute("SELECT item_id, sku FROM items").fetchall())
    stored = {skus.get(item_id, item_id): found for item_id, found in stored_search_sums(connection).items()}
    computed = {sku: search_sum(item) for sku, (item, _, _) in fold.items.items()}
    for sku in computed.keys() | stored.keys():
        if computed.get(sku) != stored.get(sku):
            fold.differ(f"search: {sku!r} is not found by what it is called, or by more")


def _compare_prices(connection: sqlite3.Connection, fold: Fold) -> None:
    """The prices taken, and that those up to `prices_until` stand beside headquarters' items."""
    rows = connection.execute("SELECT price_list, sku, effective_at, price, version FROM prices")
    _compare(fold, "prices", fold.prices, {tuple(place): (price, version) for *place, price, version in rows})
    until, in_force = prices_until(connection), dict[str, int]()
    for (price_list, sku, effective_at), (price, _) in sorted(fold.prices.items()):
        if price_list == DEFAULT_LIST and effective_at <= until:
            in_force[sku] = price
    computed = {sku: in_force.get(sku) if version else None for sku, (_, _, version) in fold.items.items()}
    stored = dict(connection.execute("SELECT sku, list_price FROM items").fetchall())
    _compare(fold, "prices in force", computed, stored)


def _item_of(body: bytes) -> Item | bytes:
    """A stored body, or its bytes where they are none: that differs from every item."""
    try:
        return msgspec.msgpack.decode(body, type=Item)
    except msgspec.DecodeError:
        return body


def _shown(item: Item) -> tuple[object, ...]:
    return item.name, item.name_zh, zh_order(item.name, item.name_zh), item.category, int(item.weighed), item.low_below


def _compare_balances(connection: sqlite3.Connection, fold: Fold) -> None:
    rows = connection.execute(
        "SELECT sku, locations.name, coalesce(lot, ''), quantity, balances.seq FROM balances JOIN items USING (item_id)"
        " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
    ).fetchall()
    computed = {cell: (quantity, fold.balance_seq[cell]) for cell, quantity in fold.balances.items()}
    stored = {(sku, location, lot): (quantity, seq) for sku, location, lot, quantity, seq in rows}
    for cell, (quantity, seq) in stored.items():
        found, moved_at = computed.get(cell, (0, 0))
        if seq in fold.epoch_seqs and seq > moved_at and quantity == found:
            # An epoch set back what was moved here: the balance stands as of its first entry.
            computed[cell] = (quantity, seq)
    _compare(fold, "balances", computed, stored)
    for name, virtual in connection.execute("SELECT name, virtual FROM locations"):
        if bool(virtual) != is_virtual(name):
            fold.differ(f"locations: {name} is stored as {'virtual' if virtual else 'physical'}, which it is not")
    sums: dict[str, int] = {}
    for sku, _, _, quantity, _ in rows:
        sums[sku] = sums.get(sku, 0) + quantity
    for sku, total in sums.items():
        if total != 0:
            fold.differ(f"conservation: the balances of {sku} over all locations sum to {total}, not 0")


def _compare_totals(connection: sqlite3.Connection, fold: Fold) -> None:
    totals = connection.execute("SELECT sku, total, last_movement FROM item_totals JOIN items USING (item_id)")
    computed = {sku: (fold.totals.get(sku, 0), fold.last_movements.get(sku, 0)) for sku in fold.items}
    _compare(fold, "item totals", computed, {sku: (total, last) for sku, total, last in totals})


def _compare_figures(connection: sqlite3.Connection, fold: Fold) -> None:
    _compare(fold, "counters", fold.counts, dict(connection.execute("SELECT type, count FROM counters").fetchall()))
    rows = connection.execute("SELECT slot, first_seq, sales, sales_total, returns_total FROM slots")
    _compare(fold, "slots", fold.slots, {slot: list(figures) for slot, *figures in rows})


def _compare_replication(connection: sqlite3.Connection, fold: Fold) -> None:
    seq, hash_, durable = connection.execute(
        "SELECT applied_seq, applied_hash, durable_seq FROM replication"
    ).fetchone()
    if seq > fold.head.seq or durable > seq:
        fold.differ(
            f"replication: applied {seq} and durable {durable} do not lie within the journal, which ends at {fold.head.seq}"
        )
    elif hash_at(connection, seq) != hash_:
        fold.differ(f"replication: headquarters' hash at entry {seq} is not ours")


def _compare_epochs(connection: sqlite3.Connection, fold: Fold) -> None:
    """Each epoch begins above everything before it, where its first entry says, and what it set aside is in the journal."""
    if (known := connection.execute("SELECT epoch FROM replication").fetchone()[0]) != fold.head.epoch and fold.entries:
        fold.differ(f"epochs: the ledger writes epoch {known}, its last entry is of epoch {fold.head.epoch}")
    for begun in fold.epochs:
        ancestor, held = (hash_at(connection, seq) for seq in (begun.event.ancestor_seq, begun.event.held_seq))
        if ancestor != begun.event.ancestor_hash or held != begun.previous:
            fold.differ(f"epochs: epoch {begun.epoch} does not begin after the entries that it names")
        (highest, aside) = connection.execute(
            "SELECT coalesce(max(seq), 0), count(*) FROM forked WHERE set_aside_by = ?", (begun.epoch,)
        ).fetchone()
        # A headquarters restored from a backup may give the number of an epoch twice: the place tells whose it is.
        told = connection.execute(
            "SELECT set_aside FROM epochs WHERE epoch = ? AND base_seq = ?", (begun.epoch, begun.seq)
        ).fetchone()
        if highest >= begun.seq:
            fold.differ(f"epochs: epoch {begun.epoch} begins at {begun.seq}, but entry {highest} was written before it")
        if told is not None and not told[0] == aside == begun.event.set_aside:
            fold.differ(f"epochs: epoch {begun.epoch} set {begun.event.set_aside} entries aside, {aside} are kept")
    lost = connection.execute(
        "SELECT forked.seq, forked.epoch FROM forked LEFT JOIN journal USING (event_id)"
        " WHERE forked.kind != ? AND (journal.seq IS NULL OR became IS NOT journal.seq)",
        (EventKind.EPOCH_BEGUN,),
    )
    for seq, epoch in lost:
        fold.differ(f"forked: entry {seq} of epoch {epoch} is not where it is said to have gone")


def _compare_digests(connection: sqlite3.Connection, fold: Fold) -> None:
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


def _compare(fold: Fold, what: str, computed: Mapping[K, V], stored: Mapping[K, V]) -> None:
    """Tell every key that only one side has or that differs."""
    if computed == stored:
        return
    for key in computed.keys() | stored.keys():
        if computed.get(key) != stored.get(key):
            fold.differ(f"{what}: {key!r} is stored as {stored.get(key)!r}, the journal says {computed.get(key)!r}")


_COMPARED: Final[dict[str, Callable[[sqlite3.Connection, Fold], None]]] = {
    "items": _compare_items,
    "search": _compare_search,
    "prices": _compare_prices,
    "balances": _compare_balances,
    "item totals": _compare_totals,
    "figures": _compare_figures,
    "replication": _compare_replication,
    "epochs": _compare_epochs,
    "digest": _compare_digests,
    "transfers": _compare_transfers,
    "reversals": lambda connection, fold: _compare(fold, "reversals", fold.reversals, list_reversals(connection)),
    "shifts": _compare_shifts,
    "reviews": _compare_reviews,
    "recipes": lambda connection, fold: _compare(fold, "recipes", fold.recipes, stored_recipes(connection)),
    "partners": lambda connection, fold: _compare(fold, "partners", fold.partners, stored_partners(connection)),
    "lots": lambda connection, fold: _compare(fold, "lots", fold.goods.lots, stored_lots(connection)),
    "worths": _compare_worths,
}
"""Every book beside the journal, by its name."""
