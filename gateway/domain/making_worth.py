"""What made goods are worth: all that went into them, and nothing else.

What the components were worth at their average is shared out to the last millionth: a by-product bears the share its line
tells (none, where it tells none), the outputs the rest, by quantity. Goods that were scrapped on the way bear nothing, so that
the good ones bear the loss. Goods taken apart, and productions taken back, give their worth to the components by what these
were worth already.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gateway.domain.costing import Valuation, unit_cost
from gateway.domain.document_type import DocumentType
from gateway.domain.told import said_in
from replication.wire.events import DocumentPosted
from replication.wire.location import Virtual, is_virtual
from replication.wire.movement import Movement

_WHOLE: Final = 10_000
_PRODUCTION: Final = DocumentType.PRODUCTION.value


def is_making(event: DocumentPosted) -> bool:
    """Whether goods became others: a production, or one taken back."""
    return _PRODUCTION in (event.type, said_in(event.detail, "reverses"))


def in_order(event: DocumentPosted) -> Sequence[tuple[int, Movement]]:
    """The movements of a document with their places; in a making those first that take goods off the shelves."""
    moves = list(enumerate(event.moves()))
    if is_making(event):
        moves.sort(key=lambda one: is_virtual(event.routes[one[1].route].source))
    return moves


def share_out(event: DocumentPosted, worth: int, find: Callable[[str], Valuation]) -> dict[int, int]:
    """What each movement that brings goods out of production brings with it, of what went in (millionths of a minor unit); by
    its place."""
    coming = [
        (place, movement)
        for place, movement in enumerate(event.moves())
        if event.routes[movement.route].source == Virtual.PRODUCTION
        and not is_virtual(event.routes[movement.route].destination)
    ]
    details = {place: event.lines[movement.line].detail for place, movement in coming}
    weights: dict[int, int] = {}
    shared: dict[int, int] = {}
    sums: dict[int, int] = {}
    for _, movement in coming:
        sums[movement.line] = sums.get(movement.line, 0) + movement.quantity
    for place, movement in coming:
        match said_in(details[place], "role"):
            case "by_product":
                points = min(max(said_in(details[place], "share") or 0, 0), _WHOLE)
                shared[place] = worth * points * movement.quantity // (_WHOLE * sums[movement.line])
            case "component":
                weights[place] = unit_cost(find(event.lines[movement.line].item)) * movement.quantity
            case _:
                weights[place] = int(movement.quantity)
    rest = max(0, worth - sum(shared.values()))
    if not any(weights.values()):
        weights = {place: int(movement.quantity) for place, movement in coming if place in weights}
    whole, reached = sum(weights.values()), 0
    for place, weight in weights.items():
        shared[place] = rest * (reached + weight) // whole - rest * reached // whole
        reached += weight
    return shared


class Making(msgspec.Struct):
    """A making while it is valued: what went in so far, and, once asked, what each movement takes of it."""

    event: DocumentPosted
    find: Callable[[str], Valuation]
    worth: int = 0
    _shares: dict[int, int] | None = None

    def share_of(self, place: int) -> int | None:
        """What a movement brings; None where goods come from elsewhere. After it, nothing more goes in."""
        if self._shares is None:
            self._shares = share_out(self.event, self.worth, self.find)
        return self._shares.get(place)
