"""Documents as a person or a program enters them: the request bodies of `PUT /documents/{id}`, before any rule.

Fields that were not sent stay `UNSET`, because the same content sent again must be recognised before defaults are
filled in. Unknown fields are refused: a misspelt `discount` must not be sold at full price.
"""

import enum
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from replication.wire.events import TenderType, VarianceReason

LINES_MAX: Final = 500
"""Lines in one document: with the longest fields it still fits one replication event."""
TEXT_MAX: Final = 500
"""Characters of a note or a reason."""
TENDERS_MAX: Final = 50
"""Payments of one document: a table that splits its bill by person, and room."""


class DocumentType(enum.StrEnum):
    """The kinds of document this version posts."""

    SALE = "sale"
    SALE_RETURN = "sale_return"
    GOODS_RECEIPT = "goods_receipt"
    OPENING_BALANCE = "opening_balance"
    ADJUSTMENT = "adjustment"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"


NUMBER_PREFIX: Final[dict[str, str]] = {
    DocumentType.SALE: "SA",
    DocumentType.SALE_RETURN: "SR",
    DocumentType.GOODS_RECEIPT: "GR",
    DocumentType.OPENING_BALANCE: "OB",
    DocumentType.ADJUSTMENT: "AD",
    DocumentType.TRANSFER_OUT: "TO",
    DocumentType.TRANSFER_IN: "TI",
}
"""What a document's number begins with; the count behind it is per site and type, and given at posting."""


def document_number(type_: str, count: int) -> str:
    """The number on paper and screens, such as SA-000123."""
    return f"{NUMBER_PREFIX[type_]}-{count:06d}"


class Disposition(enum.StrEnum):
    """What happens to returned goods."""

    RESTOCK = "restock"
    SCRAP = "scrap"
    INSPECT = "inspect"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One line. `quantity` is a decimal string; `price`, `cost` (minor units) are per `unit`; `discount` comes off the line."""

    item: str
    quantity: str
    unit: str | UnsetType = UNSET
    price: int | UnsetType = UNSET
    discount: int | UnsetType = UNSET
    cost: int | UnsetType = UNSET
    lot: str | UnsetType = UNSET
    expiry: str | UnsetType = UNSET
    serials: tuple[str, ...] | UnsetType = UNSET
    location: str | UnsetType = UNSET
    reading: str | UnsetType = UNSET
    disposition: Disposition | UnsetType = UNSET


class VarianceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Part of a transfer's line that did not arrive as sent; `quantity` in the line's unit."""

    reason: VarianceReason
    quantity: str


class TransferInLine(Line, frozen=True, forbid_unknown_fields=True, gc=False):
    """A line of what arrived: `quantity` is what was received good, what came over included."""

    variance: tuple[VarianceEntry, ...] | UnsetType = UNSET


class TenderEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One payment; `amount` in minor units."""

    type: TenderType
    amount: int


class ApprovalEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A person's PIN typed at the till to allow what policy would not. Never stored with its PIN."""

    person: str
    pin: str
    reason: str


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    lines: tuple[Line, ...]
    station: str | UnsetType = UNSET
    occurred_at: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    approval: ApprovalEntry | UnsetType = UNSET


class Sale(_Body, frozen=True, tag=DocumentType.SALE.value):
    """Goods to a customer. `settled`: it already happened while the gateway was silent."""

    tenders: tuple[TenderEntry, ...] | UnsetType = UNSET
    settled: bool | UnsetType = UNSET


class SaleReturn(_Body, frozen=True, tag=DocumentType.SALE_RETURN.value):
    """Goods back from a customer; tenders are paid out. `original` is the id of the sale."""

    original: str | UnsetType = UNSET
    tenders: tuple[TenderEntry, ...] | UnsetType = UNSET


class GoodsReceipt(_Body, frozen=True, tag=DocumentType.GOODS_RECEIPT.value):
    """Goods in from a supplier."""

    supplier: str | UnsetType = UNSET
    order: str | UnsetType = UNSET


class OpeningBalance(_Body, frozen=True, tag=DocumentType.OPENING_BALANCE.value):
    """What was on the shelves when the ledger began."""


class Adjustment(_Body, frozen=True, tag=DocumentType.ADJUSTMENT.value):
    """A signed correction of stock; refused without its reason."""

    reason: str | UnsetType = UNSET


class TransferOut(_Body, frozen=True, tag=DocumentType.TRANSFER_OUT.value):
    """Goods sent to another branch; refused without `to_branch`. Its id is the transfer's id."""

    to_branch: str | UnsetType = UNSET


class TransferIn(_Body, frozen=True, tag=DocumentType.TRANSFER_IN.value):
    """Goods that arrived of a transfer, all or part; `transfer` is the id of the transfer out."""

    lines: tuple[TransferInLine, ...]
    transfer: str | UnsetType = UNSET


Body = Sale | SaleReturn | GoodsReceipt | OpeningBalance | Adjustment | TransferOut | TransferIn


def document_type(body: Body) -> DocumentType:
    """The type name of a body."""
    return _TYPES[type(body)]


_TYPES: Final[dict[type[Body], DocumentType]] = {
    Sale: DocumentType.SALE,
    SaleReturn: DocumentType.SALE_RETURN,
    GoodsReceipt: DocumentType.GOODS_RECEIPT,
    OpeningBalance: DocumentType.OPENING_BALANCE,
    Adjustment: DocumentType.ADJUSTMENT,
    TransferOut: DocumentType.TRANSFER_OUT,
    TransferIn: DocumentType.TRANSFER_IN,
}
