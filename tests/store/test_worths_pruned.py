"""What goods are worth where old entries lost their bytes: an epoch that has it folded anew forgets neither costs nor days."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.costing import MILLIONTHS, unit_cost
from gateway.store.journal import Journal
from gateway.store.verify import verify_site
from gateway.store.worths import DAY_MILLISECONDS, turnover_of, worth_of
from replication.wire.entry import Position
from tests.store import conftest
from tests.store.conftest import START, Branch
from tests.store.full_day import change, follow, line, post
from tests.store.test_pruning import prune
from tests.store.two_devices import copy_device, entries, join, offer, open_branch

EARLIER = START - 5 * DAY_MILLISECONDS


def told(branch: Branch) -> Any:
    """What a piece is worth in minor units, and what was issued each day; and how many lines were counted."""
    return branch.ledger.read(
        lambda connection: (
            unit_cost(worth_of(connection, "tea").valuation) // MILLIONTHS,
            [(one.issued, one.cost) for one in turnover_of(connection, "tea", 0, 10**6)],
            connection.execute("SELECT count(*) FROM count_results").fetchone()[0],
        )
    )


def test_an_epoch_forgets_no_cost_that_was_pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten came for 1.00 two were sold and the rest was counted days ago, which is pruned; histories meet: a piece is still worth 1.00."""
    ours = tmp_path / "ours"
    ours.mkdir()

    async def begin() -> Position:
        async with open_branch(ours) as branch:
            await branch.item("tea")
            await post(branch, "opening_balance", line("tea", "10", cost=100))
            await post(branch, "sale", line("tea", "2"))
            await post(branch, "stock_count", {"item": "tea", "counted": "8"})
            await follow(branch)
            return await Journal(branch.ledger).head()

    monkeypatch.setattr(conftest, "START", EARLIER)
    common = asyncio.run(begin())
    monkeypatch.undo()

    async def sell(folder: Path) -> Position:
        async with open_branch(folder) as branch:
            await post(branch, "sale", line("tea", "1"), note=str(uuid.uuid4()))
            await follow(branch)
            return await Journal(branch.ledger).head()

    theirs = copy_device(ours, tmp_path / "theirs")
    held = asyncio.run(sell(theirs))
    missing = entries(theirs, common.seq)
    asyncio.run(sell(ours))

    async def meet() -> Any:
        async with open_branch(ours) as branch:
            await prune(branch, common.seq, posted_before=START)
            await join(branch, offer(common, held, epoch=2, base_seq=1000), missing)
            await follow(branch)
            return await told(branch)

    each, days, counted = asyncio.run(meet())
    assert (each, counted) == (100, 1)
    assert days == [(2_000, 200 * MILLIONTHS), (2_000, 200 * MILLIONTHS)]
    assert verify_site(ours).differences == ()
    change(ours, "UPDATE valuations SET quantity = quantity + 1")
    assert not verify_site(ours).clean
