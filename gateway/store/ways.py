"""What a movement touches in the writer's memory: the balances at both its ends, its item's total, and the way between them.

Knows no table; the writer's thread alone touches it.
"""

from replication.wire.digest import weight
from replication.wire.location import is_virtual

Key = tuple[int, int, int]
"""item_id, location_id, lot_id."""
Goods = str | tuple[str, str]
"""An item, or a lot of an item."""


class Cell:
    """A balance as it is inside the open transaction. `seq` is that of the newest entry that changed it, where it was written."""

    __slots__ = ("item", "key", "location", "lot", "quantity", "seq")

    def __init__(self, key: Key, item: str, location: str, lot: str, quantity: int) -> None:
        self.key = key
        self.item = item
        self.location = location
        self.lot = lot
        self.quantity = quantity
        self.seq = 0


class ItemTotal:
    """An item over all physical locations, with its newest movement."""

    __slots__ = ("item_id", "last_movement", "total")

    def __init__(self, item_id: int, total: int, last_movement: int) -> None:
        self.item_id = item_id
        self.total = total
        self.last_movement = last_movement


class Way:
    """What a movement of an item along a route changes: its source and destination, the digest by how much per thousandth
    (`lift`), the physical ones of both with the sign of their change, and the item's total. `seq` is that of the newest entry
    that went it."""

    __slots__ = ("destination", "lift", "physical", "seq", "source", "total")

    def __init__(self, source: Cell, destination: Cell, total: ItemTotal) -> None:
        ends = ((source, -1), (destination, 1))
        self.source = source
        self.destination = destination
        self.lift = sum([sign * weight(cell.item, cell.location, cell.lot) for cell, sign in ends])
        self.physical = tuple([(cell, sign) for cell, sign in ends if not is_virtual(cell.location)])
        self.total = total
        self.seq = 0


def by_item(way: Way) -> int:
    """What ways are written by: those of one item lie together in the file."""
    return way.total.item_id
