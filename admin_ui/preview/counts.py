"""Made-up contexts of counting."""

from admin_ui.contexts.counts import ClassAccuracy, CountsPage, CountTask, OpenSheet, SheetPage, SheetRow
from admin_ui.preview.branch import DOCUMENT_ROWS, NOW

# Tables read better with one row per line.
# fmt: off
_TASKS = (
    CountTask(item="6901668005335", name="Chocolate wafer 100 g", name_zh="巧克力威化 100 克", unit="pc", class_="A", reason="negative", counted=False),
    CountTask(item="6901028075831", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", unit="bottle", class_="A", reason="due", counted=True),
    CountTask(item="6921168509256", name="Whole milk 1 L", name_zh="全脂牛奶 1 升", unit="bottle", class_="B", reason="difference", counted=False),
    CountTask(item="banana", name="Bananas", name_zh="香蕉", unit="kg", class_="C", reason="never", counted=False),
)
_ID = "019aa9c0-7a31-7cc0-8e11-5b2f10a40a01"
FIRST = CountsPage(
    day="2026-11-22", tasks=_TASKS, sheets=(OpenSheet(id=_ID, person="lin", begun_at=NOW - 900, lines=3),), posted=DOCUMENT_ROWS[:2], may_see=True,
    first_week="2026-08-31",
    accuracy=(
        ClassAccuracy(class_="A", weeks=(700, 760, None, 810, 840, 880, 900, 910, 905, 930, 950, 960, 970), lines=184, within=166, surplus=12_040, shortage=30_210),
        ClassAccuracy(class_="B", weeks=(None,) * 8 + (820, 900, None, 940, 1000), lines=41, within=38, surplus=0, shortage=2_210),
    ),
)
CASHIER = CountsPage(day="2026-11-22", tasks=(), sheets=())
SHEET = SheetPage(
    id=_ID, location="shop", tasks=_TASKS,
    rows=(
        SheetRow(line=1, item="6901028075831", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", counted="86", unit="bottle", again=False),
        SheetRow(line=2, item="milk-1l", name="Whole milk 1 L", name_zh="全脂牛奶 1 升", lot="M2611B", counted="", unit="bottle", again=True),
    ),
)
NEW = SheetPage(id=_ID, location="shop", tasks=(), rows=())
POSTED = SheetPage(id=_ID, location="shop", tasks=(), rows=(), posted=True, number="SC-000007", may_see=True)
