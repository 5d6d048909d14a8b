"""Clocks that jump: order is `seq`, and no promise hangs on the time of day. libfaketime under the real processes."""

import time
from pathlib import Path

import pytest

from tests.capabilities import faketime_library
from tests.faults.conftest import Tell
from tests.faults.pace import Pace
from tests.faults.parts import Chain, Part

pytestmark = [pytest.mark.needs("nats-server", "faketime"), pytest.mark.only_in_make_faults]

JUMPS = {
    "a year back": "-365d",
    "ten years forward": "+3650d",
    "1970 at boot": "@1970-01-01 00:00:20",
    "a day back": "-1d",
    "an hour forward": "+3600",
}


def set_clock(part: Part, file: Path, when: str) -> None:
    """Give a part its own wall clock, which follows a file; timers stay as they are."""
    library = faketime_library()
    assert library is not None
    file.write_text(when + "\n", encoding="utf-8")
    part.environment = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": "UTC",
    }


def sweep() -> None:
    """The library leaves its shared memory behind where a process was killed; its name ends in the process's number."""
    for left in Path("/dev/shm").glob("*faketime_*"):
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            left.unlink(missing_ok=True)


@pytest.mark.parametrize("whose", ["branch", "hq"])
@pytest.mark.parametrize("restarted", [True, False], ids=["at a start", "while running"])
def test_a_clock_that_jumps_changes_nothing_but_times(
    tmp_path: Path, tally: Tell, pace: Pace, whose: str, restarted: bool
) -> None:
    """Rows 34, 35. Back a year, ten years on, 1970: each sale is there once, in the order of seq, on both sides."""
    chain, slowest, jumps = Chain(tmp_path), 0.0, 0
    part = chain.branch if whose == "branch" else chain.hq
    file = tmp_path / "clock"
    try:
        set_clock(part, file, "+0")
        chain.start().sell(2)
        for _ in pace.rounds(most=2, least=1):
            for when in JUMPS.values():
                chain.sell_more(5)
                if restarted:
                    part.kill()
                file.write_text(when + "\n", encoding="utf-8")
                if restarted:
                    part.start()
                jumps += 1
                chain.sell_more(5)
                time.sleep(1.2)  # the library looks at the file once a second
        chain.enough()
        slowest = chain.converged()
        lost, doubled = chain.count()
        seqs = [row["seq"] for row in chain.branch.rows("/documents")]
        assert seqs == sorted(seqs, reverse=True)
        assert "Traceback" not in part.said()
    finally:
        chain.close()
        sweep()
    tally(
        row="34" if whose == "branch" else "35",
        fault=f"clock of {whose} jumps {'at a start' if restarted else 'while running'}", injected=jumps,
        events=chain.sold(), lost=lost, doubled=doubled, seconds=slowest,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)
