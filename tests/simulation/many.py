"""Many stories on all cores: seeds in, one summary out. Every process hashes alike, so that a seed is the same story."""

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import msgspec

from tests.simulation import coverage
from tests.simulation.faults import Fault
from tests.simulation.second_histories import CATALOGUE
from tests.simulation.story import EVENTS_MIN, Failure, Report, tell

CHUNK = 20
"""Stories a process tells before it is asked again: their coverage comes back together."""


class Told(msgspec.Struct):
    """What a run of stories amounts to; `failures` are (seed, why, the story)."""

    reports: list[Report] = []
    steps: dict[str, int] = {}
    failures: list[tuple[int, str, list[str]]] = []


_counts: Counter[str] = Counter()


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word of its own
    threading.Thread(target=_end_with_the_beginner, daemon=True).start()
    gc.set_threshold(100_000)  # stories leave little behind that refers to itself, and what is imported stays
    gc.freeze()
    coverage.watch(_counts)


def _end_with_the_beginner() -> None:
    beginner = multiprocessing.parent_process()
    assert beginner is not None
    beginner.join()
    os._exit(1)


def _tell_chunk(seeds: Sequence[int], names: Sequence[str], events: int) -> Told:
    told = Told()
    _counts.clear()
    catalogue = struck_by(names)
    for seed in seeds:
        try:
            report = tell(seed, catalogue, events)
        except Failure as failure:
            told.failures.append((seed, failure.why, failure.story))
            continue
        report.story = []
        told.reports.append(report)
    told.steps = dict(_counts)
    return told


def struck_by(names: Sequence[str]) -> list[Fault]:
    """The faults of these names; without names, all of them."""
    return [fault for fault in CATALOGUE if not names or fault.name in names]


def tell_many(
    seeds: Sequence[int], *, names: Sequence[str] = (), events: int = EVENTS_MIN, processes: int | None = None
) -> Iterator[Told]:
    """Tell the stories of many seeds; answers come as chunks are done, in order. `names` limits what may strike."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    context = multiprocessing.get_context("spawn")
    with (
        _hashing_alike(),
        ProcessPoolExecutor(processes or os.cpu_count() or 1, mp_context=context, initializer=_begin) as pool,
    ):
        try:
            yield from pool.map(_tell_chunk, chunks, [names] * len(chunks), [events] * len(chunks))
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _hashing_alike() -> Iterator[None]:
    """Processes begun meanwhile walk their sets in the same order; those begun later are as the caller's were."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before


def summed(parts: Sequence[Told]) -> Told:
    """All parts in one."""
    steps: Counter[str] = Counter()
    for part in parts:
        steps.update(part.steps)
    return Told(
        [report for part in parts for report in part.reports],
        dict(steps),
        [failure for part in parts for failure in part.failures],
    )
