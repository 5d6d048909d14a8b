"""What headquarters refuses, as problem answers in both languages. The words of items are those of a branch."""

from collections.abc import Sequence
from typing import Final

from admin_ui.serving.problem import FieldProblem, Problem, problem
from admin_ui.serving.problem_texts import TEXTS
from replication.wire.fault import Fault
from replication.wire.item_sentences import ITEM_MONEY, ITEM_SENTENCES
from replication.wire.money import minor_unit_digits
from replication.wire.sentence import MoneySentences, Sentence

SENTENCES_MAX: Final = 3
"""Sentences joined into a problem's own detail; the rest stand in its errors."""

SENTENCES: Final[dict[str, Sentence]] = {
    **ITEM_SENTENCES,
    "unknown_item": Sentence("There is no item {item}.", "没有编码为 {item} 的商品。"),
    "not_of_headquarters": Sentence(
        "{item} belongs to a store. Put it at headquarters first; then its price is headquarters' too.",
        "{item} 是门店自建商品，请先在总部建立该商品，再由总部定价。",
    ),
    "unknown_price_list": Sentence(
        "There is no price list “{list}”; every store sells by “default”.",
        "没有名为“{list}”的价目表，各门店均使用“default”。",
    ),
    "rows_out_of_range": Sentence("Send 1 to {limit} rows at a time.", "每次应提交 1 到 {limit} 行。"),
    "moment_out_of_range": Sentence(
        "The moment must lie between the years 1970 and 9999.", "时间应在公元 1970 年到 9999 年之间。"
    ),
    "not_a_price": Sentence("“{text}” is not a price.", "“{text}”不是有效的价格。"),
    "price_twice": Sentence(
        "{item} is given twice for the same moment.", "{item} 在同一时间的价格重复。"
    ),
}  # fmt: skip

_CODES: Final = {400: "invalid_value", 409: "conflict", 422: "rejected"}


class Refusals:
    """The refusals of one headquarters, with its currency."""

    def __init__(self, currency: str) -> None:
        self._sentences = MoneySentences(SENTENCES, ITEM_MONEY, currency, minor_unit_digits(currency))

    def of(self, status: int, faults: Sequence[Fault]) -> Problem:
        """A refusal with everything that was found wrong."""
        errors = []
        for fault in faults:
            words = self._sentences.of(fault)
            errors.append(FieldProblem(fault.path, fault.code, words.en, words.zh))
        text = TEXTS[_CODES[status]]
        shown = errors[:SENTENCES_MAX]
        return problem(
            status,
            _CODES[status],
            title=text.title,
            title_zh=text.title_zh,
            detail=" ".join(error.detail for error in shown),
            detail_zh="".join(error.detail_zh for error in shown),
            errors=errors,
        )
