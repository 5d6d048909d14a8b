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
from gateway.domain.counting_differences import EXPLAINED_MAX, Counted, DifferenceKind, explain_differences

RULES = CountRules()
A, B, C = CountClass


def counted(line: int, item: str, difference: int) -> Counted:
    return Counted(line, item, "shop", "", 10_000 + difference, 10_000)


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
    found = explain_differences([counted(0, "a", 5), counted(1, "b", -3), counted(2, "c", 0)], lambda _: None)
    assert [(one.counted.item, one.kind, one.causes) for one in found] == [
        ("a", DifferenceKind.SURPLUS, ()), ("b", DifferenceKind.SHORTAGE, ()),
    ]  # fmt: skip


def test_of_a_long_count_the_largest_differences_are_looked_into() -> None:
    asked: list[int] = []
    sheet = [counted(line, f"i{line}", line + 1) for line in range(EXPLAINED_MAX + 9)]
    assert len(explain_differences(sheet, lambda one: asked.append(one.line))) == len(sheet)
    assert asked == list(range(9, EXPLAINED_MAX + 9))
