"""The last readings of all scales, by id. A sale names the reading it used, and the ledger checks it here."""

from collections import OrderedDict
from datetime import datetime

import msgspec

from peripherals.events import Weighed

READINGS_MAX = 256
"""A reading is one settled weighing, so this is more than an hour of a busy counter."""


class Reading(msgspec.Struct, frozen=True):
    """Which scale said it, and when."""

    device: str
    weighed: Weighed
    at: datetime


class Readings:
    """Bounded memory; the oldest is forgotten."""

    def __init__(self) -> None:
        """Empty: readings do not outlive the process, and a sale that names an older one is for a person to judge."""
        self._by_id: OrderedDict[str, Reading] = OrderedDict()

    def keep(self, reading: Reading) -> None:
        """Remembers it."""
        self._by_id[reading.weighed.reading] = reading
        while len(self._by_id) > READINGS_MAX:
            self._by_id.popitem(last=False)

    def find(self, reading_id: str) -> Reading | None:
        """The reading of that id, if it is remembered."""
        return self._by_id.get(reading_id)
