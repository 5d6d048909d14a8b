"""The site's day, from the clock that is passed in."""

from zoneinfo import ZoneInfo

from gateway.domain.calendar import NO_CALENDAR, Calendar

LATE = 1_795_449_600_000
"""16:00 of a day in UTC, which is the midnight after it in Shanghai."""


def test_the_day_is_that_of_the_site() -> None:
    """Midnight there, not in Greenwich."""
    assert Calendar(lambda: LATE).today() == "2026-11-23"
    assert Calendar(lambda: LATE, ZoneInfo("Asia/Shanghai")).today() == "2026-11-24"


def test_near_is_asked_only_where_the_site_asks() -> None:
    """So many days from the site's day on."""
    assert Calendar(lambda: LATE).near() == ""
    assert Calendar(lambda: LATE, near_days=8).near() == "2026-12-01"


def test_without_a_clock_nothing_has_expired() -> None:
    """A gateway whose clock begins at 1970 sells on."""
    assert NO_CALENDAR.today() == "1970-01-01"
