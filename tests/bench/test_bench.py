"""The bench itself runs from end to end, with counts too small to time anything; and its table says what it means."""

import subprocess
import sys

import pytest

from tests.bench.report import Goal, Row, Section, table
from tests.bench.sales import sales
from tests.bench.servers import ROOT


@pytest.mark.slow
@pytest.mark.needs("nats-server")
def test_every_part_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for title in (
        "1. Durable", "2. The same in process", "3. A scan", "4. To headquarters", "5. A month without a line",
        "6. Start, memory, disk", "7. A grown shop", "8. Import of",
        "9. A frame of a scale", "10. A counter",
    ):  # fmt: skip
        assert title in done.stdout


def test_the_same_seed_gives_the_same_sales() -> None:
    assert list(sales(20, 300)) == list(sales(20, 300))


def test_a_goal_is_told_by_its_ratio_or_its_figure() -> None:
    row = Row(
        "x", "sales/s", (400.0,), (100.0,), "peer", (Goal(at_least=3.5, stretch=5, ratio=True), Goal(at_most=399))
    )
    assert row.verdicts() == [("≥ 3.5x (5x)", "reached"), ("≤ 399", "not reached")]
    assert "not reached" in table([Section("Title", [row])])


def test_a_figure_that_could_not_be_taken_reaches_nothing() -> None:
    assert Goal(at_most=1).verdict(float("nan")) == "not measured"
