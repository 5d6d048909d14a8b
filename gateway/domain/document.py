"""Documents as a person or a program enters them: the request bodies of `PUT /documents/{id}`, before any rule.

The bodies stand in `bodies`, one file per family; this is their union, and what of them others use by name.
"""

from typing import Final, get_args

from gateway.domain.bodies.buying import GoodsReceipt
from gateway.domain.bodies.correcting import Adjustment, OpeningBalance
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
from gateway.domain.bodies.selling import Sale, SaleReturn
from gateway.domain.bodies.transferring import TransferIn, TransferInLine, TransferOut, VarianceEntry
from gateway.domain.document_type import NUMBER_PREFIX, WITH_MONEY, DocumentType, document_number

__all__ = [
    "LINES_MAX", "NUMBER_PREFIX", "TENDERS_MAX", "TEXT_MAX", "WITH_MONEY", "Adjustment", "ApprovalEntry", "Body", "Disposition",
    "DocumentBody", "DocumentType", "GoodsReceipt", "Line", "OpeningBalance", "Sale", "SaleReturn", "TenderEntry",
    "TransferIn", "TransferInLine", "TransferOut", "VarianceEntry", "document_number", "document_type",
]  # fmt: skip

Body = Sale | SaleReturn | GoodsReceipt | OpeningBalance | Adjustment | TransferOut | TransferIn


def document_type(body: Body) -> DocumentType:
    """The type of a body."""
    return _TYPES[type(body)]


_TYPES: Final = {body: DocumentType(body.__struct_config__.tag) for body in get_args(Body)}
"""A body's tag is its type's name: one that no type has ends the start of the program."""
