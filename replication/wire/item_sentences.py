"""What is wrong with an item, a price or a figure, said in both languages: the same words at a branch and at headquarters."""

from typing import Final

from replication.wire.sentence import Sentence

ITEM_SENTENCES: Final[dict[str, Sentence]] = {
    "quantity_not_a_decimal": Sentence(
        '“{text}” is not a quantity. Write a decimal such as "3" or "1.250".', "“{text}”不是数量，请写成“3”或“1.250”这样的小数。"
    ),
    "quantity_too_precise": Sentence(
        "“{text}” has more than three decimals that matter.", "“{text}”的小数超过三位。"
    ),
    "quantity_out_of_range": Sentence("The quantity {text} is out of range.", "数量 {text} 超出范围。"),
    "amount_out_of_range": Sentence(
        "The amount must be between 0 and {limit}.", "金额必须在 0 到 {limit} 之间。"
    ),
    "text_out_of_range": Sentence(
        "The text must have 1 to {limit} characters.", "文字长度应为 1 到 {limit} 个字符。"
    ),
    "too_many": Sentence("At most {limit} are allowed here.", "此处最多允许 {limit} 个。"),
    "bad_tax_class": Sentence(
        "“{text}” is no name of a tax class: use small letters, digits and dashes.",
        "“{text}”不是有效的税种名称，只能用小写字母、数字和短横。",
    ),
    "bad_sku": Sentence(
        "“{text}” is no SKU: use up to 64 letters, digits, dots, dashes and underscores.",
        "“{text}”不是有效的商品编码，最多 64 个字母、数字、点、短横或下划线。",
    ),
    "document_too_large": Sentence(
        "The document takes {bytes} bytes; one of at most {limit} can be sent to headquarters. Split it.",
        "单据占 {bytes} 字节，可同步到总部的上限为 {limit} 字节，请拆分。",
    ),
    "factor_not_whole": Sentence(
        "A pack holds a whole number of base units; {text} is not one.", "包装换算必须是整数个基本单位，{text} 不是。"
    ),
    "barcode_twice": Sentence("The barcode {barcode} is given twice.", "条码 {barcode} 重复。"),
    "unit_twice": Sentence("The unit “{unit}” is named twice.", "单位“{unit}”重复。"),
    "barcode_taken": Sentence("The barcode {barcode} belongs to item {item}.", "条码 {barcode} 属于商品 {item}。"),
    "unit_fixed": Sentence(
        "The base unit is “{base}” and cannot become “{unit}”: stock is counted in it.",
        "基本单位是“{base}”，不能改为“{unit}”，库存按它计量。",
    ),
}  # fmt: skip

ITEM_MONEY: Final = {"amount_out_of_range": ("limit",)}
"""Facts that are amounts."""
