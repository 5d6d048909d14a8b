"""The writer's working state: an overlay of the ledger that documents are planned on and appended to.

Everything a group of documents changes is collected here and written with one `executemany` per table in `flush`. The
caches stay warm between groups, because this session's connection is the only one that writes. Touched by the writer
thread only.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.domain.document import DocumentType, document_number
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.lines import NO_LOT
from gateway.domain.posting import Posting
from replication.wire.chain import GENESIS_HASH, chain_hash
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.events import DocumentPosted, ItemPut, PostedLine, encode_event
from replication.wire.identity import make_uuid7
from replication.wire.item import Item
from replication.wire.location import is_virtual

CACHED_BALANCES_MAX: Final = 200_000
"""About 30 MB; beyond it the cache is emptied between groups, which costs one read per cell, no correctness."""
CACHED_ITEMS_MAX: Final = 50_000
SLOT_MILLISECONDS: Final = 15 * 60 * 1000
"""Takings are summed per quarter of an hour: every time zone's hours and days are whole quarters."""

MOVEMENTS_PER_DOCUMENT: Final = 1024
"""Room for the movements of one document in `movement_id`: 500 lines with at most two physical sides each."""

_item_decoder = msgspec.msgpack.Decoder(Item)
_item_encoder = msgspec.msgpack.Encoder()


class StockChange(msgspec.Struct, frozen=True, gc=False):
    """A balance after a document, for those who watch; physical locations only."""

    item: str
    location: str
    lot: str
    on_hand: int


class Posted(msgspec.Struct, frozen=True):
    """The first answer to a document: its place in the journal and its figures."""

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


class KnownDocument(msgspec.Struct, frozen=True):
    """A document that is already in the journal."""

    seq: int
    content: bytes


class TooLarge(msgspec.Struct, frozen=True):
    """An entry that would not fit one replication event; nothing was written."""

    size: int


class _KnownItem(msgspec.Struct, frozen=True):
    item_id: int
    item: Item
    content: bytes


class _ItemTotal(msgspec.Struct):
    total: int
    last_movement: int


