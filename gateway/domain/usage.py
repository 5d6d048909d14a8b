"""What goods were used for, and what recipes ask for: of one document after the other, in thousandths of the base unit.

`asked` is what recipes ask for of what was sold and produced; the others are what left the shelves, and for what. Goods that
were sold or sent on as they are were not used. Pure; who folds the documents keeps the sums.
"""

import msgspec

from gateway.domain.document_type import DocumentType
from gateway.domain.told import said_in
from replication.wire.events import DocumentPosted, PostedLine
from replication.wire.location import Virtual, is_virtual
from replication.wire.movement import Route

_PURPOSES = {"staff_meal": "staff_meal", "sample": "sample", "gift": "gift"}


class Use(msgspec.Struct, gc=False):
    """See the module; below zero is what came back. `own` is what the shop used itself, `counted` what counts and adjustments
    found missing."""

    asked: int = 0
    sold: int = 0
    produced: int = 0
    staff_meal: int = 0
    sample: int = 0
    gift: int = 0
    own: int = 0
    written_off: int = 0
    counted: int = 0

    def add(self, cause: str, quantity: int) -> None:
        """So much more for a cause."""
        setattr(self, cause, getattr(self, cause) + quantity)

    @property
    def actual(self) -> int:
        """All that left the shelves, for whatever it was."""
        return (
            self.sold + self.produced + self.staff_meal + self.sample + self.gift + self.own + self.written_off
            + self.counted
        )  # fmt: skip

    def plus(self, other: "Use") -> "Use":
        """Both together."""
        return Use(*(a + b for a, b in zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)))


def uses_of(event: DocumentPosted) -> dict[str, Use]:
    """What a document used, by item."""
    uses: dict[str, Use] = {}
    if event.movements is None and event.type == DocumentType.SALE:
        return uses
    for movement in event.moves():
        line, route = event.lines[movement.line], event.routes[movement.route]
        cause, sign = _cause(event, line, route)
        if cause is None:
            continue
        use = uses.setdefault(line.item, Use())
        use.add(cause, sign * movement.quantity)
        if cause in {"sold", "produced"} and said_in(line.detail, "planned") is None:
            use.asked += sign * movement.quantity
    way = -1 if event.type == DocumentType.REVERSAL else 1
    if (made := said_in(event.detail, "made")) is not None and made.unbuild:
        way = -way
    for line in event.lines:
        planned = said_in(line.detail, "planned")
        if planned:
            uses.setdefault(line.item, Use()).asked += _direction(event, line, way) * planned
    return uses


def _cause(event: DocumentPosted, line: PostedLine, route: Route) -> tuple[str | None, int]:
    """What goods went for, and 1 where they left a shelf, -1 where they came back; None where they were not used."""
    source, destination = is_virtual(route.source), is_virtual(route.destination)
    if source == destination:
        return None, 0
    place, sign = (route.destination, 1) if destination else (route.source, -1)
    match place:
        case Virtual.PRODUCTION if said_in(line.detail, "role") == "component":
            return "produced", sign
        case Virtual.PRODUCTION if line.is_added and said_in(line.detail, "role") is None:
            return "sold", sign
        case Virtual.CONSUMPTION:
            return _PURPOSES.get(said_in(event.detail, "purpose") or "", "own"), sign
        case Virtual.SCRAP:
            return "written_off", sign
        case Virtual.SHRINKAGE:
            return "counted", sign
        case _:
            return None, 0


def _direction(event: DocumentPosted, line: PostedLine, way: int) -> int:
    """Which way what was planned counts: as the line's goods went, else as the document's kind says."""
    index = event.lines.index(line)
    for movement in event.moves():
        if movement.line == index:
            return 1 if not is_virtual(event.routes[movement.route].source) else -1
    return way
