"""Made-up contexts of one branch, as full as a busy Sunday."""

from datetime import datetime

from admin_ui.contexts.devices import DeviceCard, DevicesPage, FoundPort, StartUpCheck
from admin_ui.contexts.documents import (
    Approval,
    DocumentLine,
    DocumentMovement,
    DocumentPage,
    DocumentRow,
    DocumentsPage,
    DocumentTab,
    DocumentWarning,
    PrintJob,
    Tender,
)
from admin_ui.contexts.problem import ProblemPage
from admin_ui.contexts.replication import HeldRow, InboxFigures, ReplicationFigures, ReplicationPage
from admin_ui.contexts.shell import Person, Site, Sync
from admin_ui.contexts.sign_in import SignInPage, SignInPerson
from admin_ui.contexts.simulated_devices import PrinterCard, SimulatedDevicesPage
from admin_ui.contexts.stock import DaySold, ItemMovement, PeekPage, StockCounts, StockPage, StockRow, StockRowsPage
from admin_ui.contexts.today import HourSales, Need, TodayPage

# Tables read better with one row per line.
# fmt: off
NOW = datetime.fromisoformat("2026-11-22T16:21:09+08:00").timestamp()
HEAD = 18_402

SITE = Site(
    kind="branch", id="b001", name="Riverside store", name_zh="河滨店", version="0.1.0", currency="CNY",
    minor_unit_digits=2, time_zone="Asia/Shanghai", devices_url="http://127.0.0.1:41234/", stations=("till-1", "till-2"), kitchens=("wok", "noodles"),
)
PERSON = Person("chen", "Chen Wei 陈伟", "manager")
SYNC = Sync(state="current", head_seq=HEAD, applied_seq=HEAD, waiting=0, lag_seconds=0.4)
SYNC_OFFLINE = Sync(state="offline", head_seq=HEAD, applied_seq=HEAD - 1_284, waiting=1_284, lag_seconds=15_120)

# sku, name, name_zh, category, category_zh, unit, price, on hand, low under
_ITEMS = [
    ("6901028075831", "Oolong tea 500 ml", "乌龙茶 500 毫升", "Drinks", "饮料", "btl", 650, "86", "20"),
    ("6902083881405", "Spring water 1.5 L", "天然矿泉水 1.5 升", "Drinks", "饮料", "btl", 300, "9", "24"),
    ("6920152400111", "Instant noodles, beef", "红烧牛肉面", "Pantry", "粮油", "pc", 550, "41", "10"),
    ("6922266440106", "Tissue 3-ply × 10", "三层抽纸 10 包", "Household", "日用", "pack", 2390, "18", "6"),
    ("6921168509256", "Whole milk 1 L", "全脂牛奶 1 升", "Chilled", "冷藏", "btl", 1290, "4", "20"),
    ("6907992100012", "Plain yoghurt 400 g", "原味酸奶 400 克", "Chilled", "冷藏", "pc", 1180, "22", "24"),
    ("6901939621608", "Cola 330 ml", "可乐 330 毫升", "Drinks", "饮料", "can", 280, "120", "30"),
    ("6923644278908", "Soy milk 1 L", "豆浆 1 升", "Chilled", "冷藏", "btl", 990, "0", "12"),
    ("6920459950180", "Jasmine rice 5 kg", "茉莉香米 5 公斤", "Pantry", "粮油", "bag", 4680, "12", "6"),
    ("apple-fuji", "Fuji apples", "红富士苹果", "Fresh", "生鲜", "kg", 1280, "23.482", "8"),
    ("6902265360100", "Light soy sauce 500 ml", "生抽 500 毫升", "Pantry", "粮油", "btl", 1150, "33", "12"),
    ("6903252010015", "Eggs, free range × 10", "散养鸡蛋 10 枚", "Chilled", "冷藏", "box", 1680, "7", "6"),
    ("6921311196074", "White bread 400 g", "白吐司 400 克", "Pantry", "粮油", "pc", 890, "15", "8"),
    ("6901668005335", "Chocolate wafer 100 g", "巧克力威化 100 克", "Snacks", "零食", "pc", 690, "-2", "10"),
    ("6924743915848", "Potato crisps, salt", "原味薯片", "Snacks", "零食", "pc", 780, "64", "20"),
    ("6901757300030", "Toothpaste, mint 120 g", "薄荷牙膏 120 克", "Household", "日用", "pc", 1490, "28", "10"),
    ("6902088113556", "Laundry liquid 2 kg", "洗衣液 2 公斤", "Household", "日用", "btl", 3290, "11", "4"),
    ("banana", "Bananas", "香蕉", "Fresh", "生鲜", "kg", 760, "3.150", "5"),
    ("6933017700024", "AA batteries × 4", "5 号电池 4 节", "Household", "日用", "pack", 1990, "37", None),
    ("6917878030623", "Instant coffee × 20", "速溶咖啡 20 条", "Drinks", "饮料", "box", 3850, "1240", "10"),
]


