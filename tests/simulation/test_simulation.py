"""Whatever lines, cards, power and people do: each acknowledged sale reaches headquarters once, and all figures agree.

`make sim SEED=n` tells the story of a failing seed again. SEEDS=n in the environment tells that many instead.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.simulation.beside import FULL, SEEDS
from tests.simulation.coverage import REQUIRED
from tests.simulation.many import Told, summed, tell_many
from tests.simulation.story import EVENTS_MIN, FAULTS_MIN, KINDS_MIN, Report, tell


def _is_full_size(report: Report) -> bool:
    return (
        report.branches >= 2
        and report.events >= EVENTS_MIN
        and sum(report.faults.values()) >= FAULTS_MIN
        and len(report.faults) >= KINDS_MIN
    )


@pytest.mark.slow
def test_every_story_keeps_every_promise(
    told_beside: list[Told], record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Thousands of stories, each full of faults, end with every promise kept, and walk every path of the machines."""
    beside = sum(len(part.reports) + len(part.failures) for part in told_beside)
    told = summed([*told_beside, *tell_many(range(beside + 1, SEEDS + 1))])
    seeds = [report.seed for report in told.reports] + [seed for seed, _, _ in told.failures]
    assert sorted(seeds) == list(range(1, SEEDS + 1)), "a story was left out"
    faults: Counter[str] = Counter()
    for report in told.reports:
        faults.update(report.faults)
    events = sum(report.events for report in told.reports)
    record_property("events", events)
    record_property("faults", dict(faults))
    with capsys.disabled():
        print(
            f"\n{len(told.reports)} stories, {events} events, {faults.total()} faults of {len(faults)} kinds;"
            f" {beside} of them were told beside other tests"
        )
        for step, count in sorted(told.steps.items()):
            print(f"{count:10d}  {step}")
    failures = [f"SEED={seed}: {why}; tell it again with: make sim SEED={seed}" for seed, why, _ in told.failures]
    assert failures == []
    assert [report.seed for report in told.reports if not _is_full_size(report)] == []
    if SEEDS >= FULL:
        assert [step for step in REQUIRED if not told.steps.get(step)] == [], "steps that no story took"


def test_the_same_seed_is_the_same_story() -> None:
    """What is told again is told alike, word by word."""
    assert tell(5).story == tell(5).story
