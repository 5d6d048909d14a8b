"""The catalogue names every fault once, and every test it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    line.split(" | ")
    for line in (ROOT / "docs" / "fault-catalogue.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def test_all_fifty_faults_are_there_in_order() -> None:
    """Rows 1 to 50. A row without a test says why."""
    assert [int(row[0].strip("| ")) for row in ROWS] == list(range(1, 51))
    assert [row[0] for row in ROWS if "`tests/" not in row[2] and "not here" not in row[1]] == []


def test_the_tests_it_names_exist() -> None:
    """A renamed test takes its line along."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", "\n".join(row[2] for row in ROWS))
    assert named
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).is_file() or (f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8") and test)
    ]
    assert missing == []
