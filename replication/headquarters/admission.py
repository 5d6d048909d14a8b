"""How many hellos headquarters takes at a time, and when those beyond it are to come again: pure, given the moment.

Who is refused is given a place in the queue by its moment, and is let in when it comes then: all branches of a chain that
come at once are answered one after another, each after one refusal, and none is pushed back by those that come later.
"""

from typing import Final

import msgspec

OWN_IN_A_ROW: Final = 24
"""Hellos of one branch one after another: the twelve questions that find where two histories part, twice over."""
OWN_SECONDS: Final = 1.0
"""From one to the next after those: a branch that asks without end takes nobody else's place."""
ALL_IN_A_ROW: Final = 200
"""Hellos of all branches one after another: a chain of that size comes back at once after a restart."""
ALL_SECONDS: Final = 0.01
"""From one to the next after those: a hello is a few milliseconds of the writer, which has batches to apply as well."""
WAIT_SECONDS_MAX: Final = 60.0
"""The longest wait that is said; whoever would wait longer asks again after it, and is given a place then."""
WAIT_SECONDS_MIN: Final = 0.001
"""Waits are said in milliseconds."""
NAMES_MAX: Final = 4096
"""Branches remembered at a time; beyond it those whose time has passed are forgotten, which only costs them their place."""


class _Pace(msgspec.Struct):
    """So many at once, and then one each `every` seconds. `until` is when all that were let in are worked off."""

    in_a_row: int
    every: float
    until: float = 0.0

    def wait(self, now: float) -> float:
        """How long the next one has to wait; 0: not at all."""
        waits = self.until - now - (self.in_a_row - 1) * self.every
        return waits if waits >= WAIT_SECONDS_MIN else 0.0

    def take(self, now: float) -> None:
        """The next one is let in, or is promised its place."""
        self.until = max(self.until, now) + self.every


class Admission:
    """Ask `wait` at every hello; seconds by any clock that never goes back."""

    def __init__(self) -> None:
        self._all = _Pace(ALL_IN_A_ROW, ALL_SECONDS)
        self._own: dict[str, _Pace] = {}
        self._promised: dict[str, float] = {}

    def wait(self, branch: str, now: float) -> float:
        """How many seconds a branch that asks now is to wait before it asks again; 0: it is answered."""
        if len(self._own) >= NAMES_MAX:
            self._own = {name: pace for name, pace in self._own.items() if pace.until > now}
            self._promised = {name: at for name, at in self._promised.items() if at > now}
        own = self._own.setdefault(branch, _Pace(OWN_IN_A_ROW, OWN_SECONDS))
        waits = own.wait(now) or self._wait_for_a_place(branch, now)
        if not waits:
            own.take(now)
        return min(waits, WAIT_SECONDS_MAX)

    def _wait_for_a_place(self, branch: str, now: float) -> float:
        promised = self._promised.get(branch)
        if promised is not None:
            if now >= promised:
                del self._promised[branch]
            return max(0.0, promised - now)
        waits = self._all.wait(now)
        if waits < WAIT_SECONDS_MAX:
            self._all.take(now)
            if waits:
                self._promised[branch] = now + waits
        return waits
