"""What an alert says, in both languages: on a page, and in the message that carries it. Knows no page and no way of sending."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.domain.alerts import AlertKind, Severity
from gateway.domain.fault import Fault
from gateway.domain.telling import TellIn
from gateway.domain.unit_words import plain_quantity, unit_word
from replication.wire.sentence import MoneySentences, Sentence

TITLES: Final[dict[AlertKind, Sentence]] = {
    AlertKind.LOW_STOCK: Sentence("Low stock", "库存不足"),
    AlertKind.OUT_OF_STOCK: Sentence("Out of stock", "缺货"),
    AlertKind.NEGATIVE_STOCK: Sentence("Negative stock", "负库存"),
    AlertKind.EXPIRING: Sentence("Expires soon", "临近到期"),
    AlertKind.EXPIRED: Sentence("Expired goods on hand", "过期商品在库"),
    AlertKind.DOCUMENT_WAITING: Sentence("A document waits", "单据待审批"),
    AlertKind.TRANSFER_OVERDUE: Sentence("A transfer is overdue", "调拨逾期"),
    AlertKind.COUNT_DUE: Sentence("Counts are due", "盘点到期"),
    AlertKind.PRICE_BELOW_COST: Sentence("Price below cost", "售价低于成本"),
    AlertKind.MANY_WRITE_OFFS: Sentence("Many write-offs", "报损频繁"),
    AlertKind.MANY_VOIDS: Sentence("Many voids", "作废频繁"),
    AlertKind.DEVICE_LOST: Sentence("A device does not work", "设备无法工作"),
    AlertKind.KITCHEN_TICKET: Sentence("A kitchen ticket was not taken", "厨房单无人接单"),
}

LINES: Final[dict[str, Sentence]] = {
    "low_stock": Sentence(
        "{item}: {on_hand} {unit} left, {wanted} wanted.", "{item}：仅剩 {on_hand} {unit}，应有 {wanted}。"
    ),
    "out_of_stock": Sentence("{item}: none left.", "{item}：已无库存。"),
    "negative_stock": Sentence(
        "{item}: the book says {on_hand} {unit}. Something that came in was not entered.",
        "{item}：账面为 {on_hand} {unit}，可能有入库未录入。",
    ),
    "expiring": Sentence(
        "{item}, lot {lot}: {on_hand} {unit} expire on {expiry}.",
        "{item}（批次 {lot}）：{on_hand} {unit} 将于 {expiry} 到期。",
    ),
    "expired": Sentence(
        "{item}, lot {lot}: {on_hand} {unit} on the shelf expired on {expiry}.",
        "{item}（批次 {lot}）：货架上 {on_hand} {unit} 已于 {expiry} 过期。",
    ),
    "document_waiting": Sentence(
        "What {person} asked for at {time} still waits for approval.", "{person} 于 {time} 提交的申请仍待审批。"
    ),
    "transfer_overdue": Sentence(
        "Transfer {number} from {from} to {to}, sent on {date}, has not arrived.",
        "{date} 发出的调拨 {number}（{from} → {to}）尚未到货。",
    ),
    "count_due": Sentence(
        "{count} items of class {class} are due to be counted.", "{class} 类有 {count} 种商品应盘点。"
    ),
    "price_below_cost": Sentence(
        "{item} is sold at {price}, and one {unit} costs {cost}.", "{item} 售价 {price}，每{unit}成本 {cost}。"
    ),
    "many_write_offs": Sentence(
        "{person} wrote goods off {count} times within {days} days.", "{person} 在 {days} 天内报损 {count} 次。"
    ),
    "many_voids": Sentence(
        "{person} took back {count} sales or returns within {days} days.",
        "{person} 在 {days} 天内作废 {count} 笔销售或退货。",
    ),
    "kitchen_ticket": Sentence(
        "{kitchen}: nobody took the ticket of {number}, sold at {time}.",
        "{kitchen}：{time} 的 {number} 厨房单无人接单。",
    ),
    "device_lost": Sentence("{device} since {time}: {item}.", "{device} 自 {time} 起：{item}。"),
}
"""By kind; see `Fact.told` for what fills them."""

_SEVERITIES: Final = {
    Severity.INFO: Sentence("Note", "提示"),
    Severity.WARNING: Sentence("Warning", "警告"),
    Severity.URGENT: Sentence("Urgent", "紧急"),
}
_MORE: Final = Sentence("And {count} more: {kinds}.", "另有 {count} 条：{kinds}。")
_OVER: Final = Sentence(" (over by now)", "（现已解除）")
_TEST: Final = Sentence("This is a test. Alerts of this store arrive here.", "这是测试消息，本店的提醒会发送到这里。")
_HEAD: Final = Sentence("{site}: {count} alerts", "{site}：{count} 条提醒")
_ONE: Final = Sentence("{site}: {title}", "{site}：{title}")


class Told(msgspec.Struct, frozen=True):
    """An alert as a message tells it; `over` where it was cleared before anybody could be told."""

    kind: AlertKind
    severity: Severity
    facts: dict[str, str]
    over: bool = False


_QUANTITIES: Final = frozenset({"on_hand", "wanted"})


class AlertMessage(msgspec.Struct, frozen=True):
    """What is sent."""

    title: str
    body: str
    severity: Severity


class AlertWords(MoneySentences):
    """The words of one site, named in both languages."""

    def __init__(self, site: Sentence, currency: str, minor_unit_digits: int) -> None:
        super().__init__(LINES, {"price_below_cost": ("price", "cost")}, currency, minor_unit_digits)
        self._site = site

    def line(self, kind: AlertKind, facts: Mapping[str, str]) -> Sentence:
        """What an alert says of its subject."""
        words = {} if "name" not in facts else {"item": Sentence(facts["name"], facts["name_zh"] or facts["name"])}
        for name in _QUANTITIES & facts.keys():
            words[name] = Sentence(*(plain_quantity(facts[name]),) * 2)
        if "unit" in facts:
            words["unit"] = unit_word(facts["unit"])
        return self.with_words(Fault("", kind.value, dict(facts)), words)

    def message(self, told: Sequence[Told], counted: Mapping[AlertKind, int], language: TellIn) -> AlertMessage:
        """Alerts as one message; of those in `counted` only the kind is known any more."""
        count = len(told) + sum(counted.values())
        bodies, titles = [], []
        for place in _places(language):
            lines = [self._told(one, place) for one in told]
            if counted:
                kinds = ("、" if place else ", ").join(
                    f"{TITLES[kind][place]} {number}" for kind, number in counted.items()
                )
                lines.append(_MORE[place].format(count=sum(counted.values()), kinds=kinds))
            bodies.append("\n".join(lines))
            alone = TITLES[told[0].kind][place] if count == 1 and told else ""
            titles.append((_ONE if alone else _HEAD)[place].format(site=self._site[place], count=count, title=alone))
        severity = max((one.severity for one in told), key=list(Severity).index, default=Severity.WARNING)
        return AlertMessage(_both(titles, " · "), _both(bodies, "\n\n"), severity)

    def test_message(self, language: TellIn) -> AlertMessage:
        """To see that a receiver is reached."""
        places = _places(language)
        titles = [self._site[place] for place in places]
        return AlertMessage(_both(titles, " · "), _both([_TEST[place] for place in places], "\n"), Severity.INFO)

    def _told(self, one: Told, place: int) -> str:
        over = _OVER[place] if one.over else ""
        colon = "：" if place else ": "
        return f"[{_SEVERITIES[one.severity][place]}] {TITLES[one.kind][place]}{colon}{self.line(one.kind, one.facts)[place]}{over}"


def _places(language: TellIn) -> tuple[int, ...]:
    return {"en": (0,), "zh": (1,), "both": (1, 0)}[language]


def _both(texts: list[str], between: str) -> str:
    return between.join(dict.fromkeys(texts))
