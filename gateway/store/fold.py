"""The journal folded again from its bytes: what every other table must say.

Documents and movements are compared on the way, row by row, since a few years of them fit no memory; all other figures are
kept for whoever compares them.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.domain.document import document_number
from gateway.domain.document_count import document_count
from gateway.domain.order_words import BUYING
from gateway.domain.shifts import DRAWER_TYPES, Shift, ShiftBook
from gateway.domain.transfers import Transfer, after_event
from gateway.store.goods_fold import GoodsFold
from gateway.store.ordered_rows import OrderedRows, Row
from gateway.store.orders_fold import OrdersFold
from gateway.store.partners import partner_values
from gateway.store.pruned import is_pruned
from gateway.store.recipes import recipe_row
from gateway.store.reversals import original_of
from gateway.store.reviews import wants_review
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from gateway.store.staging import follows
from gateway.store.takings import SALE, SALE_RETURN, SLOT_MILLISECONDS, counted_as
from gateway.store.transfers import transfer_named
from gateway.store.worths_fold import WorthsFold
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.events import (
    DocumentPosted,
    EpochBegun,
    ItemPut,
    KnownEvent,
    LotBlocked,
    LotReleased,
    PayloadError,
    PriceTaken,
    RecipePut,
    UnknownEvent,
    decode_event,
)
from replication.wire.item import Item
from replication.wire.location import is_virtual
from replication.wire.partner import PartnerPut

DIFFERENCES_MAX: Final = 100
"""Differences told in full; the rest are only counted."""


class Begun(msgspec.Struct, frozen=True):
    """An epoch as its first entry stands in the journal; `previous` is the hash before it."""

    epoch: int
    seq: int
    previous: bytes
    event: EpochBegun


class Fold:
    """What the entries so far come to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.documents = OrderedRows("documents", _stored_documents(connection), self.differ)
        self.movements = OrderedRows("movements", _stored_movements(connection), self.differ)
        self.balances: dict[tuple[str, str, str], int] = {}
        self.balance_seq: dict[tuple[str, str, str], int] = {}
        self.totals: dict[str, int] = {}
        self.last_movements: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.items: dict[str, tuple[Item, int, int]] = {}
        self.prices: dict[tuple[str, str, int], tuple[int, int]] = {}
        self.epoch_seqs: set[int] = set()
        self.epochs: list[Begun] = []
        self.entries = 0
        self.head = Entry(1, 0, b"", 0, b"")
        self.head_hash = GENESIS_HASH
        self.slots: dict[int, list[int]] = {}
        self.transfers: dict[bytes, Transfer] = {}
        self.reversals: dict[int, bytes] = {}
        self.goods = GoodsFold(connection, self.differ)
        self.orders = OrdersFold(connection, self.differ)
        self._shift_book = ShiftBook()
        self.shifts: dict[int, Shift] = {}
        self.shifts_unsure: set[int] = set()
        self.worths = WorthsFold(connection)
        self.transfer_entries: dict[int, bytes] = {}
        self.reviewed: set[bytes] = set()
        self.recipes: dict[int, tuple[str, bytes, str, int]] = {}
        self.partners: dict[int, tuple[str, str, bytes, str, int]] = {}
        self.differences: list[str] = []
        self.difference_count = 0

    def differ(self, sentence: str) -> None:
        """Note a difference."""
        self.difference_count += 1
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(sentence)

    def read(self) -> None:
        """Fold a whole journal, chain and all."""
        connection = self._connection
        for item, location, lot, quantity, seq in connection.execute("SELECT * FROM anchors"):
            self.balances[item, location, lot] = quantity
            self.balance_seq[item, location, lot] = seq
        for seq, epoch, event_id, kind, payload, stored in connection.execute(
            "SELECT seq, epoch, event_id, kind, payload, hash FROM journal ORDER BY seq"
        ):
            entry = Entry(epoch, seq, event_id, kind, payload)
            if is_pruned(kind, payload):
                self._pruned(connection, entry, stored)
            else:
                self._read_entry(entry, stored)
        self.documents.end()
        self.movements.end()
        self.goods.end()
        self.orders.end()

    def _follow(self, entry: Entry) -> None:
        last, self.entries = self.head, self.entries + 1
        if not follows(last.epoch, last.seq, entry):
            self.differ(
                f"journal: entry {last.seq + 1} is missing, entry {entry.seq} follows"
                if entry.epoch == last.epoch
                else f"journal: entry {entry.seq} of epoch {entry.epoch} does not follow entry {last.seq} of epoch {last.epoch}"
            )

    def _pruned(self, connection: sqlite3.Connection, entry: Entry, stored: bytes) -> None:
        """A document without its bytes: its hash, its row and its movements are taken as they stand."""
        self._follow(entry)
        self.head, self.head_hash = entry, stored
        row = connection.execute(
            "SELECT type, count, total, name, person, posted_at FROM documents LEFT JOIN stations USING (station_id)"
            " WHERE seq = ?",
            (entry.seq,),
        ).fetchone()
        if row is None:
            self.differ(f"journal: entry {entry.seq} is pruned, and is no document")
            return
        type_, count, total, station, person, posted_at = row
        self._list(entry.seq, (type_, count, total, station, person, posted_at), (type_, 1))
        self.goods.pass_over(entry.seq)
        self.worths.pass_over(entry.seq)
        if type_ in BUYING:
            self.orders.pass_over(entry.seq)
        if station is not None and type_ in DRAWER_TYPES:
            shift = self._shift_book.open.get(station) or self._shift_book.begin(entry.seq, station, posted_at, person)
            self.shifts[shift.opened_seq] = shift
            self.shifts_unsure.add(shift.opened_seq)
        first = entry.seq * MOVEMENTS_PER_DOCUMENT
        for movement_id, item, location, lot, delta in connection.execute(
            "SELECT movement_id, sku, locations.name, coalesce(lot, ''), quantity FROM movements JOIN items USING (item_id)"
            " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id) WHERE movement_id >= ? AND movement_id < ?"
            " ORDER BY movement_id",
            (first, first + MOVEMENTS_PER_DOCUMENT),
        ):
            self._move(entry.seq, (item, location, lot), delta)
            self._note(movement_id, (item, location, lot), delta)

    def _read_entry(self, entry: Entry, stored: bytes) -> None:
        seq, last = entry.seq, self.head
        self._follow(entry)
        if entry.hash_after(self.head_hash) != stored:
            self.differ(f"journal: the hash of entry {seq} is not that of its bytes and its predecessor")
        held_hash, self.head, self.head_hash = self.head_hash, entry, stored
        try:
            event = decode_event(entry.kind, entry.payload)
        except PayloadError as error:
            self.differ(f"journal: entry {seq} cannot be read: {error}")
            return
        if not isinstance(event, UnknownEvent):
            self._transfer(entry, event)
        match event:
            case DocumentPosted():
                self._posted(entry, event)
            case ItemPut():
                known = self.items.get(event.item.sku)
                if known is None or event.version >= known[2]:
                    self.items[event.item.sku] = (event.item, seq, event.version)
            case PriceTaken():
                self._price(event)
            case LotBlocked() | LotReleased():
                self.goods.read(seq, entry.event_id, event)
            case RecipePut() | PartnerPut():
                self._keep(seq, event)
            case EpochBegun():
                self._epoch(seq, event, last, held_hash)
            case _:
                return

    def _posted(self, entry: Entry, event: DocumentPosted) -> None:
        seq, event_id = entry.seq, entry.event_id
        try:
            self._document(seq, event)
            self.goods.read(seq, event_id, event)
            self.orders.read(seq, event_id, event)
            self.worths.read(seq, event_id, event)
            self.shifts |= {shift.opened_seq: shift for shift in self._shift_book.take(seq, event)}
        except (LookupError, ValueError, TypeError) as error:  # bytes that were changed may still decode, into nonsense
            self.differ(f"journal: entry {seq} says what no document can say: {error!r}")
        if wants_review(event.detail):
            self.reviewed.add(event_id)

    def _transfer(self, entry: Entry, event: KnownEvent) -> None:
        transfer = after_event(self.transfers.get, entry.event_id, event)
        if transfer is not None:
            self.transfers[transfer.id] = transfer
        named = transfer_named(entry.event_id, event)
        if named is not None:
            self.transfer_entries[entry.seq] = named

    def _keep(self, seq: int, event: RecipePut | PartnerPut) -> None:
        """Of these every version is a row."""
        if isinstance(event, RecipePut):
            self.recipes[seq] = recipe_row(event)
        else:
            self.partners[seq] = partner_values(event)

    def _price(self, event: PriceTaken) -> None:
        place = (event.price_list, event.sku, event.effective_at)
        taken = (event.price, event.version)
        if taken[1] >= self.prices.get(place, taken)[1]:
            self.prices[place] = taken

    def _epoch(self, seq: int, event: EpochBegun, last: Entry, held_hash: bytes) -> None:
        """What the first entry of an epoch says of the journal before it."""
        self.epoch_seqs.add(seq)
        self.epochs.append(Begun(self.head.epoch, seq, held_hash, event))
        if self.head.epoch == last.epoch or not event.ancestor_seq <= event.held_seq < seq:
            self.differ(f"journal: entry {seq} begins no epoch where it stands")

    def _document(self, seq: int, event: DocumentPosted) -> None:
        # A document keeps the number another device, or another epoch, gave it: the highest counts, and none is required.
        count = document_count(event.number)
        if not count or event.number != document_number(event.type, count):
            self.differ(f"journal: entry {seq} is numbered {event.number}, which is no number of a {event.type}")
        self._list(
            seq, (event.type, count, event.worth(), event.station, event.person, event.posted_at), counted_as(event)
        )
        original = original_of(event)
        if original is not None:
            self.reversals[seq] = original
        movement_id = seq * MOVEMENTS_PER_DOCUMENT
        for movement in event.moves():
            item = event.lines[movement.line].item
            route = event.routes[movement.route]
            for location, delta in ((route.source, -movement.quantity), (route.destination, movement.quantity)):
                cell = (item, location, movement.lot or "")
                self._move(seq, cell, delta)
                if not is_virtual(location):
                    self._note(movement_id, cell, delta)
                    movement_id += 1

    def _list(self, seq: int, row: tuple[str, int, int, str | None, str, int], counted: tuple[str, int]) -> None:
        """A document in the list, in its type's count, and in the takings of its quarter."""
        self.documents.meet(seq, row)
        type_, count, total, _, _, posted_at = row
        self.counts[type_] = max(self.counts.get(type_, 0), count)
        figures = self.slots.setdefault(posted_at // SLOT_MILLISECONDS, [seq, 0, 0, 0])
        counted_type, documents = counted
        if counted_type == SALE:
            figures[1] += documents
            figures[2] += total
        elif counted_type == SALE_RETURN:
            figures[3] += total

    def _move(self, seq: int, cell: tuple[str, str, str], delta: int) -> None:
        """One side of a movement, in its balance."""
        self.balances[cell] = self.balances.get(cell, 0) + delta
        self.balance_seq[cell] = max(self.balance_seq.get(cell, 0), seq)

    def _note(self, movement_id: int, cell: tuple[str, str, str], delta: int) -> None:
        """The physical side of a movement, chained to the one of its item before it."""
        item, location, lot = cell
        total = self.totals[item] = self.totals.get(item, 0) + delta
        self.movements.meet(movement_id, (item, location, lot, delta, total, self.last_movements.get(item, 0)))
        self.last_movements[item] = movement_id


def _stored_documents(connection: sqlite3.Connection) -> Iterator[tuple[int, Row]]:
    stations = dict(connection.execute("SELECT station_id, name FROM stations").fetchall())
    for seq, type_, count, total, station, person, posted_at in connection.execute(
        "SELECT seq, type, count, total, station_id, person, posted_at FROM documents ORDER BY seq"
    ):
        yield seq, (type_, count, total, stations.get(station), person, posted_at)


def _stored_movements(connection: sqlite3.Connection) -> Iterator[tuple[int, Row]]:
    # Names are looked up here: a join might be walked in another order, or sorted in memory.
    items = dict(connection.execute("SELECT item_id, sku FROM items").fetchall())
    locations = dict(connection.execute("SELECT location_id, name FROM locations").fetchall())
    lots = dict(connection.execute("SELECT lot_id, lot FROM lots").fetchall())
    for id_, item, location, lot, delta, total, previous in connection.execute(
        "SELECT movement_id, item_id, location_id, lot_id, quantity, balance, previous FROM movements ORDER BY movement_id"
    ):
        yield id_, (items.get(item), locations.get(location), lots.get(lot, ""), delta, total, previous)
