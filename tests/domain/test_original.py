"""What of a sale may come back, at what was paid for it, into the lots it came out of."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.original import MoreThanSold, Original, Refund
from replication.wire.events import DocumentPosted, LineDetail, PostedLine
from replication.wire.movement import Movement, Route
from replication.wire.quantity import THOUSANDTHS, Quantity


def sale(*lines: PostedLine, movements: tuple[Movement, ...] | None = None) -> DocumentPosted:
    return DocumentPosted(
        "sale", "SA-000001", 1, None, "lin", None, None, None, (), lines, (Route("shop", "customer"),), movements
    )


def line(quantity: int, price: int, discount: int = 0, item: str = "tea") -> PostedLine:
    return PostedLine(item, Quantity(quantity), price, discount)


def take(original: Original, base: int, item: str = "tea") -> Refund | MoreThanSold:
    return original.take(item, base, Quantity(base), THOUSANDTHS)


def test_a_part_comes_back_at_the_price_that_was_paid() -> None:
    """Not at today's, and each part with its share of what was off."""
    original = Original(sale(line(3_000, 500, 100)), {})
    assert [take(original, 1_000) for _ in range(3)] == [Refund(500, 33), Refund(500, 34), Refund(500, 33)]


def test_no_more_comes_back_than_went() -> None:
    """What came back before counts, and so do the lines before in the same document."""
    original = Original(sale(line(3_000, 500)), {("tea", ""): 1_000})
    assert take(original, 1_000) == Refund(500, 0)
    assert take(original, 2_000) == MoreThanSold(3_000, 2_000)
    assert take(Original(sale(line(1_000, 5)), {}), 1_000, "rice") == MoreThanSold(0, 0)


def test_a_piece_of_a_pack_costs_its_part() -> None:
    """Sold as a box of 24 for 99.99: two bottles come back."""
    detail = LineDetail("box", Quantity(24_000))
    boxed = PostedLine("tea", Quantity(1_000), 9_999, 0, None, detail)
    original = Original(sale(boxed, movements=(Movement(0, 0, Quantity(24_000)),)), {})
    found = take(original, 2_000)
    assert isinstance(found, Refund)
    assert 2 * found.price - found.discount == 833


def test_goods_go_back_into_the_lots_they_came_out_of() -> None:
    """In the order they were taken; a lot that is named is believed."""
    moved = (Movement(0, 0, Quantity(2_000), "A"), Movement(0, 0, Quantity(3_000), "B"))
    original = Original(sale(line(5_000, 100), movements=moved), {("tea", "A"): 1_000})
    assert original.take_lots("tea", "", 2_000) == (("A", 1_000), ("B", 1_000))
    assert original.take_lots("tea", "C", 1_000) == (("C", 1_000),)
    assert original.take_lots("tea", "", 3_000) == ()


@given(
    st.lists(st.tuples(st.integers(1, 9_000), st.integers(0, 5_000), st.integers(0, 300)), min_size=1, max_size=4),
    st.lists(st.integers(1, 4_000), min_size=1, max_size=12),
)
def test_refunds_never_come_to_more_than_was_paid(sold: list[tuple[int, int, int]], parts: list[int]) -> None:
    """Whatever the prices, the discounts and the parts are; and each is worth something or nothing, never less."""
    lines = [line(quantity, price, min(off, (price * quantity + 500) // 1000)) for quantity, price, off in sold]
    original, refunded = Original(sale(*lines), {}), 0
    for part in parts:
        found = take(original, part)
        if isinstance(found, MoreThanSold):
            break
        amount = (found.price * part + 500) // 1000 - found.discount
        assert amount >= 0
        refunded += amount
    assert refunded <= sum(one.worth() for one in lines)