def _state(on_hand: str, low: str | None) -> str:
    if float(on_hand) < 0:
        return "negative"
    if float(on_hand) == 0:
        return "out"
    return "low" if low and float(on_hand) < float(low) else "ok"


ROWS = tuple(
    StockRow(
        sku=sku, name=name, name_zh=name_zh, category=category, category_zh=category_zh, unit=unit, price=price,
        on_hand=on_hand, available=on_hand, low_below=low, state=_state(on_hand, low),  # type: ignore[arg-type]
        last_moved=NOW - 40 * (index + 1) ** 2, as_of_seq=HEAD - index, barcode=None if "-" in sku or sku == "banana" else sku,
    )
    for index, (sku, name, name_zh, category, category_zh, unit, price, on_hand, low) in enumerate(_ITEMS)
)
COUNTS = StockCounts(12_480, 324, 16, 1)
STOCK = StockPage(rows=ROWS, next="6917878030623", tab="all", q="", counts=COUNTS)
STOCK_PEEKED = StockPage(rows=ROWS, next="6917878030623", tab="all", q="", counts=COUNTS, peek="6922266440106")
STOCK_LOW = StockPage(
    rows=tuple(row for row in ROWS if row.state == "low"), next=None, tab="low", q="", counts=StockCounts(20, 4, 1, 1)
)
STOCK_NO_MATCH = StockPage(rows=(), next=None, tab="all", q="zzz", counts=COUNTS)
STOCK_EMPTY = StockPage(rows=(), next=None, tab="all", q="", counts=StockCounts(0, 0, 0, 0))
STOCK_MORE = StockRowsPage(rows=ROWS, next=None, tab="all", q="", after="6917878030623")

PEEK = PeekPage(
    sku="6922266440106", name="Tissue 3-ply × 10", name_zh="三层抽纸 10 包", unit="pack", price=2390,
    barcodes=("6922266440106",), category="Household", category_zh="日用", on_hand="18", available="18", low_below="6",
    state="ok", as_of_seq=HEAD,
    days=tuple(
        DaySold(f"2026-11-{9 + index:02d}", str(sold))
        for index, sold in enumerate([8, 11, 9, 14, 18, 22, 12, 9, 10, 13, 12, 19, 24, 15])
    ),
    movements=(
        ItemMovement(seq=HEAD, document="019aa9c0-7a31-7cc0-8e11-5b2f10a4d001", type="sale", number="S-004112", quantity="-2", balance="18", station="till-2", person="Lin Yue 林月", at=NOW - 6),
        ItemMovement(seq=HEAD - 31, document="019aa9c0-7a31-7cc0-8e11-5b2f10a4d002", type="sale", number="S-004101", quantity="-1", balance="20", station="till-2", person="Lin Yue 林月", at=NOW - 842),
        ItemMovement(seq=HEAD - 204, document="019aa9c0-7a31-7cc0-8e11-5b2f10a4d003", type="adjustment", number="A-000031", quantity="-12", balance="21", station=None, person="Chen Wei 陈伟", at=NOW - 11_000),
        ItemMovement(seq=HEAD - 320, document="019aa9c0-7a31-7cc0-8e11-5b2f10a4d004", type="goods_receipt", number="GR-00412", quantity="48", balance="33", station=None, person="Chen Wei 陈伟", at=NOW - 95_000),
    ),
    applied_seq=HEAD - 1, can_adjust=True,
)
PEEK_NEW = PeekPage(
    sku="new-1", name="Never sold", unit="pc", price=100, on_hand="0", available="0", state="out", as_of_seq=1, days=(), movements=()
)

