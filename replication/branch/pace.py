"""How fast a branch asks: so many questions at once, then no more than so many a second. Pure; the clock is passed in."""

from typing import Final

PULLS_A_SECOND: Final = 20
"""Up to 10,000 entries a second, which is more than a small device writes; a thousand branches that take their history back,
or are nudged without end, ask headquarters no more often than that."""
PULLS_AT_ONCE: Final = 8
"""A day's prices, or what a branch missed in a night, comes without a pause."""


class Pace:
    """`moment` says when the next question may go; `went` that one did. Nothing is saved up beyond `at_once`."""

    def __init__(self, a_second: float = PULLS_A_SECOND, at_once: int = PULLS_AT_ONCE) -> None:
        self._gap = 1 / a_second
        self._slack = (at_once - 1) * self._gap
        self._due = float("-inf")

    def moment(self) -> float:
        """The next question may go at this time of the clock, or later."""
        return self._due - self._slack

    def went(self, now: float) -> None:
        """A question went."""
        self._due = max(self._due, now) + self._gap
