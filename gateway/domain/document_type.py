"""The types of document this version posts, and how each is numbered. Knows no rule."""

import enum
from typing import Final


class DocumentType(enum.StrEnum):
    """The kinds of document this version posts; the name is the `type` of its body."""

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

WITH_MONEY: Final = frozenset({DocumentType.SALE.value, DocumentType.SALE_RETURN.value})
"""Those whose lines have a price, and which are paid."""


def document_number(type_: str, count: int) -> str:
    """The number on paper and screens, such as SA-000123."""
    return f"{NUMBER_PREFIX[type_]}-{count:06d}"
