"""Pruning: what headquarters has in a verified backup goes from the card, and everything else reads as before."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.store.backup import verified_head
from gateway.store.documents import list_documents, load_document
from gateway.store.journal import Journal
from gateway.store.pruned import pruned_to
from gateway.store.pruning import prune_step
from gateway.store.session import Posted
from gateway.store.stock import list_movements
from gateway.store.verify import verify_site
from gateway.use_cases.post_document import Conflict, Exists
from replication.branch.journal import RebaseImpossible
from replication.wire.messages import Rebase, Watermark
from tests.store.conftest import START, Branch
from tests.store.test_posting import opening, sale
from tests.store.two_devices import Act, entries, live, new_id, open_branch

STOCK = (
    Act(new_id(), "item", ("tea",), "7"),
    Act(new_id(), "opening_balance", ("tea",), "50"),
    Act(new_id(), "transfer_out", ("tea",), "5"),
    *(Act(new_id(), "sale", ("tea",), "2") for _ in range(5)),
    Act(new_id(), "item", ("tea",), "8"),
)


async def prune(branch: Branch, durable_seq: int, posted_before: int = START + 10**9) -> int:
    """Headquarters said what its backup holds; prune everything that may go."""
    journal = Journal(branch.ledger)
    hash_ = await journal.hash_at(durable_seq)
    assert hash_ is not None
    await journal.record_watermark(Watermark("b001", 1, durable_seq, hash_, durable_seq, 9, 1))
    while await branch.ledger.write(lambda session: prune_step(session.connection, posted_before)):
        pass
    return await branch.ledger.read(pruned_to)


def test_everything_but_the_lines_reads_as_before(tmp_path: Path) -> None:
    """Verify, backup, the start-up check, lists and walks hold; repeats are known; the rest still goes to headquarters."""
    live(tmp_path, STOCK)
    whole = entries(tmp_path)

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            assert await prune(branch, 6) == 6
            journal, ledger = Journal(branch.ledger), branch.ledger
            assert await journal.minimum_seq() == 7
            assert (await journal.hash_at(5), await journal.hash_at(6)) == (None, whole[5][1])
            assert await journal.entries_after(5, 9, 10**6) is None
            run = await journal.entries_after(6, 9, 10**6)
            assert run is not None
            assert (run.previous, list(run.entries)) == (whole[5][1], whole[6:])
            documents = await ledger.read(lambda connection: list_documents(connection, before_seq=99, limit=9))
            assert [row.seq for row in documents.rows] == [8, 7, 6, 5, 4, 3, 2]
            walk = await ledger.read(lambda connection: list_movements(connection, "tea", limit=9))
            assert [row.balance for row in walk] == [35_000, 37_000, 39_000, 41_000, 43_000, 45_000, 50_000]
            old = await ledger.read(lambda connection: load_document(connection, whole[1][0].event_id))
            assert old is not None
            assert (old.pruned, old.event.number, old.event.lines) == (True, "OB-000001", ())
            lines = [{"item": "tea", "quantity": "50"}]
            body = {"type": "opening_balance", "lines": lines, "station": "till-1"}
            assert isinstance(await branch.post(body, whole[1][0].event_id), Exists)
            assert isinstance(await branch.post(opening(("tea", "49")), whole[1][0].event_id), Conflict)
            assert isinstance(await branch.post(sale(("tea", "1"))), Posted)

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()
    assert verified_head(tmp_path).seq == 10
    live(tmp_path, [Act(new_id(), "sale", ("tea",), "1")])
    assert verify_site(tmp_path).differences == ()


def test_only_what_is_durable_and_old_goes(tmp_path: Path) -> None:
    """Never beyond headquarters' verified backup, never younger than was asked, and transfers never."""
    live(tmp_path, STOCK)

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            assert await prune(branch, 4, posted_before=START) == 1
            assert await prune(branch, 4) == 4
            rows = await branch.ledger.read(
                lambda connection: connection.execute("SELECT seq FROM journal WHERE payload = x''").fetchall()
            )
            assert rows == [(2,), (4,)]

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()


def test_a_changed_row_is_still_found(tmp_path: Path) -> None:
    """What stands behind pruned entries is checked against everything that is still whole."""
    live(tmp_path, STOCK)

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await prune(branch, 6)

    asyncio.run(story())
    for damage in (
        "UPDATE balances SET quantity = quantity + 1",
        "UPDATE anchors SET quantity = quantity + 1",
        "UPDATE movements SET quantity = quantity + 1 WHERE movement_id < 7 * 1024",
        "DELETE FROM documents WHERE seq = 2",
        "UPDATE journal SET hash = zeroblob(32) WHERE seq = 6",
        "DELETE FROM journal WHERE seq = 4",
        "UPDATE journal SET payload = x'' WHERE seq = 1",
    ):
        connection = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        connection.execute("BEGIN")
        connection.execute(damage)
        connection.execute("COMMIT")
        connection.close()
        assert verify_site(tmp_path).difference_count, damage


def test_a_pruned_end_cannot_be_set_aside(tmp_path: Path) -> None:
    """A headquarters that forgot more than its backup promised is told so; nothing here changes."""
    live(tmp_path, STOCK)

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await prune(branch, 6)
            journal = Journal(branch.ledger)
            rebase = Rebase(2, 1000, 0, bytes(32), 0, bytes(32), "restored", 7)
            await journal.begin_rebase(rebase)
            with pytest.raises(RebaseImpossible, match="pruned"):
                await journal.switch(rebase)
            assert isinstance(await branch.post(sale(("tea", "1"))), Posted)

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()
