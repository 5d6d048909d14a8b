"""What is usual for an item, and what fingers do to a number. Knows no cause."""

import bisect
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


class Habits:
    """What lines of an item move, by type of document, and what stood there before each: worked out once for many questions."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._lines: dict[str, list[int]] = {}
        self._steps = {(step.seq, step.quantity): step.balance - step.quantity for step in history.steps}

    def usual(self, type_: str, own: int) -> int | None:
        """What another line than this one usually moves in documents of a type; None where there are too few to say."""
        lines = self._of(type_)
        if len(lines) <= FEW:
            return None
        middle = (len(lines) - 1) // 2
        return lines[middle] if middle < bisect.bisect_left(lines, own) else lines[middle + 1]

    def most(self, type_: str, own: int) -> int:
        """The most another line than this one ever moved in a document of that type."""
        lines = self._of(type_)
        if len(lines) < 2:
            return 0
        return lines[-2] if lines[-1] == own else lines[-1]

    def stood(self, seq: int, quantity: int) -> int | None:
        """What the book had just before an entry moved so much."""
        return self._steps.get((seq, quantity))

    def _of(self, type_: str) -> list[int]:
        if type_ not in self._lines:
            self._lines[type_] = sorted(line.base for _, line in self._history.lines(type_) if line.base > 0)
        return self._lines[type_]


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
