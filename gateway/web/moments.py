"""Times as the contract writes them: RFC 3339 in UTC with milliseconds. Knows no time zone of any shop."""

import datetime as dt
import functools


def moment(milliseconds: int) -> str:
    """UTC milliseconds since 1970 as text, such as `2026-11-22T09:30:00.125Z`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@functools.lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    """A busy shop's events come from the same few seconds."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}"


def moment_of(at: dt.datetime) -> str:
    """The same for an aware datetime."""
    return moment(int(at.timestamp() * 1000))
