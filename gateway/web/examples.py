"""Examples of the published description. A test posts every one of them to a real branch."""

from typing import Final

from gateway.domain.document import Line, Sale, TenderEntry
from gateway.web.deciding import Decision
from gateway.web.document_answers import NeedsApprovalAnswer, Notice, PostedAnswer
from gateway.web.print_jobs import PrintWhere
from gateway.web.transfers import CancelRequest
from replication.wire.events import TenderType
from replication.wire.item_entry import ItemEntry, PackEntry

ITEM: Final = ItemEntry(
    "Oolong tea 500 ml", "bottle", 650, name_zh="乌龙茶 500 毫升", barcodes=("9521101530001",),
    packs=(PackEntry("box", "24", "9521101530018"),), category="Drinks", category_zh="饮料", low_below="12",
)  # fmt: skip
SKU: Final = "tea-500"

SALE: Final = Sale(
    lines=(Line(SKU, "2"),), station="till-1", occurred_at="2026-11-22T09:30:00+08:00",
    tenders=(TenderEntry(TenderType.CASH, 2000),),
)  # fmt: skip

POSTED: Final = PostedAnswer(
    "posted", "019ab3c4-5d6e-7f80-9123-456789abcdef", "SA-000001", 42, "9c" * 32, 1300, 700, ()
)
NEEDS_APPROVAL: Final = NeedsApprovalAnswer(
    "needs_approval", POSTED.id, "Oolong tea 500 ml, shop floor: 1 on hand would become −1.",
    "乌龙茶 500 毫升（卖场）现有 1，将变为 −1。",
    (
        Notice(
            "negative_stock", "Oolong tea 500 ml, shop floor: 1 on hand would become −1.",
            "乌龙茶 500 毫升（卖场）现有 1，将变为 −1。", "lines[0].quantity",
        ),
    ),
)  # fmt: skip
DECISION: Final = Decision("Counted on the shelf")
PRINT: Final = PrintWhere("till-1")

CANCEL: Final = CancelRequest("Sent to the wrong branch")
TRANSFER: Final = {"id": "019ab3c4-5d6e-7f80-9123-456789abcd01"}
DOCUMENT: Final = {"id": POSTED.id}
ITEM_AT: Final = {"sku": SKU}
STATION: Final = {"name": "till-1"}
"""What stands in a path, so that the examples can be sent one after another as they are."""
