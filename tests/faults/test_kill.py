"""kill -9 at named points, and processes that freeze: nothing acknowledged is lost, nothing counts twice."""

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from gateway.store.ledger import Ledger
from replication.headquarters.stores.sqlite.store import SqliteStore
from tests.faults.conftest import Tell
from tests.faults.pace import Pace
from tests.faults.parts import ROOT, Chain, Site, verify_branch, verify_headquarters

pytestmark = [pytest.mark.needs("nats-server")]

SEED = 20261122
DIES_SECONDS_MAX = 90.0
POINTS = {
    "branch": {
        "before commit": "1",
        "after commit": "2",
        "before publish": "3",
        "after publish": "4",
        "before storing the watermark": "5",
    },
    "hq": {
        "inside the applying transaction": "6",
        "before commit": "6",
        "after commit": "6",
        "before the acknowledgement": "6",
        "before the watermark": "6",
    },
}
SHORT = {"after commit", "before the acknowledgement"}
FROZEN_SECONDS = (1.5, 0.5, 1, 2, 2, 3, 3, 5, 10, 30)
WATERMARKS_AT_MOST = 2
"""The branch writes a watermark down once a second at most."""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    made = Chain(tmp_path_factory.mktemp("killed"))
    try:
        yield made.start()
    finally:
        made.close()


def start_doomed(site: Site, point: str, times: int) -> None:
    """Start the site so that it dies at the point."""
    ordinary = site.command
    site.command = lambda: [  # type: ignore[method-assign]
        sys.executable, "-m", "tests.faults.dying", point, str(times), *ordinary()[3:]
    ]  # fmt: skip
    try:
        site.launch()
    finally:
        site.command = ordinary  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("whose", "point"),
    [
        pytest.param(
            whose, point,
            marks=() if point in SHORT and (whose, point) != ("hq", "after commit") else pytest.mark.only_in_make_faults,
        )
        for whose, points in POINTS.items()
        for point in points
    ],
)  # fmt: skip
def test_a_site_killed_at_a_point_goes_on(chain: Chain, tally: Tell, pace: Pace, whose: str, point: str) -> None:
    """Rows 1 to 6. SIGKILL at that very point, again and again while tills sell; then each sale is there once."""
    site = chain.branch if whose == "branch" else chain.hq
    chance, before = Random(f"{SEED} {point}"), chain.sold()
    kills = pace.rounds(most=12, least=10 if whose == "branch" else 2)
    chain.sell(2, seed=chance.randrange(1 << 30))
    chain.sell_more(2)
    site.kill()
    for _ in kills:
        times = chance.randint(1, WATERMARKS_AT_MOST if "storing" in point else 12)
        start_doomed(site, point, times)
        died_by = time.monotonic() + DIES_SECONDS_MAX
        while site.running:
            assert time.monotonic() < died_by, f"{site.name} never came to {point!r}:\n{site.said()[-2000:]}"
            time.sleep(0.02)
        assert site.code == -signal.SIGKILL, site.said()[-2000:]
    site.start()
    chain.sell_more(3)
    chain.enough()
    seconds = chain.converged()
    lost, doubled = chain.count()
    tally(
        row=POINTS[whose][point], fault=f"kill -9 of {whose} {point}", injected=kills.done, events=chain.sold() - before,
        lost=lost, doubled=doubled, seconds=seconds, seed=SEED,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.parametrize(
    "whose", ["branch", pytest.param("hq", marks=pytest.mark.only_in_make_faults),
              pytest.param("nats", marks=pytest.mark.only_in_make_faults)],
)  # fmt: skip
def test_a_process_that_freezes_delays_and_loses_nothing(chain: Chain, tally: Tell, pace: Pace, whose: str) -> None:
    """Row 19. SIGSTOP for a while, of each process: what waits is caught up with."""
    part = {"branch": chain.branch, "hq": chain.hq, "nats": chain.nats}[whose]
    before, slowest = chain.sold(), 0.0
    times, longest = pace.rounds(most=len(FROZEN_SECONDS), least=4), 0.0
    chain.sell(2, seed=SEED)
    for number in times:
        seconds = longest = FROZEN_SECONDS[number]
        chain.sell_more(2)
        part.signal(signal.SIGSTOP)
        time.sleep(seconds)
        part.signal(signal.SIGCONT)
        chain.sell_more(2)
    chain.enough()
    slowest = chain.converged()
    lost, doubled = chain.count()
    tally(
        row="19", fault=f"SIGSTOP of {whose}, up to {longest} s", injected=times.done,
        events=chain.sold() - before, lost=lost, doubled=doubled, seconds=slowest,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.only_in_make_faults
@pytest.mark.parametrize("wiped", [False, True], ids=["kept", "wiped"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_a_server_that_restarts_is_caught_up_with(
    chain: Chain, tally: Tell, pace: Pace, wiped: bool, how: signal.Signals
) -> None:
    """Rows 16, 17. Its store kept, or gone with stream, consumer and all that waited there."""
    before, slowest, rounds = chain.sold(), 0.0, pace.rounds(most=10, least=4)
    chain.sell(2, seed=SEED + 1)
    for _ in rounds:
        chain.sell_more(10)
        chain.nats.signal(how)
        chain.nats.wait()
        if wiped:
            shutil.rmtree(chain.nats.folder)
        chain.sell_more(5)
        chain.nats.start()
    chain.enough()
    slowest = chain.converged()
    lost, doubled = chain.count()
    tally(
        row="17" if wiped else "16", fault=f"nats-server restarted by {how.name}, store {'wiped' if wiped else 'kept'}",
        injected=rounds.done, events=chain.sold() - before, lost=lost, doubled=doubled, seconds=slowest,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


OPEN = {
    "branch": "from gateway.store.ledger import Ledger as S",
    "hq": "from replication.headquarters.stores.sqlite.store import SqliteStore as S",
}


@pytest.mark.parametrize("whose", ["branch", "hq"])
def test_a_migration_killed_at_any_statement_is_whole_or_not_there(
    tmp_path: Path, tally: Tell, pace: Pace, whose: str
) -> None:
    """Row 7. The process that makes the tables dies at each of its statements; the next one opens a good file."""
    kills, step = 0, 0
    while True:
        step += 9 if pace.short else 5 if pace.bounded else 1
        folder = tmp_path / str(step)
        folder.mkdir()
        code = (
            f"import sys, pathlib; from tests.faults import dying; dying.LEFT = {step}; dying.arm('statement'); {OPEN[whose]};"
            f"S.open(pathlib.Path(sys.argv[1]), on_fatal=print)"
        )
        done = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=False, capture_output=True)
        if done.returncode != -signal.SIGKILL:
            assert done.returncode == 0, done.stderr
            break
        kills += 1
        store = (Ledger if whose == "branch" else SqliteStore).open(folder, on_fatal=print)
        asyncio.run(store.close())
        assert (verify_branch if whose == "branch" else verify_headquarters)(folder) == ()
    tally(
        row="7",
        fault=f"kill -9 in the migration of {whose}",
        injected=kills,
        events=0,
        lost=0,
        doubled=0,
        seconds=0.0,
    )
    assert kills >= 3
