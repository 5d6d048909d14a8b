"""What is to be counted and when: ABC classes by the value of issues, who counts which item today, and when a count must be
made twice. Pure: figures are passed in, and no shelf is known here."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

PERMILLE: Final = 1000


class CountClass(enum.StrEnum):
    """How much an item's issues weigh among all."""

    A = "A"
    B = "B"
    C = "C"


class ClassRule(msgspec.Struct, frozen=True):
    """A class reaches up to `share` (‰) of the value of all issues, is counted every `days`, and a count off by more than
    `tolerance` (‰ of the book, rounded up to a thousandth of a unit) is made a second time."""

    share: int
    days: int
    tolerance: int


class CountRules(msgspec.Struct, frozen=True):
    """How a site counts. `people` count in turn; without them, whoever asks takes the next items."""

    trailing_days: int = 90
    list_max: int = 20
    people: tuple[str, ...] = ()
    a: ClassRule = ClassRule(800, 7, 0)
    b: ClassRule = ClassRule(950, 30, 10)
    c: ClassRule = ClassRule(1000, 91, 20)

    def of(self, class_: CountClass) -> ClassRule:
        """The rule of a class."""
        return {CountClass.A: self.a, CountClass.B: self.b, CountClass.C: self.c}[class_]


def classify(values: Mapping[int, int], rules: CountRules) -> dict[int, CountClass]:
    """The class of each item that was issued, dearest first: the one that crosses a threshold still belongs to the class
    before it. What was never issued is not named: it is C."""
    whole = sum(value for value in values.values() if value > 0)
    classes: dict[int, CountClass] = {}
    before = 0
    for item, value in sorted(values.items(), key=lambda pair: (-pair[1], pair[0])):
        if value <= 0 or before * PERMILLE >= rules.b.share * whole:
            classes[item] = CountClass.C
        else:
            classes[item] = CountClass.A if before * PERMILLE < rules.a.share * whole else CountClass.B
        before += max(value, 0)
    return classes


class Reason(enum.StrEnum):
    """Why an item is on a list; the first one that holds, in this order."""

    NEGATIVE = "negative"
    DIFFERENCE = "difference"
    NEVER = "never"
    DUE = "due"


_URGENT: Final = {Reason.NEGATIVE: 0, Reason.DIFFERENCE: 1}


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """An item at a location: whether the book is below zero there, the day of its last count, and whether that was off."""

    item: int
    class_: CountClass
    negative: bool = False
    counted_day: int | None = None
    differed: bool = False


class Due(msgspec.Struct, frozen=True, gc=False):
    """An item that should be counted today, and why."""

    item: int
    class_: CountClass
    reason: Reason


def due_today(candidates: Iterable[Candidate], today: int, rules: CountRules) -> list[Due]:
    """What is due, most urgent first: below zero, off at its last count, then by class and longest uncounted."""
    found: list[tuple[tuple[int, CountClass, int, int], Due]] = []
    for one in candidates:
        reason = _reason(one, today, rules)
        if reason is not None:
            last = -1 if one.counted_day is None else one.counted_day
            found.append(((_URGENT.get(reason, 2), one.class_, last, one.item), Due(one.item, one.class_, reason)))
    return [due for _, due in sorted(found, key=lambda pair: pair[0])]


def _reason(one: Candidate, today: int, rules: CountRules) -> Reason | None:
    if one.counted_day is not None and one.counted_day >= today:
        return None
    if one.negative:
        return Reason.NEGATIVE
    if one.differed:
        return Reason.DIFFERENCE
    if one.counted_day is None:
        return Reason.NEVER
    return Reason.DUE if today - one.counted_day >= rules.of(one.class_).days else None


def deal(due: Sequence[Due], person: str, rules: CountRules) -> list[Due]:
    """The part of a person: the people of the site in turn, one item each; whoever is not among them takes from the top."""
    people = rules.people
    if person not in people:
        return list(due[: rules.list_max])
    return list(due[people.index(person) :: len(people)][: rules.list_max])


def needs_second(counted: int, expected: int, rule: ClassRule) -> bool:
    """Whether a first count is so far off the book that it must be made again, by the same or another person."""
    return abs(counted - expected) * PERMILLE > rule.tolerance * abs(expected)
