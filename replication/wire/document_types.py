"""The names of all documents of the contract, posted by this version or not. What each means is the branch's business."""

from typing import Final

DOCUMENT_TYPES: Final = frozenset({
    "sale", "sale_return", "purchase_order", "purchase_order_close", "goods_receipt", "quality_inspection", "supplier_return", "requisition",
    "transfer_out", "transfer_in", "stock_move", "reversal", "internal_issue", "write_off", "production", "stock_count", "adjustment",
    "opening_balance", "cash_movement", "shift_open", "shift_close",
})  # fmt: skip
"""A list of a type nobody posts yet is empty; a misspelt one is refused."""
