"""What was said of goods, when histories meet and when old documents lose their bytes: a fold of the journal as it stands."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.posting import Rejected
from gateway.store.journal import Journal
from gateway.store.lot_figures import LOTS, SERIALS, LotRow, list_lots, list_serials
from gateway.store.lot_lists import BLOCKED, EXPIRED, EXPIRING, OF_ITEM
from gateway.store.session import LedgerSession, Posted
from gateway.store.verify import verify_site
from gateway.use_cases.block_lot import block_lot
from gateway.use_cases.post_document import Waiting
from replication.wire.entry import Position
from tests.store.conftest import ADMIN, Branch
from tests.store.full_day import take_back
from tests.store.test_pruning import prune
from tests.store.two_devices import copy_device, entries, join, offer, open_branch


def line(item: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity} | more


async def posted(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    outcome = await branch.post({"type": type_, "lines": list(lines)} | more)
    assert isinstance(outcome, Posted), outcome
    return outcome


async def stock_up(branch: Branch) -> None:
    await branch.item("milk", tracking="lot")
    await branch.item("phone", tracking="serial")
    await posted(branch, "goods_receipt", line("milk", "9", lot="A"), line("phone", "2", serials=["S1", "S2"]))


async def lot(branch: Branch, name: str) -> LotRow:
    (row,) = await branch.ledger.read(lambda connection: list_lots(connection, name, after=0, limit=9))
    return row


def test_two_histories_of_goods_become_one(tmp_path: Path) -> None:
    """The first expiry told and the newest word on a block are those of the journal that came of both, and each piece and each
    return is where its documents stand now."""
    own, other = tmp_path / "own", tmp_path / "other"

    async def common() -> Position:
        async with open_branch(own) as branch:
            await stock_up(branch)
            return await Journal(branch.ledger).head()

    parted = asyncio.run(common())
    copy_device(own, other)

    async def elsewhere() -> Position:
        async with open_branch(other) as branch:
            await posted(branch, "goods_receipt", line("milk", "1", lot="A", expiry="2027-01-01"))
            await block_lot(branch.shop, ADMIN, "milk", "A", "recall", blocked=True)
            await posted(branch, "sale", line("phone", "1", serials=["S1"]))
            return await Journal(branch.ledger).head()

    async def here() -> Posted:
        async with open_branch(own) as branch:
            sold = await posted(branch, "sale", line("milk", "3"), line("phone", "1", serials=["S2"]))
            await posted(branch, "goods_receipt", line("milk", "1", lot="A", expiry="2027-02-02"))
            await posted(branch, "goods_receipt", line("milk", "1", lot="B", expiry="2027-03-03"))
            await block_lot(branch.shop, ADMIN, "milk", "B", "leaks", blocked=True)
            await posted(branch, "sale_return", line("milk", "1"), original=sold.id.hex())
            assert (await lot(branch, "A")).expiry == "2027-02-02"
            return sold

    held_at, sold = asyncio.run(elsewhere()), asyncio.run(here())
    held = entries(other, parted.seq)

    async def together() -> None:
        async with open_branch(own) as branch:
            await join(branch, offer(parted, held_at, epoch=2, base_seq=1000), held)
            first, second = await lot(branch, "A"), await lot(branch, "B")
            assert (first.expiry, second.expiry) == ("2027-01-01", "2027-03-03")
            assert first.block is not None
            assert second.block is not None
            assert (first.block.reason, second.block.reason) == ("recall", "leaks")
            for serial in ("S1", "S2"):
                life = await branch.ledger.read(
                    lambda c, s=serial: list_serials(c, s, item=None, before=2**62, limit=9)
                )
                assert [row.type for row in life] == ["sale", "goods_receipt"]

            def back(session: LedgerSession) -> dict[tuple[str, str], int]:
                return session.returned(sold.id)

            assert await branch.ledger.write(back) == {("milk", "A"): 1_000}
            rest = {"type": "sale_return", "lines": [line("milk", "2")], "original": sold.id.hex()}
            assert isinstance(await branch.post(rest), Posted)

    asyncio.run(together())
    assert verify_site(own).differences == ()


def test_what_was_said_of_goods_outlives_the_bytes(tmp_path: Path) -> None:
    """Expiries, blocks, lives and returns stay; what a pruned sale's goods cost nobody here knows, so a person decides."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await stock_up(branch)
            await posted(branch, "goods_receipt", line("milk", "1", lot="A", expiry="2027-01-01"))
            sold = await posted(branch, "sale", line("milk", "3"), line("phone", "1", serials=["S2"]))
            await posted(branch, "sale_return", line("milk", "1"), original=sold.id.hex())
            await block_lot(branch.shop, ADMIN, "milk", "A", "recall", blocked=True)
            await prune(branch, (await Journal(branch.ledger).head()).seq)
            known = await lot(branch, "A")
            assert (known.expiry, known.block is None, known.on_hand) == ("2027-01-01", False, 8_000)
            life = await branch.ledger.read(lambda c: list_serials(c, "S2", item=None, before=2**62, limit=9))
            assert [row.type for row in life] == ["sale", "goods_receipt"]
            rest = {"type": "sale_return", "lines": [line("milk", "1", lot="A")], "original": sold.id.hex()}
            assert isinstance(await branch.post(rest), Waiting)

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()


