"""What is usual for an item, and what fingers do to a number. Knows no cause."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.domain.explain_history import History
from replication.wire.quantity import THOUSANDTHS

FEW: Final = 1
"""So many other lines of a type make something usual: where there is little to go by, one says more than none."""


def median(values: Sequence[int]) -> int:
    """The middle one of some whole numbers."""
    return sorted(values)[len(values) // 2]


def usual_of(history: History, type_: str, except_seq: int) -> int | None:
    """What a line of the item usually moves in documents of that type; None where there are too few to say."""
    found = [abs(line.base) for said, line in history.lines(type_) if said.seq != except_seq and line.base]
    return median(found) if len(found) >= FEW else None


def most_of(history: History, type_: str, except_seq: int) -> int:
    """The most another line of the item ever moved in a document of that type."""
    return max((abs(line.base) for said, line in history.lines(type_) if said.seq != except_seq), default=0)


def is_near(value: int, other: int, times_ten: int) -> bool:
    """Whether neither is more than `times_ten` tenths of the other."""
    smaller, larger = sorted((abs(value), abs(other)))
    return smaller > 0 and larger * 10 <= smaller * times_ten


def slips(thousandths: int) -> Iterator[int]:
    """What somebody may have meant who typed this: a digit too many or too few, two digits the other way round."""
    whole, rest = divmod(abs(thousandths), THOUSANDTHS)
    yield abs(thousandths) * 10
    if abs(thousandths) % 10 == 0:
        yield abs(thousandths) // 10
    if rest:
        text, places = f"{whole}{rest:03d}".rstrip("0"), len(f"{rest:03d}".rstrip("0"))
        scale = 10 ** (3 - places)
    else:
        text, scale = str(whole), THOUSANDTHS
    for other in _misread(text):
        value = int(other) * scale
        if value and value != abs(thousandths):
            yield value


def _misread(text: str) -> Iterator[str]:
    for place in range(len(text) - 1):
        if text[place] != text[place + 1]:
            yield text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        else:
            yield text[:place] + text[place + 1 :]
    for place in range(len(text)):
        yield text[: place + 1] + text[place:]


def gaps(times: Sequence[int]) -> list[int]:
    """The times between some moments, in order."""
    return [later - earlier for earlier, later in itertools.pairwise(times)]
