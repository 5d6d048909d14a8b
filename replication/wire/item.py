"""What is sold: an item with its base unit, packs and barcodes. SKUs are chain-wide; an item is a journal event too."""

import enum

import msgspec

from replication.wire.quantity import Quantity


class Tracking(enum.StrEnum):
    """What has to be named when goods of an item move."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


class Pack(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A bigger unit of an item, such as a box of 24. `factor` is base units per pack, a whole number of units."""

    unit: str
    factor: Quantity
    barcode: str | None = None


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One article. `price` is in minor units per base `unit`; `low_below` marks when stock counts as low;
    `whole`: it is not parted, so that only whole base units move; `tax` is the class a site's settings give a rate, without one the site's usual. `keep_below`
    is the temperature it must not pass on its way here, in thousandths of a degree Celsius."""

    sku: str
    name: str
    unit: str
    price: int
    name_zh: str | None = None
    barcodes: tuple[str, ...] = ()
    packs: tuple[Pack, ...] = ()
    tracking: Tracking = Tracking.NONE
    weighed: bool = False
    category: str | None = None
    category_zh: str | None = None
    low_below: Quantity | None = None
    whole: bool = False
    tax: str | None = None
    keep_below: int | None = None

    def pack(self, unit: str) -> Pack | None:
        """The pack of that unit name, if the item has one."""
        for pack in self.packs:
            if pack.unit == unit:
                return pack
        return None
