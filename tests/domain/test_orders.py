"""A purchase order as goods come: what is open, what a receipt is asked about, and what its goods cost by the booked rate."""

import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.orders import OrderState
from gateway.domain.policy import GENERAL, Answer, Breach, Policy, PolicyRule, Role
from gateway.domain.posting import NeedsApproval, Posting, Rejected
from tests.domain.order_desk import Desk, line, receipt


def figures(desk: Desk, order: str) -> list[tuple[int, int, int, int, int]]:
    """Received, free, rejected, open and over of each line, in whole units."""
    told = desk.known(order).figures()
    return [tuple(n // 1000 for n in (one.received, one.free, one.rejected, one.open, one.over)) for one in told]  # type: ignore[misc]


def codes(outcome: Posting | NeedsApproval | Rejected) -> list[str]:
    match outcome:
        case Posting(warnings=faults) | NeedsApproval(reasons=faults) | Rejected(faults=faults):
            return [fault.code for fault in faults]


def tolerant(percent: int) -> Policy:
    return msgspec.structs.replace(GENERAL, over_receipt_percent=percent)


def test_receipts_fill_an_order_until_nothing_is_open() -> None:
    """Boxes fill what was ordered in pieces; damaged goods fill nothing; free ones stand beside it."""
    desk = Desk()
    order = desk.ask(line("tea", "48"), line("mug", "10"))
    assert desk.known(order).state is OrderState.OPEN
    desk.post(receipt(order, line("tea", "1", unit="box"), line("mug", "7", damaged="2"), line("mug", "3", free=True)))
    assert figures(desk, order) == [(24, 0, 0, 24, 0), (7, 3, 2, 3, 0)]
    assert desk.known(order).state is OrderState.PARTLY_RECEIVED
    desk.post(receipt(order, line("tea", "24", inspect=True), line("mug", "3")))
    assert desk.known(order).state is OrderState.RECEIVED
    assert figures(desk, order) == [(24 + 24, 0, 0, 0, 0), (10, 3, 2, 0, 0)]


def test_free_goods_fill_the_lines_that_ask_for_them() -> None:
    """And no others."""
    desk = Desk()
    order = desk.ask(line("tea", "10", cost=100), line("tea", "2", free=True))
    desk.post(receipt(order, line("tea", "1", free=True)))
    assert figures(desk, order) == [(0, 0, 0, 10, 0), (1, 0, 0, 1, 0)]
    desk.post(receipt(order, line("tea", "10"), line("tea", "3", free=True)))
    assert figures(desk, order) == [(10, 0, 0, 0, 0), (4, 0, 0, 0, 2)]


def test_two_lines_of_one_item_fill_one_after_the_other() -> None:
    """What is beyond both stands on the last; each part costs what its own line says."""
    desk = Desk(role=Role.ADMIN)
    order = desk.ask(line("tea", "5", cost=100), line("tea", "5", cost=80))
    _, posting = desk.post(receipt(order, line("tea", "5"), line("tea", "6")))
    assert [one.worth() for one in posting.lines] == [500, 480]
    assert figures(desk, order) == [(5, 0, 0, 0, 0), (6, 0, 0, 0, 1)]


def test_more_than_open_needs_somebody_and_a_tolerance_frees_it() -> None:
    """Also over several lines and receipts; free goods are never too many."""
    desk = Desk()
    order = desk.ask(line("tea", "100"))
    desk.post(receipt(order, line("tea", "60")))
    _, outcome = desk.plan(receipt(order, line("tea", "30"), line("tea", "11")))
    assert isinstance(outcome, NeedsApproval)
    (reason,) = outcome.reasons
    assert (reason.code, reason.path) == ("over_receipt", "lines[1].quantity")
    assert (reason.facts["open"], reason.facts["quantity"]) == ("10.000", "11.000")
    desk.policy = tolerant(5)
    desk.post(receipt(order, line("tea", "45"), line("tea", "99", free=True)))
    assert codes(desk.plan(receipt(order, line("tea", "0.001")))[1]) == ["over_receipt"]
    desk.role = Role.ADMIN
    desk.post(receipt(order, line("tea", "1")))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"order": str(uuid.UUID(int=1))}, "unknown_order"), ({"supplier": "Li"}, "other_supplier"),
        ({"lines": [line("tea", "1", free=True, cost=5)]}, "free_with_cost"),
    ],
)  # fmt: skip
def test_a_receipt_that_cannot_be_of_the_order_is_refused(more: dict[str, Any], code: str) -> None:
    """An id nobody knows, somebody else's order, free goods with a cost."""
    desk = Desk()
    order = desk.ask(line("tea", "1"))
    _, outcome = desk.plan(receipt(order, line("tea", "1")) | more)
    assert isinstance(outcome, Rejected)
    assert codes(outcome) == [code]


