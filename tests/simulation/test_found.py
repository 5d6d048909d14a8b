"""Stories that once broke a promise, told again."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("seed", "events"),
    [
        pytest.param(1000780, 1000, id="a restored headquarters gave the number of an epoch to two devices"),
        pytest.param(506, 300, id="two histories of a branch that both begin above the position they part at"),
        pytest.param(1000640, 1000, id="what was received on a lost card is on its way again after a cancel"),
    ],
)
def test_a_story_that_broke_a_promise_keeps_it(seed: int, events: int) -> None:
    """Most were found by `make fault-report`."""
    command = [sys.executable, "-m", "tests.simulation", str(seed), "--events", str(events)]
    told = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert told.returncode == 0, told.stdout[-3000:]
