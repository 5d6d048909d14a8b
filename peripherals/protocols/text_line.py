"""Lines of text as scales print them: cut at their end, plain ASCII, of bounded length. Refuses to know what they say.

A line ends with CR LF, CR or LF, and some scales put more of them around it. One without an end was cut off and is none.
"""

import re
from typing import Final

from peripherals.protocols.scale_protocol import NO_START, WAIT, masked

LINE_BYTES_MAX: Final = 80
"""The longest print line of a manual (identity, date, time and weight of A&D's CSV) is under seventy."""

_ACCOMPANYING: Final = re.compile(
    r"[ *=_-]*"
    r"|[A-Za-z][A-Za-z0-9 ./#()%-]{0,23}[:=].*"
    r"|(?:scale|model|mod|type|ser|s/n|sn|id|user|date|time|no|total|unit|version|ver|sw|rev|ohaus|adam|sartorius|bal|"
    r"balance|operator|project|lot|name|signature|menu|item|batch|sample|application|site|low|accept|over)\b.*"
    r"|\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?: +\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?(?: *[AP]M)?",
    re.ASCII | re.IGNORECASE,
)


def cut_line(held: bytes) -> int:
    """A frame is all up to the first CR or LF; the rest of a CR LF is nothing between two lines."""
    if held[0] in b"\r\n":
        return NO_START
    ends = [at for at in (held.find(b"\r"), held.find(b"\n")) if at >= 0]
    return min(ends) + 1 if ends else WAIT


def line_of(frame: bytes) -> str | None:
    """The line without its end; None when it has none, is too long, or holds anything but printable ASCII."""
    frame = masked(frame)
    if frame[-1:] not in {b"\r", b"\n"}:
        return None
    text = frame.strip(b"\r\n").decode("ascii")
    return text if len(text) <= LINE_BYTES_MAX and text.isprintable() else None


def accompanies(text: str) -> bool:
    """Whether it is one of the lines that printing scales put around a weight: a heading, a date, a number of a sample."""
    return _ACCOMPANYING.fullmatch(text.strip(" ")) is not None
