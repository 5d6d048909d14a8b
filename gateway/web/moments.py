"""Times as the contract writes them: RFC 3339 in UTC with milliseconds. Knows no time zone of any shop."""

import datetime as dt


def moment(milliseconds: int) -> str:
    """UTC milliseconds since 1970 as text, such as `2026-11-22T09:30:00.125Z`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def moment_of(at: dt.datetime) -> str:
    """The same for an aware datetime."""
    return moment(int(at.timestamp() * 1000))
