"""Two-digit years and days of codes, as GS1 reads them. Asks no clock: the year it is now is passed in."""

_CENTURY: int = 100


def days_in(year: int, month: int) -> int:
    """How many days a month has; a two-digit year is of this century or the next turn, whose leap years fall alike."""
    if month == 2:
        leap = year % 4 == 0 and (year < _CENTURY or year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in {4, 6, 9, 11} else 31


def full_year(two_digits: int, now: int) -> int:
    """The year of two digits nearest to now: 49 years back to 50 ahead (General Specifications 7.12)."""
    year = now - now % _CENTURY + two_digits
    if year - now > 50:
        return year - _CENTURY
    return year + _CENTURY if year - now < -49 else year


def iso_day(yymmdd: str, now: int) -> str | None:
    """YYMMDD as an ISO date; day 00 is the month's last (General Specifications 3.4). None where there is no such day."""
    if len(yymmdd) != 6 or not (yymmdd.isascii() and yymmdd.isdigit()):
        return None
    year, month, day = full_year(int(yymmdd[:2]), now), int(yymmdd[2:4]), int(yymmdd[4:])
    if not 1 <= month <= 12 or day > days_in(year, month):
        return None
    return f"{year:04d}-{month:02d}-{day or days_in(year, month):02d}"
