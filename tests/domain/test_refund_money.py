"""What comes back in parts gives back what was paid: lines, taxes and 抹零, whatever the rates are by then."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.original import MoreThanSold, Original
from gateway.domain.refund_money import RefundSum, refund_sum
from gateway.domain.till_money import TillMoney
from replication.wire.events import (
    DocumentDetail,
    DocumentMore,
    DocumentPosted,
    PostedLine,
    Route,
    TaxPart,
)
from replication.wire.money import line_amount
from replication.wire.quantity import Quantity

PIECE = 1000
RATES = {"tea": 1300, "rice": 900, "book": 0}


def sold(lines: list[tuple[str, int, int]], *, inclusive: bool, off: int, taxed: bool = True) -> DocumentPosted:
    """A posted sale of (item, pieces, price), from whose total `off` was taken."""
    posted = tuple(PostedLine(sku, Quantity(pieces * PIECE), price) for sku, pieces, price in lines)
    money, sums = TillMoney(inclusive=inclusive), dict[int, int]()
    for line in posted:
        sums[RATES[line.item]] = sums.get(RATES[line.item], 0) + line.worth()
    taxes = tuple(money.part(rate, amount) for rate, amount in sorted(sums.items())) if taxed else ()
    total = sum(line.worth() for line in posted) + (0 if inclusive else sum(part.tax for part in taxes))
    off = min(off, total)
    detail = DocumentDetail(more=DocumentMore(taxes=taxes, rounding=-off))
    return DocumentPosted(
        "sale", "SA-1", 0, None, "wang", None, total - off, None, (), posted, (Route("shop", "customer"),), None, detail
    )


def returned(sale: DocumentPosted, before: dict[str, int], sku: str, pieces: int) -> tuple[int, RefundSum]:
    """The total of a return of so many pieces at the price paid, after what came back before."""
    original = Original(sale, {(item, ""): count * PIECE for item, count in before.items()})
    found = original.take(sku, pieces * PIECE, Quantity(pieces * PIECE), PIECE)
    assert not isinstance(found, MoreThanSold)
    line = PostedLine(sku, Quantity(pieces * PIECE), found.price, found.discount)
    back = refund_sum(original, [line], lambda item: RATES[item] + 150)
    return line.worth() + back.added + back.rounding, back


@given(
    pieces=st.dictionaries(st.sampled_from(["tea", "rice", "book"]), st.integers(1, 6), min_size=1),
    prices=st.tuples(*[st.integers(0, 5000)] * 3),
    inclusive=st.booleans(),
    taxed=st.booleans(),
    off=st.integers(0, 99),
    data=st.data(),
)
def test_all_parts_together_give_back_what_was_paid(
    pieces: dict[str, int], prices: tuple[int, ...], inclusive: bool, taxed: bool, off: int, data: st.DataObject
) -> None:
    price = dict(zip(RATES, prices, strict=True))
    sale = sold([(sku, count, price[sku]) for sku, count in pieces.items()], inclusive=inclusive, off=off, taxed=taxed)
    left, before, paid, taxes = dict(pieces), dict[str, int](), 0, dict[int, int]()
    while left:
        sku = data.draw(st.sampled_from(sorted(left)))
        part = data.draw(st.integers(1, left[sku]))
        total, back = returned(sale, before, sku, part)
        paid += total
        for one in back.taxes:
            taxes[one.rate] = taxes.get(one.rate, 0) + one.tax
        before[sku] = before.get(sku, 0) + part
        left = {item: count for item, count in (left | {sku: left[sku] - part}).items() if count}
    assert paid == sale.worth()
    assert sale.detail is not None
    assert sale.detail.more is not None
    assert taxes == {part.rate: part.tax for part in sale.detail.more.taxes}


def test_the_rates_of_the_sale_count_and_not_those_of_today() -> None:
    """Goods sold with 13 % on top come back with it, at a site that takes 14.5 % by now."""
    sale = sold([("tea", 2, 1000)], inclusive=False, off=0)
    total, back = returned(sale, {}, "tea", 1)
    assert (total, back) == (1130, RefundSum((TaxPart(1300, 1000, 130),), 130, 0))
    assert line_amount(1000, Quantity(PIECE)) == 1000
