"""Promises P1 and P2 on real parts: SIGKILL to everything, again and again, while four clients sell; and to a branch that takes
tables in."""

import os
from pathlib import Path

import pytest

from tests.crash import importing
from tests.crash.story import run

IMPORTS_KILLED = 3
"""One of each kind; `make soak` kills many more."""
KILLS = 20
"""A cycle of kill and start takes two to four seconds on two cores."""


@pytest.mark.slow
def test_every_acknowledged_sale_survives_being_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each acknowledged sale is at the branch and at headquarters exactly once, and `kontor verify` is clean."""
    seed = int(os.environ.get("KONTOR_CRASH_SEED", "20261122"))
    count = run(tmp_path / "home", seed=seed, kills=KILLS, pause_seconds=(0.1, 1.5))
    with capsys.disabled():
        print("", count.line(), *count.wrong, sep="\n")
    assert count.wrong == []
    assert count.kills == KILLS
    assert count.acknowledged > KILLS


def test_a_table_comes_in_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed at a random moment, it has not begun or is carried to its end, each row once; it may be sent again either way."""
    seed = int(os.environ.get("KONTOR_CRASH_SEED", "20261122"))
    count = importing.run(tmp_path / "home", seed=seed, rounds=IMPORTS_KILLED)
    with capsys.disabled():
        print("", count.line(), *count.wrong, sep="\n")
    assert count.wrong == []
    assert count.kills == IMPORTS_KILLED
