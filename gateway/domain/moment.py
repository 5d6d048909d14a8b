"""A moment as a program writes it: RFC 3339 with an offset, read into UTC milliseconds. Reads no clock."""

import datetime as dt
from typing import Final

TIME_MAX: Final = 253_370_764_799_999
"""Through the year 9998: every time zone can still show it, and years have four digits."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def text_of(milliseconds: int) -> str:
    """A moment as it is read."""
    return (_EPOCH + dt.timedelta(milliseconds=milliseconds)).isoformat()


def milliseconds_of(text: str) -> int | None:
    """None where it is no such moment. Nothing happened before 1970: a clock without battery begins there."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    since = moment - _EPOCH
    milliseconds = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return milliseconds if 0 <= milliseconds <= TIME_MAX else None
