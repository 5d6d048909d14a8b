"""The types of document this version posts, and how each is numbered. Knows no rule."""

import enum
from typing import Final


class DocumentType(enum.StrEnum):
    """The kinds of document this version posts; the name is the `type` of its body."""

    SALE = "sale"
    SALE_RETURN = "sale_return"
    PURCHASE_ORDER = "purchase_order"
    PURCHASE_ORDER_CLOSE = "purchase_order_close"
    GOODS_RECEIPT = "goods_receipt"
    QUALITY_INSPECTION = "quality_inspection"
    SUPPLIER_RETURN = "supplier_return"
    REQUISITION = "requisition"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    STOCK_MOVE = "stock_move"
    INTERNAL_ISSUE = "internal_issue"
    WRITE_OFF = "write_off"
    PRODUCTION = "production"
    STOCK_COUNT = "stock_count"
    ADJUSTMENT = "adjustment"
    OPENING_BALANCE = "opening_balance"
    REVERSAL = "reversal"
    CASH_MOVEMENT = "cash_movement"
    SHIFT_OPEN = "shift_open"
    SHIFT_CLOSE = "shift_close"


NUMBER_PREFIX: Final[dict[str, str]] = {
    DocumentType.SALE: "SA",
    DocumentType.SALE_RETURN: "SR",
    DocumentType.PURCHASE_ORDER: "PO",
    DocumentType.PURCHASE_ORDER_CLOSE: "PC",
    DocumentType.GOODS_RECEIPT: "GR",
    DocumentType.QUALITY_INSPECTION: "QI",
    DocumentType.SUPPLIER_RETURN: "RS",
    DocumentType.REQUISITION: "RQ",
    DocumentType.TRANSFER_OUT: "TO",
    DocumentType.TRANSFER_IN: "TI",
    DocumentType.STOCK_MOVE: "SM",
    DocumentType.INTERNAL_ISSUE: "II",
    DocumentType.WRITE_OFF: "WO",
    DocumentType.PRODUCTION: "PR",
    DocumentType.STOCK_COUNT: "SC",
    DocumentType.ADJUSTMENT: "AD",
    DocumentType.OPENING_BALANCE: "OB",
    DocumentType.REVERSAL: "RV",
    DocumentType.CASH_MOVEMENT: "CM",
    DocumentType.SHIFT_OPEN: "SO",
    DocumentType.SHIFT_CLOSE: "SZ",
}
"""What a document's number begins with; the count behind it is per site and type, and given at posting."""

WITH_MONEY: Final = frozenset({DocumentType.SALE.value, DocumentType.SALE_RETURN.value})
"""Those whose lines have a price, and which are paid."""


def document_number(type_: str, count: int) -> str:
    """The number on paper and screens, such as SA-000123."""
    return f"{_PREFIX[type_]}-{count:06d}"


_PREFIX: Final = {type_.value: NUMBER_PREFIX[type_] for type_ in DocumentType}
"""By the text alone: every document asks."""
