"""Examples of the published description. A test posts every one of them to a real branch."""

from typing import Final

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
from gateway.domain.bodies.money import CashDirection, CashMovement, ShiftClose, ShiftOpen
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
from gateway.domain.document import Body, Line, Sale, SaleReturn, TenderEntry
from gateway.use_cases.count_line import CountEntry
from gateway.web.customer_display import DisplayRequest
from gateway.web.deciding import Decision
from gateway.web.devices import DrawerRequest
from gateway.web.document_answers import NeedsApprovalAnswer, Notice, PostedAnswer
from gateway.web.lots import BlockRequest
from gateway.web.print_jobs import PrintWhere
from gateway.web.reviews import ReviewRequest
from gateway.web.scale_keys import ScaleRequest
from gateway.web.transfers import CancelRequest
from replication.wire.events import TenderType, VarianceReason
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

RECEIPT_ID: Final = "019ab3c4-5d6e-7f80-9123-456789abcd02"
WRITE_OFF_ID: Final = "019ab3c4-5d6e-7f80-9123-456789abcd03"
SALE_ID: Final = "019ab3c4-5d6e-7f80-9123-456789abcd04"
TRANSFER_ID: Final = "019ab3c4-5d6e-7f80-9123-456789abcd05"
SUPPLIER: Final = "Riverside Drinks"
_TEA: Final = (Line(SKU, "1"),)
DOCUMENTS: Final[dict[str, Body]] = {
    "opening_balance": OpeningBalance(lines=(Line(SKU, "100", cost=410),)),
    "sale": SALE,
    "sale_return": SaleReturn(lines=_TEA, original=SALE_ID, tenders=(TenderEntry(TenderType.CASH, 650),)),
    "purchase_order": PurchaseOrder(
        lines=(OrderedLine(SKU, "10", unit="box", cost=1350),), supplier=SUPPLIER, currency="USD", rate="7.1205", expected="2026-12-01"
    ),
    "goods_receipt": GoodsReceipt(
        lines=(
            ReceiptLine(SKU, "9", unit="box", cost=9613, damaged="1"), ReceiptLine(SKU, "6", free=True),
            ReceiptLine(SKU, "12", inspect=True),
        ),
        supplier=SUPPLIER, order="PO-000001",
    ),
    "purchase_order_close": PurchaseOrderClose(order="PO-000001", reason="The rest is not made any more"),
    "quality_inspection": QualityInspection(
        lines=(
            InspectionLine(SKU, "10", location="stockroom", result=InspectionResult.PASSED),
            InspectionLine(SKU, "2", result=InspectionResult.REJECTED),
        ),
        receipt=RECEIPT_ID,
    ),
    "supplier_return": SupplierReturn(lines=(Line(SKU, "2"),), supplier=SUPPLIER, receipt=RECEIPT_ID, reason="Dented"),
    "requisition": Requisition(lines=(Line(SKU, "2", unit="box"),), expected="2026-11-30"),
    "transfer_out": TransferOut(lines=(Line(SKU, "5"),), to_branch="b002"),
    "transfer_in": TransferIn(
        lines=(TransferInLine(SKU, "4", variance=(VarianceEntry(VarianceReason.SHORT, "1"),)),), transfer=TRANSFER_ID
    ),
    "stock_move": StockMove(lines=(MoveLine(SKU, "10", location="stockroom", to="shop"),)),
    "internal_issue": InternalIssue(lines=_TEA, reason="Tasting at the door", purpose=Purpose.SAMPLE),
    "write_off": WriteOff(lines=_TEA, reason="Broken"),
    "production": Production(
        lines=(ProductionLine(SKU, "2", role=ProductionRole.COMPONENT), ProductionLine(SKU, "2", role=ProductionRole.OUTPUT)),
        recipe="gift wrap",
    ),
    "stock_count": StockCount(lines=(CountLine(SKU, "150"), CountLine(SKU, "0", location="stockroom"))),
    "adjustment": Adjustment(lines=(Line(SKU, "-1"),), reason="Wrong entry"),
    "reversal": Reversal(original=WRITE_OFF_ID, reason="It was found again"),
    "shift_open": ShiftOpen(station="till-2", amount=20000),
    "cash_movement": CashMovement(station="till-2", direction=CashDirection.OUT, amount=5000, reason="To the bank"),
    "shift_close": ShiftClose(station="till-2", counted=(TenderEntry(TenderType.CASH, 15000),)),
}  # fmt: skip
"""One of each type. The test posts those that others name under these ids."""

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
DRAWER: Final = DrawerRequest("Change for a customer")
SCALE: Final = ScaleRequest(key="tare")
DISPLAY: Final = DisplayRequest(due=1300, item=SKU, quantity="2", amount=1300)
REVIEW: Final = ReviewRequest("The delivery was not entered yet")

BLOCK: Final = BlockRequest("Recalled by the maker")
LOT: Final = {"item": SKU, "lot": "L2026-11"}
COUNT_ENTRY: Final = CountEntry(SKU, "23.000")
COUNT: Final = {"id": "019ab3c4-5d6e-7f80-9123-456789abcd09"}
COUNT_LINE: Final = COUNT | {"line": "1"}
CANCEL: Final = CancelRequest("Sent to the wrong branch")
TRANSFER: Final = {"id": "019ab3c4-5d6e-7f80-9123-456789abcd01"}
DOCUMENT: Final = {"id": POSTED.id}
ITEM_AT: Final = {"sku": SKU}
STATION: Final = {"name": "till-1"}
DEVICE: Final = {"name": "scale-1"}
"""What stands in a path, so that the examples can be sent one after another as they are."""
ALERT: Final = {"id": "1"}
TICKET: Final = {"ticket": "1"}
