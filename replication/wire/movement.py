"""Movements: a positive quantity of one item, and lot, from one location to another. The ledger's only verb."""

import msgspec

from replication.wire.quantity import Quantity


class Route(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """From where to where. A document lists its few routes once and its movements refer to them by position."""

    source: str
    destination: str


class Movement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`quantity` (positive, base units) of the item of line `line` (0-based) along route `route`."""

    line: int
    route: int
    quantity: Quantity
    lot: str | None = None
    serials: tuple[str, ...] = ()
