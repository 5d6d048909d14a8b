"""What each finding's code means, as a sentence in both languages, with the finding's own figures filled in.

Money arrives as whole minor units and is written with the site's currency. Knows no HTTP.
"""

from collections.abc import Mapping
from typing import Final

from gateway.domain.fault import Fault
from gateway.domain.unit_words import plain_quantity
from gateway.web.import_sentences import IMPORT_SENTENCES
from gateway.web.recipe_sentences import RECIPE_BRIEF, RECIPE_SENTENCES
from replication.wire.item import Item
from replication.wire.item_sentences import ITEM_MONEY, ITEM_SENTENCES
from replication.wire.sentence import MoneySentences, Sentence

SENTENCES: Final[dict[str, Sentence]] = {
    **ITEM_SENTENCES,
    **RECIPE_SENTENCES,
    **IMPORT_SENTENCES,
    # what cannot be read
    "not_a_uuid": Sentence("The document's id is not a UUID.", "单据编号不是有效的 UUID。"),
    "not_a_date": Sentence("“{text}” is not a date. Write it as 2027-01-31.", "“{text}”不是日期，请写成 2027-01-31 的形式。"),
    "not_a_time": Sentence(
        "“{text}” is not a time with its offset. Write it as 2026-11-22T09:30:00+08:00.",
        "“{text}”不是带时区的时间，请写成 2026-11-22T09:30:00+08:00 的形式。",
    ),
    # what is out of bounds in itself
    "no_lines": Sentence("A document has at least one line.", "单据至少要有一行。"),
    "too_many_lines": Sentence(
        "The document has {lines} lines; at most {limit} are allowed.", "单据有 {lines} 行，最多允许 {limit} 行。"
    ),
    "quantity_not_positive": Sentence("The quantity {text} must be above zero.", "数量 {text} 必须大于零。"),
    "bad_location": Sentence(
        "“{text}” is no name of a location: use small letters, digits and dashes.",
        "“{text}”不是有效的库位名称，只能用小写字母、数字和短横。",
    ),
    "bad_station": Sentence(
        "“{text}” is no name of a station: use small letters, digits and dashes.",
        "“{text}”不是有效的收银台名称，只能用小写字母、数字和短横。",
    ),
    # what the ledger says
    "unknown_item": Sentence("There is no item {item}.", "没有编码为 {item} 的商品。"),
    "unknown_unit": Sentence(
        "{item} has no unit “{unit}”; its base unit is “{base}”.", "{item} 没有单位“{unit}”，基本单位是“{base}”。"
    ),
    "unknown_original": Sentence("There is no posted sale {original}.", "没有已过账的销售单 {original}。"),
    "virtual_location": Sentence(
        "{location} is not a place in the shop; goods only go there by a document's own route.",
        "{location} 不是店内库位，货物只能经由单据自身的流向到达那里。",
    ),
    "not_whole": Sentence(
        "{item} is not parted: {quantity} {unit} is no whole number.", "{item} 不可拆零：{quantity} {unit} 不是整数。"
    ),
    "too_many_movements": Sentence(
        "The document would move more than {limit} lots and pieces. Split it.", "单据涉及的批次和单件超过 {limit} 个，请拆分。"
    ),
    "expiry_differs": Sentence(
        "{item}: lot {lot} expires on {known}, not on {told}.", "{item}：批次 {lot} 的到期日为 {known}，不是 {told}。"
    ),
    "serial_on_hand": Sentence(
        "{item}: {serial} is on hand already, at {location}.", "{item}：序列号 {serial} 已在库（{location}）。"
    ),
    "serial_not_on_hand": Sentence(
        "{item}: {serial} is not on hand at {location}.", "{item}：序列号 {serial} 不在 {location}。"
    ),
    "serial_not_sold": Sentence(
        "{item}: {serial} was not sold on that till receipt.", "{item}：该小票未售出序列号 {serial}。"
    ),
    "more_than_sold": Sentence(
        "{item}: {sold} was sold, {returned} came back already; {quantity} more cannot.",
        "{item}：共售出 {sold}，已退 {returned}，不能再退 {quantity}。",
    ),
    "already_returned": Sentence(
        "Goods of {number} came back already; it cannot be taken back whole.", "{number} 已有退货，不能整单冲销。"
    ),
    "serial_went_on": Sentence(
        "{item} {serial} has gone on since ({location}); undo that first.", "{item} 的序列号 {serial} 之后又有变动（{location}），请先撤销后来的操作。"
    ),
    "lot_required": Sentence("{item} is kept by lot: name the lot.", "{item} 按批次管理，请填写批号。"),
    "serials_required": Sentence(
        "{item} is kept by serial number: give {quantity} different ones.",
        "{item} 按序列号管理，请提供 {quantity} 个不同的序列号。",
    ),
    "reading_differs": Sentence(
        "{text} {unit} is not what the scale showed for this reading: {weight} {scale_unit}.",
        "{text} {unit} 与该次称重的读数（{weight} {scale_unit}）不符。",
    ),
    "reading_sold": Sentence(
        "This weighing of {item} was sold already. Lift the goods off the scale, weigh them again, and add the line anew.",
        "{item} 的这次称重已经售出。请将商品取下重新称重，再添加该行。",
    ),
    "reason_required": Sentence("Give a reason.", "请填写原因。"),
    "discount_too_large": Sentence(
        "The discount {discount} is more than the line's amount {amount}.", "折扣 {discount} 超过该行金额 {amount}。"
    ),
    "underpaid": Sentence("{paid} was paid for a total of {total}.", "应付 {total}，实付 {paid}，尚未付足。"),
    "overpaid": Sentence(
        "{paid} was given for a total of {total}; only cash gives change.",
        "应付 {total}，实付 {paid}；只有现金可以找零。",
    ),
    "settled_not_allowed": Sentence(
        "Only a signed-in till may say that a sale has already happened.", "只有已登录的收银台可以声明销售已经发生。"
    ),
    "not_reversible": Sentence(
        "{number} cannot be taken back by a reversal; its own kind of document does that.",
        "{number} 不能冲销，请用相应的单据处理。",
    ),
    "already_reversed": Sentence("{number} was taken back before.", "{number} 已被冲销过。"),
    "original_pruned": Sentence(
        "{number} is so old that its lines are kept at headquarters only; it cannot be taken back here.",
        "{number} 时间过久，明细仅保存在总部，本店不能冲销。",
    ),
    "original_required": Sentence("Name the document to take back.", "请填写要冲销的单据。"),
    "unknown_document": Sentence("There is no posted document {document}.", "没有已过账的单据 {document}。"),
    "unknown_order": Sentence("There is no posted purchase order {order}.", "没有已过账的采购订单 {order}。"),
    "order_required": Sentence("Name the purchase order.", "请填写采购订单。"),
    "order_closed": Sentence("{number} is closed; nothing more is awaited of it.", "{number} 已关闭，不再收货。"),
    "order_has_receipts": Sentence(
        "Goods of {number} came already; close its rest instead.", "{number} 已有收货，不能冲销，请关闭剩余部分。"
    ),
    "receipt_went_on": Sentence(
        "Goods of {number} were inspected or sent back since; take that back first.",
        "{number} 的货物之后已质检或退货，请先冲销相应单据。",
    ),
    "other_supplier": Sentence(
        "{number} is of {supplier}, not of {told}.", "{number} 的供应商是 {supplier}，不是 {told}。"
    ),
    "lot_not_received": Sentence(
        "{item}: lot {lot} did not come with {number}.", "{item}：批次 {lot} 不在 {number} 的收货中。"
    ),
    "more_than_received": Sentence(
        "{item}: {left} of {number} is left there, not {quantity}.", "{item}：{number} 在该处尚余 {left}，不足 {quantity}。"
    ),
    "rate_required": Sentence("Say the rate of {currency} that is booked.", "请填写 {currency} 的记账汇率。"),
    "unknown_receipt": Sentence("There is no posted goods receipt {receipt}.", "没有已过账的收货单 {receipt}。"),
    "lines_not_allowed": Sentence("This document has no lines of its own.", "此单据没有自己的明细行。"),
    "supplier_required": Sentence("Name the supplier.", "请填写供应商。"),
    "currency_required": Sentence("A rate needs the currency it is for.", "填写汇率时必须填写币种。"),
    "bad_currency": Sentence(
        "“{text}” is no currency: write its three capital letters, such as USD.", "“{text}”不是币种，请填写三个大写字母，如 USD。"
    ),
    "bad_rate": Sentence(
        "“{text}” is no rate: write a decimal above zero, such as 7.1205.", "“{text}”不是汇率，请填写大于零的小数，如 7.1205。"
    ),
    "free_with_cost": Sentence("Free goods have no cost.", "赠品不能填写成本。"),
    "same_location": Sentence("The goods are at {location} already.", "货物已经在 {location}。"),
    "component_required": Sentence("A production uses at least one component.", "生产至少要有一行原料。"),
    "output_required": Sentence("A production makes at least one output.", "生产至少要有一行产出。"),
    "counted_twice": Sentence("{item} is counted twice in the same place.", "{item} 在同一库位重复盘点。"),
    "position_out_of_reach": Sentence(
        "The ledger cannot say what stood there at entry {seq}.", "账本无法给出第 {seq} 条记录时的库存。"
    ),
    "shift_already_open": Sentence(
        "A shift is open at {station} already; close it first, or put the float in as cash.",
        "{station} 已有未交班的班次，请先交班，或以现金存入方式补入备用金。",
    ),
    "no_open_shift": Sentence("No shift is open at {station}.", "{station} 没有未交班的班次。"),
    "tender_twice": Sentence("A tender is counted twice.", "同一付款方式重复清点。"),
    "amount_of_no_sale": Sentence(
        "No money moves when the drawer is only opened.", "仅打开钱箱时不能填写金额。"
    ),
    "station_required": Sentence("Name the station.", "请填写收银台。"),
    # what transfers say
    "to_branch_required": Sentence("Name the branch the goods go to.", "请填写调往的门店。"),
    "bad_branch": Sentence(
        "“{text}” is no name of a branch: use small letters, digits and dashes.",
        "“{text}”不是有效的门店编号，只能用小写字母、数字和短横。",
    ),
    "to_own_branch": Sentence("{branch} is this branch itself.", "{branch} 就是本店。"),
    "transfer_id_used": Sentence("This id belongs to another transfer.", "此编号已属于另一张调拨单。"),
    "transfer_required": Sentence("Name the transfer that arrived.", "请填写到货的调拨单编号。"),
    "bad_transfer": Sentence("“{text}” is no id of a transfer.", "“{text}”不是调拨单编号。"),
    "transfer_sent_here": Sentence(
        "This branch sent that transfer; {to} receives it.", "该调拨由本店发出，应由 {to} 收货。"
    ),
    "transfer_released": Sentence(
        "The sender took the rest of this transfer back; nothing more of it can be received.",
        "调出方已收回此调拨的剩余货物，不能再收货。",
    ),
    "more_than_open": Sentence(
        "{item}: {open} of this transfer is still to come, not {wanted}. Enter what is beyond it as over.",
        "{item}：此调拨尚有 {open} 未到，而非 {wanted}，超出部分请记为溢收。",
    ),
    "over_exceeds_received": Sentence(
        "{over} over is more than the {received} received; what came over is part of it.",
        "溢收 {over} 超过收到的 {received}，溢收应包含在收货数量内。",
    ),
    "variance_twice": Sentence("The difference “{reason}” is given twice.", "差异“{reason}”重复。"),
    "transfer_not_sent_here": Sentence(
        "Only the branch that sent a transfer can cancel it.", "只有调出门店可以取消调拨。"
    ),
    "transfer_closed": Sentence("Nothing of this transfer is on its way any more.", "此调拨已无在途货物。"),
    "cancel_refused": Sentence(
        "Headquarters has refused to cancel this transfer: nothing of it was left.",
        "总部未批准取消：此调拨已无剩余货物。",
    ),
    "owned_by_headquarters": Sentence(
        "{item} belongs to headquarters and is changed there.", "{item} 由总部管理，请在总部修改。"
    ),
    "unit_differs": Sentence(
        "Headquarters counts it in “{unit}”, this store in “{base}”: the two have to be merged by a person.",
        "总部按“{unit}”计量，本店按“{base}”计量，需要人工合并。",
    ),
    # what policy says
    "negative_stock": Sentence(
        "{item}, {location}: {on_hand} on hand would become {after}.", "{item}（{location}）现有 {on_hand}，将变为 {after}。"
    ),
    "price_override": Sentence("The price {price} differs from the usual {usual}.", "单价 {price} 与正常价 {usual} 不同。"),
    "discount": Sentence("A discount of {discount}.", "折扣 {discount}。"),
    "return_with_original": Sentence("A return of goods sold here.", "退回本店售出的商品。"),
    "return_without_original": Sentence("A return without the original sale.", "没有原销售单的退货。"),
    "goods_receipt": Sentence("A goods receipt.", "收货入库。"),
    "opening_balance": Sentence("An opening balance.", "期初库存。"),
    "adjustment": Sentence("A stock adjustment.", "库存调整。"),
    "transfer_out": Sentence("A transfer to another branch.", "调拨出库。"),
    "transfer_in": Sentence("Goods of a transfer that arrived.", "调拨入库。"),
    "purchase_order": Sentence("A purchase order.", "采购订单。"),
    "purchase_order_close": Sentence("The rest of a purchase order is closed.", "关闭采购订单的剩余部分。"),
    "over_receipt": Sentence(
        "{item}: {open} of {number} is open, {quantity} came.", "{item}：{number} 未到 {open}，实收 {quantity}。"
    ),
    "price_differs": Sentence(
        "{item}: the cost is {cost}, ordered at {ordered}.", "{item}：进价 {cost}，订单价 {ordered}。"
    ),
    "not_on_order": Sentence("{item} is not on {number}.", "{item} 不在 {number} 中。"),
    "quality_inspection": Sentence("A quality inspection.", "质检。"),
    "supplier_return": Sentence("Goods that go back to a supplier.", "退货给供应商。"),
    "requisition": Sentence("A requisition to headquarters.", "向总部要货。"),
    "stock_move": Sentence("Goods put elsewhere in the store.", "店内移库。"),
    "internal_issue": Sentence("Goods for the store's own use.", "内部领用。"),
    "write_off": Sentence("A write-off.", "报损。"),
    "production": Sentence("A production.", "生产。"),
    "count_variance": Sentence(
        "{item}, {location}: {counted} counted, the book had {expected}.",
        "{item}（{location}）盘点为 {counted}，账面为 {expected}。",
    ),
    "reversal": Sentence("A posted document is taken back.", "冲销已过账的单据。"),
    "void": Sentence("A sale or a return is taken back.", "作废销售或退货。"),
    "over_return": Sentence(
        "{amount} would be given back for what was paid with {paid}.", "退款 {amount} 超过原付金额 {paid}。"
    ),
    "too_warm": Sentence("{item} came at {temperature} °C; {limit} °C is allowed.", "{item} 到货温度 {temperature} °C，不得高于 {limit} °C。"),
    "temperature_unknown": Sentence("{item}: nobody measured whether it came at {limit} °C or below.", "{item} 未测到货温度（应不高于 {limit} °C）。"),
    "bad_temperature": Sentence("{text} is no temperature in degrees Celsius.", "“{text}”不是有效的摄氏温度。"),
    "back_dating": Sentence("It happened more than a day before it was entered.", "补录一天以前发生的业务。"),
    "expired_sale": Sentence("{item}: lot {lot} expired on {expiry}.", "{item}：批次 {lot} 已于 {expiry} 过期。"),
    "near_expiry_sale": Sentence(
        "{item}: lot {lot} expires on {expiry}.", "{item}：批次 {lot} 将于 {expiry} 到期。"
    ),
    "blocked_lot": Sentence("{item}: lot {lot} is blocked ({reason}).", "{item}：批次 {lot} 已冻结（{reason}）。"),
    "count_closed": Sentence("This count was posted already, or waits.", "本次盘点已提交，不能再改。"),
    "no_first_count": Sentence("This line was not counted a first time.", "此行尚未初盘，不能复盘。"),
    "no_third_count": Sentence("A line is counted once or twice.", "每行只能初盘和复盘。"),
    "counted_a_second_time": Sentence("This line was counted a second time already.", "此行已复盘，不能再改初盘数。"),
    "count_went_on": Sentence(
        "Somebody counted on while this was posted; look at the sheet and post it again.",
        "过账时有人仍在盘点，请核对盘点单后重新过账。",
    ),
    "second_count_needed": Sentence("{item}: count it a second time.", "{item}：差异较大，请复盘。"),
    "position_moved": Sentence("{item}: the ledger was restored since; count it again.", "{item}：账本恢复过，请重新盘点。"),
    "no_sale": Sentence("The drawer was opened without a sale.", "未销售而打开钱箱。"),
    "over_drawer": Sentence(
        "{amount} is more than the drawer should hold.", "取出 {amount}，超过钱箱应有金额。"
    ),
    "cash_movement": Sentence("Cash that comes or goes beside sales.", "销售之外的现金收支。"),
    "shift": Sentence("A shift that begins or ends.", "开班或交班。"),
    # who may, and what became of it
    "wrong_pin": Sentence("The name and the PIN do not fit.", "姓名与 PIN 码不符。"),
    "may_not_approve": Sentence("{person} may not approve this.", "{person} 无权批准此操作。"),
    "own_request": Sentence("{person} cannot approve their own request.", "{person} 不能批准自己的申请。"),
    "request_expired": Sentence(
        "Nobody decided about this request in time; enter it anew.", "此申请逾期未审批，已失效，请重新录入。"
    ),
    "approval_required": Sentence("A second person has to allow this with their PIN.", "需要另一人输入 PIN 码批准。"),
    "refused_by_person": Sentence("{person} has refused this document.", "{person} 已拒绝此单据。"),
    # what a scan may hold
    "unknown_code": Sentence("No item has this code.", "没有商品使用此条码。"),
    "too_long": Sentence("The code is longer than any a shop uses.", "条码过长。"),
    "guessed": Sentence("The scanner did not say which kind of code this is.", "扫码枪没有说明条码类型。"),
    "bad_check_digit": Sentence("The check digit is wrong; scan again.", "校验码不对，请重新扫码。"),
    "unknown_element": Sentence("A part of the code is not understood.", "条码中有一部分无法识别。"),
    "other_currency": Sentence(
        "The price on the label is in another currency; the shop's own price counts.", "标签价格为其他货币，按本店价格计价。"
    ),
    "no_gtin": Sentence("The code names no article.", "条码中没有商品编号。"),
    "bad_date": Sentence("The date in the code does not exist.", "条码中的日期不存在。"),
    "empty_code": Sentence("The scanner sent nothing.", "扫码枪未传来内容。"),
    "unknown_symbology": Sentence("The scanner named a kind of code that does not exist.", "扫码枪报告的条码类型不存在。"),
    "bad_length": Sentence("A part of the code is too short or too long.", "条码中有一部分长度不对。"),
    "bad_characters": Sentence("The code holds characters that may not stand there.", "条码中有不允许的字符。"),
    "bad_value": Sentence("A part of the code says what cannot be.", "条码中有一部分内容无效。"),
    "bad_combination": Sentence("Parts of the code may not stand together, or one is missing.", "条码各部分不能同时出现，或缺少必需部分。"),
    "bad_link": Sentence("The web address in the code names no article by GS1's rules.", "条码中的网址不符合 GS1 商品链接规则。"),
    "bad_inner_digit": Sentence("The amount on the label is misread; weigh or price it anew.", "标签上的数值读取有误，请重新称重或定价。"),
    "extra_separator": Sentence("The code begins with a separator too many.", "条码开头多了一个分隔符。"),
}  # fmt: skip