class LedgerSession:
    """See the module: the overlay and its buffers."""

    def __init__(
        self, connection: sqlite3.Connection, clock: Callable[[], int], randomness: Callable[[int], bytes]
    ) -> None:
        self.connection = connection
        self._clock = clock
        self._randomness = randomness
        self._load()

    def _load(self) -> None:
        """Forget everything and read the head again."""
        connection = self.connection
        row = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        self.head_seq: int = 0 if row is None else row[0]
        self.head_hash: bytes = GENESIS_HASH if row is None else row[1]
        (self.epoch,) = connection.execute("SELECT epoch FROM replication").fetchone()
        self._counters: dict[str, int] = dict(connection.execute("SELECT type, count FROM counters").fetchall())
        self._locations: dict[str, int] = dict(connection.execute("SELECT name, location_id FROM locations").fetchall())
        self._stations: dict[str, int] = dict(connection.execute("SELECT name, station_id FROM stations").fetchall())
        (self.pending_count,) = connection.execute("SELECT count(*) FROM pending").fetchone()
        row = connection.execute("SELECT coalesce(max(job), 0) + 1 FROM print_jobs").fetchone()
        self._next_print_job: int = row[0]
        self._items: dict[str, _KnownItem | None] = {}
        self._lots: dict[tuple[int, str], int] = {}
        self._balances: dict[tuple[int, int, int], int] = {}
        self._totals: dict[int, _ItemTotal] = {}
        self._clear_buffers()

    def _clear_buffers(self) -> None:
        self._journal_rows: list[tuple[int, int, bytes, int, bytes, bytes]] = []
        self._document_rows: list[tuple[int, str, int, int, int | None, str, int, bytes]] = []
        self._movement_rows: list[tuple[int, int, int, int, int, int, int]] = []
        self._print_rows: list[tuple[int, int, str, int, str, str, int]] = []
        self._dirty_balances: dict[tuple[int, int, int], int] = {}
        self._dirty_totals: set[int] = set()
        self._dirty_counters: set[str] = set()
        self._slots: dict[int, list[int]] = {}
        self._unflushed: dict[bytes, KnownDocument] = {}

    # -- the view planning asks -------------------------------------------------------------------------------------

    def item(self, sku: str) -> Item | None:
        """The item, or None if nobody made it."""
        known = self._known_item(sku)
        return None if known is None else known.item

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""
        known = self._known_item(sku)
        location_id = self._locations.get(location)
        if known is None or location_id is None:
            return 0
        lot_id = 0 if lot == NO_LOT else self._lot_id(known.item_id, lot)
        return 0 if lot_id is None else self._balance((known.item_id, location_id, lot_id))

    def is_posted(self, document_id: str) -> bool:
        """Whether a document of that id is in the journal."""
        try:
            raw = bytes.fromhex(document_id.replace("-", ""))
        except ValueError:
            return False
        return self.find_document(raw) is not None

    def find_document(self, document_id: bytes) -> KnownDocument | None:
        """The journal place and content digest of a document, in this group or before it."""
        found = self._unflushed.get(document_id)
        if found is not None:
            return found
        row = self.connection.execute("SELECT seq FROM journal WHERE event_id = ?", (document_id,)).fetchone()
        if row is None:
            return None
        content = self.connection.execute("SELECT content FROM documents WHERE seq = ?", row).fetchone()
        return KnownDocument(row[0], b"" if content is None else content[0])

    def item_content(self, sku: str) -> bytes | None:
        """The content digest an item was last put with."""
        known = self._known_item(sku)
        return None if known is None else known.content

    # -- what is appended -------------------------------------------------------------------------------------------

    def append_document(
        self, draft: Draft, posting: Posting, *, person: str, station: str | None, printer: str | None
    ) -> Posted | TooLarge:
        """Append a planned document: journal row, movements, balances, and its print job if there is a printer."""
        seq, posted_at = self.head_seq + 1, self._clock()
        type_ = posting.type.value
        count = self._counters.get(type_, 0) + 1
        number = document_number(type_, count)
        event = DocumentPosted(
            type_, number, posted_at, draft.occurred_at, person, station, posting.total, posting.change, posting.tenders,
            posting.lines, posting.routes, posting.movements, posting.detail,
        )  # fmt: skip
        kind, payload = encode_event(event)
        if len(payload) > ENTRY_BYTES_MAX:
            return TooLarge(len(payload))
        self._append_entry(draft.id, int(kind), payload)
        self._counters[type_] = count
        self._dirty_counters.add(type_)
        station_id = None if station is None else self._intern(self._stations, "stations", station)
        self._document_rows.append((seq, type_, count, posting.total, station_id, person, posted_at, draft.content))
        self._unflushed[draft.id] = KnownDocument(seq, draft.content)
        stock = self._apply(seq, posting)
        self._count_takings(seq, posted_at, posting)
        job = None if printer is None else self.append_print_job(seq, printer, duplicate=False)
        return Posted(
            draft.id, type_, number, seq, self.head_hash, posting.total, posting.change,
            tuple(fault.code for fault in posting.warnings), posted_at, person, station, stock, job,
        )  # fmt: skip

    def append_item(self, item: Item, content: bytes, person: str) -> tuple[int, bool] | Fault | TooLarge:
        """Create or change an item: journal row, item row, barcodes. Answers (seq, whether it is new)."""
        posted_at = self._clock()
        kind, payload = encode_event(ItemPut(item, person, posted_at))
        if len(payload) > ENTRY_BYTES_MAX:
            return TooLarge(len(payload))
        known = self._known_item(item.sku)
        codes = self._barcode_owners(item, known)
        if isinstance(codes, Fault):
            return codes
        self._append_entry(make_uuid7(posted_at, self._randomness(10)).bytes, int(kind), payload)
        self.connection.execute(
            "INSERT INTO items (sku, name, name_zh, category, weighed, low_below, body, content, seq)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE SET name = excluded.name, name_zh = excluded.name_zh,"
            " category = excluded.category, weighed = excluded.weighed, low_below = excluded.low_below, body = excluded.body,"
            " content = excluded.content, seq = excluded.seq",
            (
                item.sku, item.name, item.name_zh, item.category, item.weighed, item.low_below, _item_encoder.encode(item),
                content, self.head_seq,
            ),
        )  # fmt: skip
        (item_id,) = self.connection.execute("SELECT item_id FROM items WHERE sku = ?", (item.sku,)).fetchone()
        self.connection.execute("DELETE FROM barcodes WHERE item_id = ?", (item_id,))
        self.connection.executemany(
            "INSERT INTO barcodes (barcode, item_id, unit) VALUES (?, ?, ?)",
            [(code, item_id, unit) for code, unit in codes.items()],
        )
        self._items[item.sku] = _KnownItem(item_id, item, content)
        return self.head_seq, known is None

    def append_print_job(self, seq: int, printer: str, *, duplicate: bool) -> int:
        """Queue a document's till receipt on a printer, in the same transaction as the document."""
        job = self._next_print_job
        self._next_print_job += 1
        self._print_rows.append((job, seq, printer, duplicate, "queued", "", self._clock()))
        return job

    # -- what the writer thread calls -------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write every buffer, one statement per table."""
        run = self.connection.executemany
        if self._journal_rows:
            run("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", self._journal_rows)
        if self._document_rows:
            run("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._document_rows)
        if self._movement_rows:
            run("INSERT INTO movements VALUES (?, ?, ?, ?, ?, ?, ?)", self._movement_rows)
            totals = ((item_id, self._totals[item_id]) for item_id in sorted(self._dirty_totals))
            rows_of_totals = [(item_id, total.total, total.last_movement) for item_id, total in totals]
            run("INSERT OR REPLACE INTO item_totals VALUES (?, ?, ?)", rows_of_totals)
        if self._dirty_balances:
            rows = sorted((*cell, self._balances[cell], seq) for cell, seq in self._dirty_balances.items())
            run("INSERT OR REPLACE INTO balances VALUES (?, ?, ?, ?, ?)", rows)
        if self._dirty_counters:
            rows_ = [(type_, self._counters[type_]) for type_ in self._dirty_counters]
            run("INSERT OR REPLACE INTO counters VALUES (?, ?)", rows_)
        if self._slots:
            run(
                "INSERT INTO slots VALUES (?, ?, ?, ?, ?) ON CONFLICT (slot) DO UPDATE SET sales = sales + excluded.sales,"
                " sales_total = sales_total + excluded.sales_total, returns_total = returns_total + excluded.returns_total",
                [(slot, *figures) for slot, figures in self._slots.items()],
            )
        if self._print_rows:
            run("INSERT INTO print_jobs VALUES (?, ?, ?, ?, ?, ?, ?)", self._print_rows)
        self._clear_buffers()

    def committed(self) -> None:
        """Keep the caches within their bounds; everything in them is on disk."""
        if len(self._balances) > CACHED_BALANCES_MAX:
            self._balances.clear()
            self._totals.clear()
            self._lots.clear()
        if len(self._items) > CACHED_ITEMS_MAX:
            self._items.clear()

    def discarded(self) -> None:
        """The rows this state came from are gone: start again from what the file says."""
        self._load()

    # -- helpers ----------------------------------------------------------------------------------------------------

    def _append_entry(self, event_id: bytes, kind: int, payload: bytes) -> None:
        self.head_seq += 1
        self.head_hash = chain_hash(self.head_hash, self.epoch, self.head_seq, event_id, kind, payload)
        self._journal_rows.append((self.head_seq, self.epoch, event_id, kind, payload, self.head_hash))

    def _apply(self, seq: int, posting: Posting) -> tuple[StockChange, ...]:
        """Change the balances on both sides of each movement, and note those of the physical side."""
        stock: dict[tuple[int, int, int], StockChange] = {}
        sides = [
            [(name, self._intern(self._locations, "locations", name), is_virtual(name)) for name in route]
            for route in ((route.source, route.destination) for route in posting.routes)
        ]
        balances, dirty = self._balances, self._dirty_balances
        movement_id = seq * MOVEMENTS_PER_DOCUMENT
        for movement in posting.movements:
            sku = posting.lines[movement.line].item
            known = self._known_item(sku)
            assert known is not None, "a planned line names a known item"
            item_id = known.item_id
            lot = movement.lot
            lot_id = 0 if lot is None else self._make_lot(item_id, lot, posting.lines[movement.line])
            delta = -movement.quantity
            for location, location_id, virtual in sides[movement.route]:
                cell = (item_id, location_id, lot_id)
                quantity = balances[cell] = self._balance(cell) + delta
                dirty[cell] = seq
                if not virtual:
                    total = self._total(item_id)
                    total.total += delta
                    self._movement_rows.append(
                        (movement_id, item_id, location_id, lot_id, delta, total.total, total.last_movement)
                    )
                    total.last_movement = movement_id
                    movement_id += 1
                    self._dirty_totals.add(item_id)
                    stock[cell] = StockChange(sku, location, lot or NO_LOT, quantity)
                delta = -delta
        return tuple(stock.values())

    def _count_takings(self, seq: int, posted_at: int, posting: Posting) -> None:
        figures = self._slots.setdefault(posted_at // SLOT_MILLISECONDS, [seq, 0, 0, 0])
        if posting.type is DocumentType.SALE:
            figures[1] += 1
            figures[2] += posting.total
        elif posting.type is DocumentType.SALE_RETURN:
            figures[3] += posting.total

    def _known_item(self, sku: str) -> _KnownItem | None:
        try:
            return self._items[sku]
        except KeyError:
            row = self.connection.execute("SELECT item_id, body, content FROM items WHERE sku = ?", (sku,)).fetchone()
            known = None if row is None else _KnownItem(row[0], _item_decoder.decode(row[1]), row[2])
            if known is not None:
                self._items[sku] = known
            return known

    def _balance(self, cell: tuple[int, int, int]) -> int:
        quantity: int | None = self._balances.get(cell)
        if quantity is None:
            row = self.connection.execute(
                "SELECT quantity FROM balances WHERE item_id = ? AND location_id = ? AND lot_id = ?", cell
            ).fetchone()
            quantity = self._balances[cell] = 0 if row is None else row[0]
        return quantity

    def _total(self, item_id: int) -> "_ItemTotal":
        """The item over all physical locations, with its newest movement."""
        total = self._totals.get(item_id)
        if total is None:
            row = self.connection.execute(
                "SELECT total, last_movement FROM item_totals WHERE item_id = ?", (item_id,)
            ).fetchone()
            total = self._totals[item_id] = _ItemTotal(0, 0) if row is None else _ItemTotal(*row)
        return total

    def _lot_id(self, item_id: int, lot: str) -> int | None:
        key = (item_id, lot)
        lot_id: int | None = self._lots.get(key)
        if lot_id is None:
            row = self.connection.execute("SELECT lot_id FROM lots WHERE item_id = ? AND lot = ?", key).fetchone()
            if row is not None:
                lot_id = self._lots[key] = row[0]
        return lot_id

    def _make_lot(self, item_id: int, lot: str, line: PostedLine) -> int:
        lot_id = self._lot_id(item_id, lot)
        if lot_id is None:
            detail = line.detail
            cursor = self.connection.execute(
                "INSERT INTO lots (item_id, lot, expiry) VALUES (?, ?, ?)",
                (item_id, lot, None if detail is None else detail.expiry),
            )
            assert cursor.lastrowid is not None
            lot_id = self._lots[item_id, lot] = cursor.lastrowid
        return lot_id

    def _intern(self, known: dict[str, int], table: str, name: str) -> int:
        found = known.get(name)
        if found is None:
            columns, values = (
                ("(name, virtual)", (name, is_virtual(name))) if table == "locations" else ("(name)", (name,))
            )
            marks = ", ".join("?" * len(values))
            cursor = self.connection.execute(f"INSERT INTO {table} {columns} VALUES ({marks})", values)
            assert cursor.lastrowid is not None
            found = known[name] = cursor.lastrowid
        return found

    def _barcode_owners(self, item: Item, known: _KnownItem | None) -> dict[str, str | None] | Fault:
        """The item's barcodes with the pack they stand for, unless another item has one of them."""
        codes: dict[str, str | None] = dict.fromkeys(item.barcodes)
        for pack in item.packs:
            if pack.barcode is not None:
                codes[pack.barcode] = pack.unit
        for code in codes:
            row = self.connection.execute(
                "SELECT sku FROM barcodes JOIN items USING (item_id) WHERE barcode = ?", (code,)
            ).fetchone()
            if row is not None and (known is None or row[0] != item.sku):
                return Fault("barcodes", "barcode_taken", {"barcode": code, "item": row[0]})
        return codes
