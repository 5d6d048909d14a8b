"""Where goods are. Physical places of a branch, and the virtual ones that make every movement cancel out."""

import enum
import re
from typing import Final

LOCATION_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)


class Virtual(enum.StrEnum):
    """Places that are not shelves. Goods come from them or go to them, so that all locations together sum to zero."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    IN_TRANSIT = "in-transit"
    SCRAP = "scrap"
    PRODUCTION = "production"
    CONSUMPTION = "consumption"
    SHRINKAGE = "shrinkage"
    OPENING = "opening"
    TRANSFER_SHORT = "transfer-short"
    TRANSFER_OVER = "transfer-over"
    TRANSFER_DAMAGED = "transfer-damaged"


SHOP: Final = "shop"
"""The physical location a document means when it names none."""

INSPECTION: Final = "inspection"
"""Physical, but not sellable: returned goods that somebody still has to look at."""

REJECTED: Final = "rejected"
"""Physical, but not sellable: goods that came damaged or failed inspection, and wait for their supplier or for scrap."""

UNSELLABLE: Final = frozenset({INSPECTION, REJECTED})
"""Physical places whose goods do not count as available."""

_VIRTUAL: Final = frozenset(member.value for member in Virtual)


def is_virtual(location: str) -> bool:
    """Whether a location is one of the virtual ones; every other name is a physical place."""
    return location in _VIRTUAL


def is_sellable(location: str) -> bool:
    """Whether goods there count as available for sale."""
    return location not in _VIRTUAL and location not in UNSELLABLE
