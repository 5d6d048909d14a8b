"""What all fault tests share: the tally they write into, which of them a run takes, and at what pace."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOT_RUN
from tests.faults.pace import Pace
from tests.faults.tally import Tallied, Told, read_json, table, write_json

EVERYTHING = os.environ.get("KONTOR_FAULTS") == "all"
"""`make faults` sets it; `make test` takes the short selection."""
REPORT = os.environ.get("KONTOR_FAULT_REPORT")
"""Where the table goes as JSON, after each test: a run that is broken off leaves what it knew."""
IS_RESUMED = os.environ.get("KONTOR_FAULTS_RESUME") == "1"
SECONDS = float(os.environ.get("KONTOR_FAULT_SECONDS", "0"))
"""What a bounded run has; 0 is one without a bound."""
TOLD = pytest.StashKey[Told]()
LEFT = pytest.StashKey[list[str]]()
ENDS_AT = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the tally, or takes up that of a run that was broken off."""
    resumed = REPORT is not None and IS_RESUMED and Path(REPORT).exists()
    config.stash[TOLD] = read_json(Path(REPORT)) if REPORT and resumed else Told()
    config.stash[LEFT] = []
    config.stash[ENDS_AT] = time.monotonic() + SECONDS


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `only_in_make_faults` are left out of `make test`, without a word: nothing is missing for them. So is
    what passed before a run was broken off."""
    passed = set(config.stash[TOLD].passed)
    left_out = [
        item
        for item in items
        if item.nodeid in passed or (not EVERYTHING and item.get_closest_marker("only_in_make_faults"))
    ]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT] = [item.nodeid for item in items]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """What a test found is written at once."""
    report = yield
    if call.when == "call" and report.passed:
        told = item.config.stash[TOLD]
        told.passed.append(item.nodeid)
        if REPORT:
            write_json(Path(REPORT), told, dict(item.config.stash[NOT_RUN]))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, and the same as JSON where somebody asked for it; also where the run was interrupted."""
    told = config.stash.get(TOLD, Told())
    for line in table(told.faults):
        terminalreporter.write_line(line)
    if REPORT and told.faults:
        write_json(Path(REPORT), told, dict(config.stash[NOT_RUN]))


Tell = Callable[..., Tallied]


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tell:
    """`tally(row="9", fault="power cut", injected=…, events=…, lost=…, doubled=…, seconds=…)` writes a line."""
    test = request.node.nodeid

    def tell(**facts: Any) -> Tallied:
        one = Tallied(test=test, **facts)
        request.config.stash[TOLD].faults.append(one)
        return one

    return tell


@pytest.fixture
def short() -> bool:
    """Whether this run is the short selection."""
    return not EVERYTHING


@pytest.fixture
def pace(request: pytest.FixtureRequest, short: bool) -> Pace:
    """How often to inject: a bounded run divides what is left of its time by the tests that are left."""
    stash = request.config.stash
    left = stash[LEFT]
    share = None
    if SECONDS:
        tests = len(left) - left.index(request.node.nodeid) if request.node.nodeid in left else 1
        share = max(0.0, stash[ENDS_AT] - time.monotonic()) / tests
    return Pace(short=short, share=share)