_DOCUMENTS = [
    ("sale", "S-004112", "posted", "till-2", "Lin Yue 林月", 5, 15_831, 0, 0),
    ("sale", "S-004111", "posted", "till-1", "Lin Yue 林月", 2, 1_940, 1, 0),
    ("sale", "S-004110", "posted", "till-1", "Lin Yue 林月", 11, 30_260, 2, 1),
    ("sale_return", "R-000087", "posted", "till-1", "Chen Wei 陈伟", 1, 2_390, 5, 0),
    ("sale", None, "needs_approval", "till-2", "Lin Yue 林月", 1, 690, None, 0),
    ("adjustment", "A-000031", "posted", None, "Chen Wei 陈伟", 1, None, 204, 0),
    ("goods_receipt", "GR-00412", "posted", None, "Chen Wei 陈伟", 24, 418_200, 320, 0),
    ("sale", "S-004109", "posted", "till-2", "Lin Yue 林月", 3, 6_120, 330, 0),
    ("sale", "S-004108", "posted", "till-1", "Lin Yue 林月", 1, 1_680, 341, 0),
    ("opening_balance", "OB-00001", "posted", None, "Admin 管理员", 500, None, 18_000, 0),
]
DOCUMENT_ROWS = tuple(
    DocumentRow(
        id=f"019aa9c0-7a31-7cc0-8e11-5b2f10a4d{index:03d}", type=type_, number=number, state=state,  # type: ignore[arg-type]
        station=station, person=person, lines=lines, total=total, at=NOW - 9 - 95 * index**2,
        seq=None if back is None else HEAD - back, warnings=warnings,
    )
    for index, (type_, number, state, station, person, lines, total, back, warnings) in enumerate(_DOCUMENTS)
)
DOCUMENTS = DocumentsPage(
    rows=DOCUMENT_ROWS, next="18061", stations=("till-1", "till-2"), applied_seq=HEAD - 2,
    tabs=(DocumentTab("all"), DocumentTab("sale"), DocumentTab("sale_return"), DocumentTab("goods_receipt"), DocumentTab("adjustment"), DocumentTab("opening_balance")),
)
DOCUMENTS_EMPTY = DocumentsPage(rows=(), next=None, tabs=(DocumentTab("all", 0),))

_LINES = (
    DocumentLine(item="6901028075831", name="Oolong tea 500 ml", name_zh="乌龙茶 500 毫升", quantity="1", unit="btl", price=650, total=650),
    DocumentLine(item="6922266440106", name="Tissue 3-ply × 10", name_zh="三层抽纸 10 包", quantity="3", unit="pack", price=2390, total=7170),
    DocumentLine(item="apple-fuji", name="Fuji apples", name_zh="红富士苹果", quantity="0.482", unit="kg", price=1280, total=617, reading="r-88"),
    DocumentLine(item="6901757300030", name="Toothpaste, mint 120 g", name_zh="薄荷牙膏 120 克", quantity="1", unit="pc", price=1490, discount=149, total=1341),
)
SALE = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4d000", type="sale", number="S-004112", state="posted", station="till-2",
    person="Lin Yue 林月", occurred_at=NOW - 10, posted_at=NOW - 9, lines=_LINES,
    movements=tuple(DocumentMovement(item=line.item, name=line.name, name_zh=line.name_zh, quantity=line.quantity, unit=line.unit, from_location="shop", to_location="customer") for line in _LINES),
    tenders=(Tender("cash", 10_000),), total=9_778, change=222, seq=HEAD, epoch=1, hash="9f2c41d07be81a55c0ffee1234567890aa", applied_seq=HEAD - 2, sync="catching_up",
    print_jobs=(PrintJob(job="j-3", printer="printer-1", state="queued", at=NOW - 3), PrintJob(job="j-2", printer="kitchen-1", state="unknown", at=NOW - 6, kitchen="wok"), PrintJob(job="j-1", printer="printer-1", state="printed", at=NOW - 8)), can_print=True,
)
ADJUSTED = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4d005", type="adjustment", number="A-000031", state="posted", station=None,
    person="Chen Wei 陈伟", occurred_at=NOW - 11_000, posted_at=NOW - 11_000,
    lines=(DocumentLine(item="6922266440106", name="Tissue 3-ply × 10", name_zh="三层抽纸 10 包", quantity="-12", unit="pack"),),
    movements=(DocumentMovement(item="6922266440106", name="Tissue 3-ply × 10", name_zh="三层抽纸 10 包", quantity="12", unit="pack", from_location="shop", to_location="shrinkage"),),
    reason="damaged", note="Rain through the back door", seq=HEAD - 204, epoch=1, hash="77aa", applied_seq=HEAD, sync="current",
    settled=True, warnings=(DocumentWarning(code="negative_stock", detail="Chocolate wafer 100 g: −2 after this document."),),
    approval=Approval(person="Chen Wei 陈伟", reason="Seen and photographed", at=NOW - 11_000),
)
WAITING = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4d004", type="sale", number=None, state="needs_approval", station="till-2",
    person="Lin Yue 林月", occurred_at=NOW - 100, posted_at=None, lines=_LINES[:1], movements=(), total=650,
)
PRUNED = DocumentPage(
    id="019aa9c0-7a31-7cc0-8e11-5b2f10a4d006", type="sale", number="S-000007", state="posted", station="till-1",
    person="Lin Yue 林月", occurred_at=None, posted_at=NOW - 40_000_000, lines=(), movements=(), total=4_210, seq=31, epoch=1,
    hash="51c2", applied_seq=HEAD, sync="current", pruned=True, keep_days=400,
)

