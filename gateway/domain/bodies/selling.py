"""Bodies of what happens at a till: goods to a customer, and back."""

from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, TenderEntry


class Sale(DocumentBody, frozen=True, tag="sale"):
    """Goods to a customer. `settled`: it already happened while the gateway was silent."""

    tenders: tuple[TenderEntry, ...] | UnsetType = UNSET
    settled: bool | UnsetType = UNSET


class SaleReturn(DocumentBody, frozen=True, tag="sale_return"):
    """Goods back from a customer; tenders are paid out. `original` is the id of the sale."""

    original: str | UnsetType = UNSET
    tenders: tuple[TenderEntry, ...] | UnsetType = UNSET
