"""When a receiver of alerts is told: not in its quiet hours, and later after each try that failed. Pure: the minute and the number
of tries are passed in."""

from typing import Final, Literal

import msgspec

from gateway.domain.alerts import Severity

RETRY_SECONDS_FIRST: Final = 30
RETRY_SECONDS_MAX: Final = 3600
"""A line that is down is tried again within an hour of its coming back, for ever: what waits is bounded, not the tries."""
QUEUE_MAX: Final = 200
"""Alerts that wait for a receiver one by one; older ones are only counted by their kind."""
LINES_MAX: Final = 20
"""Alerts a message tells in full: more is read on the page."""

TellIn = Literal["en", "zh", "both"]


class Quiet(msgspec.Struct, frozen=True):
    """Hours in which nobody is woken: from a minute of the site's day up to another, over midnight where the first is later."""

    from_minute: int
    to_minute: int

    def covers(self, minute: int) -> bool:
        """Whether it is quiet at that minute."""
        if self.from_minute <= self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


class Receiver(msgspec.Struct, frozen=True):
    """Somebody who is told. Where they are reached is not known here: it is a secret."""

    name: str
    least: Severity = Severity.WARNING
    language: TellIn = "both"
    quiet: Quiet | None = None
    urgent_always: bool = True

    def awake_for(self, severity: Severity, minute: int) -> bool:
        """Whether an alert of that severity is told at a minute of the site's day."""
        if self.quiet is None or not self.quiet.covers(minute):
            return True
        return self.urgent_always and severity is Severity.URGENT


def pause_after(tries: int) -> int:
    """Seconds until the next try after so many failed ones in a row."""
    assert tries > 0, "asked after a failed try"
    return min(RETRY_SECONDS_FIRST << min(tries - 1, 20), RETRY_SECONDS_MAX)
