"""What planning asks of the ledger, answered inside the open transaction: from the writer's buffers and caches first.

The half of the writer's session that changes nothing.
"""

import sqlite3

import msgspec

from gateway.domain.lots import Lot, LotStock
from gateway.domain.orders import Order, Receipt
from gateway.domain.recipe import Dish, Plan
from gateway.domain.shifts import Shift
from gateway.domain.transfers import Transfer
from gateway.store.documents import load_document_at
from gateway.store.goods import GoodsBook
from gateway.store.known_items import KnownItems
from gateway.store.orders import Orders
from gateway.store.recipes import Recipes
from gateway.store.reversals import Reversals
from gateway.store.shelves import Shelves
from gateway.store.shifts import Shifts
from gateway.store.transfers import Transfers
from replication.wire.events import DocumentPosted, decode_event
from replication.wire.item import Item


class KnownDocument(msgspec.Struct, frozen=True):
    """A document that is already in the journal; its type and content are empty where the entry is none."""

    seq: int
    type: str
    content: bytes


class LedgerAsked:
    """See the module; whoever writes makes the parts."""

    connection: sqlite3.Connection
    head_seq: int
    items: KnownItems
    transfers: Transfers
    reversals: Reversals
    goods: GoodsBook
    orders: Orders
    shifts: Shifts
    recipes: Recipes
    _shelves: Shelves
    _journal_rows: list[tuple[int, int, bytes, int, bytes, bytes]]
    _unflushed: dict[bytes, KnownDocument]
    _absent: set[bytes]

    def item(self, sku: str) -> Item | None:
        """The item, or None if nobody made it."""
        known = self.items.get(sku)
        return None if known is None else known.item

    def base_unit(self, sku: str) -> str | None:
        """The unit an item is kept in."""
        item = self.item(sku)
        return None if item is None else item.unit

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""
        known = self.items.get(sku)
        return 0 if known is None else self._shelves.on_hand(known.item_id, location, lot)

    def on_shelf(self, sku: str) -> tuple[Item, int] | None:
        """The item, and what of it stands in the shop in no lot; None if nobody made it."""
        known = self.items.get(sku)
        return None if known is None else (known.item, self._shelves.in_shop(known.item_id, sku))

    def on_hand_at(self, sku: str, location: str, lot: str, seq: int) -> int | None:
        """Thousandths there after the entry of that seq; None where it is too far back, not written yet, or where an epoch
        put other entries at that position since."""
        known = self.items.get(sku)
        # While an epoch is on its way, entries stand in for a moment where others did.
        moved = "SELECT 1 FROM epochs WHERE ancestor_seq < ? AND base_seq > ? UNION ALL SELECT 1 FROM staged LIMIT 1"
        if seq > self.head_seq or self.connection.execute(moved, (seq, seq)).fetchone() is not None:
            return None
        return 0 if known is None else self._shelves.on_hand_at(known.item_id, location, lot, seq)

    def document(self, document_id: bytes) -> DocumentPosted | None:
        """A posted document; without its lines where they are kept at headquarters only."""
        known = self.find_document(document_id)
        if known is None or not known.type:
            return None
        for seq, _, _, kind, payload, _ in reversed(self._journal_rows):
            if seq == known.seq:
                event = decode_event(kind, payload)
                assert isinstance(event, DocumentPosted), "it is known with the type of a document"
                return event
        stored = load_document_at(self.connection, known.seq)
        return None if stored is None else stored.event

    def is_reversed(self, document_id: bytes) -> bool:
        """Whether a reversal has taken that document back."""
        return self.reversals.has(document_id)

    def transfer(self, transfer: bytes) -> Transfer | None:
        """What this branch knows of a transfer."""
        return self.transfers.find(transfer)

    def order(self, named: str | bytes) -> Order | None:
        """A purchase order by its 16 bytes, the text of its id, or its number; with what came of it."""
        return self.orders.order(named, self.head_seq + 1)

    def receipt(self, document_id: bytes) -> Receipt | None:
        """A goods receipt, with what became of its goods."""
        return self.orders.receipt(document_id)

    def lot(self, sku: str, lot: str) -> Lot | None:
        """What is known of a lot; None where nobody ever named it."""
        known = self.items.get(sku)
        return None if known is None else self.goods.lot_named(known.item_id, lot)

    def lots(self, sku: str, location: str) -> list[LotStock]:
        """The lots of an item that lie at a place, in the order in which they first came."""
        known = self.items.get(sku)
        if known is None:
            return []
        found = self._shelves.lots_at(known.item_id, sku, location)
        return [LotStock(self.goods.lot(lot_id), quantity) for lot_id, quantity in found]

    def newest_lot(self, sku: str) -> Lot | None:
        """The lot of an item that came last; one that is blocked only where all are."""
        known = self.items.get(sku)
        return None if known is None else self.goods.newest_lot(known.item_id)

    def serial_at(self, sku: str, serial: str) -> str | None:
        """The place a single piece went to last; None where it was never met."""
        known = self.items.get(sku)
        return None if known is None else self.goods.serial_at(known.item_id, serial)

    def dish(self, sku: str) -> Dish | None:
        """What is taken when an item is sold that is made at that moment."""
        return self.recipes.dish(sku)

    def recipe(self, code: str) -> Plan | None:
        """What a production by a recipe takes."""
        return self.recipes.plan(code)

    def returned(self, sale: bytes) -> dict[tuple[str, str], int]:
        """What of a sale came back so far, by item and lot."""
        return self.goods.returned(sale)

    def find_document(self, document_id: bytes) -> KnownDocument | None:
        """The journal place and content digest of a document, in this group or before it."""
        found = self._unflushed.get(document_id)
        if found is not None:
            return found
        if document_id in self._absent:
            return None
        row = self.connection.execute("SELECT seq FROM journal WHERE event_id = ?", (document_id,)).fetchone()
        if row is None:
            return None
        document = self.connection.execute("SELECT type, content FROM documents WHERE seq = ?", row).fetchone()
        return KnownDocument(row[0], *(document or ("", b"")))

    def item_content(self, sku: str) -> bytes | None:
        """The content digest an item was last put with."""
        known = self.items.get(sku)
        return None if known is None else known.content

    def open_shift(self, station: str) -> Shift | None:
        """The open shift of a station."""
        return self.shifts.open_at(station)

    def next_z(self, station: str) -> int:
        """The number of the next Z report of a station."""
        return self.shifts.next_z(station)

    def is_in_open_shift(self, station: str, document_id: bytes) -> bool:
        """Whether a document of a station belongs to the shift that is open there."""
        shift, found = self.shifts.open_at(station), self.find_document(document_id)
        return shift is not None and found is not None and shift.opened_seq <= found.seq
