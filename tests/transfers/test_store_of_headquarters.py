"""Transfers in headquarters' database: the advice commits with the dispatch, stock shows what comes, verify finds a lie."""

import random
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from replication.headquarters.apply import Applier
from replication.headquarters.stores.sqlite.stock_and_transit import list_figures
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.sqlite.transfers import (
    answer_to,
    count_transfers,
    find_transfer,
    list_transfers,
    list_transits,
)
from replication.headquarters.stores.verify import verify_site
from replication.link import Delivery, StreamPlace
from replication.wire.events import DocumentDetail, DocumentMore, DocumentPosted
from replication.wire.outbox import TransferAdvice, TransferReceived, decode_outbox
from replication.wire.transfer import TransferState
from tests.domain.transfer_desk import Desk, line, transfer_in, transfer_out
from tests.replication.shop import MemoryJournal

pytestmark = pytest.mark.anyio
PLACE_MAX = 2**62
T1, T2 = uuid.UUID(int=0x019AB3C45D6E7F809123456789AB0001), uuid.UUID(int=0x019AB3C45D6E7F809123456789AB0002)


class Office:
    """A store with its applier, and desks whose journals it is sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore.open(folder, on_fatal=lambda error: pytest.fail(repr(error)))
        self.applier = Applier(self.store, 1, monotonic=lambda: 0.0, utc_milliseconds=lambda: 1_795_000_000_000)
        self.sequence = 0

    def deliveries(self, desk: Desk, first: int = 1, last: int | None = None) -> list[Delivery]:
        """A desk's journal as one batch."""
        journal = MemoryJournal(desk.site)
        for event_id, event in desk.journal:
            journal.append(event, uuid.UUID(bytes=event_id))
        self.sequence += 1
        batch = journal.batch(first, last or len(desk.journal))
        return [Delivery(desk.site, batch, StreamPlace("1", self.sequence))]

    async def figures(self, *, by_lot: bool = False, limit: int = 100) -> dict[tuple[str, str, str | None], int]:
        rows = await self.store.read(
            lambda connection: list_figures(connection, after=("", 0, ""), limit=limit, by_lot=by_lot)
        )
        return {(row.branch, row.item, row.lot): row.in_transit for row in rows}

    async def outbox(self, branch: str) -> list[object]:
        """What headquarters has for a branch."""
        rows = await self.store.look(lambda archive: archive.outbox_after(branch, 0, entries_max=100, bytes_max=10**6))
        return [decode_outbox(row.entry.kind, row.entry.payload) for row in rows]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path)
    yield made
    await made.store.close()


async def test_the_advice_is_committed_with_the_dispatch_and_once(office: Office) -> None:
    """A batch delivered again brings no second advice; a branch never met has its outbox waiting."""
    a = Desk("a")
    a.post(transfer_out("b", line("30"), line("2", "milk", lot="L1")), T1.bytes)
    for _ in range(2):
        await office.applier.apply(office.deliveries(a))
    (advice,) = await office.outbox("b")
    assert isinstance(advice, TransferAdvice)
    assert (advice.transfer, advice.sender, len(advice.lines)) == (T1.bytes, "a", 2)
    assert ("b", "flour", None) not in await office.figures(), "a branch nobody met has no stock"
    row = (await office.store.read(lambda connection: list_transfers(connection, before=PLACE_MAX, limit=9)))[0]
    assert row.transfer.receiver == "b"


async def test_stock_shows_goods_on_their_way_to_a_branch_that_never_had_them(office: Office) -> None:
    """A row of its own, split by lot where asked; gone when received."""
    a, b = Desk("a"), Desk("b")
    b.post(transfer_in(T2.bytes, line("1", "milk", lot="L9", over="1")))
    a.post(transfer_out("b", line("30")), T1.bytes)
    await office.applier.apply(office.deliveries(a) + office.deliveries(b))
    assert (await office.figures())["b", "flour", None] == 30_000
    by_lot = await office.figures(by_lot=True)
    assert (by_lot["b", "flour", None], by_lot["b", "milk", "L9"]) == (30_000, 0)
    assert list(await office.figures(limit=1)) == [("a", "flour", None)]
    b.post(transfer_in(T1.bytes, line("28", short="2")))
    await office.applier.apply(office.deliveries(b, 2))
    assert (await office.figures())["b", "flour", None] == 0
    assert isinstance((await office.outbox("a"))[-1], TransferReceived)


