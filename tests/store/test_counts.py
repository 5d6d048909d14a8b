"""Counting while selling in a real ledger: positions, second counts, lists of the day, classes and accuracy."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.counting import ClassRule, CountRules
from gateway.domain.policy import Role
from gateway.domain.posting import Approver, Rejected
from gateway.store.counts import list_accuracy, list_classes
from gateway.store.counts_sheets import SheetLine
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.count_job import catch_up, classify_now, today_of
from gateway.use_cases.count_line import CountEntry, note_line
from gateway.use_cases.count_post import UnknownSheet, post_count
from gateway.use_cases.count_today import count_today
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.post_document import Conflict, Exists, Waiting
from gateway.use_cases.shop import Poster
from tests.store.conftest import START, Branch, open_branch

Tell = Callable[[Callable[[Branch], Coroutine[Any, Any, None]]], None]
CHEN, LIN = Poster("chen", "manager"), Poster("lin", "cashier")
EXACT = CountRules()
LOOSE = CountRules(c=ClassRule(1000, 91, 1000))


def codes(outcome: Any) -> list[str]:
    assert isinstance(outcome, Rejected), outcome
    return [fault.code for fault in outcome.faults]


async def on_hand(branch: Branch, item: str) -> int:
    return await branch.ledger.write(lambda session: session.on_hand(item, "shop", ""))


async def stocked(branch: Branch, *items: str, quantity: str = "100") -> None:
    for item in items:
        await branch.item(item)
        await branch.post({"type": "opening_balance", "lines": [{"item": item, "quantity": quantity, "cost": 100}]})


async def sell(branch: Branch, item: str, quantity: str = "1") -> None:
    await branch.post({"type": "sale", "lines": [{"item": item, "quantity": quantity}]})


async def note(
    branch: Branch, sheet: bytes, number: int, item: str, counted: str, *, rules: CountRules = LOOSE, **more: Any
) -> Any:
    return await note_line(branch.shop, rules, "lin", sheet, number, CountEntry(item, counted, **more))


def another_epoch(session: LedgerSession) -> None:
    session.connection.execute("UPDATE count_lines SET epoch = 0")


async def caught_up(branch: Branch, rules: CountRules = EXACT) -> None:
    await JournalFollower(branch.shop).catch_up()
    await catch_up(branch.shop, rules)


def test_sales_between_counting_and_posting_are_right(tell: Tell) -> None:
    """100 in the book, 10 sold, 88 counted (2 gone), 5 sold, posted: 83 are there and 83 in the book."""

    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "tea")
        await sell(branch, "tea", "10")
        await note(branch, sheet, 1, "tea", "88")
        await sell(branch, "tea", "5")
        posted = await post_count(branch.shop, CHEN, sheet)
        assert isinstance(posted, Posted)
        assert posted.number == "SC-000001"
        assert await on_hand(branch, "tea") == 83_000
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Exists)
        assert codes(await note(branch, sheet, 2, "tea", "1")) == ["count_closed"]

    tell(story)


STEPS = st.lists(
    st.one_of(st.tuples(st.just("sell"), st.integers(0, 2), st.integers(1, 9)), st.tuples(st.just("count"), st.integers(0, 2), st.integers(300, 399))),
    max_size=25,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_posting_the_book_is_what_was_counted_and_what_moved_since(
    steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the order of sales, counts and corrected counts of three items."""

    async def story() -> None:
        async with open_branch(tmp_path_factory.mktemp("ledger")) as branch:
            names, sheet = ("tea", "ham", "rice"), uuid.uuid4().bytes
            shelf: dict[str, int] = {}
            await stocked(branch, *names, quantity="1000")
            book = dict.fromkeys(names, 1000)
            typed: dict[str, int] = {}
            for what, which, number in steps:
                item = names[which]
                if what == "sell":
                    await sell(branch, item, str(number))
                    book[item] -= number
                    if item in shelf:
                        shelf[item] -= number
                else:
                    line = await note(branch, sheet, which + 1, item, str(number))
                    assert isinstance(line, SheetLine)
                    if typed.get(item) != number:
                        shelf[item] = typed[item] = number
            outcome = await post_count(branch.shop, CHEN, sheet)
            assert isinstance(outcome, Posted if shelf else UnknownSheet)
            for item in names:
                assert await on_hand(branch, item) == shelf.get(item, book[item]) * 1000

    asyncio.run(story())


