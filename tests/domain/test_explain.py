"""Explaining without a ledger: what fits a gap, what fingers do to numbers, and single causes with their figures."""

import msgspec
import pytest

from gateway.domain.document import Adjustment, Reversal, SaleReturn
from gateway.domain.explain import explain, find_causes
from gateway.domain.explain_finding import DAY, CauseCode, EvidenceCode, Gap, PostDocument, fit
from gateway.domain.explain_history import History, Said, SaidLine, Step
from gateway.domain.explain_usual import slips
from replication.wire.item import Item, Pack
from replication.wire.quantity import Quantity

TEA = Item("tea", "Black tea", "bottle", 650, packs=(Pack("box", Quantity(24_000)),))
NOW = 100 * DAY


def said(seq: int, type_: str, quantity: int, at: int, *, unit: str | None = None, **more: object) -> Said:
    base = quantity * 24_000 if unit else quantity * 1000
    line = SaidLine("tea", quantity * 1000, base, unit, "shop")
    found = Said(
        seq, seq.to_bytes(16, "big"), type_, f"{type_[:2].upper()}-{seq:06d}", at, None, "lin", "till-1", (line,)
    )
    return msgspec.structs.replace(found, **more)  # type: ignore[arg-type]


def history(*documents: Said, item: Item = TEA, **more: object) -> History:
    steps, balance = [], 0
    for one in documents:
        sign = -1 if one.type in ("sale", "write_off", "transfer_out") else 1 if one.type != "purchase_order" else 0
        quantity = sign * sum(line.base for line in one.lines)
        if quantity:
            balance += quantity
            steps.append(
                Step(one.seq, one.id, one.type, one.number, one.at, quantity, balance, "shop", "", "lin", one.station)
            )
    found = History(item, "", NOW, "1970-04-11", len(documents), balance, tuple(steps), documents)
    return msgspec.structs.replace(found, **more)  # type: ignore[arg-type]


def test_a_cause_that_would_widen_the_gap_is_none() -> None:
    assert fit(Gap(9, NOW, exact=5_000), -5_000, NOW) is None
    assert fit(Gap(9, NOW, least=5_000), -5_000, NOW) is None
    assert fit(Gap(9, NOW), 0, NOW) is None


def test_what_closes_a_counted_gap_to_the_unit_fits_best() -> None:
    gap = Gap(9, NOW, exact=24_000)
    scores = [fit(gap, effect, NOW) or 0 for effect in (24_000, 23_000, 12_000, 240_000)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_a_cause_after_the_moment_and_one_long_before_it_fit_less() -> None:
    gap = Gap(9, NOW, least=5_000)
    same_day, old, after = (fit(gap, 5_000, at) for at in (NOW, NOW - 60 * DAY, NOW + DAY))
    assert same_day is not None
    assert old is not None
    assert after is not None
    assert same_day > old > after


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(50_000, 5_000), (5_000, 50_000), (21_000, 12_000), (33_000, 3_000), (1_250, 2_150), (2_000, 22_000)],
)
def test_what_fingers_do_to_a_number(typed: int, meant: int) -> None:
    assert meant in set(slips(typed))
    assert typed not in set(slips(typed))


def test_a_sale_rung_up_twice_is_taken_back_by_a_reversal() -> None:
    """Figures, numbers and seconds are in the evidence; the mend takes the later one back."""
    first, second = said(2, "sale", 7, NOW - 90_000), said(3, "sale", 7, NOW - 60_000)
    told = explain(history(said(1, "opening_balance", 10, NOW - DAY), first, second))
    assert told.below is not None
    assert (told.below.seq, told.lowest) == (3, -4_000)
    cause = told.causes[0]
    assert (cause.code, cause.effect) == (CauseCode.DOUBLE_SCAN, 7_000)
    assert cause.evidence[0].facts["seconds"] == "30"
    assert [one.number for one in cause.documents] == [first.number, second.number]
    assert isinstance(cause.mend, PostDocument)
    assert isinstance(cause.mend.body, Reversal)


def test_a_sale_that_was_taken_back_explains_nothing() -> None:
    first, second = said(2, "sale", 7, NOW - 90_000), said(3, "sale", 7, NOW - 60_000)
    story = history(said(1, "opening_balance", 10, NOW - DAY), first, second, reversed=frozenset({second.id}))
    assert CauseCode.DOUBLE_SCAN not in {cause.code for cause in explain(story).causes}


def test_a_receipt_unlike_its_order_was_entered_in_pieces() -> None:
    order = said(2, "purchase_order", 2, NOW - 3 * DAY, unit="box")
    receipt = said(3, "goods_receipt", 2, NOW - 2 * DAY, order=order.number)
    told = explain(history(said(1, "opening_balance", 4, NOW - 5 * DAY), order, receipt, said(4, "sale", 9, NOW - DAY)))
    cause = told.causes[0]
    assert (cause.code, cause.effect) == (CauseCode.WRONG_PACK_FACTOR, 46_000)
    assert cause.evidence[0].code is EvidenceCode.UNLIKE_ORDER
    assert isinstance(cause.mend, PostDocument)
    assert isinstance(cause.mend.body, Adjustment)
    assert cause.mend.body.lines[0].quantity == "46"


def test_too_much_on_a_till_receipt_comes_back_on_it() -> None:
    sales = [said(seq, "sale", 3, NOW - (20 - seq) * DAY) for seq in range(2, 8)]
    slip = said(9, "sale", 30, NOW - DAY)
    told = explain(history(said(1, "opening_balance", 40, NOW - 30 * DAY), *sales, slip))
    cause = told.causes[0]
    assert (cause.code, cause.effect, cause.documents[0].number) == (CauseCode.TYPING_SLIP, 27_000, slip.number)
    assert isinstance(cause.mend, PostDocument)
    assert isinstance(cause.mend.body, SaleReturn)
    assert cause.mend.body.lines[0].quantity == "27"


def test_a_quiet_figure_is_told_without_a_cause() -> None:
    """Nothing is made up."""
    told = explain(history(said(1, "opening_balance", 40, NOW - DAY), said(2, "sale", 1, NOW)))
    assert (told.below, told.first_below, told.counted, told.causes) == (None, None, None, ())


def test_the_first_below_zero_ever_and_the_one_of_now_are_two() -> None:
    told = explain(
        history(
            said(1, "sale", 2, NOW - 9 * DAY), said(2, "goods_receipt", 10, NOW - 8 * DAY), said(3, "sale", 11, NOW - DAY)
        )
    )  # fmt: skip
    assert told.first_below is not None
    assert told.below is not None
    assert (told.first_below.seq, told.below.seq) == (1, 3)


def test_each_cause_is_named_once_and_not_more_than_asked_for() -> None:
    twice = [said(seq, "sale", 7, NOW - DAY + seq * 1000) for seq in range(2, 9)]
    found = find_causes(history(said(1, "opening_balance", 1, NOW - 2 * DAY), *twice), Gap(9, NOW, least=9_000), most=2)
    assert len({cause.code for cause in found}) == len(found) <= 2
