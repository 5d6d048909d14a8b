"""How often a fault test injects its fault: a few times in `make test`, often in `make faults`, and in a run that is bounded
by `--minutes` as often as its share of the time allows, never fewer times than it takes to know something.
"""

import time
from collections.abc import Iterator


class Rounds:
    """Counts while it is gone through: `for number in rounds`, then `rounds.done`."""

    def __init__(self, least: int, most: int, ends_at: float) -> None:
        self._least, self._most, self._ends_at = least, most, ends_at
        self.done = 0

    def __iter__(self) -> Iterator[int]:
        while self.done < self._least or (self.done < self._most and time.monotonic() < self._ends_at):
            yield self.done
            self.done += 1


class Pace:
    """One test's. `share` is its part of a bounded run in seconds, None in one without a bound."""

    def __init__(self, *, short: bool, share: float | None) -> None:
        self.short, self.share = short, share

    @property
    def bounded(self) -> bool:
        """Whether the run has a bound: what only repeats a wait may be left out."""
        return self.share is not None

    def rounds(self, *, most: int, least: int, short: int = 1) -> Rounds:
        """`least` is chosen so that the tests of one row come to ten together."""
        if self.short:
            return Rounds(short, short, 0.0)
        if self.share is None:
            return Rounds(most, most, 0.0)
        return Rounds(least, most, time.monotonic() + self.share)

    def seconds(self, *, short: float, most: float) -> float:
        """For a test that injects as many as it can."""
        if self.short:
            return short
        return most if self.share is None else max(short, min(most, self.share))