def test_an_order_is_named_by_its_number_and_gives_its_supplier() -> None:
    """Whatever else stands on a supplier's own paper is kept as it is."""
    desk = Desk()
    order = desk.ask(line("tea", "3"))
    _, posting = desk.post(receipt(desk.known(order).number, line("tea", "1")))
    assert posting.detail is not None
    assert posting.detail.supplier == "Wu"
    desk.post(receipt(order, line("tea", "1"), supplier=" wu "))
    desk.post(receipt("LS-4711", line("tea", "9"), supplier="Li"))
    assert figures(desk, order) == [(2, 0, 0, 1, 0)]


def test_goods_that_were_not_ordered_and_other_prices_are_told() -> None:
    """Both prices are in the warning, in the site's money."""
    desk = Desk()
    order = desk.ask(line("tea", "3", cost=100))
    _, posting = desk.post(receipt(order, line("tea", "1", cost=120), line("mug", "2")))
    assert codes(posting) == ["price_differs", "not_on_order"]
    assert posting.warnings[0].facts == {"item": "tea", "cost": "120", "ordered": "100"}
    assert set(desk.known(order).beside()) == {"mug"}


def test_a_foreign_cost_is_the_site_s_by_the_booked_rate() -> None:
    """Per unit rounded half up; the line's worth is rounded once, from the exact product."""
    desk = Desk()
    order = desk.ask(line("tea", "10", unit="box", cost=1350), currency="USD", rate="7.1205")
    _, posting = desk.post(
        receipt(order, line("tea", "2", unit="box"), line("tea", "7"), line("tea", "1", unit="box", cost=9613))
    )
    details = [one.detail for one in posting.lines]
    assert [None if one is None else one.cost for one in details] == [9613, 401, 9613]
    assert [one.worth() for one in posting.lines] == [19225, 2804, 9613]
    assert (posting.total, posting.warnings) == (19225 + 2804 + 9613, ())
    yen = desk.ask(line("mug", "1", cost=500), currency="JPY", rate="0.0475")
    _, posting = desk.post(receipt(yen, line("mug", "1")))
    assert posting.total == 2375
    _, outcome = desk.plan({"type": "purchase_order", "supplier": "Wu", "currency": "USD", "lines": [line("tea", "1")]})
    assert codes(outcome) == ["rate_required"]


def test_a_closed_order_takes_nothing_more() -> None:
    """A person says why; what came stays. An order that goods came of is closed, not taken back."""
    desk = Desk()
    order = desk.ask(line("tea", "3"))
    desk.post(receipt(order, line("tea", "1")))
    assert codes(desk.plan({"type": "reversal", "original": order, "reason": "wrong"})[1]) == ["order_has_receipts"]
    close = {"type": "purchase_order_close", "order": desk.known(order).number, "reason": "not made any more"}
    assert codes(desk.plan(close | {"reason": " "})[1]) == ["reason_required"]
    assert codes(desk.plan(close | {"order": "PO-999999"})[1]) == ["unknown_order"]
    del (unnamed := dict(close))["order"]
    assert codes(desk.plan(unnamed)[1]) == ["order_required"]
    desk.post(close)
    assert desk.known(order).state is OrderState.CLOSED
    assert figures(desk, order) == [(1, 0, 0, 2, 0)]
    assert codes(desk.plan(close)[1]) == ["order_closed"]
    assert codes(desk.plan(receipt(order, line("tea", "1")))[1]) == ["order_closed"]


