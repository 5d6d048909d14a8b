"""The scales' last readings, as the ledger asks for them, and which of them were sold."""

from collections import OrderedDict

from gateway.domain.scale_reading import ScaleReading
from peripherals.hub import Hub
from peripherals.readings import READINGS_MAX


class ScaleReadings:
    """Of the hub's scales. What was sold is remembered as long as a reading is: behind it nothing can be sold twice."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._sold: OrderedDict[str, bytes] = OrderedDict()

    def find(self, reading: str) -> ScaleReading | None:
        """What a scale said; None for a reading no longer remembered."""
        found = self._hub.weight(reading)
        if found is None:
            return None
        weight = found.weighed.weight
        return ScaleReading(weight.thousandths, weight.unit, self._sold.get(reading))

    def sold(self, reading: str, document: bytes) -> None:
        """It is a line of a posted sale; the first one stands."""
        self._sold.setdefault(reading, document)
        while len(self._sold) > READINGS_MAX:
            self._sold.popitem(last=False)
