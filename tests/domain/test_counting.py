"""Counting without a ledger: classes, lists, second counts, and what a difference is."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.counting import (
    Candidate,
    ClassRule,
    CountClass,
    CountRules,
    Reason,
    classify,
    deal,
    due_today,
    needs_second,
)  # fmt: skip
from gateway.domain.counting_differences import (
    Cause,
    CauseCode,
    Counted,
    DifferenceKind,
    Moved,
    explain_differences,
)  # fmt: skip

RULES = CountRules()
A, B, C = CountClass


def counted(
    line: int, item: str, difference: int, *, name: str = "", lot: str = "", factors: tuple[int, ...] = ()
) -> Counted:
    return Counted(line, item, "shop", lot, 10_000 + difference, 10_000, name or item, "Drinks", factors)


def moved(quantity: int, *, type_: str = "sale", number: str = "SA-000001", at: int = 0) -> Moved:
    return Moved(1, type_, number, at, quantity, "shop")


def causes(one: Counted, *others: Counted, history: tuple[Moved, ...] = ()) -> tuple[Cause, ...]:
    return explain_differences([one, *others], lambda _: history)[0].causes


def test_the_item_that_crosses_a_threshold_belongs_to_the_class_before_it() -> None:
    assert classify({1: 79, 2: 10, 3: 6, 4: 5, 5: 0}, RULES) == {1: A, 2: A, 3: B, 4: C, 5: C}


@given(st.dictionaries(st.integers(1, 500), st.integers(0, 10**9), max_size=60))
def test_a_dearer_item_is_never_in_a_lower_class(values: dict[int, int]) -> None:
    classes = classify(values, RULES)
    assert set(classes) == set(values)
    ranked = [classes[item] for item in sorted(values, key=lambda item: (-values[item], item))]
    assert ranked == sorted(ranked)


def test_below_zero_and_differing_items_come_first_then_class_then_age() -> None:
    found = due_today(
        [
            Candidate(1, C), Candidate(2, A, counted_day=90), Candidate(3, A, counted_day=95), Candidate(4, B, negative=True),
            Candidate(5, C, counted_day=99, differed=True), Candidate(6, A, counted_day=100, negative=True),
            Candidate(7, A, counted_day=80), Candidate(8, B, counted_day=71),
        ],
        100, RULES,
    )  # fmt: skip
    assert [(one.item, one.reason) for one in found] == [
        (4, Reason.NEGATIVE), (5, Reason.DIFFERENCE), (7, Reason.DUE), (2, Reason.DUE), (1, Reason.NEVER),
    ]  # fmt: skip


def test_the_people_of_a_site_count_in_turn_and_no_list_is_longer_than_its_bound() -> None:
    rules = CountRules(list_max=2, people=("lin", "chen"))
    due = due_today([Candidate(item, A) for item in range(9)], 100, rules)
    assert [one.item for one in deal(due, "lin", rules)] == [0, 2]
    assert [one.item for one in deal(due, "chen", rules)] == [1, 3]


def test_a_second_count_is_asked_for_above_the_tolerance_only() -> None:
    rule = ClassRule(1000, 7, 20)
    assert not needs_second(98_000, 100_000, rule)
    assert needs_second(97_999, 100_000, rule)
    assert needs_second(1, 0, rule)
    assert not needs_second(0, 0, ClassRule(1000, 7, 0))


def test_a_plain_difference_is_a_surplus_or_a_shortage_and_nothing_is_made_up() -> None:
    found = explain_differences([counted(0, "a", 5), counted(1, "b", -3), counted(2, "c", 0)], lambda _: ())
    assert [(one.counted.item, one.kind, one.causes) for one in found] == [
        ("a", DifferenceKind.SURPLUS, ()), ("b", DifferenceKind.SHORTAGE, ()),
    ]  # fmt: skip


def test_mirror_differences_of_siblings_are_a_mix_up() -> None:
    tea, green = counted(0, "tea-1", 2000, name="Tea black"), counted(1, "tea-2", -2000, name="Tea green")
    found = explain_differences([tea, green], lambda _: ())
    assert [one.kind for one in found] == [DifferenceKind.MIX_UP] * 2
    assert found[0].causes == (Cause(CauseCode.SWAPPED_SIBLING, "tea-2"),)


def test_mirror_differences_of_lots_are_a_mix_up() -> None:
    assert causes(counted(0, "ham", 1000, lot="L1"), counted(1, "ham", -1000, lot="L2")) == (
        Cause(CauseCode.SWAPPED_LOT, "L2"),
    )


def test_goods_booked_as_pieces_that_came_in_a_box() -> None:
    received = moved(1000, type_="goods_receipt", number="GR-000004")
    assert causes(counted(0, "tea", 23_000, factors=(24_000,)), history=(received,)) == (
        Cause(CauseCode.WRONG_PACK_FACTOR, documents=("GR-000004",)),
    )


def test_the_same_goods_sold_twice_in_a_breath() -> None:
    twice = (moved(-2000, number="SA-000008", at=9000), moved(-2000, number="SA-000007", at=1000))
    assert causes(counted(0, "tea", 2000), history=twice) == (
        Cause(CauseCode.DOUBLE_SCAN, documents=("SA-000007", "SA-000008")),
    )
    late = (moved(-2000, number="SA-000008", at=99_000), moved(-2000, number="SA-000007", at=1000))
    assert causes(counted(0, "tea", 2000), history=late) == ()
