"""The kinds of tables a shop brings along, and their columns: how a head is written in either language, and what its cells are.

Knows no file and no row.
"""

import enum
import unicodedata
from typing import Final

import msgspec


class ImportKind(enum.StrEnum):
    """What a table is of."""

    ITEMS = "items"
    BARCODES = "barcodes"
    BALANCES = "balances"
    SUPPLIERS = "suppliers"
    MEMBERS = "members"
    RECIPES = "recipes"


class CellSort(enum.StrEnum):
    """What a cell says. A code keeps every character; money is in whole units of the currency with its decimals."""

    CODE = "code"
    CODES = "codes"
    TEXT = "text"
    QUANTITY = "quantity"
    MONEY = "money"
    PERCENT = "percent"
    WHOLE = "whole"
    DATE = "date"
    YES_NO = "yes_no"


class Column(msgspec.Struct, frozen=True):
    """A column: `name` as the API has it, and its head in both languages."""

    name: str
    en: str
    zh: str
    sort: CellSort = CellSort.TEXT
    required: bool = False
    also: tuple[str, ...] = ()
    """Other heads that tables from elsewhere have for it."""
    words: tuple[tuple[str, str], ...] = ()
    """What may stand there and what it means, where that is not free."""


_TRACKING: Final = (
    ("none", "none"), ("否", "none"), ("lot", "lot"), ("批次", "lot"), ("serial", "serial"), ("序列号", "serial"),
)  # fmt: skip
_DEPLETE: Final = (("sale", "sale"), ("销售", "sale"), ("production", "production"), ("生产", "production"))
_C, _S = Column, CellSort
_PARTNER: Final = (
    _C("code", "Code", "编码", _S.CODE, required=True), _C("name", "Name", "名称", required=True),
    _C("name_zh", "Chinese name", "中文名称"), _C("phone", "Phone", "电话", _S.CODE), _C("note", "Note", "备注"),
    _C("active", "Active", "启用", _S.YES_NO),
)  # fmt: skip
COLUMNS: Final[dict[ImportKind, tuple[Column, ...]]] = {
    ImportKind.ITEMS: (
        _C("sku", "SKU", "商品编码", _S.CODE, required=True), _C("name", "Name", "名称"), _C("name_zh", "Chinese name", "中文名称"),
        _C("unit", "Unit", "单位"), _C("price", "Price", "售价", _S.MONEY), _C("barcodes", "Barcodes", "条码", _S.CODES, also=("barcode",)),
        _C("category", "Category", "分类"), _C("category_zh", "Chinese category", "中文分类"),
        _C("tracking", "Kept by", "管理方式", words=_TRACKING), _C("weighed", "Weighed", "称重", _S.YES_NO),
        _C("low_below", "Low below", "库存下限", _S.QUANTITY), _C("whole", "Not parted", "不可拆零", _S.YES_NO),
        _C("tax", "Tax class", "税类", _S.CODE), _C("keep_below", "Keep below °C", "储存温度上限", _S.QUANTITY),
    ),
    ImportKind.BARCODES: (
        _C("sku", "SKU", "商品编码", _S.CODE, required=True), _C("barcode", "Barcode", "条码", _S.CODE),
        _C("unit", "Pack", "包装单位"), _C("factor", "Units per pack", "包装含量", _S.WHOLE),
    ),
    ImportKind.BALANCES: (
        _C("sku", "SKU", "商品编码", _S.CODE, required=True), _C("quantity", "Quantity", "数量", _S.QUANTITY, required=True),
        _C("unit", "Unit", "单位"), _C("cost", "Cost", "成本", _S.MONEY), _C("location", "Location", "库位", _S.CODE),
        _C("lot", "Lot", "批号", _S.CODE), _C("expiry", "Expiry", "到期日", _S.DATE),
        _C("serials", "Serial numbers", "序列号", _S.CODES),
    ),
    ImportKind.SUPPLIERS: _PARTNER,
    ImportKind.MEMBERS: _PARTNER,
    ImportKind.RECIPES: (
        _C("code", "Recipe", "配方", _S.CODE, required=True), _C("item", "Makes", "成品", _S.CODE),
        _C("output", "Output", "产量", _S.QUANTITY), _C("good", "Yield %", "成品率%", _S.PERCENT),
        _C("tolerance", "Tolerance %", "允许偏差%", _S.PERCENT), _C("shelf_life_days", "Shelf life in days", "保质期天数", _S.WHOLE),
        _C("deplete_on", "Taken on", "扣料时机", words=_DEPLETE), _C("location", "Location", "库位", _S.CODE),
        _C("active", "Active", "启用", _S.YES_NO),
        _C("component", "Component", "原料", _S.CODE), _C("by_product", "By-product", "副产品", _S.CODE),
        _C("quantity", "Quantity", "数量", _S.QUANTITY), _C("unit", "Unit", "单位"),
        _C("units", "Ratio: units", "换算：单位数", _S.WHOLE), _C("bases", "Ratio: base units", "换算：基本单位数", _S.WHOLE),
        _C("usable", "Usable %", "可用率%", _S.PERCENT), _C("share", "Cost share %", "成本占比%", _S.PERCENT),
        _C("step", "Step", "工序"), _C("step_zh", "Chinese step", "中文工序"), _C("minutes", "Minutes", "工时分钟", _S.WHOLE),
    ),
}  # fmt: skip


def column_named(kind: ImportKind, head: str) -> Column | None:
    """The column a head stands for: by its name or its words in either language, however wide they are written."""
    wanted = unicodedata.normalize("NFKC", head).strip().rstrip("*").strip().casefold()
    for column in COLUMNS[kind]:
        if wanted in {
            unicodedata.normalize("NFKC", text).casefold() for text in (column.name, column.en, column.zh, *column.also)
        }:
            return column
    return None
