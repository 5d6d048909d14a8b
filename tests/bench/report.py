"""The table a bench prints: what was measured, beside its baseline of the same run, and the goal where there is one."""

import math
import os
import platform
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Goal:
    """`at_least` or `at_most` (exactly one), and the stretch beyond it; of the ratio to the baseline where `ratio`.

    `part` says which of a row's figures is meant, such as the p99 of "p50 / p99".
    """

    at_least: float | None = None
    at_most: float | None = None
    stretch: float | None = None
    ratio: bool = False
    part: int = 0

    def verdict(self, found: float) -> str:
        """In words."""
        if math.isnan(found):
            return "not measured"
        if self._holds(found, self.stretch):
            return "stretch"
        return (
            "reached" if self._holds(found, self.at_least if self.at_most is None else self.at_most) else "not reached"
        )

    def _holds(self, found: float, bound: float | None) -> bool:
        if bound is None:
            return False
        return found >= bound if self.at_most is None else found <= bound

    def words(self) -> str:
        """As printed."""
        sign, bound = ("≥", self.at_least) if self.at_most is None else ("≤", self.at_most)
        unit = "x" if self.ratio else ""
        assert bound is not None
        return f"{sign} {number(bound)}{unit}" + (
            f" ({number(self.stretch)}{unit})" if self.stretch is not None else ""
        )


@dataclass(frozen=True)
class Row:
    """One line. `ours` and `baseline` are figures of the same `unit`; the ratio is ours by theirs."""

    what: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float] = ()
    against: str = ""
    goals: Sequence[Goal] = ()

    def ratio(self, part: int) -> float:
        """Ours by theirs."""
        return self.ours[part] / self.baseline[part] if self.baseline and self.baseline[part] else float("nan")

    def verdicts(self) -> list[tuple[str, str]]:
        """(goal, whether it is reached) of each goal."""
        return [
            (goal.words(), goal.verdict(self.ratio(goal.part) if goal.ratio else self.ours[goal.part]))
            for goal in self.goals
        ]


@dataclass(frozen=True)
class Section:
    """Rows under a heading; `notes` say what stood behind them."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()


def number(value: float) -> str:
    """With as many digits as say something."""
    if math.isnan(value):
        return "-"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


HEAD = ("", "unit", "ours", "baseline", "ratio", "goal (stretch)", "")


def table(sections: Iterable[Section]) -> str:
    """All sections as text, columns aligned over the whole of it."""
    lines: list[tuple[str, ...] | str] = [HEAD]
    notes: list[str] = []
    for section in sections:
        lines.append(section.title)
        for row in section.rows:
            lines += _lines(row)
        if section.notes:
            notes += [f"{section.title}:", *(f"  {note}" for note in section.notes)]
    widths = [max(_width(line[place]) for line in lines if isinstance(line, tuple)) for place in range(len(HEAD))]
    texts = []
    for line in lines:
        if isinstance(line, str):
            texts += ["", line]
            continue
        cells = [_padded(cell, widths[place], left=place in {0, 1, 5, 6}) for place, cell in enumerate(line)]
        texts.append("  ".join(cells).rstrip())
    return "\n".join([*texts, "", *notes])


def _lines(row: Row) -> list[tuple[str, ...]]:
    verdicts = row.verdicts() or [("", "")]
    ours = " / ".join(map(number, row.ours))
    theirs = " / ".join(map(number, row.baseline)) + (f" {row.against}" if row.against else "")
    ratios = " / ".join(f"{number(row.ratio(part))}x" for part in range(len(row.baseline)))
    first = (f"  {row.what}", row.unit, ours, theirs, ratios, *verdicts[0])
    return [first, *(("", "", "", "", "", *verdict) for verdict in verdicts[1:])]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    blank = " " * (width - _width(text))
    return text + blank if left else blank + text


def machine() -> str:
    """What this ran on, and how busy it was besides."""
    processors = [line for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")]
    model = processors[0].partition(": ")[2] if processors else platform.machine()
    return (
        f"{os.cpu_count()} cores {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; load average {os.getloadavg()[0]:.1f} at the start"
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def say(text: str) -> None:
    """Progress, beside the table."""
    print(text, file=sys.stderr, flush=True)
