"""Made-up contexts of the kitchen's page."""

from admin_ui.contexts.kitchen import KitchenLine, KitchenPage, KitchenTicket
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_DISHES = (
    KitchenLine(name="Tomato and eggs", name_zh="番茄炒蛋", quantity="1", unit="pc"),
    KitchenLine(name="Twice-cooked pork with green garlic from Sichuan", name_zh="四川蒜苗回锅肉", quantity="12", unit="pc"),
    KitchenLine(name="Steamed bass", name_zh="清蒸鲈鱼", quantity="0.85", unit="kg"),
)
WAITING = KitchenPage(
    tab="waiting", next="more",
    rows=(
        KitchenTicket(ticket="14", kitchen="wok", state="open", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e101", number="SA-000052", station="till-1", made_at=NOW - 20, lines=_DISHES, note="少辣, no peanuts for the small one", printer="stove"),
        KitchenTicket(ticket="13", kitchen="noodles", state="late", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e102", number="SA-000051", station="till-2", made_at=NOW - 260, lines=_DISHES[:1], printer="noodles", trouble="Out of paper."),
        KitchenTicket(ticket="12", kitchen="wok", state="open", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e103", number="SA-000050", made_at=NOW - 70, lines=_DISHES[1:], printer="stove"),
    ),
)
ALL = KitchenPage(
    tab="all", next=None,
    rows=(
        KitchenTicket(ticket="11", kitchen="wok", state="taken", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e104", number="SA-000049", station="till-1", made_at=NOW - 900, done_at=NOW - 870, person="lin", lines=_DISHES[:1], printer="stove"),
        KitchenTicket(ticket="10", kitchen="wok", state="cancelled", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e105", number="SA-000048", station="till-1", made_at=NOW - 990, done_at=NOW - 960, lines=_DISHES[:2], printer="stove"),
        KitchenTicket(ticket="3", kitchen="wok", state="taken", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e106", number="SA-000012", made_at=NOW - 90_000, done_at=NOW - 89_000, person="chen", lines=()),
    ),
)
NONE = KitchenPage(tab="waiting", rows=(), next=None)
