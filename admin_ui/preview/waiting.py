"""Made-up contexts of what waits, and of documents as each type shows them."""

from msgspec.structs import replace

from admin_ui.contexts.documents import (
    AnsweredLine,
    Approver,
    DocumentLine,
    DocumentLink,
    DocumentMovement,
    DocumentPage,
    DocumentWarning,
    RequisitionAnswer,
    Tax,
    Tender,
)
from admin_ui.contexts.waiting import WaitingLine, WaitingPage, WaitingRow
from admin_ui.preview.branch import HEAD, NOW, SALE, WAITING

# Tables read better with one row per line.
# fmt: off
APPROVERS = (Approver("chen", "Chen Wei 陈伟"), Approver("admin", "Admin 管理员"))
_LINES = (
    WaitingLine(name="Fuji apples", name_zh="红富士苹果", quantity="400", unit="kg"),
    WaitingLine(name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", quantity="2", unit="bottle"),
)
_BELOW = DocumentWarning(code="negative_stock", detail="Fuji apples, shop floor: 23.482 on hand would become −376.518.")
REQUESTS = WaitingPage(
    tab="requests", requests=3, reviews=2, next="more", approvers=APPROVERS,
    rows=(
        WaitingRow(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e001", type="sale", person="lin", station="till-2", total=512_000, at=NOW - 900, expires_at=NOW + 600_000, lines=_LINES, more_lines=4, reasons=(_BELOW,)),
        WaitingRow(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e002", type="write_off", person="chen", at=NOW - 700, expires_at=NOW + 604_000, lines=_LINES[1:], reasons=(DocumentWarning(code="write_off", detail="A write-off."),)),
    ),
)
REQUESTS_NONE = WaitingPage(tab="requests", rows=(), next=None, requests=0, reviews=2)
REVIEWS = WaitingPage(
    tab="reviews", requests=0, reviews=2, next=None,
    rows=tuple(
        WaitingRow(id=f"019aa9c0-7a31-7cc0-8e11-5b2f10a4e01{index}", type="sale", number=f"SA-00004{index}", person=person, station="till-1", total=80_000, at=NOW - 4_000, lines=_LINES[:1], reasons=(_BELOW,))
        for index, person in enumerate(("lin", "chen"))
    ),
)
COUNTED = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e020", type="stock_count", number="SC-000007", state="posted", station=None, person="chen",
    occurred_at=None, posted_at=NOW - 800, seq=HEAD - 3, epoch=1, hash="aa10", applied_seq=HEAD, sync="current", may_reverse=True,
    lines=(
        DocumentLine(item="tea-500", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", quantity="1230", unit="bottle", expected="990", difference="240"),
        DocumentLine(item="milk-1l", name="Whole milk 1 L", name_zh="全脂牛奶 1 升", quantity="33", unit="bottle", lot="M2611B", expected="36", difference="-3"),
        DocumentLine(item="rice-5", name="Jasmine rice 5 kg", name_zh="茉莉香米 5 公斤", quantity="12", unit="bag", expected="12", difference="0"),
    ),
    movements=(DocumentMovement(item="scan-k2", name="Hand scanner K2", name_zh="手持扫描枪 K2", quantity="1", unit="pc", from_location="shrinkage", to_location="shop", serials=("K2-0001",)),),
)
CLOSED = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e021", type="shift_close", number="SZ-000012", state="posted", station="till-1", person="lin",
    occurred_at=None, posted_at=NOW - 80, seq=HEAD - 1, epoch=1, hash="aa11", applied_seq=HEAD, sync="current", lines=(), movements=(), z=12,
    due=(Tender("cash", 18_450), Tender("card", 48_480)), counted=(Tender("cash", 18_400), Tender("card", 48_480), Tender("qr", 200)),
)
REQUIRED = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e023", type="requisition", number="RQ-000003", state="posted", station=None, person="chen",
    occurred_at=None, posted_at=NOW - 90_000, seq=HEAD - 40, epoch=1, hash="aa12", applied_seq=HEAD, sync="current", movements=(), may_reverse=True,
    lines=(DocumentLine(item="tea-500", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", quantity="5", unit="box"),),
    answer=RequisitionAnswer(
        state="partly_sent", transfers=("019aa9c0-7a31-7cc0-8e11-5b2f10a4e024",),
        lines=(AnsweredLine(item="tea-500", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", unit="bottle", asked="60", sent="48", received="24"),),
    ),
)
TAKEN_BACK = replace(
    SALE, state="posted", applied_seq=HEAD, sync="current", links=(DocumentLink("reversed_by", "RV-000001", "019aa9c0-7a31-7cc0-8e11-5b2f10a4e022"),),
    taxes=(Tax(900, 500, 45), Tax(1300, 8_000, 1_040)), rounding=-8, may_reverse=False,
)
ASKED = replace(WAITING, person="lin", requested_at=NOW - 100, expires_at=NOW + 604_700, approvers=APPROVERS, warnings=(_BELOW,))
