"""A posted document as a till receipt: what stands on the paper, by the shop's layout. Pure; printing is `printing`'s."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, assert_never

import msgspec

from gateway.domain.document import DocumentType
from gateway.store.documents import StoredDocument
from gateway.use_cases.receipt_layout import USUAL, Block, ReceiptLayout
from peripherals.print_job import Columns, Cut, Feed, Logo, Part, PrintJob, QrCode, Rule, TextLine
from replication.wire.events import PostedLine, TaxPart, TenderType
from replication.wire.item import Item
from replication.wire.quantity import format_quantity

WIDE_COLUMNS: Final = 40
"""From here on (80 mm paper) both names of an article stand on one row; on 58 mm each has its own."""

_TITLES: Final[dict[str, tuple[str, str]]] = {
    DocumentType.SALE.value: ("收银小票", "Till receipt"),
    DocumentType.SALE_RETURN.value: ("退货小票", "Sale return"),
    DocumentType.GOODS_RECEIPT.value: ("收货单", "Goods receipt"),
    DocumentType.OPENING_BALANCE.value: ("期初库存", "Opening balance"),
    DocumentType.ADJUSTMENT.value: ("库存调整", "Adjustment"),
    DocumentType.CASH_MOVEMENT.value: ("现金收支", "Cash movement"),
    DocumentType.SHIFT_OPEN.value: ("开班", "Shift open"),
    DocumentType.SHIFT_CLOSE.value: ("交班", "Z report"),
    DocumentType.REVERSAL.value: ("冲销", "Reversal"),
}
_TENDERS: Final[dict[TenderType, tuple[str, str]]] = {
    TenderType.CASH: ("现金", "Cash"),
    TenderType.CARD: ("银行卡", "Card"),
    TenderType.QR: ("扫码", "QR wallet"),
    TenderType.STORED_VALUE: ("储值", "Stored value"),
    TenderType.VOUCHER: ("代金券", "Voucher"),
}
_UNITS: Final = {
    "pc": ("件", "pc"),
    "case": ("箱", "case"),
    "box": ("盒", "box"),
    "pack": ("包", "pack"),
    "bottle": ("瓶", "bottle"),
    "portion": ("份", "portion"),
    "bag": ("袋", "bag"),
    "tray": ("盘", "tray"),
    "crate": ("筐", "crate"),
}
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
    layout: ReceiptLayout = USUAL


def till_receipt(document: StoredDocument, items: Mapping[str, Item], letterhead: Letterhead, columns: int) -> PrintJob:
    """The paper of one document. An article that is not in `items` is shown by its SKU."""
    receipt = _Receipt(document, items, letterhead, columns)
    parts: list[Part] = []
    for block in letterhead.layout.blocks:
        parts += receipt.block(block)
    return PrintJob((*parts, Feed(2), Cut()))


class _Receipt:
    """One document on its way to paper."""

    def __init__(
        self, document: StoredDocument, items: Mapping[str, Item], letterhead: Letterhead, columns: int
    ) -> None:
        self._document, self._items, self._letterhead, self._columns = document, items, letterhead, columns
        self._event = document.event
        self._language = letterhead.layout.language
        self._with_money = self._event.type in _WITH_MONEY

    def block(self, block: Block) -> list[Part]:
        """What stands there; nothing, where there is nothing to say."""
        layout = self._letterhead.layout
        makers: dict[Block, Callable[[], list[Part]]] = {
            Block.LOGO: lambda: [Logo()],
            Block.SHOP: self._shop,
            Block.HEADER: lambda: [_centred(line) for line in layout.header],
            Block.TITLE: self._title,
            Block.NUMBER: self._number,
            Block.LINES: self._lines,
            Block.MONEY: lambda: [*(self._money() if self._with_money else ()), *self._drawer()],
            Block.REMARKS: self._remarks,
            Block.QR: lambda: [Feed(), QrCode(self._identity(), 5 if self._columns >= WIDE_COLUMNS else 4)],
            Block.IDENTITY: lambda: [_centred(self._identity())],
            Block.THANKS: self._thanks,
            Block.FOOTER: lambda: [_centred(line) for line in layout.footer],
        }
        return makers[block]()

    def _title(self) -> list[Part]:
        title = _TITLES.get(self._event.type, (self._event.type, self._event.type))
        return [_centred(self._said(title)), Feed()]

    def _thanks(self) -> list[Part]:
        is_sale = self._event.type == DocumentType.SALE.value
        return [_centred(self._said(("谢谢惠顾", "Thank you")))] if is_sale else []

    def _said(self, words: tuple[str, str]) -> str:
        match self._language:
            case "both":
                return " ".join(dict.fromkeys(words))
            case "zh":
                return words[0]
            case "en":
                return words[1]
            case _:
                assert_never(self._language)

    def _names(self, name: str, name_zh: str | None) -> list[str]:
        """In the receipt's languages; where there is no name in one of them, the other one."""
        match self._language:
            case "both":
                return list(dict.fromkeys(one for one in (name_zh, name) if one))
            case "zh":
                return [name_zh or name]
            case "en":
                return [name]
            case _:
                assert_never(self._language)

    def _shop(self) -> list[Part]:
        first, *more = self._names(self._letterhead.name, self._letterhead.name_zh)
        return [TextLine(first, align="center", bold=True, double=True), *map(_centred, more)]

    def _number(self) -> list[Part]:
        event, letterhead = self._event, self._letterhead
        at = dt.datetime.fromtimestamp(event.posted_at / 1000, letterhead.zone)
        return [
            Columns(f"{self._said(('单号', 'No.'))} {event.number}", event.station or ""),
            Columns(f"{at:%Y-%m-%d %H:%M:%S}", letterhead.called(event.person)),
        ]

    def _lines(self) -> list[Part]:
        parts: list[Part] = [Rule()]
        for line in self._event.lines:
            if not (self._with_money and line.is_added):
                parts += self._line(line)
        return [*parts, Rule()]

    def _line(self, line: PostedLine) -> list[Part]:
        """An article: its names, then how many at which price, with the amount at the right edge."""
        item = self._items.get(line.item)
        names = [line.item] if item is None else self._names(item.name, item.name_zh)
        both = " ".join(names)
        on_one_row = self._columns >= WIDE_COLUMNS and _width(both) <= self._columns
        parts: list[Part] = [TextLine(both)] if on_one_row else [TextLine(name) for name in names]
        if self._letterhead.layout.article_codes and item is not None:
            parts.append(TextLine(f"  {line.item}"))
        unit = (
            line.detail.unit if line.detail is not None and line.detail.unit is not None else item.unit if item else ""
        )
        quantity = f"{_plain(line.quantity)} {self._said(_UNITS.get(unit, (unit, unit)))}".rstrip()
        if not self._with_money:
            return [*parts, Columns("", quantity)]
        gross = line.worth() + line.discount
        parts.append(Columns(f"  {quantity} × {self._amount(line.price)}", self._amount(gross)))
        if line.discount:
            parts.append(Columns(f"  {self._said(('折扣', 'Discount'))}", self._amount(-line.discount)))
        return parts

    def _money(self) -> list[Part]:
        event = self._event
        total = f"{self._letterhead.currency} {self._amount(event.worth())}"
        more = None if event.detail is None else event.detail.more
        parts: list[Part] = []
        if (
            more is not None
            and more.taxes
            and event.worth() - more.rounding != sum(line.worth() for line in event.lines)
        ):
            tax = self._said(("税额", "Tax"))
            parts += [Columns(f"{tax} {_rate(part)}", self._amount(part.tax)) for part in more.taxes if part.rate]
        if more is not None and more.rounding:
            parts.append(Columns(self._said(("抹零", "Rounding")), self._amount(more.rounding)))
        parts.append(Columns(self._said(("合计", "Total")), total, bold=True, double=True))
        parts += [Columns(self._said(_TENDERS[tender.type]), self._amount(tender.amount)) for tender in event.tenders]
        change = event.given_back()
        if change:
            parts.append(Columns(self._said(("找零", "Change")), self._amount(change)))
        net = self._said(("不含税 + 税", "Net + tax"))
        for part in () if more is None else more.taxes:
            taxed = f"{self._amount(part.base)} + {self._amount(part.tax)}"
            parts.append(Columns(f"{net} {_rate(part)}", taxed))
        return parts

    def _drawer(self) -> list[Part]:
        """What came, went, or was counted: of each tender what there should be, what was found, and how they differ."""
        more = None if self._event.detail is None else self._event.detail.more
        if more is None:
            return []
        parts: list[Part] = []
        if more.z is not None:
            parts.append(Columns("Z", str(more.z), bold=True))
        if more.amount:
            sign = -1 if more.direction == "out" else 1
            parts.append(Columns(self._said(("金额", "Amount")), self._amount(sign * more.amount)))
        found = {tender.type: tender.amount for tender in more.counted}
        for due in more.due:
            counted = found.get(due.type, 0)
            should = f"{self._said(_TENDERS[due.type])} {self._said(('应有', 'due'))}"
            parts.append(Columns(should, self._amount(due.amount)))
            parts.append(Columns(f"  {self._said(('清点', 'Counted'))}", self._amount(counted)))
            parts.append(Columns(f"  {self._said(('长短款', 'Over/short'))}", self._amount(counted - due.amount)))
        return parts

    def _remarks(self) -> list[Part]:
        detail = self._event.detail
        if detail is None:
            return []
        said = (
            (("原因", "Reason"), detail.reason),
            (("供应商", "Supplier"), detail.supplier),
            (("备注", "Note"), detail.note),
        )
        return [TextLine(f"{self._said(label)}: {text}") for label, text in said if text]

    def _identity(self) -> str:
        digits = self._document.id.hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def _amount(self, minor: int) -> str:
        digits = self._letterhead.minor_unit_digits
        if not digits:
            return str(minor)
        major, rest = divmod(abs(minor), 10**digits)
        return f"{'-' if minor < 0 else ''}{major}.{rest:0{digits}d}"


def _centred(text: str) -> TextLine:
    return TextLine(text, align="center")


def _width(text: str) -> int:
    """Columns on the paper: whatever is not ASCII takes two."""
    return sum(1 if character.isascii() else 2 for character in text)


def _rate(part: TaxPart) -> str:
    """13%, 9.5%."""
    return f"{part.rate / 100:g}%"


def _plain(quantity: int) -> str:
    """Without decimals that say nothing: 2, 1.25."""
    return format_quantity(quantity).rstrip("0").rstrip(".")
