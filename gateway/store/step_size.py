"""How much of headquarters' history one transaction takes: much while nobody waits for the writer, little as soon as somebody
does. Pure; told after each step how many other commands the writer had meanwhile."""

from typing import Final

STEP_BYTES: Final = 8 * 1024
"""Payloads taken in one step, at least: about a hundred sales, some ten milliseconds of the writer."""
STEP_BYTES_MAX: Final = 64 * 1024
"""... and at most while the shop may sell: the sale that comes just then waits for some eighty."""
ALONE_BYTES_MAX: Final = 512 * 1024
"""... and where nobody sells, as in `kontor rejoin`: a million sales cost two hundred flushes instead of ten thousand, and the
log of one step stays within some megabytes."""


class StepSize:
    """`bytes` is what the next step takes."""

    def __init__(self, least: int = STEP_BYTES, most: int = STEP_BYTES_MAX) -> None:
        self._least = least
        self._most = max(least, most)
        self.bytes = least

    def after(self, others: int) -> None:
        """A step is done; so many other commands came meanwhile."""
        self.bytes = self._least if others else min(self._most, self.bytes * 2)
