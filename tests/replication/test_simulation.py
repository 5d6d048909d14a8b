"""Whatever the line, crashes and a forgetful server do: each event reaches headquarters once, in order, and all figures agree."""

import os
from collections import Counter
from collections.abc import Callable

import pytest

from tests.replication.simulator import simulate

FIRST_SEED = int(os.environ.get("SEED", "1"))
SEEDS = 1 if "SEED" in os.environ else 240
CHUNK = 20


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, CHUNK))
def test_every_story_converges(first: int, record_property: Callable[[str, object], None]) -> None:
    faults: Counter[str] = Counter()
    events = 0
    for seed in range(first, first + min(CHUNK, SEEDS)):
        try:
            report = simulate(seed)
        except BaseException as error:
            raise AssertionError(f"SEED={seed} fails; tell it again with SEED={seed} pytest {__file__}") from error
        faults += report.faults
        events += report.events
    record_property("events", events)
    record_property("faults", dict(faults))
    assert sum(faults.values()) >= min(CHUNK, SEEDS)