DEVICES_LIST = (
    DeviceCard(name="scale-1", cls="Scale", driver="toledo8217", transport="serial", address="dev/scale-1 · 9600 7E1", state="online", since=NOW - 30_000, last="0.482 kg", last_at=NOW - 41, stations=("till-1",)),
    DeviceCard(name="scanner-1", cls="Scanner", driver="serial-scanner", transport="serial", address="dev/scanner-1 · 9600", state="online", since=NOW - 30_000, last="6922266440106", last_at=NOW - 12, stations=("till-1",)),
    DeviceCard(name="printer-1", cls="POSPrinter", driver="escpos", transport="tcp", address="127.0.0.1:9100", state="error", code="paper_end", detail="Out of paper", detail_zh="缺纸", hint="Put in a new roll; waiting jobs print by themselves.", hint_zh="请装入新纸卷，等待的任务会自动打印。", since=NOW - 8_400, last="S-004112", last_at=NOW - 9, printed="unknown", waiting=("7", "8"), stations=("till-1",), drawer_of=("till-1",)),
    DeviceCard(name="display-1", cls="LineDisplay", driver="cd5220", transport="serial", address="dev/display-1 · 9600", state="offline", code="released", detail="Released for another program", detail_zh="已释放，供其他程序使用", hint="Take it up again on the devices page when you are done.", hint_zh="用完后请在“设备”页面重新启用。", since=NOW - 600, released=True, stations=("till-1",)),
)
DEVICES = DevicesPage(
    devices=DEVICES_LIST,
    ports=(FoundPort("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0", "USB Serial (1a86:7523)", "USB bus 1, socket 1, hub socket 2", "USB 总线 1 插口 1，集线器插口 2", '[[devices]]\nname = "serial-1"\ndriver = "toledo8217"\ntransport = "serial"\npath = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0"\n'),),
    checks=(
        StartUpCheck(name="sqlite_version", state="advice", found="3.40.1", advice="This SQLite has a rare WAL fault. Kontor has one writer and is not exposed.", advice_zh="此版本的 SQLite 有一个罕见的 WAL 缺陷。Kontor 只有一个写入者，不受影响。"),
        StartUpCheck(name="synchronous", state="good", found="wal, synchronous=FULL"),
        StartUpCheck(name="free_disk", state="good", found="22,400 MiB free"),
        StartUpCheck(name="flush_latency", state="bad", found="median 181.20 ms, worst 402.11 ms of 16", advice="The card is slow or worn: use an industrial card, eMMC or NVMe.", advice_zh="存储卡缓慢或已磨损：请使用工业级存储卡、eMMC 或 NVMe。"),
    ),
    checked_at=NOW - 30_000,
)
DEVICES_NONE = DevicesPage(devices=(), checks=())

