"""What made goods are worth: all that went in, to the last millionth, however it is shared out."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.costing import Valuation
from gateway.domain.making_worth import share_out
from gateway.domain.usage import uses_of
from replication.wire.events import (
    DocumentDetail,
    DocumentMore,
    DocumentPosted,
    LineDetail,
    LineMore,
    Making,
    PostedLine,
)
from replication.wire.movement import Movement, Route
from replication.wire.quantity import Quantity

AT = 1_795_000_000_000


def production(
    *lines: tuple[str, str, int, int | None], back: bool = False, detail: DocumentDetail | None = None
) -> DocumentPosted:
    """Lines of (item, role, quantity, share), all out of production; `back`: into it."""
    posted = tuple(
        PostedLine(item, Quantity(quantity), detail=LineDetail(more=LineMore(role=role, share=share)))
        for item, role, quantity, share in lines
    )
    moves = tuple(Movement(index, 0, line.quantity) for index, line in enumerate(posted))
    way = Route("shop", "production") if back else Route("production", "shop")
    return DocumentPosted("production", "PR-000001", AT, None, "wu", None, 0, 0, (), posted, (way,), moves, detail)


def nothing(item: str) -> Valuation:
    del item
    return Valuation()


OUTPUTS = st.lists(st.tuples(st.just("x"), st.just("output"), st.integers(1, 10**9), st.none()), min_size=1, max_size=5)
BY_PRODUCTS = st.lists(
    st.tuples(st.just("y"), st.just("by_product"), st.integers(1, 10**6), st.integers(0, 2000)), max_size=5
)


@given(worth=st.integers(0, 10**18), outputs=OUTPUTS, by_products=BY_PRODUCTS)
def test_what_went_in_comes_out(
    worth: int, outputs: list[tuple[str, str, int, None]], by_products: list[tuple[str, str, int, int]]
) -> None:
    shares = share_out(production(*by_products, *outputs), worth, nothing)
    assert sum(shares.values()) == worth
    assert all(share >= 0 for share in shares.values())


def test_a_by_product_bears_its_share_and_the_outputs_the_rest_by_quantity() -> None:
    made = production(
        ("crumbs", "by_product", 300, 1000), ("bread", "output", 3000, None), ("bread", "output", 1000, None)
    )
    assert share_out(made, 1000, nothing) == {0: 100, 1: 675, 2: 225}


def test_components_that_come_back_take_it_by_what_they_are_worth() -> None:
    """By quantity where none is known to be worth anything."""
    back = production(("flour", "component", 6000, None), ("salt", "component", 2000, None))
    worths = {"flour": Valuation(1000, 1000, 1), "salt": Valuation(1000, 9000, 9)}
    assert share_out(back, 800, worths.__getitem__) == {0: 200, 1: 600}
    assert share_out(back, 800, nothing) == {0: 600, 1: 200}


def test_goods_taken_apart_give_back_what_was_used() -> None:
    """Asked and used count down; what was planned and did not come back is a difference."""
    line = PostedLine(
        "flour", Quantity(5000), detail=LineDetail(more=LineMore(role="component", planned=Quantity(6000)))
    )
    event = production(detail=DocumentDetail(more=DocumentMore(made=Making(True))))
    event = DocumentPosted(
        event.type, event.number, AT, None, "wu", None, 0, 0, (), (line,), event.routes, (Movement(0, 0, line.quantity),),
        event.detail,
    )  # fmt: skip
    use = uses_of(event)["flour"]
    assert (use.asked, use.produced, use.actual - use.asked) == (-6000, -5000, 1000)