PLACES: Final[dict[str, Sentence]] = {
    "shop": Sentence("shop floor", "卖场"),
    "stockroom": Sentence("stockroom", "库房"),
    "inspection": Sentence("inspection", "待检区"),
    "rejected": Sentence("rejected goods", "不合格品区"),
}
"""The locations every branch has; another is said by its own name."""

# Without a finding's figures (a stored document keeps only the codes of its warnings).
BRIEF: Final[dict[str, Sentence]] = {
    **RECIPE_BRIEF,
    "expired_sale": Sentence("The goods were past their expiry date.", "商品已过期。"),
    "too_warm": Sentence("The goods came too warm.", "商品到货温度过高。"),
    "temperature_unknown": Sentence("Nobody measured how warm the goods came.", "未测量到货温度。"),
    "near_expiry_sale": Sentence("The goods expire soon.", "商品即将到期。"),
    "blocked_lot": Sentence("The lot was blocked.", "该批次已被冻结。"),
    "serial_not_on_hand": Sentence("A serial number was not on hand.", "序列号不在库存中。"),
    "negative_stock": Sentence("Sold more than the book had.", "售出数量超过账面库存。"),
    "price_override": Sentence("Sold at another than the usual price.", "未按正常价销售。"),
    "discount": Sentence("A discount was given.", "给予了折扣。"),
    "over_drawer": Sentence("More was taken out than the drawer held.", "取出金额超过钱箱应有金额。"),
    "not_whole": Sentence("A part of a piece was sold.", "售出了非整件的数量。"),
    "lot_required": Sentence("Nobody said which lot was sold.", "未填写售出的批号。"),
    "serials_required": Sentence("Nobody said which single pieces were sold.", "未填写售出的序列号。"),
    "discount_too_large": Sentence("The discount was larger than the amount.", "折扣超过金额。"),
    "underpaid": Sentence(
        "Less was paid than the prices and taxes of that moment ask for.", "实付低于按当时价格和税率应付的金额。"
    ),
    "overpaid": Sentence(
        "More was paid than the prices and taxes of that moment ask for.", "实付高于按当时价格和税率应付的金额。"
    ),
    "over_return": Sentence("More was given back than was paid.", "退款超过原付金额。"),
    "count_variance": Sentence("The count differs from the book.", "盘点与账面不符。"),
    "over_receipt": Sentence("More came than was open of the order.", "实收超过订单未到数量。"),
    "price_differs": Sentence("The cost differs from the order's.", "进价与订单不符。"),
    "not_on_order": Sentence("Goods came that were not ordered.", "收到订单以外的商品。"),
}

