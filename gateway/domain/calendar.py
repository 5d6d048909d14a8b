"""The day it is at the site, by the clock that is passed in: what has expired depends on it. Reads no clock itself."""

import datetime as dt
from collections.abc import Callable
from typing import Final

import msgspec


def _no_clock() -> int:
    return 0


class Calendar(msgspec.Struct, frozen=True):
    """`clock` gives UTC milliseconds, `zone` is where the site stands. `near_days`: an expiry so many days away is near;
    None where the site does not ask."""

    clock: Callable[[], int] = _no_clock
    zone: dt.tzinfo = dt.UTC
    near_days: int | None = None

    def today(self) -> str:
        """The site's day, YYYY-MM-DD."""
        return self._day().isoformat()

    def near(self) -> str:
        """An expiry up to this day is near; empty where the site does not ask."""
        if self.near_days is None:
            return ""
        return (self._day() + dt.timedelta(days=self.near_days)).isoformat()

    def after(self, days: int) -> str:
        """The day so many days from today; the last there is where that is beyond."""
        return dt.date.fromordinal(min(self._day().toordinal() + days, dt.date.max.toordinal())).isoformat()

    def _day(self) -> dt.date:
        return (_EPOCH + dt.timedelta(milliseconds=self.clock())).astimezone(self.zone).date()


_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NO_CALENDAR: Final = Calendar()
"""Where nobody said what day it is: the first day of 1970, on which nothing in a shop has expired."""
