"""Made-up contexts of what branches ask for."""

from admin_ui.contexts.documents import AnsweredLine, RequisitionAnswer
from admin_ui.contexts.requisitions import RequisitionRow, RequisitionsPage
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_TEA = AnsweredLine(item="tea-500", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", unit="bottle", asked="60", sent="48", received="24")
_RICE = AnsweredLine(item="rice-5", name="Jasmine rice 5 kg", name_zh="茉莉香米 5 公斤", unit="bag", asked="12", sent="0", received="0")
LIST = RequisitionsPage(
    next="more",
    rows=(
        RequisitionRow(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e201", number="RQ-000004", branch="b031", name="Harbour", name_zh="港口店", person="wei", at=NOW - 400, note="before the holiday", answer=RequisitionAnswer(state="asked", lines=(_RICE,))),
        RequisitionRow(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e202", number="RQ-000012", branch="b001", name="Riverside store", name_zh="河滨店", person="chen", at=NOW - 90_000, answer=RequisitionAnswer(state="partly_sent", lines=(_TEA, _RICE), transfers=("019aa9c0-7a31-7cc0-8e11-5b2f10a4e024",))),
        RequisitionRow(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4e203", number="RQ-000011", branch="b001", name="Riverside store", name_zh="河滨店", person="chen", at=NOW - 190_000, answer=RequisitionAnswer(state="closed", lines=(_TEA,))),
    ),
)
NONE = RequisitionsPage(rows=(), next=None)
