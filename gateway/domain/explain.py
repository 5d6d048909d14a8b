"""Why an item's figure is what it is: where it went below zero, what moved around it, and where that likely comes from.

One set of detectors serves two questions: a figure below zero or in doubt, and a difference that a count found.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from gateway.domain import (
    explain_arriving,
    explain_counted,
    explain_doubled,
    explain_mistyped,
    explain_mixed_up,
    explain_unbooked,
)
from gateway.domain.explain_finding import DAY, CauseCode, Finding, Gap
from gateway.domain.explain_history import History, Said, Step

CAUSES_MAX: Final = 5
"""More guesses than that are no help to whoever looks into a shelf."""
DOUBTED_DAYS: Final = 90
"""A figure that is not below zero is doubted because of what happened within a quarter."""

Detector = Callable[[History, Gap], Iterable[Finding]]
"""Given a history and how far the book is off, the causes that would explain it."""

DETECTORS: Final[tuple[Detector, ...]] = (
    *explain_arriving.DETECTORS, *explain_mistyped.DETECTORS, *explain_doubled.DETECTORS, *explain_mixed_up.DETECTORS,
    *explain_unbooked.DETECTORS, *explain_counted.DETECTORS,
)  # fmt: skip


class Counting(msgspec.Struct, frozen=True):
    """The newest count of the item, and what it found."""

    said: Said
    counted: int
    expected: int


class Explanation(msgspec.Struct, frozen=True):
    """`below`: the movement that went below zero since the figure was last at or above it, while it still is; else the newest
    that ever did within the window. `first_below`: the first that ever did. `lowest` is how low it came since `below`."""

    below: Step | None
    first_below: Step | None
    lowest: int
    counted: Counting | None
    gap: Gap
    causes: tuple[Finding, ...]


def explain(history: History, *, most: int = CAUSES_MAX) -> Explanation:
    """What is known of a figure."""
    below, lowest = _went_below(history.steps)
    counted = _last_count(history)
    gap = _gap(history, below, lowest, counted)
    first = history.first_below or next((step for step in history.steps if step.balance < 0), None)
    return Explanation(below, first, lowest, counted, gap, find_causes(history, gap, most=most))


def find_causes(history: History, gap: Gap, *, most: int = CAUSES_MAX) -> tuple[Finding, ...]:
    """The likeliest causes, each once, with the likeliest evidence it has."""
    best: dict[CauseCode, Finding] = {}
    for detect in DETECTORS:
        for found in detect(history, gap):
            known = best.get(found.code)
            if found.score > 0 and (known is None or found.score > known.score):
                best[found.code] = found
    return tuple(sorted(best.values(), key=lambda one: -one.score)[:most])


def _went_below(steps: tuple[Step, ...]) -> tuple[Step | None, int]:
    """The movement that began the newest stretch below zero, and the lowest figure of that stretch."""
    below: Step | None = None
    lowest = 0
    for before, step in zip((None, *steps), steps, strict=False):
        if step.balance >= 0:
            continue
        if before is None or before.balance >= 0:
            below, lowest = step, step.balance
        lowest = min(lowest, step.balance)
    return below, lowest


def _last_count(history: History) -> Counting | None:
    newest: Counting | None = None
    for said, line in history.lines("stock_count"):
        if line.expected is None:
            continue
        same = newest is not None and newest.said.seq == said.seq
        counted, expected = (newest.counted, newest.expected) if same and newest is not None else (0, 0)
        newest = Counting(said, counted + line.base, expected + line.expected)
    return newest


def _gap(history: History, below: Step | None, lowest: int, counted: Counting | None) -> Gap:
    """Below zero now, or lately: at least so much is missing. Else what the newest count found, or nothing that is known."""
    if history.on_hand < 0 and below is not None:
        return Gap(below.seq, below.at, least=-min(lowest, history.on_hand))
    lately = history.now - DOUBTED_DAYS * DAY
    if below is not None and below.at >= lately and (counted is None or counted.said.seq < below.seq):
        return Gap(below.seq, below.at, least=-lowest)
    if counted is not None and counted.said.at >= lately and counted.counted != counted.expected:
        return Gap(counted.said.seq - 1, counted.said.at, exact=counted.counted - counted.expected)
    return Gap(history.head_seq, history.now)
