"""The short way of everyday sales decides exactly what the long way decides."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.document import Body
from gateway.domain.draft import Draft, read_draft
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Posting, Terms, plan
from replication.wire.events import DocumentPosted
from replication.wire.item import Item, Pack, Tracking
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger

ITEMS = {
    "tea": Item("tea", "Tea", "piece", 250, packs=(Pack("box", Quantity(24_000)),)),
    "apples": Item("apples", "Apples", "kg", 1_299, weighed=True),
    "milk": Item("milk", "Milk", "bottle", 400, tracking=Tracking.LOT),
    "bag": Item("bag", "Bag", "piece", 0),
    "cup": Item("cup", "Cup", "piece", 90, whole=True),
}


class Shop(BareLedger):
    """Ten of everything, in no lot."""

    def item(self, sku: str) -> Item | None:
        """One of the few."""
        return ITEMS.get(sku)

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Ten in the shop."""
        return 10_000 if sku in ITEMS and location == "shop" and not lot else 0


LINES = st.fixed_dictionaries(
    {
        "item": st.sampled_from([*ITEMS, "unknown"]),
        "quantity": st.sampled_from(["1", "2.000", "0.355", "0", "6", "-1"]),
    },
    optional={
        "unit": st.sampled_from(["piece", "kg", "box"]),
        "price": st.sampled_from([250, 1_299, 400, 1]),
        "discount": st.sampled_from([0, 5]),
        "location": st.sampled_from(["shop", "back"]),
    },
)
EVERYDAY = st.fixed_dictionaries(
    {"item": st.sampled_from(["tea", "apples", "bag", "cup"]), "quantity": st.sampled_from(["1", "0.355", "5"])}
)
SALES = st.fixed_dictionaries(
    {"type": st.just("sale"), "lines": st.lists(EVERYDAY | LINES, min_size=1, max_size=5)},
    optional={"tenders": st.just([{"type": "cash", "amount": 100_000}]), "settled": st.just(True)},
)


@given(SALES)
def test_both_ways_decide_the_same(sale: dict[str, Any]) -> None:
    """Whatever a sale says: posting, question or refusal is one and the same."""
    draft = read_draft(bytes(16), msgspec.json.decode(msgspec.json.encode(sale), type=Body))
    assert isinstance(draft, Draft)
    terms = Terms("lin", Role.CASHIER, GENERAL, may_settle=True)
    assert plan(draft, Shop(), terms) == plan(msgspec.structs.replace(draft, everyday=False), Shop(), terms)


@given(SALES)
def test_total_and_change_follow_from_the_lines_and_tenders(sale: dict[str, Any]) -> None:
    """A journal entry does not tell them: what a reader computes is what the till was answered."""
    draft = read_draft(bytes(16), msgspec.json.decode(msgspec.json.encode(sale), type=Body))
    assert isinstance(draft, Draft)
    posting = plan(draft, Shop(), Terms("chen", Role.ADMIN, GENERAL, may_settle=True))
    if isinstance(posting, Posting):
        event = DocumentPosted(
            "sale", "SA-000001", 1, None, "chen", None, None, None, posting.tenders, posting.lines, posting.routes, None
        )
        assert (event.worth(), event.given_back()) == (posting.total, posting.change)


def test_an_everyday_sale_takes_the_short_way() -> None:
    """Two lines of one item count together, and the posting tells no movements."""
    body = {"type": "sale", "lines": [{"item": "tea", "quantity": "5"}, {"item": "tea", "quantity": "5"}]}
    draft = read_draft(bytes(16), msgspec.json.decode(msgspec.json.encode(body), type=Body))
    assert isinstance(draft, Draft)
    assert draft.everyday
    outcome = plan(draft, Shop(), Terms("lin", Role.CASHIER, GENERAL))
    assert isinstance(outcome, Posting)
    assert (outcome.plain, outcome.total, outcome.movements) == (True, 2_500, ())
