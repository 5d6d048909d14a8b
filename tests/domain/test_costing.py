"""Moving-average cost keeps every millionth: what came in went out, is there, or was told as revalued."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.costing import MILLIONTHS, Valuation, issue, receive, take_back, unit_cost

QUANTITIES = st.integers(1, 10**9)
WORTHS = st.none() | st.integers(0, 10**15)
STEPS = st.lists(
    st.one_of(st.tuples(st.just("in"), QUANTITIES, WORTHS), st.tuples(st.just("out"), QUANTITIES, st.none())),
    max_size=60,
)


def minor(amount: int) -> int:
    """So many minor units."""
    return amount * MILLIONTHS


def test_two_receipts_at_two_costs_are_averaged() -> None:
    """10 kg at 5.00 and 30 kg at 7.00: one is worth 6.50."""
    now = receive(receive(Valuation(), 10_000, minor(5_000)).now, 30_000, minor(21_000)).now
    assert (now.quantity, now.value, unit_cost(now)) == (40_000, minor(26_000), minor(650))


def test_an_issue_leaves_the_average_as_it_is() -> None:
    """A quarter of the goods takes a quarter of the value."""
    held = receive(Valuation(), 40_000, minor(26_000)).now
    issued = issue(held, 10_000)
    assert (issued.cost, issued.left.value, unit_cost(issued.left)) == (minor(6_500), minor(19_500), minor(650))


def test_the_last_of_it_takes_the_whole_value() -> None:
    """Three of three at 10.00 in all: nothing stays behind that has no goods."""
    left = receive(Valuation(), 3_000, minor(1_000)).now
    costs = []
    for _ in range(3):
        issued = issue(left, 1_000)
        left = issued.left
        costs.append(issued.cost)
    assert (sum(costs), left.quantity, left.value) == (minor(1_000), 0, 0)


def test_free_goods_make_the_others_cheaper() -> None:
    """Ten for 100.00 and two for nothing."""
    now = receive(receive(Valuation(), 10_000, minor(10_000)).now, 2_000, 0).now
    assert unit_cost(now) == 833_333_333


def test_goods_of_unknown_cost_are_worth_what_the_others_are() -> None:
    """A return without a cost changes no average."""
    held = receive(Valuation(), 10_000, minor(5_000)).now
    assert unit_cost(receive(held, 1_000).now) == unit_cost(held)


def test_goods_sold_before_they_were_booked_are_valued_when_the_receipt_comes() -> None:
    """5 sold from nothing at a last worth of 2.00; 8 come at 3.00: three are there at 3.00, and 5.00 are told."""
    gone = issue(Valuation(0, 0, minor(200)), 5_000)
    assert (gone.cost, gone.left.value) == (minor(1_000), minor(-1_000))
    received = receive(gone.left, 8_000, minor(2_400))
    assert (received.now.quantity, received.now.value, received.revalued) == (3_000, minor(900), minor(500))


def test_an_item_whose_cost_nobody_ever_told_is_worth_nothing() -> None:
    """No guess: zero, until somebody says."""
    assert unit_cost(issue(receive(Valuation(), 5_000).now, 2_000).left) == 0


@given(STEPS)
def test_every_millionth_is_accounted_for(steps: list[tuple[str, int, int | None]]) -> None:
    """In = out + there + revalued, and a value has the sign of its goods."""
    now, put_in, taken, revalued, quantity = Valuation(), 0, 0, 0, 0
    for way, moved, value in steps:
        if way == "in":
            worth = (unit_cost(now) * moved * 2 + 1000) // 2000 if value is None else value
            received = receive(now, moved, value)
            now, put_in, revalued, quantity = (
                received.now,
                put_in + worth,
                revalued + received.revalued,
                quantity + moved,
            )
        else:
            issued = issue(now, moved)
            assert issued.cost >= 0
            now, taken, quantity = issued.left, taken + issued.cost, quantity - moved
        assert now.quantity == quantity
        assert put_in == taken + now.value + revalued
        assert now.value >= 0 if quantity > 0 else now.value <= 0
        assert (quantity != 0) or now.value == 0
        assert unit_cost(now) >= 0


@given(QUANTITIES, st.integers(0, 10**15), st.lists(st.integers(1, 1000), max_size=50))
def test_an_average_does_not_drift(quantity: int, value: int, grams: list[int]) -> None:
    """Many small issues leave what one receipt brought at its cost, to one millionth for each issue."""
    now = receive(Valuation(), quantity, value).now
    for each in grams:
        if each < now.quantity:
            now = issue(now, each).left
    assert abs(now.value * quantity - value * now.quantity) <= quantity * len(grams)


def test_a_receipt_taken_back_leaves_the_average_as_it_was() -> None:
    """10 at 5.00, then 10 at 50.00 by a slip: taken back, the rest is worth 5.00 again."""
    before = receive(Valuation(), 10_000, minor(5_000)).now
    slip = receive(before, 10_000, minor(50_000)).now
    undone = take_back(slip, 10_000, minor(50_000))
    assert (undone.now.value, unit_cost(undone.now), undone.revalued) == (before.value, unit_cost(before), 0)


@given(QUANTITIES, st.integers(0, 10**12), st.integers(1, 10**6), st.integers(0, 10**12), st.integers(0, 2 * 10**6))
def test_what_went_out_by_a_slip_is_put_right_to_the_millionth(
    held: int, value: int, brought: int, slip: int, gone: int
) -> None:
    """In = out + there + revalued, also where part of it, or all of it, was sold before the slip was seen."""
    now = receive(receive(Valuation(), held, value).now, brought, slip).now
    cost = 0
    if gone:
        issued = issue(now, gone)
        now, cost = issued.left, issued.cost
    undone = take_back(now, brought, slip)
    assert undone.now.quantity == held - gone
    assert value == cost + undone.now.value + undone.revalued
    assert undone.now.value >= 0 if undone.now.quantity > 0 else undone.now.value <= 0
