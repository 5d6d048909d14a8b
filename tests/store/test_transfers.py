"""Transfers in a real ledger: what headquarters says is kept, done once, and computed again by verify and by an epoch."""

import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.domain.transfers import Direction
from gateway.store.session import LedgerSession, Posted
from gateway.store.transfers import (
    TRANSFER_TABLES,
    Transfers,
    count_transfers,
    documents_of,
    find_transfer,
    list_transfers,
    taken_elsewhere,
)
from gateway.store.verify import verify_site
from gateway.use_cases.cancel_transfer import cancel_transfer
from gateway.use_cases.take_transfer_message import TransferMessage, take_transfer_message
from replication.wire.outbox import (
    ReceivedLine,
    TransferAdvice,
    TransferCancelRefused,
    TransferLine,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
)
from replication.wire.quantity import Quantity
from replication.wire.transfer import TransferState
from tests.store.conftest import ADMIN, Branch, Story

TRANSFER = uuid.UUID("019ab3c4-5d6e-7f80-9123-456789abcdef").bytes
PLACE_MAX = 2**62
SENT = (TransferLine("tea", Quantity(30_000)),)
ADVICE = TransferAdvice(TRANSFER, "b009", "TO-000004", 1_795_000_000_000, SENT, "by van")

Tell = Callable[[Story], None]


async def hear(branch: Branch, *messages: TransferMessage) -> list[Posted]:
    """Headquarters speaks, all in one transaction."""
    return await branch.ledger.write(
        lambda session: [posted for one in messages for posted in take_transfer_message(session, one, 5)]
    )


async def state(branch: Branch) -> TransferState | None:
    found = await branch.ledger.read(lambda connection: find_transfer(connection, TRANSFER))
    return None if found is None else found.state


def out(quantity: str = "30") -> dict[str, Any]:
    return {"type": "transfer_out", "to_branch": "b009", "lines": [{"item": "tea", "quantity": quantity}]}


def into(quantity: str, **variance: str) -> dict[str, Any]:
    told = [{"reason": reason, "quantity": amount} for reason, amount in variance.items()]
    line = {"item": "tea", "quantity": quantity} | ({"variance": told} if told else {})
    return {"type": "transfer_in", "transfer": str(uuid.UUID(bytes=TRANSFER)), "lines": [line]}


async def stocked(branch: Branch) -> None:
    await branch.item("tea")
    await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "40"}]})


def test_an_advice_told_twice_is_one_transfer(tell: Tell, tmp_path: Path) -> None:
    """Advice, receipt in parts, advice again: the figures stand, and verify computes the same."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await hear(branch, ADVICE, ADVICE)
        assert isinstance(await branch.post(into("10")), Posted)
        assert isinstance(await branch.post(into("18", short="2")), Posted)
        await hear(branch, ADVICE)
        assert await state(branch) is TransferState.RECEIVED
        (row,) = await branch.ledger.read(lambda connection: list_transfers(connection, before=PLACE_MAX, limit=9))
        assert (row.transfer.direction, row.transfer.peer, row.transfer.note) == (Direction.IN, "b009", "by van")
        ids = await branch.ledger.read(lambda connection: documents_of(connection, TRANSFER))
        assert len(ids) == 2

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_two_receipts_in_one_group_cannot_both_take_the_rest(tell: Tell) -> None:
    """The second is planned on what the first left, before either is on disk."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await hear(branch, ADVICE)
        first, second = branch.post(into("30")), branch.post(into("30"))
        answers = [await first, await second]
        assert [isinstance(answer, Posted) for answer in answers] == [True, False]

    tell(story)


def test_the_rest_comes_back_once_with_the_reason_it_was_asked_for(tell: Tell, tmp_path: Path) -> None:
    """Voided told three times, also before a repeat of an older message: one document, in the shop, by headquarters."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        assert isinstance(await branch.post(out(), TRANSFER), Posted)
        await cancel_transfer(branch.shop, ADMIN, TRANSFER, "wrong branch")
        assert await state(branch) is TransferState.CANCELLING
        progress = TransferReceived(TRANSFER, (ReceivedLine("tea", None, 10_000, 0, 0, 0),))
        voided = TransferVoided(TRANSFER, (TransferLine("tea", Quantity(20_000)),))
        (back,) = await hear(branch, progress, voided, voided)
        assert (back.number, back.person) == ("TI-000001", "headquarters")
        assert await hear(branch, progress, voided) == []
        found = await branch.ledger.read(lambda connection: find_transfer(connection, TRANSFER))
        assert found is not None
        assert found.state is TransferState.CANCELLED
        figures = found.cells["tea", ""]
        assert (figures.received, figures.returned, figures.in_transit) == (30_000, 20_000, 0)

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_a_rest_given_back_before_its_dispatch_is_known_waits_for_it(tell: Tell) -> None:
    """A device that went back in time hears of the end first; the document is made when the beginning is there."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        assert await hear(branch, TransferVoided(TRANSFER, SENT)) == []
        await branch.post(out(), TRANSFER)
        (back,) = await hear(branch, TransferCancelRefused(uuid.uuid4().bytes, "nothing_left"))
        assert back.type == "transfer_in"
        assert await state(branch) is TransferState.CANCELLED

    tell(story)


