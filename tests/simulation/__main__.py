"""Tells stories: `python -m tests.simulation SEED` one, with all that happens; `--seeds 1-2000` many, in brief."""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Iterable

from tests.simulation.many import struck_by, summed, tell_many
from tests.simulation.story import Failure, tell


def main() -> int:
    """Exit code 1 where a promise broke."""
    parser = argparse.ArgumentParser(prog="make sim", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int, help="the story to tell")
    parser.add_argument("--seeds", help="first-last: tell many")
    parser.add_argument("--until-broken", help="seeds by commas: tell them until a promise breaks")
    parser.add_argument("--fault", action="append", default=[], help="only these faults strike")
    parser.add_argument("--events", type=int, default=300, help="events in a story at least")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--steps", action="store_true", help="print how often each step of the machines was taken")
    options = parser.parse_args()
    if options.seeds:
        return _many(options)
    if options.until_broken:
        return _until_broken(map(int, options.until_broken.split(",")))
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets are walked in the order of their hashes: the same seed must mean the same story in every process.
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    return _one(options)


def _one(options: argparse.Namespace) -> int:
    seed = options.seed if options.seed is not None else 1
    try:
        report = tell(seed, struck_by(options.fault), options.events)
    except Failure as failure:
        print("\n".join(failure.story))
        if failure.__cause__ is not None:
            traceback.print_exception(failure.__cause__)
        print(failure)
        return 1
    print("\n".join(report.story))
    print(
        f"seed {seed}: {report.events} events, {sum(report.faults.values())} faults of {len(report.faults)} kinds,"
        f" {report.branches} branches; every promise was kept; converged {report.converged_after:.1f} s after the last fault"
    )
    return 0


def _until_broken(seeds: Iterable[int]) -> int:
    for seed in seeds:
        try:
            tell(seed)
        except Failure as failure:
            print(f"SEED={seed} {failure.why}", flush=True)
            return 1
    return 0


def _many(options: argparse.Namespace) -> int:
    first, _, last = options.seeds.partition("-")
    began, parts = time.monotonic(), []
    seeds = range(int(first), int(last or first) + 1)
    for part in tell_many(seeds, names=options.fault, events=options.events, processes=options.processes):
        parts.append(part)
        for seed, why, _ in part.failures:
            print(f"SEED={seed} breaks a promise: {why}", flush=True)
    told = summed(parts)
    if options.steps:
        for step, count in sorted(told.steps.items()):
            print(f"{count:10d}  {step}")
    events, faults = sum(r.events for r in told.reports), sum(sum(r.faults.values()) for r in told.reports)
    print(
        f"{len(told.reports)} stories kept every promise, {len(told.failures)} did not;"
        f" {events} events, {faults} faults, {time.monotonic() - began:.0f} s"
    )
    return 1 if told.failures else 0


if __name__ == "__main__":
    sys.exit(main())
