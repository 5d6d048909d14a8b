"""Made-up contexts of shifts: an open one, a closed one with a difference, one that nobody counted."""

from msgspec.structs import replace

from admin_ui.contexts.shifts import CashMove, Shift, ShiftPage, ShiftReport, ShiftsPage, ShiftTender
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_OPEN_REPORT = ShiftReport(
    sales=41, returns=1, voids=2, no_sales=1, cash_in=20_000, cash_out=3_500, untold=0,
    tenders=(
        ShiftTender(type="cash", sales=184_500, returns=1_300, voids=-650, expected=229_050),
        ShiftTender(type="qr", sales=96_240, returns=0, voids=0, expected=96_240),
    ),
)
OPEN = Shift(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4f001", station="till-1", state="open", opened_at=NOW - 20_000, opened_by="lin", by_itself=False,
    float=30_000, closed_at=None, closed_by=None, z=None, report=_OPEN_REPORT,
)
CLOSED = replace(
    OPEN, id="019aa9c0-7a31-7cc0-8e11-5b2f10a4f002", state="closed", closed_at=NOW - 30_000, closed_by="chen", z=12, opened_at=NOW - 70_000,
    report=replace(_OPEN_REPORT, untold=1_200, tenders=(
        ShiftTender(type="cash", sales=184_500, returns=1_300, voids=-650, expected=229_050, counted=228_550, difference=-500),
        ShiftTender(type="card", sales=48_480, returns=0, voids=0, expected=48_480, counted=48_480, difference=0),
    )),
)
UNCOUNTED = replace(CLOSED, id="019aa9c0-7a31-7cc0-8e11-5b2f10a4f003", station="till-2", z=None, by_itself=True, report=_OPEN_REPORT)
LIST = ShiftsPage(rows=(OPEN, CLOSED, UNCOUNTED), next="more", station=None, stations=("till-1", "till-2"), resting=("till-2",))
EMPTY = ShiftsPage(rows=(), next=None, station=None, stations=("till-1",), resting=("till-1",))
_MOVES = (
    CashMove(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4f011", number="CM-000003", direction="no_sale", amount=0, reason="Change for a guest", person="lin", at=NOW - 4_000),
    CashMove(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4f012", number="CM-000002", direction="out", amount=3_500, reason="Window cleaner", person="lin", at=NOW - 8_000),
    CashMove(id="019aa9c0-7a31-7cc0-8e11-5b2f10a4f013", number="CM-000001", direction="in", amount=20_000, reason="Coins from the bank", person="chen", at=NOW - 12_000),
)
X = ShiftPage(shift=OPEN, moves=_MOVES, more_moves=False, unit=100)
Z = ShiftPage(shift=CLOSED, moves=_MOVES, more_moves=True, unit=100)
NEVER = ShiftPage(shift=UNCOUNTED, moves=(), more_moves=False, unit=100)