async def test_what_became_of_a_requisition_is_told_over_all_branches(office: Office) -> None:
    """Sent by whom it was not asked of, received, and closed by its reversal; the advice names it, and verify agrees."""
    a, b = Desk("a"), Desk("b")
    asked = {"type": "requisition", "lines": [line("30")]}
    b.post(asked, T2.bytes)
    a.post(transfer_out("b", line("30")) | {"requisition": str(T2)}, T1.bytes)
    await office.applier.apply(office.deliveries(a) + office.deliveries(b))
    document = b.journal[0][1]
    assert isinstance(document, DocumentPosted)

    async def answer() -> tuple[str, tuple[str, ...]]:
        said = await office.store.read(lambda connection: answer_to(connection, T2.bytes, document))
        return said.state, said.transfers

    assert await answer() == ("sent", (str(T1),))
    (advice,) = await office.outbox("b")
    assert isinstance(advice, TransferAdvice)
    assert advice.requisition == T2.bytes
    b.post(transfer_in(T1.bytes, line("30")))
    await office.applier.apply(office.deliveries(b, 2))
    assert await answer() == ("received", (str(T1),))
    detail = DocumentDetail(original=str(T2), more=DocumentMore(reverses="requisition"))
    b.note(uuid.uuid4().bytes, structs.replace(document, type="reversal", detail=detail))
    await office.applier.apply(office.deliveries(b, 3))
    assert await answer() == ("closed", (str(T1),))
    assert verify_site(office.folder).differences == ()


async def test_filters_and_pages_of_the_list(office: Office) -> None:
    """By branch, direction and state, newest first."""
    a, b = Desk("a"), Desk("b")
    a.post(transfer_out("b", line("1")), T1.bytes)
    b.post(transfer_out("a", line("1")), T2.bytes)
    a.post(transfer_in(T2.bytes, line("1")))
    await office.applier.apply(office.deliveries(a) + office.deliveries(b))

    async def listed(**filters: object) -> list[bytes]:
        rows = await office.store.read(
            lambda connection: list_transfers(connection, before=PLACE_MAX, limit=9, **filters)  # type: ignore[arg-type]
        )
        return [row.transfer.id for row in rows]

    assert await listed() == [T2.bytes, T1.bytes]
    assert await listed(branch="a", direction="out") == [T1.bytes]
    assert await listed(branch="a", direction="in") == [T2.bytes]
    assert await listed(state=TransferState.RECEIVED) == [T2.bytes]
    assert await listed(branch="c") == []


async def test_a_transfer_that_cannot_be_stops_its_branch_alone(office: Office) -> None:
    """A document that names no branch it goes to is poison: kept, and no goods counted as on their way to nobody."""
    a, b = Desk("a"), Desk("b")
    a.post(transfer_out("b", line("1")), T1.bytes)
    event_id, event = a.journal[0]
    a.journal[0] = (
        event_id,
        type(event)(**{name: getattr(event, name) for name in event.__struct_fields__} | {"detail": None}),
    )
    b.post(transfer_in(T2.bytes, line("1")))
    outcome = await office.applier.apply(office.deliveries(a) + office.deliveries(b))
    assert [(one.branch, one.block.code) for one in outcome.blocked] == [("a", "bad_transfer")]
    assert await office.store.read(lambda connection: find_transfer(connection, T1.bytes)) is None
    assert await office.store.read(lambda connection: find_transfer(connection, T2.bytes)) is not None


