"""Old files put back, tails that are gone: each sale is kept once, whoever forgot it, and no seq is given out twice."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Tell
from tests.faults.pace import Pace
from tests.faults.parts import Chain, Site

pytestmark = [pytest.mark.needs("nats-server"), pytest.mark.only_in_make_faults]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(tmp_path)
    try:
        yield made.start()
    finally:
        made.close()


def put_back(site: Site, kept: Path) -> None:
    """Somebody copies an old folder over the present one, as people do."""
    shutil.rmtree(site.folder)
    shutil.copytree(kept, site.folder)


def finish(chain: Chain, tally: Tell, **facts: object) -> None:
    """All arrives, all is counted, and no (epoch, seq) stands twice in the branch's journal."""
    chain.enough()
    seconds = chain.converged()
    lost, doubled = chain.count()
    seqs = [row["seq"] for row in chain.branch.rows("/documents")]
    tally(events=chain.sold(), lost=lost, doubled=doubled, seconds=seconds, **facts)
    assert len(seqs) == len(set(seqs))
    assert (lost, doubled) == (0, 0)


@pytest.mark.parametrize("offline", [False, True], ids=["online at once", "sells offline first"])
def test_an_old_copy_of_the_branch_is_made_whole_again(
    chain: Chain, tally: Tell, pace: Pace, tmp_path: Path, offline: bool
) -> None:
    """Rows 36, 37. The folder of an hour ago is put back; what headquarters holds comes home, what was sold since stays."""
    rounds = pace.rounds(most=10, least=10)
    for number in rounds:
        clients = chain.sell(2, seed=number * 10)
        chain.sell_more(10)
        chain.branch.stop()
        kept = tmp_path / f"kept-{number}"
        shutil.copytree(chain.branch.folder, kept)
        chain.branch.start()
        chain.sell_more(15)
        for client in clients:
            client.enough.set()
            client.join(30)
        chain.converged()
        chain.branch.stop()
        put_back(chain.branch, kept)
        if offline:
            chain.nats.stop()
        chain.branch.start()
        chain.sell(1, seed=number * 10 + 5)
        chain.sell_more(10)
        if offline:
            chain.nats.start()
        chain.converged()
        for client in chain.clients:
            client.enough.set()
    finish(
        chain, tally, row="37" if offline else "36",
        fault=f"old copy of the branch put back, {'sells offline first' if offline else 'online at once'}", injected=rounds.done,
    )  # fmt: skip


def test_a_write_ahead_log_that_is_gone_comes_back_from_headquarters(chain: Chain, tally: Tell, pace: Pace) -> None:
    """Row 33. The -wal file is deleted after a kill: its sales were replicated, and headquarters gives them back."""
    rounds = pace.rounds(most=10, least=5)
    for number in rounds:
        clients = chain.sell(2, seed=number * 10)
        chain.sell_more(15)
        for client in clients:
            client.enough.set()
            client.join(30)
        chain.converged()
        chain.branch.kill()
        for leftover in chain.branch.folder.glob("ledger.db-*"):
            leftover.unlink()
        chain.branch.start()
        chain.converged()  # the goods themselves may have been in it
        chain.sell(1, seed=number * 10 + 5)
        chain.sell_more(3)
        for client in chain.clients:
            client.enough.set()
            client.join(30)
    finish(chain, tally, row="33", fault="-wal and -shm deleted", injected=rounds.done)


def test_an_old_copy_of_headquarters_is_filled_up_again(chain: Chain, tally: Tell, pace: Pace, tmp_path: Path) -> None:
    """Row 40. Headquarters' folder of an hour ago is put back: the branches send again what it forgot."""
    rounds = pace.rounds(most=10, least=10)
    chain.sell(2)
    for number in rounds:
        chain.sell_more(20)
        chain.hq.stop()
        kept = tmp_path / f"kept-{number}"
        shutil.copytree(chain.hq.folder, kept)
        chain.hq.start()
        chain.sell_more(20)
        chain.hq.stop()
        put_back(chain.hq, kept)
        chain.hq.start()
    finish(chain, tally, row="40", fault="old copy of headquarters put back", injected=rounds.done)
