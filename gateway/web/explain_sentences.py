"""What an explanation says of each cause and of each piece of evidence, in both languages. Knows no rule that finds them."""

from typing import Final

from gateway.domain.explain_finding import CauseCode, EvidenceCode
from replication.wire.sentence import Sentence

CAUSES: Final[dict[CauseCode, Sentence]] = {
    CauseCode.MISSED_RECEIPT: Sentence("Goods came and were not booked.", "到货未入账。"),
    CauseCode.TRANSFER_UNRECEIVED: Sentence(
        "A transfer to this branch was never received in the book.", "调入货物未做收货。"
    ),
    CauseCode.TRANSFER_NOT_ARRIVED: Sentence(
        "A transfer was booked out and did not arrive; the goods may still stand here.",
        "调出单未到货，货物可能仍在本店。",
    ),
    CauseCode.RECEIVED_TWICE: Sentence("The same goods were received twice.", "同一批货重复入账。"),
    CauseCode.WAITING_DOCUMENT: Sentence(
        "A document about it was entered and still waits for approval.", "相关单据已录入，但仍在等待审批。"
    ),
    CauseCode.LATE_BOOKING: Sentence(
        "The goods were sold before their receipt was booked.", "先卖后入账：销售发生在收货入账之前。"
    ),
    CauseCode.UNBOOKED_RETURN: Sentence("A customer's return was not booked.", "顾客退货未入账。"),
    CauseCode.UNBOOKED_GIFT: Sentence("Free goods were not booked.", "赠品未入账。"),
    CauseCode.UNBOOKED_PRODUCTION: Sentence("A production was not booked.", "生产未入账。"),
    CauseCode.EXPIRED_NOT_WRITTEN_OFF: Sentence(
        "Expired goods were taken away and not written off.", "过期商品已下架但未报损。"
    ),
    CauseCode.WRONG_PACK_FACTOR: Sentence("Packs and single pieces were mixed up.", "箱与单件混淆。"),
    CauseCode.WRONG_UNIT: Sentence(
        "The quantity was entered in another unit, such as grams for kilograms.", "计量单位录错，例如把克当成千克。"
    ),
    CauseCode.TYPING_SLIP: Sentence("A quantity was mistyped.", "数量录入有误。"),
    CauseCode.DOUBLE_SCAN: Sentence("The same was entered twice.", "同一内容重复录入。"),
    CauseCode.COUNT_ERROR: Sentence("An earlier count was wrong.", "之前的盘点有误。"),
    CauseCode.SWAPPED_SIBLING: Sentence("It was mixed up with a similar item.", "与相似商品串货。"),
    CauseCode.SWAPPED_LOT: Sentence("It was mixed up with another lot.", "与其他批次串货。"),
    CauseCode.OTHER_PLACE: Sentence(
        "The book has the goods at another place of the branch.", "账面上货物在本店其他库位。"
    ),
}