@pytest.mark.parametrize("seed", range(6))
async def test_verify_agrees_after_any_order_and_finds_a_lie(office: Office, seed: int) -> None:
    """Random batches, delivered in random order and twice; then a figure somebody changed."""
    chance = random.Random(seed)
    desks = {site: Desk(site) for site in "abc"}
    transfers = [uuid.UUID(int=T1.int + index + 10) for index in range(4)]
    for index, transfer in enumerate(transfers):
        desks["a"].post(transfer_out("bc"[index % 2], line(str(chance.randrange(1, 40)))), transfer.bytes)
    for _ in range(8):
        site, transfer = chance.choice("bc"), chance.choice(transfers)
        desks[site].post(transfer_in(transfer.bytes, line(str(chance.randrange(10)), short="1")))
    deliveries = [
        office.deliveries(desk, seq, seq)[0] for desk in desks.values() for seq in range(1, len(desk.journal) + 1)
    ]
    for _ in range(2):
        chance.shuffle(deliveries)
        for at in range(0, len(deliveries), 3):
            await office.applier.apply(deliveries[at : at + 3])
    for _ in range(len(deliveries)):
        await office.applier.apply(deliveries)
    assert verify_site(office.folder).differences == ()
    rows = await office.store.read(lambda connection: list_transfers(connection, before=PLACE_MAX, limit=99))
    in_transit = sum(one.in_transit for row in rows for one in row.transfer.cells.values())
    assert in_transit == sum(
        quantity
        for desk in desks.values()
        for (_, place, _), quantity in desk.balances.items()
        if place == "in-transit"
    )
    connection = sqlite3.connect(office.folder / "hq.db")
    connection.execute("UPDATE transfer_lines SET received = received + 1000")
    connection.commit()
    connection.close()
    assert any("transfer" in sentence for sentence in verify_site(office.folder).differences)


@pytest.mark.parametrize("order", ["abc", "cba", "bca", "cab"])
async def test_what_is_sent_under_another_s_id_is_conserved_in_any_order(office: Office, order: str) -> None:
    """Whoever arrives first is the source; the other's goods go a way of their own, and verify computes the same."""
    desks = {site: Desk(site) for site in "abc"}
    desks["a"].post(transfer_out("b", line("10")), T1.bytes)
    desks["c"].post(transfer_out("b", line("7")), T1.bytes)
    desks["b"].post(transfer_in(T1.bytes, line("4")))
    for site in order:
        await office.applier.apply(office.deliveries(desks[site]))
    rows = await office.store.read(lambda connection: list_transfers(connection, before=PLACE_MAX, limit=9))
    senders = {row.transfer.sender: row.transfer for row in rows}
    assert {site: one.cells["flour", ""].dispatched for site, one in senders.items()} == {"a": 10_000, "c": 7_000}
    assert {one.findings for one in senders.values()} == {("id_used_twice",)}
    assert senders["a" if order.index("c") < order.index("a") else "c"].stray_of == T1.bytes
    assert (await office.figures())["b", "flour", None] == 13_000
    assert verify_site(office.folder).differences == ()


async def test_a_receipt_writes_only_the_lines_it_is_about(office: Office) -> None:
    """A hundred receipts of a transfer of a hundred lots are a hundred lines written, not ten thousand."""
    a, b = Desk("a"), Desk("b")
    a.post(transfer_out("b", *[line("5", "milk", lot=f"L{index}") for index in range(100)]), T1.bytes)
    await office.applier.apply(office.deliveries(a))
    b.post(transfer_in(T1.bytes, line("2", "milk", lot="L50")))
    asked = list[str]()
    await office.store.transact(lambda session: session._connection.set_trace_callback(asked.append))  # type: ignore[attr-defined]
    await office.applier.apply(office.deliveries(b))
    await office.store.transact(lambda session: session._connection.set_trace_callback(None))  # type: ignore[attr-defined]
    assert len([sql for sql in asked if "transfer_lines" in sql and not sql.startswith("SELECT")]) == 1


async def test_no_list_of_transfers_walks_through_all_of_them(office: Office) -> None:
    """Every filter of the list, the counts and what is on its way are read along an index, sorted by it, and cut."""
    asked, planned = list[str](), list[str]()

    def ask(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(asked.append)
        for branch, direction in ((None, None), ("a", None), ("a", "in"), ("a", "out")):
            for state in (None, TransferState.RECEIVED):
                list_transfers(
                    connection, before=PLACE_MAX, limit=9, branch=branch, direction=direction, state=state
                )  # fmt: skip
        count_transfers(connection)
        for filters in ({}, {"item": "flour"}, {"branch": "a"}, {"item": "flour", "branch": "a"}):
            list_transits(connection, after=("flour", 1, ""), limit=9, **filters)  # type: ignore[arg-type]
        connection.set_trace_callback(None)
        for sql in asked:
            planned.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))

    await office.store.read(ask)
    assert len(asked) > 15
    walks = [step for step in planned if "SCAN" in step and "subquery" not in step.lower()]
    assert [step for step in walks if "CONSTANT ROW" not in step] == []
    assert [step for step in planned if "TEMP B-TREE" in step] == []
