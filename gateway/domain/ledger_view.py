"""What planning may ask of the ledger. The store answers, inside the transaction a document is planned in."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.domain.lots import Lot, LotStock
from gateway.domain.orders import Order, Receipt
from gateway.domain.recipe import Dish, Plan
from gateway.domain.shifts import Shift
from gateway.domain.transfers import Transfer
from replication.wire.events import DocumentPosted
from replication.wire.item import Item


class LedgerView(Protocol):
    """What planning may ask of the ledger, as it stands inside the current transaction."""

    def item(self, sku: str) -> Item | None:
        """The item, or None if nobody made it."""

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""

    def on_shelf(self, sku: str) -> tuple[Item, int] | None:
        """The item, and what of it stands in the shop in no lot; None if nobody made it."""

    def on_hand_at(self, sku: str, location: str, lot: str, seq: int) -> int | None:
        """Thousandths there after the entry of that seq; None where the ledger does not reach that far, or not yet."""

    def document(self, document_id: bytes) -> DocumentPosted | None:
        """A posted document; without its lines where they are kept at headquarters only."""

    def open_shift(self, station: str) -> Shift | None:
        """The open shift of a station, or None."""

    def next_z(self, station: str) -> int:
        """The number of the next Z report of a station."""

    def is_in_open_shift(self, station: str, document_id: bytes) -> bool:
        """Whether a document of a station belongs to the shift that is open there."""

    def is_reversed(self, document_id: bytes) -> bool:
        """Whether a reversal has taken that document back."""

    def transfer(self, transfer: bytes) -> Transfer | None:
        """What this branch knows of a transfer, or None if nobody told it."""

    def order(self, named: str | bytes) -> Order | None:
        """A purchase order by its 16 bytes, the text of its id, or its number; with what came of it."""

    def receipt(self, document_id: bytes) -> Receipt | None:
        """A goods receipt, with what became of its goods."""

    def lot(self, sku: str, lot: str) -> Lot | None:
        """What is known of a lot; None where nobody ever named it."""

    def lots(self, sku: str, location: str) -> Sequence[LotStock]:
        """The lots of an item that lie at a place, in the order in which they first came."""

    def newest_lot(self, sku: str) -> Lot | None:
        """The lot of an item that came last; one that is blocked only where all are."""

    def serial_at(self, sku: str, serial: str) -> str | None:
        """The place a single piece went to last, on a shelf or not; None where it was never met."""

    def dish(self, sku: str) -> Dish | None:
        """What is taken when an item is sold that is made at that moment; None where it is taken itself."""

    def recipe(self, code: str) -> Plan | None:
        """What a production by a recipe takes; None where there is none of that name, or it is used no more."""

    def returned(self, sale: bytes) -> Mapping[tuple[str, str], int]:
        """What of a sale came back so far, by item and lot."""