def test_a_count_far_off_is_made_twice_before_it_may_be_posted(tell: Tell) -> None:
    """The second count stands, at its own position, whoever made it; and a repeat of the first is no second one."""

    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "tea")
        first = await note(branch, sheet, 1, "tea", "60", rules=EXACT)
        assert first.again
        await sell(branch, "tea")
        assert await note(branch, sheet, 1, "tea", "60", rules=EXACT) == first
        assert codes(await post_count(branch.shop, CHEN, sheet)) == ["second_count_needed"]
        assert codes(await note(branch, sheet, 1, "tea", "90", rules=EXACT)) == ["second_count_needed"]
        second = await note(branch, sheet, 1, "tea", "98", rules=EXACT, time=2)
        assert not second.again
        assert second.at_seq > first.at_seq
        assert codes(await note(branch, sheet, 1, "tea", "61", rules=EXACT)) == ["counted_a_second_time"]
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Posted)
        assert await on_hand(branch, "tea") == 98_000

    tell(story)


def test_a_cashiers_difference_waits_for_a_person(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "tea", "ham")
        await note(branch, sheet, 1, "tea", "90")
        assert isinstance(await post_count(branch.shop, LIN, sheet), Waiting)
        assert codes(await note(branch, sheet, 2, "ham", "100")) == ["count_closed"]

    tell(story)


@pytest.mark.parametrize(
    ("number", "entry", "code"),
    [
        (0, CountEntry("tea", "1"), "too_many_lines"),
        (1, CountEntry("tea", "1", time=3), "no_third_count"),
        (1, CountEntry("tea", "1", time=2), "no_first_count"),
        (1, CountEntry("tea", "1", location="Shop!"), "bad_location"),
        (1, CountEntry("tea", "1", location="customer"), "virtual_location"),
        (1, CountEntry("tea", "1", lot=""), "text_out_of_range"),
        (1, CountEntry("nothing", "1"), "unknown_item"),
        (1, CountEntry("tea", "many"), "quantity_not_a_decimal"),
        (1, CountEntry("tea", "-1"), "quantity_out_of_range"),
        (1, CountEntry("tea", "1", unit="barrel"), "unknown_unit"),
        (2, CountEntry("ham", "1"), "counted_twice"),
        (3, CountEntry("lots", "1"), "lot_required"),
        (3, CountEntry("whole", "0.5"), "not_whole"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_code(tell: Tell, number: int, entry: CountEntry, code: str) -> None:
    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "tea", "ham")
        await branch.item("lots", tracking="lot")
        await branch.item("whole", whole=True)
        await note(branch, sheet, 7, "ham", "100")
        assert codes(await note_line(branch.shop, LOOSE, "lin", sheet, number, entry)) == [code]

    tell(story)


def test_a_position_of_another_history_is_counted_again(tell: Tell) -> None:
    """An epoch renumbers what was sold: a position in the one before it says nothing any more."""

    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "tea")
        await note(branch, sheet, 1, "tea", "100")
        await branch.ledger.write(another_epoch)
        assert codes(await post_count(branch.shop, CHEN, sheet)) == ["position_moved"]
        await note(branch, sheet, 1, "tea", "100")
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Posted)

    tell(story)


def test_an_id_that_is_another_document_is_a_conflict(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "tea")
        await note(branch, sheet, 1, "tea", "100")
        await branch.post({"type": "sale", "lines": [{"item": "tea", "quantity": "1"}]}, sheet)
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Conflict)

    tell(story)


