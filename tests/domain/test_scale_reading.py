"""A line that names a scale's reading says what the scale said, in whatever unit the item is sold, and what was weighed once is sold once."""

import uuid
from typing import Any

import msgspec
import pytest

from gateway.domain.document import Body
from gateway.domain.draft import Draft, read_draft
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Posting, Rejected, Terms, plan
from gateway.domain.scale_reading import ScaleReading
from replication.wire.item import Item, Pack
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger

GOODS = {
    unit: Item(unit, "Apples", unit, 1_280, packs=(Pack("g", Quantity(1)),) if unit == "kg" else ())
    for unit in ("kg", "g", "斤", "lb", "box")
}
SOLD = uuid.uuid4().bytes


class Shop(BareLedger):
    """A ledger with goods of every unit, and plenty of each."""

    def item(self, sku: str) -> Item | None:
        return GOODS.get(sku)

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        del sku, location, lot
        return 100_000_000

    def on_shelf(self, sku: str) -> tuple[Item, int] | None:
        item = GOODS.get(sku)
        return None if item is None else (item, 100_000_000)


def decide(
    *lines: dict[str, Any], seen: ScaleReading, settled: bool = False, kind: str = "sale"
) -> tuple[list[str], list[str]]:
    """The codes of what is refused, and of what is only told."""
    body = {"type": kind, "lines": [{"reading": "r1", **line} for line in lines]}
    if settled:
        body["settled"] = True
    draft = read_draft(uuid.uuid4().bytes, msgspec.json.decode(msgspec.json.encode(body), type=Body))
    assert isinstance(draft, Draft), draft
    outcome = plan(draft, Shop(), Terms("lin", Role.ADMIN, GENERAL, may_settle=True, readings={"r1": seen}))
    assert isinstance(outcome, Posting | Rejected), outcome
    if isinstance(outcome, Rejected):
        return [fault.code for fault in outcome.faults], []
    return [], [fault.code for fault in outcome.warnings]


@pytest.mark.parametrize(
    ("unit", "quantity", "line_unit"),
    [("kg", "1.250", None), ("斤", "2.5", None), ("g", "1250", None), ("kg", "1250", "g")],
)
def test_a_weight_is_the_same_in_every_unit_of_weight(unit: str, quantity: str, line_unit: str | None) -> None:
    """A scale that weighs in kilograms sells by the jin, by the gram, and in a pack of one gram."""
    line = {"item": unit, "quantity": quantity} | ({} if line_unit is None else {"unit": line_unit})
    assert decide(line, seen=ScaleReading(1_250, "kg")) == ([], [])


@pytest.mark.parametrize(
    ("unit", "quantity", "scale_unit"),
    [("kg", "1.251", "kg"), ("斤", "1.25", "kg"), ("lb", "1.25", "kg"), ("kg", "1.25", "lb"), ("box", "1.25", "kg")],
)
def test_another_weight_or_another_unit_is_refused(unit: str, quantity: str, scale_unit: str) -> None:
    """The same digits in pounds are no kilograms. What was sold already while there was no line is told."""
    line, seen = {"item": unit, "quantity": quantity}, ScaleReading(1_250, scale_unit)
    assert decide(line, seen=seen) == (["reading_differs"], [])
    assert decide(line, seen=seen, settled=True) == ([], ["reading_differs"])


def test_what_was_weighed_once_is_sold_once() -> None:
    """By another till at the same scale, or twice in one sale. Other documents may speak of what was sold."""
    line = {"item": "kg", "quantity": "1.25"}
    seen = ScaleReading(1_250, "kg", SOLD)
    assert decide(line, seen=seen) == (["reading_sold"], [])
    assert decide(line, seen=seen, settled=True) == ([], ["reading_sold"])
    assert decide(line, line, seen=ScaleReading(1_250, "kg")) == (["reading_sold"], [])
    assert decide(line, seen=seen, kind="opening_balance") == ([], [])
