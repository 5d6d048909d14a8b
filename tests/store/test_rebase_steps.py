"""A new epoch is reached in bounded steps: each leaves a whole ledger, sells on, and is kept when the next one cannot be."""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from gateway.store import rebase as rebase_module
from gateway.store.journal import Journal
from gateway.store.rebase import take_some
from gateway.store.session import Posted
from gateway.store.step_size import StepSize
from gateway.store.verify import verify_site
from gateway.use_cases.post_document import Exists
from replication.branch.journal import RebaseImpossible
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position
from replication.wire.messages import Rebase
from tests.store.conftest import Branch
from tests.store.test_posting import opening, sale
from tests.store.two_devices import APPROVER, Act, copy_device, entries, live, new_id, offer, open_branch

STEP = 150
AT = 1_795_000_000_000
ITEMS = [Act(new_id(), "item", (sku,), str(number)) for number, sku in enumerate(("tea", "rice"), 20)]
KINDS = ("sale", "transfer_out", "sale_return", "goods_receipt", "item", "sale", "adjustment", "sale")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step is two or three entries, whatever is our own."""
    monkeypatch.setattr(rebase_module, "OWN_FACTOR", 0)


def _histories(tmp_path: Path) -> tuple[Path, Rebase, list[tuple[Entry, bytes]]]:
    """A device, what headquarters offers it, and what headquarters holds: what its copy went on to sell."""
    folder = tmp_path / "device"
    common = live(folder, [*ITEMS, Act(new_id(), "opening_balance", ("tea", "rice"), "50")])
    copied = copy_device(folder, tmp_path / "copy")
    held_at = live(copied, [Act(new_id(), kind, ("tea", "rice"), "3") for kind in KINDS * 3])
    return folder, offer(common, held_at, epoch=2, base_seq=1000), entries(copied, common.seq)


async def _stage(branch: Branch, rebase: Rebase, held: list[tuple[Entry, bytes]]) -> None:
    journal = Journal(branch.ledger, STEP, STEP)
    await journal.begin_rebase(rebase)
    await journal.stage(held)


async def _step(branch: Branch, rebase: Rebase) -> bool:
    return await branch.ledger.write(lambda session: take_some(session, rebase, AT, STEP))


def test_each_step_leaves_a_whole_ledger_that_sells(tmp_path: Path) -> None:
    """What was sold between two steps keeps its place behind headquarters' entries, its paper, and where it stood first."""
    folder, rebase, held = _histories(tmp_path)
    sold: dict[bytes, Posted] = {}

    async def sell(branch: Branch) -> None:
        body = sale(("rice", "1"), station="till-1")
        if len(sold) % 3 == 2:
            body = {"type": "transfer_out", "to_branch": "b002", "lines": [{"item": "tea", "quantity": "1"}]}
        posted = await branch.post(body, id_ := new_id(), approver=APPROVER)
        assert isinstance(posted, Posted)
        sold[id_] = posted

    async def story() -> int:
        steps = 0
        async with open_branch(folder) as branch:
            await sell(branch)
            await _stage(branch, rebase, held)
            while await _step(branch, rebase):
                assert verify_site(folder).differences == ()
                await sell(branch)
                assert verify_site(folder).differences == ()
                steps += 1
            head = await Journal(branch.ledger, STEP, STEP).switch(rebase)
            assert (head.seq, head.epoch) == (1000 + len(sold), 2)
            for id_, posted in sold.items():
                again = await branch.post(
                    {"type": posted.type, "to_branch": "b002", "lines": [{"item": "tea", "quantity": "1"}]}
                    if posted.type == "transfer_out"
                    else sale(("rice", "1"), station="till-1"),
                    id_,
                )
                assert isinstance(again, Exists)
                assert (again.posted.first_seq, again.posted.number) == (posted.seq, posted.number)
        return steps

    assert asyncio.run(story()) > 5
    assert verify_site(folder).differences == ()
    connection = sqlite3.connect(folder / "ledger.db")
    printed = connection.execute(
        "SELECT event_id FROM print_jobs JOIN journal USING (seq) WHERE seq > 1000 ORDER BY job"
    ).fetchall()
    assert [id_ for (id_,) in printed] == [id_ for id_, posted in sold.items() if posted.type == "sale"]
    assert connection.execute("SELECT count(*) FROM forked").fetchone() == (len(sold),)
    connection.close()


def test_no_transaction_takes_more_than_a_step(tmp_path: Path) -> None:
    """An empty device takes everything in runs of a step's size, and what came is there at once."""
    _histories(tmp_path)
    everything = entries(tmp_path / "copy")
    last, hash_ = everything[-1]
    rebase = Rebase(2, 1000, 0, GENESIS_HASH, last.seq, hash_, "replaced", 7)
    largest = max(len(entry.payload) for entry, _ in everything)

    async def story() -> None:
        async with open_branch(tmp_path / "new") as branch:
            await _stage(branch, rebase, everything)
            journal, before = Journal(branch.ledger, STEP, STEP), 0
            while await _step(branch, rebase):
                head = await journal.head()
                assert sum(len(e.payload) for e, _ in everything[before : head.seq]) < STEP + largest
                assert (await journal.applied()).seq == head.seq > before
                before = head.seq
            assert await branch.ledger.read(_staged) == []
            await journal.switch(rebase)

    asyncio.run(story())
    assert verify_site(tmp_path / "new").differences == ()


