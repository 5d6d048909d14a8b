"""What headquarters owns and sends down, as its rules need it of a store: items and prices with their versions."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from replication.wire.item import Item
from replication.wire.outbox import CatalogueItem, Price


class CodeTaken(msgspec.Struct, frozen=True):
    """A barcode that another item of headquarters has."""

    barcode: str
    sku: str


class Receiver(msgspec.Struct, frozen=True):
    """A branch that has the catalogue, and through which places of items and prices it was told of them."""

    branch: str
    items_through: int
    prices_through: int


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

    def seal_key(self) -> bytes:
        """The key of headquarters' seals; made with the database, never changed, known to nobody else."""

    def items_after(self, place: int, limit: int) -> Sequence[tuple[int, CatalogueItem]]:
        """Items that were put after a place, in that order, each as it is now with its place."""

    def prices_after(self, place: int, limit: int, now: int) -> Sequence[tuple[int, Price, bool]]:
        """Prices that were put after a place, in that order, with their places and whether a later one is in force now."""

    def receive(self, branch: str) -> None:
        """The branch has the catalogue from now on, if it had it not before."""

    def behind(self, limit: int) -> Sequence[Receiver]:
        """Branches that have the catalogue and were not told all of it; who lacks least comes first."""

    def told(self, receiver: Receiver) -> None:
        """A branch was told so far, in this transaction."""