EVIDENCE: Final[dict[EvidenceCode, Sentence]] = {
    EvidenceCode.ORDER_OPEN: Sentence(
        "{number} ordered {ordered} on {at}; {came} was received.", "{number} 于 {at} 订购 {ordered}，已收货 {came}。"
    ),
    EvidenceCode.RECEIPT_OVERDUE: Sentence(
        "After {number} on {at} nothing came for {days} days; usually {quantity} comes every {usual_days} days.",
        "{at} 的 {number} 之后 {days} 天没有到货；平常每 {usual_days} 天到货 {quantity}。",
    ),
    EvidenceCode.LAST_RECEIPT: Sentence(
        "The last delivery in the book is {number} of {at}, usually about {quantity}; a later one may be missing.",
        "账上最近一次到货是 {at} 的 {number}，每次约 {quantity}；之后的到货可能漏记。",
    ),
    EvidenceCode.TRANSFER_IN_OPEN: Sentence(
        "{number} from {peer}, sent {at}, has {quantity} still in transit.",
        "{peer} 于 {at} 发出的 {number} 还有 {quantity} 在途。",
    ),
    EvidenceCode.TRANSFER_OUT_OPEN: Sentence(
        "{number} to {peer}, sent {at}, has {quantity} still in transit.",
        "{at} 发往 {peer} 的 {number} 还有 {quantity} 在途。",
    ),
    EvidenceCode.TRANSFER_OVER: Sentence(
        "{quantity} more was received of {number} than {peer} is known to have sent ({at}).",
        "{number} 的收货比 {peer} 已知发货多 {quantity}（{at}）。",
    ),
    EvidenceCode.ARRIVED_TWICE: Sentence(
        "{number} and {other} ({at}) both took in {quantity}.", "{number} 与 {other}（{at}）都入账 {quantity}。"
    ),
    EvidenceCode.WAITS: Sentence(
        "{person} entered {quantity} on {at}; nobody has decided about it.",
        "{person} 于 {at} 录入 {quantity}，至今无人审批。",
    ),
    EvidenceCode.BOOKED_AFTER: Sentence(
        "{number} over {quantity} was booked on {at}; the goods came on {happened_at}.",
        "{number}（{quantity}）于 {at} 入账，实际到货时间为 {happened_at}。",
    ),
    EvidenceCode.CASH_OUT: Sentence(
        "{number} paid {amount} out of the drawer on {at}: the price of {quantity}.",
        "{number} 于 {at} 从钱箱付出 {amount}，正好是 {quantity} 的价格。",
    ),
    EvidenceCode.SOLD_SO_MANY: Sentence(
        "{number} sold just {quantity} on {at}; as much is too many on the shelf.",
        "{number} 于 {at} 正好售出 {quantity}，货架上恰好多出这么多。",
    ),
    EvidenceCode.GIFT_NOTE: Sentence(
        "The note of {number} ({at}) tells of a gift of {quantity}: “{note}”.",
        "{number}（{at}）的备注提到赠送 {quantity}：“{note}”。",
    ),
    EvidenceCode.GIFTS_STOPPED: Sentence(
        "Gifts of {quantity} were booked regularly up to {number} ({at}), then none for {days} days.",
        "到 {number}（{at}）为止定期登记赠送 {quantity}，之后 {days} 天没有登记。",
    ),
    EvidenceCode.FREE_GOODS_STOPPED: Sentence(
        "{other} brought {quantity} free of charge; {number} ({at}) books none.",
        "{other} 带有赠品 {quantity}，而 {number}（{at}）没有登记赠品。",
    ),
    EvidenceCode.PRODUCTION_OVERDUE: Sentence(
        "The last production before a gap of {days} days was {number} ({at}); each makes about {quantity}.",
        "{number}（{at}）之后 {days} 天没有生产入账；每次约产出 {quantity}。",
    ),
    EvidenceCode.LOT_EXPIRED: Sentence(
        "The book had {quantity} of lot {lot}, which expired on {expiry}.",
        "批次 {lot} 已于 {expiry} 过期，账面有 {quantity}。",
    ),
    EvidenceCode.UNLIKE_ORDER: Sentence(
        "{number} ({at}) says {entered}, and its order {other} says {meant}.",
        "{number}（{at}）录入 {entered}，而订单 {other} 为 {meant}。",
    ),
    EvidenceCode.UNLIKE_USUAL: Sentence(
        "{number} ({at}) says {entered}, where {usual} is usual; {meant} may have been meant ({unit}).",
        "{number}（{at}）录入 {entered}，平常为 {usual}；可能应为 {meant}（{unit}）。",
    ),
    EvidenceCode.MEANT: Sentence(
        "{number} ({at}) says {entered}; had it been {meant} ({unit}), book and count would agree.",
        "{number}（{at}）录入 {entered}；若应为 {meant}（{unit}），账面与盘点就一致。",
    ),
    EvidenceCode.ONLY_IN_PACKS: Sentence(
        "{number} ({at}) sold {entered} as a whole {unit}, which hardly anybody buys; {meant} may have been meant.",
        "{number}（{at}）按整{unit}售出 {entered}，平常几乎没有人整{unit}购买；可能应为 {meant}。",
    ),
    EvidenceCode.MORE_THAN_STOOD: Sentence(
        "{number} ({at}) took {entered} when the book had {stood}; {meant} may have been meant ({unit}).",
        "{number}（{at}）出库 {entered}，当时账面为 {stood}；可能应为 {meant}（{unit}）。",
    ),
    EvidenceCode.SAME_LINES: Sentence(
        "{number} and {other} ({at}) have the same {lines} lines, {seconds} s apart; {quantity} is in each.",
        "{number} 与 {other}（{at}）的 {lines} 行完全相同，相隔 {seconds} 秒，各有 {quantity}。",
    ),
    EvidenceCode.LINE_TWICE: Sentence(
        "{number} ({at}) names it twice, with {quantity} each.", "{number}（{at}）中同一商品出现两次，各 {quantity}。"
    ),
    EvidenceCode.COUNT_DIFFERED: Sentence(
        "{number} ({at}) counted {counted} where the book had {expected}, a correction of {difference}.",
        "{number}（{at}）盘点为 {counted}，账面为 {expected}，调整 {difference}。",
    ),
    EvidenceCode.COUNT_TAKEN_BACK: Sentence(
        "The next count, {number}, corrected it by {difference} again.", "下一次盘点 {number} 又调整 {difference}。"
    ),
    EvidenceCode.ORDERED_OTHER: Sentence(
        "{order} and its receipt {number} ({at}) differ: {quantity} of one was booked as the other ({item}).",
        "{order} 与其收货单 {number}（{at}）不符：{quantity} 与 {item} 互相记错。",
    ),
    EvidenceCode.MIRROR_COUNT: Sentence(
        "{item} was off by {difference} when it was counted.", "{item} 盘点差异为 {difference}。"
    ),
    EvidenceCode.SALES_SHIFTED: Sentence(
        "{item} hardly sold for {days} days though it was there, {quantity} less than usual, while this sold more.",
        "{item} 有货却 {days} 天几乎没有销售，比平常少 {quantity}，而本商品销量增加。",
    ),
    EvidenceCode.MIRROR_LOT: Sentence(
        "Lot {lot} is off by {quantity} the other way.", "批次 {lot} 反方向相差 {quantity}。"
    ),
    EvidenceCode.LIES_ELSEWHERE: Sentence(
        "The book has {quantity} at {location}.", "账面在 {location} 有 {quantity}。"
    ),
}

