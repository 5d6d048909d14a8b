"""A posted document as a till receipt: what stands on the paper, in both languages. Pure; printing is `printing`'s."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from gateway.domain.document import DocumentType
from gateway.store.documents import StoredDocument
from peripherals.print_job import Align, Columns, Cut, Feed, Part, PrintJob, QrCode, Rule, TextLine
from replication.wire.events import DocumentMore, PostedLine, TaxPart, TenderType
from replication.wire.item import Item
from replication.wire.quantity import format_quantity

WIDE_COLUMNS: Final = 40
"""From here on (80 mm paper) both names of an article stand on one row; on 58 mm each has its own."""

_TITLES: Final = {
    DocumentType.SALE.value: "收银小票 Till receipt",
    DocumentType.SALE_RETURN.value: "退货小票 Sale return",
    DocumentType.GOODS_RECEIPT.value: "收货单 Goods receipt",
    DocumentType.OPENING_BALANCE.value: "期初库存 Opening balance",
    DocumentType.ADJUSTMENT.value: "库存调整 Adjustment",
    DocumentType.CASH_MOVEMENT.value: "现金收支 Cash movement",
    DocumentType.SHIFT_OPEN.value: "开班 Shift open",
    DocumentType.SHIFT_CLOSE.value: "交班 Z report",
    DocumentType.REVERSAL.value: "冲销 Reversal",
}
_TENDERS: Final = {
    TenderType.CASH: "现金 Cash",
    TenderType.CARD: "银行卡 Card",
    TenderType.QR: "扫码 QR wallet",
    TenderType.STORED_VALUE: "储值 Stored value",
    TenderType.VOUCHER: "代金券 Voucher",
}
_UNITS: Final = {"pc": "件 pc", "case": "箱 case", "box": "盒 box", "pack": "包 pack", "bottle": "瓶 bottle"}
"""Units that come as codes, in both languages; kg and the like are read by everybody."""
_WITH_MONEY: Final = frozenset({DocumentType.SALE.value, DocumentType.SALE_RETURN.value})


class Letterhead(msgspec.Struct, frozen=True):
    """What every till receipt of a site shares."""

    name: str
    name_zh: str | None
    currency: str
    minor_unit_digits: int
    zone: dt.tzinfo
    called: Callable[[str], str] = str
    """What the customer may call the person who sold, from the sign-in name."""


def till_receipt(document: StoredDocument, items: Mapping[str, Item], letterhead: Letterhead, columns: int) -> PrintJob:
    """The paper of one document. An article that is not in `items` is shown by its SKU."""
    event = document.event
    with_money = event.type in _WITH_MONEY
    parts: list[Part] = []
    if letterhead.name_zh and letterhead.name_zh != letterhead.name:
        parts.append(TextLine(letterhead.name_zh, align="center", bold=True, double=True))
        parts.append(TextLine(letterhead.name, align="center"))
    else:
        parts.append(TextLine(letterhead.name, align="center", bold=True, double=True))
    parts.append(TextLine(_TITLES.get(event.type, event.type), align="center"))
    parts.append(Feed())
    at = dt.datetime.fromtimestamp(event.posted_at / 1000, letterhead.zone)
    parts.append(Columns(f"单号 No. {event.number}", event.station or ""))
    parts.append(Columns(f"{at:%Y-%m-%d %H:%M:%S}", letterhead.called(event.person)))
    parts.append(Rule())
    for line in [one for one in event.lines if not (with_money and one.is_added)]:
        parts += _line(line, items.get(line.item), letterhead, columns, with_money=with_money)
    parts.append(Rule())
    if with_money:
        parts += _money(document, letterhead)
    detail = event.detail
    if detail is not None and detail.more is not None:
        parts += _drawer(detail.more, letterhead)
    for label, text in (
        ("原因 Reason", None if detail is None else detail.reason),
        ("供应商 Supplier", None if detail is None else detail.supplier),
        ("备注 Note", None if detail is None else detail.note),
    ):
        if text:
            parts.append(TextLine(f"{label}: {text}"))
    parts.append(Feed())
    digits = document.id.hex()
    identity = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    parts.append(QrCode(identity, module_dots=5 if columns >= WIDE_COLUMNS else 4))
    parts.append(_centred(identity))
    if event.type == DocumentType.SALE.value:
        parts.append(_centred("谢谢惠顾 Thank you"))
    parts.append(Feed(2))
    parts.append(Cut())
    return PrintJob(tuple(parts))


def _centred(text: str, align: Align = "center") -> TextLine:
    return TextLine(text, align=align)


def _line(line: PostedLine, item: Item | None, letterhead: Letterhead, columns: int, *, with_money: bool) -> list[Part]:
    """An article: its names, then how many at which price, with the amount at the right edge."""
    names = [line.item] if item is None else [name for name in (item.name_zh, item.name) if name]
    if len(names) == 2 and names[0] == names[1]:
        names.pop()
    both = " ".join(names)
    on_one_row = columns >= WIDE_COLUMNS and _width(both) <= columns
    parts: list[Part] = [TextLine(both)] if on_one_row else [TextLine(name) for name in names]
    unit = line.detail.unit if line.detail is not None and line.detail.unit is not None else item.unit if item else ""
    quantity = f"{_plain(line.quantity)} {_UNITS.get(unit, unit)}".rstrip()
    if not with_money:
        parts.append(Columns("", quantity))
        return parts
    gross = line.worth() + line.discount
    parts.append(Columns(f"  {quantity} × {_amount(line.price, letterhead)}", _amount(gross, letterhead)))
    if line.discount:
        parts.append(Columns("  折扣 Discount", _amount(-line.discount, letterhead)))
    return parts


def _width(text: str) -> int:
    """Columns on the paper: whatever is not ASCII takes two."""
    return sum(1 if character.isascii() else 2 for character in text)


def _money(document: StoredDocument, letterhead: Letterhead) -> list[Part]:
    event = document.event
    total = f"{letterhead.currency} {_amount(event.worth(), letterhead)}"
    more = None if event.detail is None else event.detail.more
    parts: list[Part] = []
    if more is not None and more.taxes and event.worth() - more.rounding != sum(line.worth() for line in event.lines):
        parts += [Columns(f"税额 Tax {_rate(part)}", _amount(part.tax, letterhead)) for part in more.taxes if part.rate]
    if more is not None and more.rounding:
        parts.append(Columns("抹零 Rounding", _amount(more.rounding, letterhead)))
    parts.append(Columns("合计 Total", total, bold=True, double=True))
    parts += [Columns(_TENDERS[tender.type], _amount(tender.amount, letterhead)) for tender in event.tenders]
    change = event.given_back()
    if change:
        parts.append(Columns("找零 Change", _amount(change, letterhead)))
    for part in () if more is None else more.taxes:
        taxed = f"{_amount(part.base, letterhead)} + {_amount(part.tax, letterhead)}"
        parts.append(Columns(f"不含税 + 税 Net + tax {_rate(part)}", taxed))
    return parts


def _rate(part: TaxPart) -> str:
    """13%, 9.5%."""
    return f"{part.rate / 100:g}%"


def _drawer(more: DocumentMore, letterhead: Letterhead) -> list[Part]:
    """What came, went, or was counted: of each tender what there should be, what was found, and how they differ."""
    parts: list[Part] = []
    if more.z is not None:
        parts.append(Columns("Z", str(more.z), bold=True))
    if more.amount:
        sign = -1 if more.direction == "out" else 1
        parts.append(Columns("金额 Amount", _amount(sign * more.amount, letterhead)))
    found = {tender.type: tender.amount for tender in more.counted}
    for due in more.due:
        counted = found.get(due.type, 0)
        parts.append(Columns(f"{_TENDERS[due.type]} 应有 due", _amount(due.amount, letterhead)))
        parts.append(Columns("  清点 Counted", _amount(counted, letterhead)))
        parts.append(Columns("  长短款 Over/short", _amount(counted - due.amount, letterhead)))
    return parts


def _amount(minor: int, letterhead: Letterhead) -> str:
    digits = letterhead.minor_unit_digits
    if not digits:
        return str(minor)
    major, rest = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{major}.{rest:0{digits}d}"


def _plain(quantity: int) -> str:
    """Without decimals that say nothing: 2, 1.25."""
    return format_quantity(quantity).rstrip("0").rstrip(".")
