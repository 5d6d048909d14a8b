"""Made-up contexts of headquarters: fourteen branches, one of them silent for hours."""

from admin_ui.contexts.branch import BranchPage, SkippedRun
from admin_ui.contexts.branch_stock import BranchStockPage, BranchStockRowsPage, MatrixBranch, MatrixCell, MatrixRow
from admin_ui.contexts.catalogue import CataloguePage, CatalogueRow, PriceForm
from admin_ui.contexts.fleet import BranchRow, FleetCounts, FleetFigures, FleetPage
from admin_ui.contexts.shell import Site
from admin_ui.contexts.sign_in import SignInPage
from admin_ui.preview.branch import NOW, ROWS

# Tables read better with one row per line.
# fmt: off
SITE = Site(
    kind="headquarters", id="hq", name="Headquarters", name_zh="总部", version="0.1.0", currency="CNY",
    minor_unit_digits=2, time_zone="Asia/Shanghai",
)

_SHAPE = [2, 5, 11, 18, 26, 34, 33, 24, 19, 17, 24, 36, 32, 27, 14]
_BRANCHES = [
    ("b027", "Station North", "北站店", "offline", 1_284, 15_120.0, 1_585_500, 3, None),
    ("b033", "East Gate", "东门店", "blocked", 9, 611.0, 3_439_100, 0, "unknown_kind"),
    ("b041", "Airport", "机场店", "catching_up", 152, 540.0, 4_462_500, 0, None),
    ("b031", "Harbour", "港口店", "catching_up", 124, 420.0, 4_199_900, 1, None),
    ("b015", "Lake View", "湖景店", "current", 0, 4.0, 2_419_800, 0, None),
    ("b018", "University", "大学城店", "current", 0, 4.0, 1_161_300, 0, None),
    ("b024", "Museum", "博物馆店", "current", 0, 3.0, 1_766_800, 2, None),
    ("b022", "West Market", "西市场店", "current", 0, 3.0, 1_659_100, 0, None),
    ("b001", "Riverside store", "河滨店", "current", 0, 0.4, 2_176_631, 1, None),
    ("b003", "Old Town", "老城店", "current", 0, 2.0, 1_683_500, 0, None),
    ("b006", "Hill Street", "山街店", "current", 0, 2.0, 1_680_800, 0, None),
    ("b009", "Garden Road", "花园路店", "current", 0, 1.0, 1_907_300, 0, None),
]
FLEET = FleetPage(
    branches=tuple(
        BranchRow(
            branch=branch, name=name, name_zh=name_zh, state=state, applied_seq=18_402 - waiting - 37 * index, head_seq=18_402 - 37 * index,  # type: ignore[arg-type]
            epoch=2 if branch == "b027" else 1, lag_seconds=lag, as_of=NOW - lag, sales_today=sales, documents_today=sales // 5_000,
            negative=negative, hours=tuple((v * (index % 3 + 2)) % 41 for v in _SHAPE[: 6 if lag > 10_000 else 12]), blocked_code=error,
        )
        for index, (branch, name, name_zh, state, waiting, lag, sales, negative, error) in enumerate(_BRANCHES)
    ),
    figures=FleetFigures(sales_today=28_142_231, documents_today=5_212, waiting=1_569, oldest_branch="Station North", oldest_branch_zh="北站店", oldest_seconds=15_120, in_transit=9, as_of=NOW - 15_120),
    counts=FleetCounts(12, 2, 2, 8),
)
BRANCH_BLOCKED = BranchPage(
    branch="b033", name="East Gate", name_zh="东门店", state="blocked", applied_seq=18_356, head_seq=18_365, durable_seq=18_001, epoch=1, as_of=NOW - 611,
    blocked_code="unknown_kind", blocked_detail="entry 18357: kind 77", blocked_at=NOW - 640, may_decide=True, said="reason_missing",
    skips=(SkippedRun(first_seq=17_001, last_seq=17_003, person="chen", reason="A test entry of the installer", at=NOW - 86_400),),
)
BRANCH_TWO_DEVICES = BranchPage(
    branch="b027", name="Station North", name_zh="北站店", state="current", applied_seq=28_402, head_seq=28_404, durable_seq=0, epoch=2, as_of=NOW - 4,
    epoch_reason="replaced", second_device=True, forked=12, set_aside_full_mib=64, readmitted=40, readmitting=3, damaged=2, may_decide=True,
    code="7KQ2-M9XD-4TWB-HJ3R", code_until=NOW + 86_400,
)
FLEET_EMPTY = FleetPage(branches=(), figures=FleetFigures(sales_today=None, documents_today=None, waiting=0), counts=FleetCounts(0, 0, 0, 0))

_COLUMNS = tuple(
    MatrixBranch(branch=row.branch, name=row.name, name_zh=row.name_zh, state=row.state, as_of=row.as_of, stale=row.state in ("offline", "blocked"))
    for row in FLEET.branches[:6]
)
_CELLS = [("12", "0"), ("-2", "0"), ("0", "24"), ("8.250", "0"), None, ("140", "12")]
_MATRIX = tuple(
    MatrixRow(
        sku=row.sku, name=row.name, name_zh=row.name_zh, unit=row.unit, total="-3" if index == 4 else str(160 + 13 * index),
        cells=tuple(
            None if found is None else MatrixCell(on_hand=found[0], available=found[0], in_transit=found[1])
            for found in (_CELLS[(index + column * 5) % len(_CELLS)] for column in range(len(_COLUMNS)))
        ),
    )
    for index, row in enumerate(ROWS)
)
STOCK = BranchStockPage(branches=_COLUMNS, rows=_MATRIX, next="6917878030623", items=12_480, branch_choices=_COLUMNS)
STOCK_EMPTY = BranchStockPage(branches=(), rows=(), next=None)
STOCK_MORE = BranchStockRowsPage(branches=_COLUMNS, rows=_MATRIX, next=None, after="x")
SIGN_IN = SignInPage(mode="password", next="/fleet")

CATALOGUE = CataloguePage(
    rows=(
        CatalogueRow(sku="TEA-500", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", unit="bottle", price=650, next_price=590, next_at=NOW + 86400, own=True),
        CatalogueRow(sku="RICE-5KG", name="Rice 5 kg", name_zh="大米 5 千克", unit="bag", price=None, own=False),
    ),
    next="eyJhZnRlciI6", items=640, said="TEA-500", time_zone="Asia/Shanghai",
)  # fmt: skip
CATALOGUE_REFUSED = CataloguePage(
    rows=(), next=None, q="nothing", refused="There is no item nothing.",
    form=PriceForm(item="nothing", price="6.50", moment="2026-12-01T00:00"),
)  # fmt: skip
CATALOGUE_EMPTY = CataloguePage(rows=(), next=None)
