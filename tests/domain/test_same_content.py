"""A body sent again, to a ledger that only knows the posted document: the same, or another one."""

from typing import Any

import msgspec
import pytest

from gateway.domain.document import Body
from gateway.domain.draft import Draft, read_draft
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Approver, Posting, Terms, plan
from gateway.domain.same_content import says_the_same
from replication.wire.events import DocumentPosted, PostedLine
from replication.wire.item import Item, Pack, Tracking
from replication.wire.movement import Route
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger

TRANSFER = "01980000-0000-7000-8000-000000000001"
ITEMS = {
    "tea": Item("tea", "Tea", "piece", 250, packs=(Pack("box", Quantity(24_000)),)),
    "milk": Item("milk", "Milk", "bottle", 400, tracking=Tracking.LOT),
}


class Shelf(BareLedger):
    """A ledger with plenty of everything."""

    def item(self, sku: str) -> Item | None:
        """One of the two."""
        return ITEMS.get(sku)

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Enough."""
        del sku, location, lot
        return 10**9

    def document(self, document_id: bytes) -> DocumentPosted | None:
        """Anything was sold, and plenty of it."""
        del document_id
        sold = (PostedLine("tea", Quantity(99_000), 250), PostedLine("tea", Quantity(99_000), 250))
        return DocumentPosted(
            "sale", "SA-000001", 1, None, "lin", None, None, None, (), sold, (Route("shop", "customer"),), None
        )


def draft(body: dict[str, Any]) -> Draft:
    read = read_draft(bytes(16), msgspec.json.decode(msgspec.json.encode(body), type=Body))
    assert isinstance(read, Draft), read
    return read


def posted(body: dict[str, Any]) -> DocumentPosted:
    read = draft(body)
    terms = Terms("admin", Role.ADMIN, GENERAL, Approver("chen", Role.MANAGER, "ok"))
    outcome = plan(read, Shelf(), terms)
    assert isinstance(outcome, Posting), outcome
    station = read.body.station if isinstance(read.body.station, str) else None
    return DocumentPosted(
        outcome.type.value, "XX-000001", 5, read.occurred_at, "admin", station, outcome.total, outcome.change,
        outcome.tenders, outcome.lines, outcome.routes, None if outcome.plain else outcome.movements, outcome.detail,
    )  # fmt: skip


def same(first: dict[str, Any], again: dict[str, Any]) -> bool:
    return says_the_same(draft(again), posted(first), lambda sku: ITEMS[sku].unit)


def line(**changes: Any) -> dict[str, Any]:
    return {"item": "tea", "quantity": "2"} | changes


SALE = {"type": "sale", "lines": [line()]}
WHOLE = [
    SALE | {"station": "till-1", "occurred_at": "2026-11-01T10:00:00+08:00", "note": "gift",
            "tenders": [{"type": "cash", "amount": 1000}]},
    {"type": "sale", "lines": [line(unit="box", price=5000, discount=10, location="back")]},
    {"type": "sale_return", "original": TRANSFER, "lines": [line(disposition="scrap"), line(disposition="restock")]},
    {"type": "goods_receipt", "supplier": "Wu", "order": "7", "lines": [line(item="milk", lot="A", expiry="2027-01-01", cost=9)]},
    {"type": "adjustment", "reason": "broken", "lines": [line(quantity="-1")]},
    {"type": "opening_balance", "lines": [line()]},
    {"type": "transfer_out", "to_branch": "b002", "lines": [line()]},
    {"type": "transfer_in", "transfer": TRANSFER,
     "lines": [line(variance=[{"reason": "short", "quantity": "1"}, {"reason": "damaged", "quantity": "0.5"}])]},
]  # fmt: skip


@pytest.mark.parametrize("body", WHOLE, ids=range(len(WHOLE)))
def test_the_body_it_was_posted_from_says_the_same(body: dict[str, Any]) -> None:
    """Whatever was sent is recognised when it is sent again, approved and settled or not."""
    assert same(body, body)
    if body["type"] == "sale":
        assert same(body, body | {"settled": True})


@pytest.mark.parametrize(
    "again",
    [
        SALE | {"lines": [line(quantity="2.000")]}, SALE | {"lines": [line(unit="piece")]},
        SALE | {"lines": [line(location="shop")]}, SALE | {"lines": [line(price=250, discount=0)]},
        SALE | {"note": ""},
        SALE | {"tenders": []},
    ],
)  # fmt: skip
def test_a_default_spelt_out_says_the_same(again: dict[str, Any]) -> None:
    """What a body names is compared with what stands, and a default stands like a value."""
    assert same(SALE, again)


@pytest.mark.parametrize(
    "again",
    [
        SALE | {"lines": [line(quantity="3")]}, SALE | {"lines": [line(item="milk", lot="A")]},
        SALE | {"lines": [line(), line()]}, SALE | {"lines": [line(unit="box")]}, SALE | {"lines": [line(price=1)]},
        SALE | {"lines": [line(discount=1)]}, SALE | {"lines": [line(location="back")]}, SALE | {"lines": [line(lot="B")]},
        SALE | {"lines": [line(cost=3)]}, SALE | {"lines": [line(reading="r1")]}, SALE | {"lines": [line(serials=["s"])]},
        SALE | {"lines": [line(expiry="2027-01-01")]},
        SALE | {"station": "till-2"}, SALE | {"note": "x"}, SALE | {"occurred_at": "2026-11-01T10:00:00Z"},
        SALE | {"tenders": [{"type": "card", "amount": 500}]}, {"type": "opening_balance", "lines": [line()]},
    ],
)  # fmt: skip
def test_another_content_is_another_document(again: dict[str, Any]) -> None:
    """Any field that says something else is a conflict."""
    assert not same(SALE, again)


@pytest.mark.parametrize(
    ("first", "change"),
    [
        (WHOLE[2], {"original": "01980000-0000-7000-8000-000000000002"}),
        (WHOLE[2], {"lines": [line(disposition="inspect"), line()]}),
        (WHOLE[3], {"supplier": "Li"}), (WHOLE[3], {"order": "8"}), (WHOLE[4], {"reason": "lost"}),
        (WHOLE[6], {"to_branch": "b003"}), (WHOLE[7], {"transfer": "01980000-0000-7000-8000-000000000002"}),
        (WHOLE[7], {"lines": [line(variance=[{"reason": "short", "quantity": "2"}])]}),
    ],
)  # fmt: skip
def test_what_only_some_types_carry_counts_too(first: dict[str, Any], change: dict[str, Any]) -> None:
    """Originals, suppliers, reasons, branches and differences are content."""
    assert same(first, first)
    assert not same(first, first | change)
