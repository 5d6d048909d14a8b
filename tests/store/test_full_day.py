"""Every book after a day of every type of document: when histories meet, and when all of it is taken back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.store import rebase as rebase_module
from gateway.store.session import Posted
from gateway.store.verify import verify_site
from tests.store.conftest import Branch
from tests.store.full_day import change, follow, full_day, live_a_day, open_shop, text
from tests.store.two_devices import APPROVER, copy_device, entries, join, offer, open_branch

NOT_REVERSIBLE = {"close", "open", "cash", "no_sale", "end", "void", "transfer", "other_order"}
FIGURES = {
    "came back": "SELECT item, lot, sum(quantity) FROM came_back GROUP BY item, lot",
    "bought": "SELECT item, lot, sum(paid), sum(free), sum(inspecting), sum(rejected), sum(returned), sum(sent_back) FROM"
    " bought GROUP BY item, lot",
    "turned over": "SELECT sku, sum(issued), sum(sold), sum(revenue) FROM turnovers JOIN items USING (item_id) GROUP BY sku",
    "used": "SELECT sku, sum(asked), sum(sold), sum(produced), sum(sample), sum(written_off), sum(counted) FROM usages JOIN"
    " items USING (item_id) GROUP BY sku",
    "takings": "SELECT 'all', sum(sales), sum(sales_total), sum(returns_total) FROM slots",
    "counted": "SELECT 'lines', count(*) FROM count_results",
}  # fmt: skip


@pytest.mark.parametrize("small_steps", [True, False])
def test_days_of_two_devices_become_one_history(tmp_path: Path, small_steps: bool, monkeypatch: Any) -> None:
    """Both went on from the same day: whatever each posted, voids among it, is in every book once."""
    ours = tmp_path / "ours"
    ours.mkdir()
    common = live_a_day(ours, "till-1", first=True)
    theirs = copy_device(ours, tmp_path / "theirs")
    held = live_a_day(theirs, "till-2")
    live_a_day(ours, "till-3")
    missing = entries(theirs, common.seq)
    if small_steps:
        monkeypatch.setattr(rebase_module, "OWN_FACTOR", 0)

    async def story() -> None:
        async with open_branch(ours) as branch:
            await join(branch, offer(common, held, epoch=2, base_seq=1000), missing)
            await follow(branch)

    asyncio.run(story())
    assert verify_site(ours).differences == ()


def test_a_day_that_is_taken_back_leaves_no_figure(tmp_path: Path) -> None:
    """Newest first, each document is taken back once; what is left is what no document takes back."""
    figures: dict[str, list[Any]] = {}

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await open_shop(branch)
            day = await full_day(branch)
            for name in [name for name in sorted(day, key=lambda one: -day[one].seq) if name not in NOT_REVERSIBLE]:
                reversal = await _back(branch, text(day[name]))
                assert isinstance(reversal, Posted), (name, reversal)
                assert not isinstance(await _back(branch, text(day[name])), Posted), name
                assert not isinstance(await _back(branch, text(reversal)), Posted), name
            await follow(branch)
            for name, query in FIGURES.items():
                figures[name] = await branch.ledger.read(lambda connection, q=query: connection.execute(q).fetchall())

    asyncio.run(story())
    left = {
        (name, str(row[0])): numbers
        for name, rows in figures.items()
        for row in rows
        if any(numbers := [one for one in row if isinstance(one, int)])
    }
    assert left == {("turned over", "tea"): [2_000, 0, 0]}, "what was sent to another branch is not taken back"
    assert verify_site(tmp_path).differences == ()


async def _back(branch: Branch, original: str) -> Any:
    body = {"type": "reversal", "original": original, "reason": "wrong", "station": "till-1"}
    return await branch.post(body, approver=APPROVER)


CHANGES = (
    "UPDATE valuations SET value = value + 1 WHERE item_id = 1",
    "UPDATE valuations SET last = last + 1 WHERE item_id = 1",
    "DELETE FROM valuations WHERE item_id = 2",
    "UPDATE turnovers SET revenue = revenue + 1 WHERE item_id = 1",
    "UPDATE turnovers SET sold_cost = sold_cost + 1 WHERE item_id = 1",
    "UPDATE usages SET asked = asked + 1 WHERE item_id = 2",
    "UPDATE count_results SET expected = expected + 1",
    "DELETE FROM count_results",
    "UPDATE shifts SET closed_seq = NULL WHERE closed_seq IS NOT NULL",
    "UPDATE shifts SET z = z + 1 WHERE z IS NOT NULL",
    "UPDATE shifts SET body = CAST(body || x'00' AS BLOB) WHERE z IS NOT NULL",
    "UPDATE transfers SET state = 'received'",
    "UPDATE transfers SET direction = 'sideways'",
    "DELETE FROM transfer_entries",
    "UPDATE items SET zh_order = zh_order || 'x' WHERE item_id = 1",
    "DELETE FROM replication",
    "DELETE FROM reviews",
    "UPDATE orders SET state = 'open'",
    "UPDATE order_ends SET seq = seq + 1",
    "UPDATE receipts SET order_id = NULL",
    "UPDATE order_lines SET ordered = ordered + 1",
    "UPDATE bought SET returned = returned + 1",
    "UPDATE lot_words SET expiry = '2030-01-01' WHERE expiry IS NOT NULL",
    "UPDATE lots SET expiry = NULL",
    "UPDATE serial_moves SET destination = 'shop'",
    "UPDATE came_back SET quantity = quantity + 1",
    "UPDATE reversals SET original = zeroblob(16)",
    "DELETE FROM recipes WHERE seq = (SELECT max(seq) FROM recipes)",
    "DELETE FROM partners",
    "DELETE FROM barcodes",
    "UPDATE slots SET sales = sales + 1",
    "UPDATE counters SET count = count + 1",
    "UPDATE documents SET person = 'nobody' WHERE seq = (SELECT max(seq) FROM documents)",
    "UPDATE movements SET balance = balance + 1 WHERE movement_id = (SELECT max(movement_id) FROM movements)",
)  # fmt: skip


def test_a_change_in_any_book_is_noticed(tmp_path: Path) -> None:
    """One row of each table that follows from the journal is changed, or gone, or nonsense: verifying names each."""
    whole = tmp_path / "whole"
    whole.mkdir()
    live_a_day(whole, "till-1", first=True)
    assert verify_site(whole).differences == ()
    unnoticed = []
    for place, statement in enumerate(CHANGES):
        changed = copy_device(whole, tmp_path / str(place))
        change(changed, statement)
        if verify_site(changed).clean:
            unnoticed.append(statement)
    assert unnoticed == []
