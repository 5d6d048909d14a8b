"""What headquarters owns and sends down, as its rules need it of a store: items and prices with their versions."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from replication.wire.item import Item
from replication.wire.outbox import CatalogueItem, Price


class CodeTaken(msgspec.Struct, frozen=True):
    """A barcode that another item of headquarters has."""

    barcode: str
    sku: str


class Catalogue(Protocol):
    """Headquarters' items and prices inside one transaction."""

    def newest_version(self) -> int:
        """The largest version ever given or learnt; 0 before the first."""

    def owned(self, sku: str) -> CatalogueItem | None:
        """The item of headquarters of that SKU."""

    def known(self, sku: str) -> Item | None:
        """The item as anybody put it, headquarters or a branch."""

    def code_taken(self, item: Item) -> CodeTaken | None:
        """Whether another item of headquarters has one of its barcodes."""

    def put(self, sent: CatalogueItem, at: int) -> None:
        """Make an item headquarters' own, as of now (UTC milliseconds)."""

    def price_at(self, price_list: str, sku: str, effective_at: int) -> Price | None:
        """The price of that list from exactly that moment on."""

    def has_prices(self, price_list: str, sku: str) -> bool:
        """Whether the list ever had a price of the item."""

    def put_price(self, price: Price, at: int) -> None:
        """Keep a price; of two for one moment the newer version stays."""

    def items(self) -> Iterable[CatalogueItem]:
        """All items of headquarters by version."""

    def prices_from(self, moment: int) -> Iterable[Price]:
        """By version: every price that comes into force after a moment, and of each item the one in force then."""

    def receivers(self) -> Iterable[str]:
        """The branches that have the catalogue."""

    def receive(self, branch: str) -> bool:
        """The branch has the catalogue from now on; False where it had it before."""