CURRENT = ReplicationFigures(state="current", head_seq=HEAD, applied_seq=HEAD, durable_seq=HEAD, epoch=1, waiting=0, lag_seconds=0.3, as_of=NOW - 2)
OFFLINE = ReplicationFigures(state="offline", head_seq=HEAD, applied_seq=HEAD - 1_284, durable_seq=HEAD - 1_284, epoch=2, waiting=1_284, lag_seconds=15_120, as_of=NOW - 15_120)
REPLICATION = ReplicationPage(figures=CURRENT, link="nats://hq.example:4222", inbox=InboxFigures(seq=212, waiting=0, applied_at=NOW - 90))
REPLICATION_OFFLINE = ReplicationPage(figures=OFFLINE, link="nats://hq.example:4222", last_error="nats: no servers available for connection", last_error_at=NOW - 30, forked=3)
REPLICATION_ALONE = ReplicationPage(figures=ReplicationFigures(state="standalone", head_seq=HEAD, applied_seq=0, durable_seq=0, epoch=1, waiting=0))
REPLICATION_HELD = ReplicationPage(
    figures=CURRENT, link="nats://hq.example:4222", held_count=3,
    inbox=InboxFigures(seq=212, waiting=4, applied_at=NOW - 90, stopped=True, error="This store must be updated."),
    held=(HeldRow(sku="RICE-5KG", name="Rice 5 kg", name_zh="大米 5 千克", reason="Headquarters counts it in “bag”.", since=NOW - 3600),),
)  # fmt: skip
REPLICATION_BLOCKED = ReplicationPage(figures=ReplicationFigures(state="blocked", head_seq=HEAD, applied_seq=HEAD - 9, durable_seq=HEAD - 9, epoch=1, waiting=9, lag_seconds=600), link="nats://hq.example:4222")

_HOURS = [(7, 1, 2), (8, 42, 38), (9, 61, 66), (10, 88, 70), (11, 120, 104), (12, 164, 150), (13, 98, 110), (14, 84, 90), (15, 131, 96), (16, 44, 118), (17, 0, 170), (18, 0, 190), (19, 0, 142), (20, 0, 85), (21, 0, 30)]
HOURS = tuple(HourSales(hour, now * 2_613, then * 2_540) for hour, now, then in _HOURS)
TODAY = TodayPage(
    date="2026-11-22",
    needs=(
        Need(kind="device", severity="bad", href="/devices", subject="printer-1", detail="Out of paper", detail_zh="缺纸", since=NOW - 8_400),
        Need(kind="settled_review", severity="warn", href="/waiting?tab=reviews", count=2, since=NOW - 4_000),
        Need(kind="negative_stock", severity="warn", href="/stock?tab=negative", subject="Chocolate wafer 100 g", subject_zh="巧克力威化 100 克"),
        Need(kind="low_stock", severity="warn", href="/stock?tab=low", count=324),
        Need(kind="alert", severity="bad", href="/stock?q=ham", subject="Expired goods on hand", subject_zh="过期商品在库", detail="Ham, lot L0312: 3.000 piece on the shelf expired on 2026-11-20.", detail_zh="火腿（批次 L0312）：货架上 3.000 件 已于 2026-11-20 过期。", since=NOW - 7_200),
    ),
    sales_total=2_176_631, sales_count=412, last_week_total=2_048_000, hours=HOURS, last_sale_at=NOW - 9,
    documents=DOCUMENT_ROWS[:6], devices=DEVICES_LIST, replication=CURRENT,
)
TODAY_QUIET = TodayPage(
    date="2026-11-22", needs=(), sales_total=0, sales_count=0, last_week_total=None, hours=(), last_sale_at=NOW - 6_600,
    documents=(), devices=(), replication=OFFLINE,
)

PEOPLE = (SignInPerson("lin", "Lin Yue 林月", "cashier"), SignInPerson("chen", "Chen Wei 陈伟", "manager"), SignInPerson("admin", "Admin 管理员", "admin"))
SIGN_IN_PIN = SignInPage(mode="pin", people=PEOPLE, chosen="lin", next="/till?station=till-1")
SIGN_IN_REFUSED = SignInPage(mode="pin", people=PEOPLE, chosen="chen", trouble="refused")
SIGN_IN_PASSWORD = SignInPage(mode="password", next="/today", trouble="signed_out")
SIGN_IN_LOCKED = SignInPage(mode="password", trouble="locked_out", retry_after_seconds=820)
NOT_FOUND = ProblemPage(status=404)
NOT_ALLOWED = ProblemPage(status=403)
FAILED = ProblemPage(status=500, reference="7f31c2")
SIMULATED = SimulatedDevicesPage(
    branch="Riverside store", branch_zh="河滨店", stations=("till-1",),
    printers=(PrinterCard(name="printer-1"), PrinterCard(name="kitchen-printer", kitchen=True)),
)
