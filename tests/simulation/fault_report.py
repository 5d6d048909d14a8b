"""Writes docs/faults.md: what struck, how often, and what became of the sales. Every figure comes from this run.

`make fault-report` tells, for each kind of fault, stories in which only that kind strikes, and then stories in which all
of them do, until a million events are sold.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from tests.simulation.many import summed, tell_many
from tests.simulation.second_histories import CATALOGUE
from tests.simulation.story import Report

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "faults.md"
EVENTS_MIN: Final = 1_000_000
EVENTS_PER_STORY: Final = 1_000
STORIES_PER_KIND: Final = 20
FIRST_SEED: Final = 1_000_000
"""Other seeds than the tests': nobody has tuned anything to these."""


REAL_PARTS: Final = "## Into real parts"


class Row(msgspec.Struct):
    """One kind of fault over its stories."""

    name: str
    injected: int
    reports: list[Report]
    failed: int
    first_seed: int
    last_seed: int

    def cells(self) -> str:
        """As a line of the table."""
        waits = [report.converged_after for report in self.reports] or [0.0]
        return (
            f"| {self.name} | {self.injected:,} | {len(self.reports) + self.failed} | {self.events:,} | {self.lost} |"
            f" {sum(r.doubled for r in self.reports)} | {sum(r.lost_with_a_disk for r in self.reports):,} |"
            f" {statistics.median(waits):.1f} | {max(waits):.1f} | {self.first_seed}–{self.last_seed} |"
        )

    @property
    def events(self) -> int:
        """Acknowledged sales and other documents."""
        return sum(report.events for report in self.reports)

    @property
    def lost(self) -> int:
        """Acknowledged and held by a disk that was still there, yet not at headquarters."""
        return sum(report.lost for report in self.reports)


def main() -> int:
    """Exit code 1 where a promise broke: then the page is not written."""
    parser = argparse.ArgumentParser(prog="make fault-report", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS_MIN)
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--real", type=Path, help="the JSON of `make faults`, to be added below")
    parser.add_argument("--only-real", action="store_true", help="leave the simulated part as it stands")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is written (default: docs/faults.md)")
    options = parser.parse_args()
    page: Path = options.page
    if options.only_real:
        if options.real is None:
            parser.error("--only-real needs --real FILE")
        simulated = page.read_text(encoding="utf-8").partition(REAL_PARTS)[0].rstrip()
        page.write_text(f"{simulated}\n\n{_real(options.real)}", encoding="utf-8")
        return 0
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    commit = head.stdout.strip()
    began, seed, rows, messages, failures = time.monotonic(), FIRST_SEED, list[Row](), Counter[str](), list[str]()

    def tell_row(name: str, names: tuple[str, ...], stories: int) -> None:
        nonlocal seed
        seeds = range(seed, seed + stories)
        seed += stories
        told = summed(list(tell_many(seeds, names=names, events=EVENTS_PER_STORY, processes=options.processes)))
        for report in told.reports:
            messages.update(report.messages)
        failures.extend(f"SEED={one} {why}" for one, why, _ in told.failures)
        injected = sum(sum(report.faults.values()) for report in told.reports)
        rows.append(Row(name, injected, told.reports, len(told.failures), seeds[0], seeds[-1]))
        print(rows[-1].cells(), flush=True)

    for fault in CATALOGUE:
        tell_row(fault.name, (fault.name,), STORIES_PER_KIND)
    left = options.events - sum(row.events for row in rows)
    tell_row("all of them together", (), max(STORIES_PER_KIND, -(-left // EVENTS_PER_STORY)))
    for failure in failures:
        print(failure)
    told = _page(commit, rows, messages, failures, time.monotonic() - began)
    page.write_text(told + ("\n" + _real(options.real) if options.real else ""), encoding="utf-8")
    print(f"written: {page}")
    return 1 if failures else 0


def _real(path: Path) -> str:
    """What `make faults` counted, as a section of the page."""
    told = json.loads(path.read_text(encoding="utf-8"))
    rows = told["faults"]
    real = [row for row in rows if not row["expected_loss"]]
    sums = {name: sum(row[name] for row in real) for name in ("injected", "events", "lost", "doubled")}
    lines = [
        REAL_PARTS,
        "",
        "Counted by `make faults`: real nats-server processes, real files, real signals; rows as in `docs/fault-catalogue.md`.",
        f"**{sums['injected']:,} injected faults, {sums['events']:,} events, {sums['lost']} lost, {sums['doubled']} doubled.**",
        "A loss in parentheses was provoked, to show that the test would see it; it is not in the sum.",
        "",
        "| row | fault | injected | events | lost | doubled | converged max, s |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {row['row']} | {row['fault']} | {row['injected']:,} | {row['events']:,} |"
            f" {'(' + str(row['lost']) + ')' if row['expected_loss'] else row['lost']} | {row['doubled']} |"
            f" {row['seconds']:.1f} |"
            for row in rows
        ),
        *(f"\nNot run: {count}, because {reason}." for reason, count in told["not_run"].items()),
        "",
    ]
    return "\n".join(lines)


def _page(commit: str, rows: list[Row], messages: Counter[str], failures: list[str], took: float) -> str:
    events, injected = sum(row.events for row in rows), sum(row.injected for row in rows)
    together = Counter[str]()
    for report in rows[-1].reports:
        together.update(report.faults)
    lines = [
        "# What was done to it, and what became of the sales",
        "",
        "Written by `make fault-report`; every figure is of one run of the simulator in `tests/simulation`: the product's own",
        "ledger, store and replication, on simulated disks, lines, clocks and people. `make sim SEED=n` tells a story again",
        f'(stories of this run sell {EVENTS_PER_STORY:,} documents: add `ARGS="--events {EVENTS_PER_STORY}"`, and `--fault NAME`',
        "where one kind struck alone).",
        "",
        f"Run: commit `{commit}`, Python {platform.python_version()}, {sum(len(r.reports) for r in rows):,} stories,",
        (
            f"**{events:,} acknowledged events, {injected:,} injected faults, {sum(r.lost for r in rows)} lost,"
            f" {sum(sum(x.doubled for x in r.reports) for r in rows)} doubled**, {len(failures)} broken promises,"
        ),
        f"{sum(sum(x.virtual_seconds for x in r.reports) for r in rows) / 3600:,.0f} simulated hours in {took:.0f} s.",
        "",
        "- *lost*: acknowledged to a till, held by at least one disk that was still there, and not at headquarters in the end.",
        "- *doubled*: an event that stands twice in headquarters' history.",
        "- *gone with a disk*: acknowledged events that, at some moment, no disk that was left held. This is the stated",
        "  recovery point of a destroyed or restored card: what headquarters had not yet applied.",
        "- *converged*: virtual seconds from the end of the faults until every document, figure, digest and message was",
        "  everywhere.",
        "",
        "| fault, striking alone | injected | stories | events | lost | doubled | gone with a disk | converged p50, s | max, s | seeds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        *(row.cells() for row in rows),
        "",
        "Within the last row:",
        "",
        "| fault | injected |",
        "| --- | ---: |",
        *(f"| {name} | {count:,} |" for name, count in sorted(together.items())),
        "",
        "On the lines of all stories, by their weather:",
        "",
        "| message | times |",
        "| --- | ---: |",
        *(f"| {name} | {count:,} |" for name, count in sorted(messages.items())),
        "",
    ]
    if failures:
        lines += ["## Broken promises", "", *(f"- {failure}" for failure in failures), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