def test_a_list_is_the_same_all_day_and_nobody_counts_what_another_does(tell: Tell) -> None:
    """The item below zero comes first; what was counted is ticked off, and is not due tomorrow."""

    async def story(branch: Branch) -> None:
        rules = CountRules(list_max=2)
        await stocked(branch, "a", "b", "c", "d")
        lost = {"type": "adjustment", "reason": "lost", "lines": [{"item": "d", "quantity": "-101"}]}
        assert isinstance(await branch.post(lost, approver=Approver("chen", Role.MANAGER, "seen")), Posted)
        mine = await count_today(branch.shop, rules, "lin", "shop")
        theirs = await count_today(branch.shop, rules, "chen", "shop")
        assert [row.item for row in mine] == ["d", "a"]
        assert [row.item for row in theirs] == ["b", "c"]
        assert mine[0].reason == "negative"
        sheet = uuid.uuid4().bytes
        await note(branch, sheet, 1, "a", "100")
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Posted)
        await caught_up(branch, rules)
        again = await count_today(branch.shop, rules, "lin", "shop")
        assert [(row.item, row.counted) for row in again] == [("d", False), ("a", True)]
        branch.shop.clock = lambda: START + 24 * 3600 * 1000
        tomorrow = await count_today(branch.shop, rules, "lin", "shop")
        assert [row.item for row in tomorrow] == ["d", "b"]

    tell(story)


def test_the_people_of_a_site_share_what_is_due(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        rules = CountRules(list_max=2, people=("lin", "chen"))
        await stocked(branch, *"abcdef")
        lists = [
            [row.item for row in await count_today(branch.shop, rules, who, "shop")] for who in ("chen", "eve", "lin")
        ]
        assert lists == [["b", "d"], ["e", "f"], ["a", "c"]]

    tell(story)


def test_classes_follow_what_was_issued_and_are_made_anew_after_midnight(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        await stocked(branch, "much", "some", "none")
        await sell(branch, "much", "96")
        await sell(branch, "some", "4")
        await caught_up(branch)
        rows = await branch.ledger.read(lambda connection: list_classes(connection, limit=9))
        assert [(row.item, row.class_, row.value) for row in rows] == [("much", "A", 9600), ("some", "C", 400)]
        after = (rows[0].value, rows[0].item_id)
        left = await branch.ledger.read(lambda connection: list_classes(connection, after=after, limit=9))
        assert [row.item for row in left] == ["some"]
        await sell(branch, "none", "100")
        await caught_up(branch)
        assert (await branch.ledger.read(lambda connection: list_classes(connection, limit=9)))[0].item == "much"
        branch.shop.clock = lambda: START + 24 * 3600 * 1000
        await caught_up(branch)
        assert (await branch.ledger.read(lambda connection: list_classes(connection, limit=9)))[0].item == "none"
        found = await classify_now(branch.shop, EXACT)
        assert (found.a, found.b, found.c) == (2, 0, 1)

    tell(story)


def test_accuracy_is_the_share_within_tolerance_and_what_was_off_is_worth(tell: Tell) -> None:
    """Two of three lines fit; ten pieces at 1.00 are missing."""

    async def story(branch: Branch) -> None:
        sheet = uuid.uuid4().bytes
        await stocked(branch, "a", "b", "c")
        for number, (item, counted) in enumerate((("a", "100"), ("b", "90"), ("c", "100")), start=1):
            await note(branch, sheet, number, item, counted)
        await caught_up(branch)
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Posted)
        await caught_up(branch)
        (row,) = await branch.ledger.read(lambda connection: list_accuracy(connection, 0))
        assert (row.class_, row.lines, row.within, row.surplus, row.shortage) == ("C", 3, 2, 0, 1000)
        assert dt.date.fromordinal(row.day).weekday() == 0
        assert 0 <= today_of(branch.shop) - row.day < 7

    tell(story)


def test_single_pieces_are_counted_by_their_number(tell: Tell) -> None:
    """Three phones should stand there, two do: nobody has to name what is not there."""

    async def story(branch: Branch) -> None:
        await branch.item("phone", tracking="serial")
        lines = [{"item": "phone", "quantity": "3", "serials": ["a", "b", "c"]}]
        await branch.post({"type": "opening_balance", "lines": lines})
        sheet = uuid.uuid4().bytes
        assert isinstance(await note(branch, sheet, 1, "phone", "2"), SheetLine)
        assert isinstance(await post_count(branch.shop, CHEN, sheet), Posted)
        assert await on_hand(branch, "phone") == 2_000

    tell(story)