def _staged(connection: sqlite3.Connection) -> list[tuple[int]]:
    return connection.execute("SELECT seq FROM staged").fetchall()


def test_what_was_taken_stays_where_the_switch_cannot_be(tmp_path: Path) -> None:
    """Headquarters then finds the histories to part later, and only the rest is pulled."""
    folder, rebase, held = _histories(tmp_path)

    async def story() -> None:
        async with open_branch(folder) as branch:
            await branch.post(opening(("rice", "1")), approver=APPROVER)
            await _stage(branch, rebase, held)
            assert await _step(branch, rebase)
            with pytest.raises(RebaseImpossible):
                await Journal(branch.ledger, STEP, STEP).switch(
                    msgspec.structs.replace(rebase, base_seq=rebase.held_seq)
                )
            journal = Journal(branch.ledger, STEP, STEP)
            taken = (await journal.applied()).seq
            at_taken = await journal.hash_at(taken)
            assert rebase.ancestor_seq < taken < rebase.held_seq
            assert (taken, at_taken) in [(entry.seq, hash_) for entry, hash_ in held]
            again = offer(
                Position(1, taken, at_taken or b""),
                Position(1, rebase.held_seq, rebase.held_hash),
                epoch=3,
                base_seq=5000,
            )
            reached = await journal.begin_rebase(again)
            assert reached.seq == rebase.held_seq, "nothing is pulled twice"
            head = await journal.switch(again)
            assert head.seq == 5001

    asyncio.run(story())
    assert verify_site(folder).differences == ()


@pytest.mark.parametrize(("base_seq", "theirs_too"), [(500, False), (10, False), (500, True)])
def test_an_epoch_of_our_own_is_left_in_steps_as_well(tmp_path: Path, *, base_seq: int, theirs_too: bool) -> None:
    """It keeps its numbers where these are free, stands behind headquarters' entries where not, and is left out where
    headquarters' history has that epoch itself; the ledger is whole after each step, and no older epoch is told of."""
    folder, rebase, held = _histories(tmp_path)
    heads: list[Position] = []

    async def begin(branch: Branch, base: int) -> None:
        journal = Journal(branch.ledger, STEP, STEP)
        head = await journal.head()
        await journal.begin_rebase(alone := offer(head, head, epoch=2, base_seq=base))
        await journal.switch(alone)
        await branch.post(sale(("rice", "1")), approver=APPROVER)

    async def story() -> None:
        async with open_branch(folder) as branch:
            await branch.post(sale(("tea", "1")), first := new_id(), approver=APPROVER)
            await begin(branch, base_seq)
            later = msgspec.structs.replace(rebase, epoch=3, base_seq=1500)
            await _stage(branch, later, held)
            while await _step(branch, later):
                assert verify_site(folder).differences == ()
                heads.append(await Journal(branch.ledger).head())
                await branch.post(sale(("rice", "1")), approver=APPROVER)
                assert verify_site(folder).differences == ()
            head = await Journal(branch.ledger, STEP, STEP).switch(later)
            assert (head.seq, head.epoch) == (1500 + len(heads) + 2, 3)
            assert isinstance(await branch.post(sale(("tea", "1")), first), Exists)

    if theirs_too:

        async def copy() -> None:
            async with open_branch(tmp_path / "copy") as branch:
                await begin(branch, 900)

        asyncio.run(copy())
        held = entries(tmp_path / "copy", rebase.ancestor_seq)
        rebase = msgspec.structs.replace(rebase, held_seq=held[-1][0].seq, held_hash=held[-1][1])
    asyncio.run(story())
    assert len(heads) > 5
    assert {head.epoch for head in heads} == {2}
    seqs = [head.seq for head in heads]
    assert seqs == sorted(set(seqs))
    assert theirs_too or seqs[0] == (501 if base_seq == 500 else seqs[0])
    assert verify_site(folder).differences == ()


def test_a_step_grows_while_nobody_waits_and_shrinks_at_once() -> None:
    """The next step after anybody else wrote is the smallest again."""
    size, taken = StepSize(10, 100), []
    for others in (0, 0, 0, 0, 0, 1, 0, 3, 0):
        taken.append(size.bytes)
        size.after(others)
    assert taken == [10, 20, 40, 80, 100, 100, 10, 20, 10]
    assert StepSize(50, 10).bytes == 50


def test_alone_a_history_is_taken_in_few_transactions(tmp_path: Path) -> None:
    """Where nobody sells the steps double; where every step is followed by a sale they stay as small as they are."""
    _histories(tmp_path)
    everything = entries(tmp_path / "copy")
    last, hash_ = everything[-1]
    rebase = Rebase(2, 1000, 0, GENESIS_HASH, last.seq, hash_, "replaced", 7)

    async def transactions(folder: Path, most: int) -> int:
        async with open_branch(folder) as branch:
            journal = Journal(branch.ledger, STEP, most)
            await journal.begin_rebase(rebase)
            await journal.stage(everything)
            before = branch.ledger.writer.statistics.groups
            await journal.switch(rebase)
            return branch.ledger.writer.statistics.groups - before

    small = asyncio.run(transactions(tmp_path / "small", STEP))
    assert 2 <= asyncio.run(transactions(tmp_path / "large", STEP * 64)) <= small // 2
    assert verify_site(tmp_path / "large").differences == ()
