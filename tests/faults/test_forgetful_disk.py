"""Power cuts under the real processes: a FUSE disk forgets what nobody flushed, then everything is started again."""

import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.conftest import Tell
from tests.faults.fuse.disk import FaultyDisk
from tests.faults.pace import Pace
from tests.faults.parts import Chain, NatsServer

pytestmark = [pytest.mark.slow, pytest.mark.needs("fuse", "nats-server")]

SEED = 20261122


def test_a_power_cut_under_the_branch_loses_no_acknowledged_sale(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Row 9. `kontor serve` on a disk that forgets: each acknowledged sale is there after every cut."""
    cuts = pace.rounds(most=20, least=5, short=2)
    with FaultyDisk(tmp_path / "disk") as disk:
        chain = Chain(tmp_path, disks={"branch": disk.folder})
        try:
            chain.start().sell(2)
            chance, slowest, forgotten = Random(SEED), 0.0, 0
            for number in cuts:
                chain.sell_more(chance.randint(5, 40))
                chain.branch.kill()
                forgotten += disk.cut(None if number % 3 == 0 else SEED + number)
                began = time.monotonic()
                chain.branch.start()
                slowest = max(slowest, time.monotonic() - began)
            chain.sell_more(5)
            chain.enough()
            slowest = max(slowest, chain.converged())
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="9", fault="power cut under kontor serve (FUSE)", injected=cuts.done, events=chain.sold(), lost=lost,
        doubled=doubled, seconds=slowest, seed=SEED,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)
    assert forgotten > 0, "the disk had nothing to forget"


@pytest.mark.only_in_make_faults
def test_a_power_cut_under_headquarters_takes_nothing_back(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Row 11. Headquarters' database forgets what was not flushed; what a branch was told stands, the rest comes again."""
    cuts = pace.rounds(most=12, least=4)
    with FaultyDisk(tmp_path / "disk") as disk:
        chain = Chain(tmp_path, disks={"hq": disk.folder})
        try:
            chain.start().sell(2)
            chance, slowest = Random(SEED), 0.0
            for number in cuts:
                chain.sell_more(chance.randint(5, 40))
                chain.hq.kill()
                disk.cut(None if number % 3 == 0 else SEED + number)
                chain.hq.start()
                slowest = max(slowest, chain.converged() if number % 4 == 3 else 0.0)
            chain.sell_more(5)
            chain.enough()
            slowest = max(slowest, chain.converged())
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="11", fault="power cut under headquarters (FUSE)", injected=cuts.done, events=chain.sold(), lost=lost,
        doubled=doubled, seconds=slowest, seed=SEED,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.only_in_make_faults
@pytest.mark.parametrize("sync", ["always", ""], ids=["always", "default"])
def test_a_power_cut_under_the_server_costs_time_only(tmp_path: Path, tally: Tell, pace: Pace, sync: str) -> None:
    """Row 10. With `sync_interval: always` or the server's default of two minutes: its store is a pipe, not a memory."""
    cuts = pace.rounds(most=10, least=5)
    with FaultyDisk(tmp_path / "disk") as disk:
        logs = tmp_path / "logs"
        logs.mkdir()
        chain = Chain(tmp_path, nats=NatsServer(disk.folder / "nats", logs, sync=sync))
        try:
            chain.start().sell(2)
            chance, slowest, forgotten = Random(SEED), 0.0, 0
            for number in cuts:
                chain.sell_more(chance.randint(5, 40))
                chain.nats.kill()
                forgotten += disk.cut(None if number % 3 == 0 else SEED + number)
                chain.nats.start()
            chain.sell_more(5)
            chain.enough()
            slowest = chain.converged()
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="10", fault=f"power cut under nats-server, sync {sync or 'default'}: {forgotten} writes forgotten",
        injected=cuts.done, events=chain.sold(), lost=lost, doubled=doubled, seconds=slowest, seed=SEED,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)