def test_documents_of_one_group_see_what_those_before_them_took(tmp_path: Path) -> None:
    """Goods received and sold in the same transaction: each lot is emptied in its turn, and none below zero."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await branch.item("milk", tracking="lot")
            lots = [line("milk", "10", lot=name, expiry=f"2099-01-0{day}") for day, name in enumerate("CAB", 1)]
            bodies: list[dict[str, Any]] = [{"type": "goods_receipt", "lines": [one]} for one in lots]
            bodies += [{"type": "sale", "lines": [line("milk", "4")]} for _ in range(6)]
            outcomes = await asyncio.gather(*(branch.post(body) for body in bodies))
            assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes
            left = {name: (await lot(branch, name)).on_hand for name in "CAB"}
            assert left == {"C": 0, "A": 0, "B": 6_000}

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (LOTS, ("A", 0, 9)),
        (SERIALS.format(item=""), ("S1", 9, 9)),
        (EXPIRING, ("2026-01-01", "2026-02-01", "", 0, 9)),
        (EXPIRED, ("2026-01-01", "9999", 9, 9)),
        (BLOCKED, (0, 9)),
        (OF_ITEM, ("tea", "", 9)),
    ],
    ids=["lots", "serials", "expiring", "expired", "blocked", "of an item"],
)
def test_lots_and_pieces_are_found_by_an_index(tmp_path: Path, query: str, values: tuple[Any, ...]) -> None:
    """No table that grows is walked through, and nothing is sorted."""

    async def story() -> list[str]:
        async with open_branch(tmp_path) as branch:
            rows = await branch.ledger.read(lambda c: c.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall())
            return [row[3] for row in rows]

    plan = asyncio.run(story())
    assert [step for step in plan if step.startswith(("SCAN", "USE TEMP"))] == [], plan


def test_a_date_that_was_typed_wrongly_is_withdrawn_with_its_receipt(tmp_path: Path) -> None:
    """Taken back, the same lot may come with its right date; also after another device's history came before."""
    ours = tmp_path / "ours"
    ours.mkdir()

    def milk(expiry: str) -> dict[str, Any]:
        return line("milk", "6", lot="L1", expiry=expiry)

    async def begin() -> Position:
        async with open_branch(ours) as branch:
            await branch.item("milk", tracking="lot")
            return await Journal(branch.ledger).head()

    async def correct() -> None:
        async with open_branch(ours) as branch:
            wrong = await posted(branch, "goods_receipt", milk("2072-06-01"))
            refused = await branch.post({"type": "goods_receipt", "lines": [milk("2027-06-01")]})
            assert isinstance(refused, Rejected)
            await take_back(branch, wrong)
            await posted(branch, "goods_receipt", milk("2027-06-01"))

    async def other(folder: Path) -> Position:
        async with open_branch(folder) as branch:
            await posted(branch, "opening_balance", line("milk", "1", lot="L0", expiry="2027-01-01"))
            return await Journal(branch.ledger).head()

    async def meet(held: Position, missing: list[Any]) -> Any:
        async with open_branch(ours) as branch:
            await join(branch, offer(common, held, epoch=2, base_seq=1000), missing)
            return await branch.ledger.write(lambda session: session.lot("milk", "L1"))

    common = asyncio.run(begin())
    theirs = copy_device(ours, tmp_path / "theirs")
    held = asyncio.run(other(theirs))
    missing = entries(theirs, common.seq)
    asyncio.run(correct())
    assert verify_site(ours).differences == ()
    assert asyncio.run(meet(held, missing)).expiry == "2027-06-01"
    assert verify_site(ours).differences == ()