def test_what_is_taken_back_is_open_again() -> None:
    """A receipt's reversal opens its quantities; an order without goods may be taken back, and takes none then."""
    desk = Desk()
    order = desk.ask(line("tea", "3"))
    came, _ = desk.post(receipt(order, line("tea", "3", damaged="1")))
    desk.post({"type": "reversal", "original": came, "reason": "typed twice"})
    assert (figures(desk, order), desk.known(order).state) == ([(0, 0, 0, 3, 0)], OrderState.OPEN)
    desk.post({"type": "reversal", "original": order, "reason": "wrong supplier"})
    assert codes(desk.plan(receipt(order, line("tea", "1")))[1]) == ["order_closed"]


def test_a_limit_on_orders_is_in_the_site_s_money() -> None:
    """Ten boxes at 13.50 dollars are 958.50 at home, which a limit of 900.00 asks somebody about."""
    rules = (PolicyRule(Breach.PURCHASE_ORDER, Answer.APPROVE, amount_from=90_000),)
    desk = Desk(msgspec.structs.replace(GENERAL, rules=rules))
    body = {"type": "purchase_order", "supplier": "Wu", "lines": [line("tea", "10", unit="box", cost=1350)]}
    assert codes(desk.plan(body | {"currency": "USD", "rate": "7.1"})[1]) == ["purchase_order"]
    assert isinstance(desk.plan(body)[1], Posting)


LINES = st.lists(
    st.builds(
        lambda item, n, damaged, free: line(item, str(n)) | ({"damaged": str(damaged)} if damaged else {}) | ({"free": True} if free else {}),
        st.sampled_from(["tea", "mug"]), st.integers(1, 30), st.integers(0, 3), st.booleans(),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(
    ordered=st.lists(st.tuples(st.sampled_from(["tea", "mug"]), st.integers(1, 40)), min_size=1, max_size=4),
    receipts=st.lists(st.tuples(LINES, st.booleans()), max_size=6),
    percent=st.integers(0, 20),
)
def test_received_and_open_are_what_was_ordered(
    ordered: list[tuple[str, int]], receipts: list[tuple[list[dict[str, Any]], bool]], percent: int
) -> None:
    """On every line, with what came over; and nothing is over beyond the tolerance unless somebody approved it."""
    desk = Desk(tolerant(percent))
    order = desk.ask(*(line(item, str(n)) for item, n in ordered))
    approved_ever, came = False, 0
    for lines, approved in receipts:
        _, outcome = desk.plan(receipt(order, *lines))
        if isinstance(outcome, NeedsApproval) and not approved:
            continue
        approved_ever |= isinstance(outcome, NeedsApproval)
        desk.post(receipt(order, *lines), approved=True)
        came += sum(int(one["quantity"]) + int(one.get("damaged", 0)) for one in lines)
    known = desk.known(order)
    told = known.figures()
    for one in told:
        assert one.received + one.open == one.line.ordered + one.over
        assert min(one.received, one.open, one.over, one.free, one.rejected) >= 0
    beside = sum(one.paid + one.free for one in known.beside().values())
    assert sum(one.received + one.free for one in told) + sum(one.rejected for one in told) + beside == came * 1000
    for item in {item for item, _ in ordered}:
        asked = sum(n for name, n in ordered if name == item) * 1000
        over = sum(one.over for one in told if one.line.item == item)
        assert approved_ever or over * 100 <= asked * percent
    assert (known.state is OrderState.RECEIVED) == all(one.open == 0 for one in told)
