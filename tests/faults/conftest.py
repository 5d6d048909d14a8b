"""What all fault tests share: the tally they write into, and which of them a run takes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOT_RUN
from tests.faults.tally import Tallied, table, write_json

EVERYTHING = os.environ.get("KONTOR_FAULTS") == "all"
"""`make faults` sets it; `make test` takes the short selection."""
TALLY = pytest.StashKey[list[Tallied]]()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the tally."""
    config.stash[TALLY] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `only_in_make_faults` are left out of `make test`, without a word: nothing is missing for them."""
    if EVERYTHING:
        return
    left_out = [item for item in items if item.get_closest_marker("only_in_make_faults")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, and the same as JSON where somebody asked for it."""
    tallied = config.stash.get(TALLY, [])
    for line in table(tallied):
        terminalreporter.write_line(line)
    if (path := os.environ.get("KONTOR_FAULT_REPORT")) and tallied:
        write_json(Path(path), tallied, dict(config.stash[NOT_RUN]))


Tell = Callable[..., Tallied]


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tell:
    """`tally(row="9", fault="power cut", injected=…, events=…, lost=…, doubled=…, seconds=…)` writes a line."""
    test = request.node.nodeid

    def tell(**facts: Any) -> Tallied:
        one = Tallied(test=test, **facts)
        request.config.stash[TALLY].append(one)
        return one

    return tell


@pytest.fixture
def short() -> bool:
    """Whether this run is the short selection."""
    return not EVERYTHING
