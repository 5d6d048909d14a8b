"""A ledger that holds nothing: what planning may ask answered with nothing. Tests say what theirs holds."""

from collections.abc import Mapping, Sequence

from gateway.domain.lots import Lot, LotStock
from gateway.domain.orders import Order, Receipt
from gateway.domain.recipe import Dish, Plan
from gateway.domain.shifts import Shift
from gateway.domain.transfers import Transfer
from replication.wire.events import DocumentPosted
from replication.wire.item import Item


class BareLedger:
    """See the module."""

    def item(self, sku: str) -> Item | None:
        """None is known."""
        del sku
        return None

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Nothing is anywhere."""
        del sku, location, lot
        return 0

    def on_shelf(self, sku: str) -> tuple[Item, int] | None:
        """What is in the shop in no lot."""
        item = self.item(sku)
        return None if item is None else (item, self.on_hand(sku, "shop", ""))

    def on_hand_at(self, sku: str, location: str, lot: str, seq: int) -> int | None:
        """As now."""
        del seq
        return self.on_hand(sku, location, lot)

    def document(self, document_id: bytes) -> DocumentPosted | None:
        """None is known."""
        del document_id
        return None

    def open_shift(self, station: str) -> Shift | None:
        """None is open."""
        del station
        return None

    def next_z(self, station: str) -> int:
        """The first."""
        del station
        return 1

    def is_in_open_shift(self, station: str, document_id: bytes) -> bool:
        """None is open."""
        del station, document_id
        return False

    def is_reversed(self, document_id: bytes) -> bool:
        """Nothing was."""
        del document_id
        return False

    def transfer(self, transfer: bytes) -> Transfer | None:
        """None is known."""
        del transfer
        return None

    def order(self, named: str | bytes) -> Order | None:
        """None is known."""
        del named
        return None

    def receipt(self, document_id: bytes) -> Receipt | None:
        """None is known."""
        del document_id
        return None

    def lot(self, sku: str, lot: str) -> Lot | None:
        """None is known."""
        del sku, lot
        return None

    def lots(self, sku: str, location: str) -> Sequence[LotStock]:
        """None lie anywhere."""
        del sku, location
        return ()

    def newest_lot(self, sku: str) -> Lot | None:
        """None ever came."""
        del sku
        return None

    def serial_at(self, sku: str, serial: str) -> str | None:
        """None was ever met."""
        del sku, serial
        return None

    def dish(self, sku: str) -> Dish | None:
        """Nothing is made at a sale."""
        del sku
        return None

    def recipe(self, code: str) -> Plan | None:
        """None is known."""
        del code
        return None

    def returned(self, sale: bytes) -> Mapping[tuple[str, str], int]:
        """Nothing was."""
        del sale
        return {}