_MONEY: Final = {
    "price_override": ("price", "usual"),
    "discount": ("discount",),
    "discount_too_large": ("discount", "amount"),
    "underpaid": ("total", "paid"),
    "overpaid": ("total", "paid"),
    "over_drawer": ("amount",),
    "over_return": ("amount", "paid"),
    "price_differs": ("cost", "ordered"),
    **ITEM_MONEY,
}


class Sentences(MoneySentences):
    """The sentences of one site."""

    def __init__(self, currency: str, minor_unit_digits: int, places: Mapping[str, Sentence] = PLACES) -> None:
        super().__init__(SENTENCES, _MONEY, currency, minor_unit_digits)
        self._places = {**PLACES, **places}

    def to_a_person(self, fault: Fault, items: Mapping[str, Item]) -> Sentence:
        """A finding as somebody who decides about it reads it: items and locations by their names, `2` for `2.000`."""
        facts = fault.facts
        words = {name: Sentence(short, short) for name in _QUANTITIES if (short := plain_quantity(facts.get(name, "")))}
        item, place = items.get(facts.get("item", "")), self._places.get(facts.get("location", ""))
        if item is not None:
            words["item"] = Sentence(item.name, item.name_zh or item.name)
        if place is not None:
            words["location"] = place
        return self.with_words(fault, words)


_QUANTITIES: Final = ("on_hand", "after", "counted", "expected", "planned", "actual", "open", "quantity", "left")


def brief(code: str) -> Sentence:
    """A code's sentence where its figures are not known."""
    return BRIEF.get(code) or SENTENCES[code]
