"""The writer's working state: an overlay of the ledger that documents are planned on and appended to.

Everything a group of documents changes is collected here and written with a few statements per table in `flush`. The
caches stay warm between groups, because this session's connection is the only one that writes. Touched by the writer
thread only.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.domain.document import DocumentType, document_number
from gateway.domain.document_count import document_count
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.posting import Posting
from gateway.domain.shifts import DRAWER_TYPES
from gateway.domain.transfer_return import HEADQUARTERS, plan_return
from gateway.store.goods import GoodsBook
from gateway.store.known_items import KnownItems, item_content
from gateway.store.ledger_asked import KnownDocument, LedgerAsked
from gateway.store.orders import Orders
from gateway.store.partners import note_partner
from gateway.store.prices import Prices
from gateway.store.recipes import Recipes
from gateway.store.reversals import REVERSAL, Reversals
from gateway.store.reviews import note_review, wants_review
from gateway.store.shelves import Shelves, StockChange, decided
from gateway.store.shifts import Shifts
from gateway.store.takings import SALE, Takings, counted_as
from gateway.store.transfers import Transfers
from replication.storage.rows import BLOCK, LEAST_BLOCK, RowWriter, next_block
from replication.wire.chain import GENESIS_HASH, chain_hash
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.events import (
    DocumentPosted,
    ItemPut,
    KnownEvent,
    LotBlocked,
    LotReleased,
    PriceTaken,
    RecipePut,
    TransferCancelRequested,
    TransferReleased,
    decode_event,
    encode_event,
)
from replication.wire.identity import make_uuid7
from replication.wire.item import Item
from replication.wire.item_entry import codes_of
from replication.wire.outbox import Price
from replication.wire.partner import PartnerPut

STATIONS_MAX: Final = 500
"""Stations a branch may have: an unknown name is registered, and a script with a bug must not fill the ledger with them."""
_NAMES: Final = {type_: type_.value for type_ in DocumentType}
TRANSFER_TYPES: Final = frozenset({DocumentType.TRANSFER_OUT.value, DocumentType.TRANSFER_IN.value})

_JOURNAL: Final = RowWriter("INSERT INTO journal", 6)
_DOCUMENTS: Final = RowWriter("INSERT INTO documents", 8)
_COUNTERS: Final = RowWriter("INSERT OR REPLACE INTO counters", 2)
_PRINT_JOBS: Final = RowWriter("INSERT INTO print_jobs", 8)
_FIND_MANY: Final = {
    block: f"SELECT event_id FROM journal WHERE event_id IN ({', '.join('?' * block)})"
    for block in (*range(1, LEAST_BLOCK + 1), BLOCK)
}


class Posted(msgspec.Struct, frozen=True):
    """The first answer to a document: its place in the journal and its figures.

    `first_seq` is where it stood before an epoch moved it; None where it still stands there.
    """

    id: bytes
    type: str
    number: str
    seq: int
    hash: bytes
    total: int
    change: int
    warnings: tuple[str, ...]
    posted_at: int
    person: str
    station: str | None
    stock: tuple[StockChange, ...] = ()
    print_job: int | None = None
    first_seq: int | None = None


class TooLarge(msgspec.Struct, frozen=True):
    """An entry that would not fit one replication event; nothing was written."""

    size: int


class LedgerSession(LedgerAsked):
    """See the module: the overlay and its buffers."""

    def __init__(
        self, connection: sqlite3.Connection, clock: Callable[[], int], randomness: Callable[[int], bytes]
    ) -> None:
        self.connection = connection
        self._clock = clock
        self._randomness = randomness
        self.prices = Prices(connection)
        self.items = KnownItems(connection, self.prices)
        self._shelves = Shelves(connection)
        self._takings = Takings()
        self.transfers = Transfers(connection)
        self.reversals = Reversals(connection)
        self.goods = GoodsBook(connection)
        self.orders = Orders(connection)
        self.shifts = Shifts(connection)
        self.recipes = Recipes(connection)
        self._load()

    def _load(self) -> None:
        """Forget everything and read the head again."""
        connection = self.connection
        row = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        self.head_seq = 0 if row is None else row[0]
        self.head_hash: bytes = GENESIS_HASH if row is None else row[1]
        (self.epoch,) = connection.execute("SELECT epoch FROM replication").fetchone()
        self._counters: dict[str, int] = dict(connection.execute("SELECT type, count FROM counters").fetchall())
        self._stations: dict[str, int] = dict(connection.execute("SELECT name, station_id FROM stations").fetchall())
        (self.pending_count,) = connection.execute("SELECT count(*) FROM pending").fetchone()
        row = connection.execute("SELECT coalesce(max(job), 0) + 1 FROM print_jobs").fetchone()
        self._next_print_job: int = row[0]
        self._clear_buffers()

    def _clear_buffers(self) -> None:
        self._journal_rows = []
        self._document_rows: list[tuple[int, str, int, int, int | None, str, int, bytes]] = []
        self._print_rows: list[tuple[int, int, str, int, str, str, int, str]] = []
        self._dirty_counters: set[str] = set()
        self._takings.forget()
        self._unflushed = {}
        self._absent = set()

    # -- what is appended -------------------------------------------------------------------------------------------

    def append_document(
        self, draft: Draft, posting: Posting, *, person: str, station: str | None, printer: str | None
    ) -> Posted | TooLarge:
        """Append a planned document: journal row, movements, balances, and its print job if there is a printer."""
        seq, posted_at = self.head_seq + 1, self._clock()
        type_ = _NAMES[posting.type]
        is_sale = type_ == SALE
        count = self._counters.get(type_, 0) + 1
        number = document_number(type_, count)
        event = _event_of(draft, posting, number, posted_at, person, station)
        kind, payload = encode_event(event)
        if len(payload) > ENTRY_BYTES_MAX:
            return TooLarge(len(payload))
        self.append_entry(draft.id, int(kind), payload, type_, draft.content)
        self._counters[type_] = count
        self._dirty_counters.add(type_)
        station_id = None if station is None else self._station_id(station)
        self._document_rows.append((seq, type_, count, posting.total, station_id, person, posted_at, draft.content))
        stock = self._shelves.apply(seq, posting, self.items.item_id)
        counted = (type_, 1) if is_sale else counted_as(event)
        self._takings.count(seq, posted_at, counted[0], posting.total, counted[1])
        if type_ in TRANSFER_TYPES:
            self.transfers.note(seq, draft.id, event)
        elif type_ == REVERSAL:
            self.reversals.note(seq, event)
        if not (is_sale and posting.plain):
            self.goods.note(seq, draft.id, event, self.items.item_id)
            self.orders.note(seq, draft.id, event)
        if posting.detail is not None and wants_review(posting.detail):
            note_review(self.connection, draft.id)
        if station is not None and type_ in DRAWER_TYPES:
            self.shifts.note(seq, event, posting.change)
        job = None if printer is None else self.append_print_job(seq, printer, duplicate=False)
        return Posted(
            draft.id, type_, number, seq, self.head_hash, posting.total, posting.change,
            tuple([fault.code for fault in posting.warnings]) if posting.warnings else (), posted_at, person, station,
            stock, job,
        )  # fmt: skip

    def size_of(self, draft: Draft, posting: Posting, person: str, station: str | None) -> int:
        """Bytes of the entry that a planned document would be."""
        number = document_number(_NAMES[posting.type], self._counters.get(_NAMES[posting.type], 0) + 1)
        return len(encode_event(_event_of(draft, posting, number, self._clock(), person, station))[1])

    def take_returns(self) -> list[Posted]:
        """Take back every rest of a transfer that headquarters gave back and that is not in the journal yet."""
        taken = []
        for voided, reason in self.transfers.given_back():
            posted = self.append_document(*plan_return(voided, reason), person=HEADQUARTERS, station=None, printer=None)
            assert isinstance(posted, Posted), "a rest is no larger than what was dispatched"
            taken.append(posted)
        return taken

    def append_item(self, item: Item, content: bytes, person: str) -> tuple[int, bool] | Fault | TooLarge:
        """Create or change an item: journal row, item row, barcodes. Answers (seq, whether it is new)."""
        posted_at = self._clock()
        kind, payload = encode_event(ItemPut(item, person, posted_at))
        if len(payload) > ENTRY_BYTES_MAX:
            return TooLarge(len(payload))
        created = self.items.get(item.sku) is None
        codes = self.items.barcode_owners(item)
        if isinstance(codes, Fault):
            return codes
        self.append_entry(make_uuid7(posted_at, self._randomness(10)).bytes, int(kind), payload)
        self.items.store(item, codes, content, self.head_seq)
        return self.head_seq, created

    def put_prices_in_force(self, told_at: int = 0) -> None:
        """What is due by now counts from here on, or by `told_at` where another's clock is ahead. Cheap where nothing is."""
        self.items.forget_prices(self.prices.advance(max(self._clock(), told_at)))

    def append_event(self, event: KnownEvent) -> int:
        """Append an event that moves no goods, under an id made here; its effect on other tables is the caller's."""
        kind, payload = encode_event(event)
        self.append_entry(make_uuid7(self._clock(), self._randomness(10)).bytes, int(kind), payload)
        return self.head_seq

    def append_decided(self, event_id: bytes, kind: int, payload: bytes, content: bytes = b"") -> None:
        """Append an entry that was decided before, here or on another device: all of its effects, but no paper.

        `content` is the digest its document was sent with, where that is known.
        """
        self.append_entry(event_id, kind, payload)
        match decode_event(kind, payload):
            case DocumentPosted() as event:
                self._take_document(event_id, event, content)
            case ItemPut() as event:
                known = self.items.get(event.item.sku)
                if known is None or event.version >= known.version:
                    codes = codes_of(event.item)
                    self.items.store(event.item, codes, item_content(event.item), self.head_seq, event.version)
            case PriceTaken() as event:
                self.prices.take(
                    Price(event.price_list, event.sku, event.price, event.effective_at, event.version), self.head_seq
                )
                self.items.forget_prices((event.sku,))
            case TransferCancelRequested() | TransferReleased() as event:
                self.transfers.note(self.head_seq, event_id, event)
            case RecipePut() as event:
                self.recipes.note(self.head_seq, event)
            case PartnerPut() as event:
                note_partner(self.connection, self.head_seq, event)
            case LotBlocked() | LotReleased() as event:
                self.goods.note(self.head_seq, event_id, event, self.items.item_id)
            case _:
                return

    def append_entry(self, event_id: bytes, kind: int, payload: bytes, type_: str = "", content: bytes = b"") -> None:
        """The journal row of an entry at the head, and nothing else; of a document with its type and content."""
        self._absent.discard(event_id)
        self.head_seq += 1
        self.head_hash = chain_hash(self.head_hash, self.epoch, self.head_seq, event_id, kind, payload)
        self._journal_rows.append((self.head_seq, self.epoch, event_id, kind, payload, self.head_hash))
        # What headquarters sends may name one entry twice in a step: as its own doing here, and as another device's.
        self._unflushed[event_id] = KnownDocument(self.head_seq, type_, content)

    def place(self, epoch: int, seq: int) -> None:
        """The next entry stands after that seq, in that epoch. Seqs only ever ascend."""
        assert seq >= self.head_seq
        self.epoch, self.head_seq = epoch, seq

    def append_print_job(self, seq: int, printer: str, *, duplicate: bool, kitchen: str = "") -> int:
        """Queue a document's till receipt on a printer, or its ticket for a kitchen, in the open transaction."""
        job = self._next_print_job
        self._next_print_job += 1
        self._print_rows.append((job, seq, printer, duplicate, "queued", "", self._clock(), kitchen))
        return job

    # -- what the writer thread calls -------------------------------------------------------------------------------

    def expect(self, document_ids: list[bytes]) -> None:
        """These ids will be asked for in this group: which of them are not in the journal is found out at once."""
        absent = set(document_ids)
        at = 0
        while at < len(document_ids):
            block = next_block(len(document_ids) - at)
            absent.difference_update(*self.connection.execute(_FIND_MANY[block], document_ids[at : at + block]))
            at += block
        self._absent = absent

    def flush(self) -> None:
        """Write every buffer."""
        connection = self.connection
        _JOURNAL.write(connection, self._journal_rows)
        _DOCUMENTS.write(connection, self._document_rows)
        self._shelves.flush()
        _COUNTERS.write(connection, [(type_, self._counters[type_]) for type_ in self._dirty_counters])
        self._takings.flush(connection)
        self.shifts.flush()
        _PRINT_JOBS.write(connection, self._print_rows)
        self._clear_buffers()

    def committed(self) -> None:
        """Keep the caches within their bounds; everything in them is on disk."""
        self.items.keep_within_bounds()
        self._shelves.keep_within_bounds()
        self.goods.keep_within_bounds()

    def discarded(self) -> None:
        """The rows this state came from are gone: start again from what the file says."""
        self.items.forget()
        self._shelves.forget()
        self.goods.forget()
        self.prices.load()
        self.shifts.forget()
        self.recipes.forget()
        self._load()

    # -- helpers ----------------------------------------------------------------------------------------------------

    def _take_document(self, event_id: bytes, event: DocumentPosted, content: bytes) -> None:
        seq, count, total = self.head_seq, document_count(event.number), event.worth()
        self._counters[event.type] = max(self._counters.get(event.type, 0), count)
        self._dirty_counters.add(event.type)
        station_id = None if event.station is None else self._station_id(event.station)
        self._document_rows.append((seq, event.type, count, total, station_id, event.person, event.posted_at, content))
        self._unflushed[event_id] = KnownDocument(seq, event.type, content)
        self._shelves.apply(seq, decided(event), self.items.item_id)
        counted, documents = counted_as(event)
        self._takings.count(seq, event.posted_at, counted, total, documents)
        if event.type in TRANSFER_TYPES:
            self.transfers.note(seq, event_id, event)
        elif event.type == REVERSAL:
            self.reversals.note(seq, event)
        if wants_review(event.detail):
            note_review(self.connection, event_id)
        self.shifts.note(seq, event)
        if event.type != SALE or event.movements is not None:
            self.goods.note(seq, event_id, event, self.items.item_id)
            self.orders.note(seq, event_id, event)

    def knows_station(self, name: str) -> bool:
        """Whether a station of that name is registered, or one more may be."""
        return name in self._stations or len(self._stations) < STATIONS_MAX

    def _station_id(self, name: str) -> int:
        station_id = self._stations.get(name)
        if station_id is None:
            cursor = self.connection.execute("INSERT INTO stations (name) VALUES (?)", (name,))
            assert cursor.lastrowid is not None
            station_id = self._stations[name] = cursor.lastrowid
        return station_id


def _event_of(
    draft: Draft, posting: Posting, number: str, posted_at: int, person: str, station: str | None
) -> DocumentPosted:
    return DocumentPosted(
        _NAMES[posting.type], number, posted_at, draft.occurred_at, person, station, posting.told_total, None, posting.tenders,
        posting.lines, posting.routes, None if posting.plain else posting.movements, posting.detail,
    )  # fmt: skip