STANDS: Final[dict[str, Sentence]] = {
    "below": Sentence(
        "{item} stands at {on_hand}. It went below zero with {number} on {at} and was at {lowest} at the lowest.",
        "{item} 账面为 {on_hand}。{at} 的 {number} 使其变为负数，最低为 {lowest}。",
    ),
    "was_below": Sentence(
        "{item} stands at {on_hand}. It was below zero from {number} on {at}, at {lowest} at the lowest.",
        "{item} 账面为 {on_hand}。自 {at} 的 {number} 起曾为负数，最低为 {lowest}。",
    ),
    "counted_off": Sentence(
        "{item} stands at {on_hand}. {number} on {at} counted {counted} where the book had {expected}.",
        "{item} 账面为 {on_hand}。{at} 的 {number} 盘点为 {counted}，当时账面为 {expected}。",
    ),
    "counted_right": Sentence(
        "{item} stands at {on_hand}. {number} on {at} counted {counted}, as the book had it.",
        "{item} 账面为 {on_hand}。{at} 的 {number} 盘点为 {counted}，与账面一致。",
    ),
    "never_counted": Sentence(
        "{item} stands at {on_hand} and was not counted as far back as was read.",
        "{item} 账面为 {on_hand}，在查阅范围内没有盘点过。",
    ),
}  # fmt: skip
"""How a figure stands, in one sentence."""