def test_a_release_is_written_once_and_ends_receiving(tell: Tell, tmp_path: Path) -> None:
    """Asked twice, one entry; a later receipt is refused, the earlier one stands."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await hear(branch, ADVICE)
        await branch.post(into("10"))
        head = await branch.ledger.write(lambda session: session.head_seq)
        await hear(branch, TransferReleaseAsked(TRANSFER, "x"), TransferReleaseAsked(TRANSFER, "x"))
        await hear(branch, TransferReleaseAsked(TRANSFER, "x"))
        assert await branch.ledger.write(lambda session: session.head_seq) == head + 1
        refused = await branch.post(into("1"))
        assert not isinstance(refused, Posted)
        assert await state(branch) is TransferState.CANCELLED

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_everything_can_be_computed_again_from_the_journal_and_the_words(tell: Tell, tmp_path: Path) -> None:
    """A rebuild, as a new epoch does it, changes nothing; a row somebody changed is found by verify."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await hear(branch, ADVICE)
        await branch.post(into("10", damaged="1"))
        await branch.post(out("5"), own := uuid.uuid4().bytes)
        await cancel_transfer(branch.shop, ADMIN, own, "why")
        before = await branch.ledger.read(lambda connection: list_transfers(connection, before=PLACE_MAX, limit=9))
        await branch.ledger.write(lambda session: (session.flush(), session.transfers.recompute([TRANSFER, own])))
        after = await branch.ledger.read(lambda connection: list_transfers(connection, before=PLACE_MAX, limit=9))
        assert {row.transfer.id: row.transfer for row in before} == {row.transfer.id: row.transfer for row in after}

    tell(story)
    assert verify_site(tmp_path).differences == ()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("UPDATE transfer_lines SET damaged = 0 WHERE damaged > 0")
    connection.commit()
    connection.close()
    (difference,) = verify_site(tmp_path).differences
    assert difference.startswith("transfers:")


def test_a_word_about_a_transfer_costs_the_same_however_many_there_were() -> None:
    """What was given back is looked for with every word, while sales wait: never by going through all transfers."""
    connection, asked = sqlite3.connect(":memory:"), list[str]()
    for table in TRANSFER_TABLES.split(";"):
        connection.execute(table)
    connection.set_trace_callback(asked.append)
    assert Transfers(connection).given_back() == []
    connection.set_trace_callback(None)
    plan = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert [step for step in plan if "SCAN" in step] == ["SCAN transfer_said USING INDEX transfers_given_back"]
    connection.close()


def test_no_list_of_transfers_walks_through_all_of_them() -> None:
    """Every filter of the list and its counts follow an index, and are cut."""
    connection, asked = sqlite3.connect(":memory:"), list[str]()
    for table in TRANSFER_TABLES.split(";"):
        connection.execute(table)
    connection.set_trace_callback(asked.append)
    for direction in (None, *Direction):
        for wanted in (None, TransferState.RECEIVED):
            list_transfers(connection, before=PLACE_MAX, limit=9, direction=direction, state=wanted)
    count_transfers(connection)
    connection.set_trace_callback(None)
    plans = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    connection.close()
    assert len(asked) > 15
    assert [
        step for step in plans if "TEMP B-TREE" in step or ("SCAN" in step and "subquery" not in step.lower())
    ] == []


def test_goods_taken_by_the_wrong_branch_are_told_and_change_no_figure(tell: Tell) -> None:
    """The newest word stands; it may come again, and for a transfer that is not known here."""

    async def story(branch: Branch) -> None:
        await hear(branch, ADVICE)
        before = await branch.ledger.read(lambda connection: find_transfer(connection, TRANSFER))
        words = [TransferTakenElsewhere(TRANSFER, "b001", takers) for takers in (("b002",), ("b002", "b003"))]
        await hear(branch, *words, words[1], TransferTakenElsewhere(bytes(16), "b001", ("b002",)))
        assert await branch.ledger.read(lambda connection: taken_elsewhere(connection, TRANSFER)) == words[1]
        assert await branch.ledger.read(lambda connection: find_transfer(connection, TRANSFER)) == before

    tell(story)


def test_what_the_journal_says_of_a_transfer_is_found_without_a_walk(tell: Tell, tmp_path: Path) -> None:
    """A step of a new epoch computes transfers again: from their own entries, not from all of the journal."""
    asked = list[str]()

    async def story(branch: Branch) -> None:
        def command(session: LedgerSession) -> None:
            session.connection.set_trace_callback(asked.append)
            transfers = session.transfers.set_aside(7) | session.transfers.taken_since(0)
            session.transfers.recompute(transfers | {bytes(16)})
            session.connection.set_trace_callback(None)

        await branch.ledger.write(command)

    tell(story)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    plans = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    connection.close()
    assert len(asked) > 5
    assert [step for step in plans if "SCAN" in step] == []
