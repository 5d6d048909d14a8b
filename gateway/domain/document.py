"""Documents as a person or a program enters them: the request bodies of `PUT /documents/{id}`, before any rule.

The bodies stand in `bodies`, one file per family; this is their union, and what of them others use by name.
"""

from typing import Final, get_args

from gateway.domain.bodies.buying import (
    GoodsReceipt,
    InspectionLine,
    InspectionResult,
    OrderedLine,
    PurchaseOrder,
    PurchaseOrderClose,
    QualityInspection,
    ReceiptLine,
    Requisition,
    SupplierReturn,
)
from gateway.domain.bodies.correcting import Adjustment, CountLine, OpeningBalance, Reversal, StockCount
from gateway.domain.bodies.entry import (
    LINES_MAX,
    TENDERS_MAX,
    TEXT_MAX,
    ApprovalEntry,
    Disposition,
    DocumentBody,
    Line,
    TenderEntry,
)
from gateway.domain.bodies.money import CashDirection, CashMovement, ShiftClose, ShiftOpen
from gateway.domain.bodies.selling import Sale, SaleReturn
from gateway.domain.bodies.transferring import TransferIn, TransferInLine, TransferOut, VarianceEntry
from gateway.domain.bodies.using import (
    InternalIssue,
    MoveLine,
    Production,
    ProductionLine,
    ProductionRole,
    Purpose,
    StockMove,
    WriteOff,
)
from gateway.domain.document_type import NUMBER_PREFIX, WITH_MONEY, DocumentType, document_number

__all__ = [
    "LINES_MAX", "NUMBER_PREFIX", "TENDERS_MAX", "TEXT_MAX", "WITH_MONEY", "Adjustment", "ApprovalEntry", "Body",
    "CashDirection", "CashMovement", "CountLine", "Disposition", "DocumentBody", "DocumentType", "GoodsReceipt",
    "InspectionLine", "InspectionResult", "InternalIssue", "Line", "MoveLine", "OpeningBalance", "OrderedLine",
    "Production", "ProductionLine", "ProductionRole", "PurchaseOrder", "PurchaseOrderClose", "Purpose", "QualityInspection", "ReceiptLine", "Requisition",
    "Reversal", "Sale", "SaleReturn", "ShiftClose", "ShiftOpen", "StockCount", "StockMove", "SupplierReturn", "TenderEntry",
    "TransferIn", "TransferInLine", "TransferOut", "VarianceEntry", "WriteOff", "document_number", "document_type",
]  # fmt: skip

Body = (
    Sale | SaleReturn | PurchaseOrder | PurchaseOrderClose | GoodsReceipt | QualityInspection | SupplierReturn | Requisition | TransferOut | TransferIn
    | StockMove | InternalIssue | WriteOff | Production | StockCount | Adjustment | OpeningBalance | Reversal | CashMovement
    | ShiftOpen | ShiftClose
)  # fmt: skip


def document_type(body: Body) -> DocumentType:
    """The type of a body."""
    return _TYPES[type(body)]


_TYPES: Final = {body: DocumentType(body.__struct_config__.tag) for body in get_args(Body)}
"""A body's tag is its type's name: one that no type has ends the start of the program."""
