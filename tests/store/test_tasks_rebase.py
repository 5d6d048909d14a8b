"""An epoch puts other entries under the feet of the watch: tasks are those of the joined journal, and none is told twice."""

import asyncio
from pathlib import Path

import pytest

from gateway.store.stock import list_balances
from gateway.use_cases import watch_alerts
from tests.store.alert_desk import Desk
from tests.store.conftest import Branch
from tests.store.two_devices import Act, copy_device, entries, join, live, new_id, offer, open_branch

ITEMS = [Act(new_id(), "item", (sku,), str(number)) for number, sku in enumerate(("tea", "rice", "milk"), 20)]


async def below_zero(branch: Branch) -> set[tuple[str, int]]:
    """What the shop's book has too little of."""
    rows = await branch.ledger.read(lambda c: list_balances(c, after=(0, 0, 0), limit=99, item=None, location="shop"))
    return {(row.item, row.on_hand) for row in rows if row.on_hand < 0}


def test_tasks_follow_the_journal_over_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tea went below zero before the histories parted, rice on this device, milk on the other, which received the tea: after the
    join rice and milk are open under their sales, the tea's task is closed, and rice keeps the task it had."""
    monkeypatch.setattr(watch_alerts, "PAUSE_SECONDS", 0)
    rice, milk = Act(new_id(), "sale", ("rice",), "2"), Act(new_id(), "sale", ("milk",), "4")
    common = live(tmp_path / "ours", [*ITEMS, Act(new_id(), "sale", ("tea",), "3")])
    theirs = copy_device(tmp_path / "ours", tmp_path / "theirs")
    held = live(theirs, [Act(new_id(), "goods_receipt", ("tea",), "9"), milk])
    live(tmp_path / "ours", [rice])
    after_common = entries(theirs, common.seq)

    async def joined() -> None:
        async with open_branch(tmp_path / "ours") as branch:
            desk = Desk(branch)
            await desk.look()
            before = {task.item: task.place for task in await desk.tasks()}
            assert set(before) == {"tea", "rice"}
            await join(branch, offer(common, held, epoch=2, base_seq=10_000), after_common)
            await desk.look()
            found = {task.item: task for task in await desk.tasks()}
            assert {(task.item, task.quantity) for task in found.values()} == await below_zero(branch)
            assert {sku: task.document for sku, task in found.items()} == {"rice": rice.id, "milk": milk.id}
            assert found["rice"].place == before["rice"]
            told = [(task.item, task.closed_at is None) for task in desk.tasks_told]
            assert sorted(told) == [("milk", True), ("rice", True), ("tea", False), ("tea", True)]

    asyncio.run(joined())
