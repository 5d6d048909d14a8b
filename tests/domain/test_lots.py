"""Which lots are taken: the one that expires first, and no other while it has goods."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.lots import Lot, LotStock, first_expired_first_out

TODAY = "2026-11-23"
DATES = st.sampled_from([None, "2026-11-20", "2026-11-22", "2026-11-23", "2026-12-01", "2027-06-30"])
STOCK = st.lists(st.tuples(DATES, st.sampled_from([None, "recalled"]), st.integers(-5_000, 20_000)), max_size=8).map(
    lambda rows: [LotStock(Lot(f"L{n}", expiry, why), on_hand) for n, (expiry, why, on_hand) in enumerate(rows)]
)


def lot(name: str, on_hand: int, expiry: str | None = None, blocked: str | None = None) -> LotStock:
    return LotStock(Lot(name, expiry, blocked), on_hand)


def take(
    stock: list[LotStock], wanted: int, *, spoils: str = TODAY, blocked_too: bool = False
) -> tuple[dict[str, int], int]:
    chosen, missing = first_expired_first_out(stock, wanted, spoils=spoils, blocked_too=blocked_too)
    return {one.name: part for one, part in chosen}, missing


def test_the_lot_that_expires_first_goes_first() -> None:
    """Whatever came first; lots without a date come last, in the order they came."""
    stock = [lot("A", 5, "2027-01-01"), lot("B", 5), lot("C", 5, "2026-12-01"), lot("D", 5)]
    assert take(stock, 12) == ({"C": 5, "A": 5, "B": 2}, 0)


def test_expired_goods_are_taken_only_when_nothing_else_is_there() -> None:
    """On the day of its expiry a lot is still good."""
    stock = [lot("old", 5, "2026-11-22"), lot("today", 5, TODAY)]
    assert take(stock, 5) == ({"today": 5}, 0)
    assert take(stock, 7) == ({"today": 5, "old": 2}, 0)
    assert take(stock, 7, spoils="") == ({"old": 5, "today": 2}, 0)


def test_blocked_lots_are_passed_over() -> None:
    """Except where goods go that the shop gets rid of."""
    stock = [lot("A", 5, "2026-12-01", "recalled"), lot("B", 5, "2027-01-01")]
    assert take(stock, 8) == ({"B": 5}, 3)
    assert take(stock, 8, blocked_too=True) == ({"A": 5, "B": 3}, 0)


def test_a_lot_below_zero_gives_nothing() -> None:
    """What the book has too few of is not there."""
    assert take([lot("A", -3, "2026-12-01"), lot("B", 2)], 4) == ({"B": 2}, 2)


@given(STOCK, st.integers(1, 60_000))
def test_no_later_lot_is_taken_while_an_earlier_one_has_goods(stock: list[LotStock], wanted: int) -> None:
    """And no lot is taken below zero; what is chosen and what is missing make up what was wanted."""
    chosen, missing = first_expired_first_out(stock, wanted, spoils=TODAY, blocked_too=False)
    taken = {one.name: part for one, part in chosen}
    assert sum(taken.values()) + missing == wanted
    assert missing >= 0
    able = [one for one in stock if one.lot.blocked is None and one.on_hand > 0]
    assert missing == max(0, wanted - sum(one.on_hand for one in able))
    assert all(0 < taken[one.lot.name] <= one.on_hand for one in able if one.lot.name in taken)
    assert taken.keys() <= {one.lot.name for one in able}

    def rank(one: LotStock) -> tuple[bool, bool, str]:
        return one.lot.is_expired(TODAY), one.lot.expiry is None, one.lot.expiry or ""

    for later in able:
        if later.lot.name in taken:
            earlier = [one for one in able if rank(one) < rank(later)]
            assert all(taken.get(one.lot.name) == one.on_hand for one in earlier)
