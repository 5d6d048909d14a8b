"""Made-up contexts of orders, recipes, work orders and documents to be entered."""

from msgspec.structs import replace

from admin_ui.contexts.making import (
    ByProduct,
    NewDocumentPage,
    NewLine,
    OrderLine,
    OrderPage,
    OrderReceipt,
    OrderRow,
    OrdersPage,
    RecipeNeed,
    RecipePage,
    RecipeRow,
    RecipesPage,
    RecipeStep,
    WorkOrderPage,
    WorkOrdersPage,
    WorkRow,
    WorkStep,
)
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_IDS = [f"019ab3c4-5d6e-7f80-9123-4567890001{index:02d}" for index in range(6)]
ORDERS = OrdersPage(
    next="NEXT",
    rows=(
        OrderRow(id=_IDS[0], number="PO-000012", supplier="Riverside Drinks", state="open", total="1,350.00\u00a0USD", expected="2026-12-01", person="chen", at=NOW - 900),
        OrderRow(id=_IDS[1], number="PO-000011", supplier="Green Farm 绿源农场", state="partly_received", total="860.00\u00a0CNY", expected="2026-11-20", person="chen", at=NOW - 90_000),
        OrderRow(id=_IDS[2], number="PO-000010", supplier="Riverside Drinks", state="received", total="420.00\u00a0CNY", expected=None, person="admin", at=NOW - 400_000),
        OrderRow(id=_IDS[3], number="PO-000009", supplier="", state="closed", total="64.00\u00a0CNY", expected=None, person="chen", at=NOW - 900_000),
    ),
)
ORDERS_NONE = OrdersPage(rows=(), next=None)
ORDERS_NO_MATCH = OrdersPage(rows=(), next=None, state="closed")
_TEA = OrderLine(item="tea-500", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", unit="bottle", asked="10", asked_unit="box", ordered="240", received="144", free="0", rejected="2", over="0", open="96", amount=95_850)
ORDER = OrderPage(
    id=_IDS[1], number="PO-000011", supplier="Green Farm 绿源农场", state="partly_received", currency="USD", rate="7.1", expected="2026-11-20", may_receive=True,
    lines=(
        _TEA,
        OrderLine(item="apple-fuji", name="Fuji apples", name_zh="红富士苹果", unit="kg", asked="20", ordered="20", received="21.5", free="1", rejected="0", over="1.5", open="0", amount=14_000),
        OrderLine(item="milk-1l", name="Whole milk 1 L", name_zh="全脂牛奶 1 升", unit="bottle", asked="36", ordered="36", received="36", free="0", rejected="0", over="0", open="0", amount=30_600),
    ),
    beside=(OrderLine(item="bread", name="White bread 400 g", name_zh="白吐司 400 克", unit="pc", asked="0", ordered="0", received="6", free="6", rejected="0", over="0", open="0"),),
    receipts=(OrderReceipt(_IDS[4], "GR-000031", "done"), OrderReceipt(_IDS[5], "GR-000032", "to_send_back")),
)
ORDER_CLOSED = replace(ORDER, state="closed", may_receive=False, receipts=(), beside=(), lines=(_TEA,), closed_by=_IDS[3], rate=None)
RECIPES = RecipesPage(
    next=None,
    rows=(
        RecipeRow(code="beef-bowl", item="beef-bowl", name="Beef noodle bowl", name_zh="牛肉面", unit="portion", makes="10", components=4, steps=2, deplete_on="sale", active=True),
        RecipeRow(code="gift-wrap", item="tea-box", name="Tea gift box", name_zh="茶叶礼盒", unit="box", makes="1", components=2, steps=1, deplete_on="production", active=True),
        RecipeRow(code="old-soup", item="soup", name="Winter soup", name_zh="冬季例汤", unit="portion", makes="20", components=6, steps=0, deplete_on="sale", active=False),
    ),
)
RECIPES_NONE = RecipesPage(rows=(), next=None)
RECIPE = RecipePage(
    code="beef-bowl", item="beef-bowl", name="Beef noodle bowl", name_zh="牛肉面", unit="portion", makes="10", good=9_800, cost=8_640, each=864, price=2_800, deplete_on="sale",
    location="kitchen", shelf_life_days=1, tolerance=500, person="chen", at=NOW - 500_000,
    needs=(
        RecipeNeed(depth=1, item="noodles", name="Fresh noodles", name_zh="鲜面条", unit="kg", quantity="2", stocked=True, cost=1_200),
        RecipeNeed(depth=1, item="broth", name="Beef broth", name_zh="牛骨汤", unit="L", quantity="4", stocked=False, made=True),
        RecipeNeed(depth=2, item="bones", name="Beef bones", name_zh="牛骨", unit="kg", quantity="1.6", stocked=True, cost=3_200),
        RecipeNeed(depth=2, item="spice", name="Spice mix", name_zh="卤料", unit="kg", quantity="0.08", stocked=True, made=True, cost=640),
        RecipeNeed(depth=3, item="star-anise", name="Star anise", name_zh="八角", unit="kg", quantity="0.02", stocked=False),
        RecipeNeed(depth=1, item="beef", name="Beef shank", name_zh="牛腱", unit="kg", quantity="0.9", stocked=True),
    ),
    by_products=(ByProduct(item="fat", name="Beef fat", name_zh="牛油", unit="kg", quantity="0.2", share=300),),
    steps=(RecipeStep("Boil the broth", "熬汤", 180), RecipeStep("Cook and serve", "煮面装碗", None)),
)
RECIPE_PLAIN = replace(RECIPE, code="old-soup", needs=(), by_products=(), steps=(), cost=None, each=None, price=None, location=None, shelf_life_days=None, tolerance=0, active=False, deplete_on="production")
_BOX = WorkRow(id=_IDS[0], recipe="gift-wrap", item="tea-box", name="Tea gift box", name_zh="茶叶礼盒", unit="box", quantity="40", state="started", steps=3, done=1, person="chen", at=NOW - 3_000)
WORK = WorkOrdersPage(
    tab="all", next=None, recipes=(("gift-wrap", "Tea gift box"), ("spice", "spice")), chosen="gift-wrap",
    rows=(_BOX, replace(_BOX, id=_IDS[1], state="planned", done=0), replace(_BOX, id=_IDS[2], state="completed", done=3), replace(_BOX, id=_IDS[3], state="cancelled", done=0)),
)
WORK_NONE = WorkOrdersPage(tab="open", rows=(), next=None, recipes=(("gift-wrap", "Tea gift box"),))
WORK_NO_RECIPE = WorkOrdersPage(tab="all", rows=(), next=None)
WORK_ONE = WorkOrderPage(
    id=_IDS[0], recipe="gift-wrap", item="tea-box", name="Tea gift box", name_zh="茶叶礼盒", unit="box", quantity="40", location="shop", note="For the weekend", person="chen", at=NOW - 3_000,
    state="started", may_cancel=True,
    steps=(
        WorkStep(step=1, name="Sort", name_zh="分拣", operator="lin", started_at=NOW - 2_900, finished_at=NOW - 2_000, scrap="1"),
        WorkStep(step=2, name="Wrap", name_zh="包装", operator="lin", started_at=NOW - 1_900),
        WorkStep(step=3, name="Label", name_zh="贴标"),
    ),
)
WORK_READY = replace(WORK_ONE, state="planned", may_complete=True, steps=(WorkStep(step=1, name="Wrap", name_zh="包装"),))
WORK_PLAIN = replace(WORK_READY, steps=(), note="")
WORK_DONE = replace(WORK_ONE, state="completed", may_cancel=False, steps=(WorkStep(step=1, name="Sort", name_zh="分拣", operator="lin", started_at=NOW - 2_900, finished_at=NOW - 2_000, scrap="1"),))
RECEIVE = NewDocumentPage(
    type="goods_receipt", order=_IDS[1], order_number="PO-000011", supplier="Green Farm 绿源农场",
    lines=(NewLine(item="tea-500", quantity="4", unit="box"), NewLine(item="scan-k2", quantity="2", tracking="serial")),
)
WRITE_OFF = NewDocumentPage(type="write_off", lines=(NewLine(item="apple-fuji", quantity="3.5", lot="A1"),))
ISSUE = NewDocumentPage(type="internal_issue", purpose="gift")
ADJUST = NewDocumentPage(type="adjustment", lines=(NewLine(item="apple-fuji", quantity="-3.5"),))
