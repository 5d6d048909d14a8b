"""What stands on a till receipt, line by line, on wide and narrow paper."""

from zoneinfo import ZoneInfo

import pytest

from gateway.store.documents import StoredDocument
from gateway.use_cases.print_till_receipt import Letterhead, till_receipt
from peripherals.print_job import Columns, Cut, QrCode, TextLine
from peripherals.protocols.escpos import Paper, encode
from replication.wire.events import (
    DocumentDetail,
    DocumentMore,
    DocumentPosted,
    LineDetail,
    PostedLine,
    TaxPart,
    Tender,
    TenderType,
)
from replication.wire.item import Item
from replication.wire.quantity import Quantity

LETTERHEAD = Letterhead("Riverside store", "河滨店", "CNY", 2, ZoneInfo("Asia/Shanghai"))
ITEMS = {
    "tea": Item("tea", "Oolong tea", "bottle", 650, "乌龙茶"),
    "apple": Item("apple", "Red apples", "kg", 1280, "红苹果"),
}
SALE = DocumentPosted(
    "sale", "SA-000123", 1_795_000_000_000, None, "lin", "till-1", 2150, 850, (Tender(TenderType.CASH, 3000),),
    (
        PostedLine("tea", Quantity(2000), 650, 0, 1300),
        PostedLine("apple", Quantity(1250), 1280, 750, 850),
        PostedLine("gone", Quantity(1000), 0, 0, 0, LineDetail(unit="box")),
    ),
    (), (),
)  # fmt: skip
STORED = StoredDocument(bytes(range(16)), 7, bytes(32), SALE)


def shown(columns: int, document: StoredDocument = STORED) -> list[str]:
    rows = []
    for part in till_receipt(document, ITEMS, LETTERHEAD, columns).parts:
        match part:
            case TextLine(text):
                rows.append(text)
            case Columns(left, right):
                rows.append(f"{left} | {right}")
            case QrCode(data):
                rows.append(f"QR {data}")
            case _:
                pass
    return rows


def test_a_sale_on_wide_paper() -> None:
    assert shown(48) == [
        "河滨店", "Riverside store", "收银小票 Till receipt",
        "单号 No. SA-000123 | till-1", "2026-11-18 19:06:40 | lin",
        "乌龙茶 Oolong tea", "  2 瓶 bottle × 6.50 | 13.00",
        "红苹果 Red apples", "  1.25 kg × 12.80 | 16.00", "  折扣 Discount | -7.50",
        "gone", "  1 盒 box × 0.00 | 0.00",
        "合计 Total | CNY 21.50", "现金 Cash | 30.00", "找零 Change | 8.50",
        "QR 00010203-0405-0607-0809-0a0b0c0d0e0f", "00010203-0405-0607-0809-0a0b0c0d0e0f", "谢谢惠顾 Thank you",
    ]  # fmt: skip


def test_on_narrow_paper_each_name_has_its_own_row() -> None:
    rows = shown(32)
    at = rows.index("乌龙茶")
    assert rows[at : at + 3] == ["乌龙茶", "Oolong tea", "  2 瓶 bottle × 6.50 | 13.00"]


def test_a_goods_receipt_shows_no_money_and_its_supplier() -> None:
    event = DocumentPosted(
        "goods_receipt", "GR-000001", 1_795_000_000_000, None, "chen", None, 0, 0, (),
        (PostedLine("tea", Quantity(24000)),), (), (), DocumentDetail(note="two boxes", supplier="Tea & Sons"),
    )  # fmt: skip
    rows = shown(48, StoredDocument(bytes(16), 8, bytes(32), event))
    assert " | 24 瓶 bottle" in rows
    assert "供应商 Supplier: Tea & Sons" in rows
    assert "备注 Note: two boxes" in rows
    assert not any("Total" in row for row in rows)


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_a_printer_can_print_it(columns: int) -> None:
    job = till_receipt(STORED, ITEMS, LETTERHEAD, columns)
    assert isinstance(job.parts[-1], Cut)
    assert encode(job, Paper(columns=columns, encoding="gb18030")).startswith(b"\x1b@")


def test_a_currency_without_minor_units_has_no_point() -> None:
    job = till_receipt(STORED, ITEMS, Letterhead("Store", None, "JPY", 0, ZoneInfo("Asia/Tokyo")), 48)
    assert Columns("合计 Total", "JPY 2150", bold=True, double=True) in job.parts


def test_names_that_do_not_fit_one_row_have_one_each() -> None:
    """No name is broken in the middle because the other one stands before it."""
    long = Item("cola", "Red Lantern sparkling orange soda 330 ml", "pc", 280, "红灯笼橙味汽水 330毫升")
    sold = DocumentPosted(
        "sale", "SA-000001", 1_795_000_000_000, None, "lin", "till-1", 280, 0, (), (PostedLine("cola", Quantity(1000), 280, 0, 280),), (), (),
    )  # fmt: skip
    parts = till_receipt(StoredDocument(bytes(16), 1, bytes(32), sold), {"cola": long}, LETTERHEAD, 48).parts
    names = [part.text for part in parts if isinstance(part, TextLine)]
    assert names[3:5] == ["红灯笼橙味汽水 330毫升", "Red Lantern sparkling orange soda 330 ml"]


def test_the_customer_reads_who_sold() -> None:
    called = {"lin": "林月 Lin Yue"}
    letterhead = Letterhead("Riverside store", "河滨店", "CNY", 2, ZoneInfo("Asia/Shanghai"), lambda who: called[who])
    parts = till_receipt(STORED, ITEMS, letterhead, 48).parts
    assert "林月 Lin Yue" in [part.right for part in parts if isinstance(part, Columns)]


def test_taxes_and_rounding_stand_beside_the_total() -> None:
    """Exclusive tax above the total, what was taken off for cash, and each rate's base and tax below."""
    more = DocumentMore(taxes=(TaxPart(1300, 113, 15),), rounding=-8)
    event = DocumentPosted(
        "sale", "SA-000124", 1_795_000_000_000, None, "lin", "till-1", 120, None, (Tender(TenderType.CASH, 200),),
        (PostedLine("tea", Quantity(1000), 113),), (), (), DocumentDetail(more=more),
    )  # fmt: skip
    rows = shown(48, StoredDocument(bytes(16), 8, bytes(32), event))
    at = rows.index("税额 Tax 13% | 0.15")
    assert rows[at : at + 6] == [
        "税额 Tax 13% | 0.15", "抹零 Rounding | -0.08", "合计 Total | CNY 1.20", "现金 Cash | 2.00", "找零 Change | 0.80",
        "不含税 + 税 Net + tax 13% | 1.13 + 0.15",
    ]  # fmt: skip


def test_a_z_report_shows_what_is_missing() -> None:
    """Of each tender what there should be, what was counted, and the difference."""
    more = DocumentMore(z=4, due=(Tender(TenderType.CASH, 11_300),), counted=(Tender(TenderType.CASH, 11_000),))
    event = DocumentPosted(
        "shift_close", "SZ-000009", 1_795_000_000_000, None, "lin", "till-1", None, None, (), (), (), (), DocumentDetail(more=more)
    )  # fmt: skip
    rows = shown(48, StoredDocument(bytes(16), 9, bytes(32), event))
    at = rows.index("Z | 4")
    assert rows[at : at + 4] == [
        "Z | 4", "现金 Cash 应有 due | 113.00", "  清点 Counted | 110.00", "  长短款 Over/short | -3.00",
    ]  # fmt: skip
