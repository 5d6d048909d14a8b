"""Headquarters' SQLite store: what one transaction holds, what a fault of one branch leaves alone, what verify finds."""

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from replication.headquarters.apply import Applier
from replication.headquarters.outcome import Outcome
from replication.headquarters.stores.sqlite.queries import (
    PLACE_MAX,
    count_below_zero,
    find_document,
    find_item,
    list_branches,
    list_documents,
    list_items,
    list_journal,
    list_stock,
    list_takings,
)
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.verify import verify_site
from replication.link import Delivery, StreamPlace
from replication.wire.envelope import read_envelope
from tests.replication.shop import MemoryJournal, goods_receipt, item_put, sale

pytestmark = pytest.mark.anyio


class Desk:
    """A store with its applier, and a stream that counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore.open(folder, on_fatal=lambda error: pytest.fail(repr(error)))
        self.now = 0.0
        self.applier = Applier(
            self.store, 1, monotonic=lambda: self.now, utc_milliseconds=lambda: 1_795_000_000_000 + int(self.now * 1000)
        )
        self.sequence = 0

    def delivery(self, journal: MemoryJournal, first: int, last: int) -> Delivery:
        return self.raw(journal.branch, journal.batch(first, last))

    def raw(self, branch: str, data: bytes) -> Delivery:
        self.sequence += 1
        return Delivery(branch, data, StreamPlace("1", self.sequence))

    async def apply(self, *deliveries: Delivery) -> Outcome:
        self.now += 10
        return await self.applier.apply(deliveries)

    async def applied(self, branch: str) -> int:
        rows = await self.store.read(list_branches)
        return next((row.applied_seq for row in rows if row.branch == branch), 0)

    async def on_hand(self, branch: str) -> dict[str, int]:
        rows = await self.store.read(lambda c: list_stock(c, after=("", 0, ""), limit=1000, branch=branch))
        return {row.item: row.on_hand for row in rows}

    def quarantine(self) -> list[tuple[str, str, int]]:
        connection = sqlite3.connect(self.folder / "hq.db")
        try:
            return connection.execute("SELECT branch, code, times FROM quarantine ORDER BY quarantine").fetchall()
        finally:
            connection.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.store.close()
    report = verify_site(tmp_path)
    assert report.differences == ()


def shop(branch: str, documents: int = 0) -> MemoryJournal:
    journal = MemoryJournal(branch)
    journal.append(item_put("952-RICE", name="Rice"))
    journal.append(goods_receipt([("952-RICE", 100_000), ("952-TEA", 50_000)]))
    journal.sell(documents)
    return journal


async def test_a_group_of_batches_of_many_branches_is_one_commit(desk: Desk) -> None:
    journals = [shop(f"b{n:03d}", 20) for n in range(1, 6)]
    groups = desk.store.writer.statistics.groups
    outcome = await desk.apply(
        *(desk.delivery(j, 1, 10) for j in journals), *(desk.delivery(j, 11, 22) for j in journals)
    )
    assert desk.store.writer.statistics.groups == groups + 1
    assert {mark.applied_seq for mark in outcome.watermarks.values()} == {22}
    for journal in journals:
        assert outcome.watermarks[journal.branch].applied_hash == journal.hash_of(22)
        rows = await desk.store.read(lambda c, b=journal.branch: list_journal(c, b, after_seq=0, limit=100))
        assert rows is not None
        assert [row.entry for row in rows] == journal.entries
        assert [row.hash for row in rows] == journal.hashes


async def test_a_batch_delivered_again_after_a_crash_is_a_duplicate(desk: Desk, tmp_path: Path) -> None:
    journal = shop("b001", 5)
    delivery = desk.delivery(journal, 1, 7)
    await desk.apply(delivery)
    held = await desk.on_hand("b001")
    await desk.store.close()  # committed, and then the process ends before it can acknowledge
    again = Desk(tmp_path)
    desk.store, desk.applier = again.store, again.applier
    assert await desk.store.place() == delivery.place
    outcome = await desk.apply(delivery)
    assert outcome.duplicates == 1
    assert outcome.watermarks["b001"].applied_seq == 7, "a lost watermark is said again"
    assert await desk.on_hand("b001") == held


async def test_a_gap_is_parked_asked_for_and_closed(desk: Desk) -> None:
    journal = shop("b001", 10)
    outcome = await desk.apply(desk.delivery(journal, 5, 8))
    assert outcome.wants["b001"].from_seq == 1
    assert await desk.applied("b001") == 0
    outcome = await desk.apply(desk.delivery(journal, 9, 12), desk.delivery(journal, 1, 4))
    assert outcome.watermarks["b001"].applied_seq == 12
    assert not outcome.wants


async def test_a_want_is_said_once_however_many_batches_wait(desk: Desk) -> None:
    journal = shop("b001", 10)
    assert (await desk.applier.apply([desk.delivery(journal, 5, 6)])).wants
    assert not (await desk.applier.apply([desk.delivery(journal, 7, 8)])).wants
    desk.now += 3
    assert (await desk.applier.apply([desk.delivery(journal, 9, 10)])).wants


async def test_an_overlap_applies_only_what_is_new(desk: Desk) -> None:
    journal = shop("b001", 10)
    await desk.apply(desk.delivery(journal, 1, 6))
    await desk.apply(desk.delivery(journal, 3, 9))
    await desk.apply(desk.delivery(journal, 8, 12), desk.delivery(journal, 2, 7))
    assert await desk.applied("b001") == 12


async def test_a_fork_is_kept_and_stops_neither_its_branch_nor_others(desk: Desk) -> None:
    """The batch goes raw into the fork store, once; its device is asked to say hello; the branch goes on."""
    ours, theirs, other = shop("b001", 4), MemoryJournal("b001"), shop("b002", 4)
    theirs.sell(8)
    await desk.apply(desk.delivery(ours, 1, 6))
    outcome = await desk.apply(desk.delivery(theirs, 3, 7), desk.delivery(other, 1, 6))
    assert outcome.blocked == []
    assert (outcome.refusals["b001"].code, outcome.refusals["b001"].boot_id) == ("fork", bytes(8))
    assert outcome.watermarks["b002"].applied_seq == 6
    ours.sell(2)
    assert (await desk.apply(desk.delivery(theirs, 3, 7), desk.delivery(ours, 7, 8))).forked == {"b001": 1}
    assert await desk.applied("b001") == 8
    assert desk.quarantine() == []
    kept = await desk.store.read(lambda c: c.execute("SELECT first_seq, last_seq, raw, times FROM forked").fetchall())
    assert kept == [(3, 7, theirs.batch(3, 7), 2)]


async def test_poison_blocks_its_branch_until_a_person_takes_it_up_again(desk: Desk) -> None:
    bad, good = shop("b001"), shop("b002", 3)
    bad.append_raw(77, b"from a later version")
    bad.sell(2)
    outcome = await desk.apply(desk.delivery(bad, 1, 2), desk.delivery(bad, 3, 3), desk.delivery(good, 1, 5))
    assert outcome.watermarks["b001"].applied_seq == 2
    assert outcome.watermarks["b002"].applied_seq == 5
    assert outcome.refusals["b001"].code == "blocked"
    held = await desk.apply(desk.delivery(bad, 4, 5), desk.delivery(bad, 3, 5))
    assert held.held == 2
    assert desk.quarantine() == [("b001", "unknown_kind", 1)], "one batch is kept, however often it comes"
    await desk.store.transact(lambda session: session.block("b001", None))
    assert (await desk.apply(desk.delivery(bad, 3, 5))).blocked, "judged anew"
    assert await desk.applied("b001") == 2


async def test_an_event_id_exists_once_whatever_the_cursors_say(desk: Desk) -> None:
    journal, other = shop("b001"), shop("b003", 3)
    length = len(journal.entries)
    journal.append(goods_receipt([("952-TEA", 1000)]), uuid.UUID(bytes=journal.entries[1].event_id))
    await desk.apply(desk.delivery(journal, 1, length))
    held = await desk.on_hand("b001")
    outcome = await desk.apply(desk.delivery(journal, length + 1, length + 1), desk.delivery(other, 1, 5))
    assert [blocked.block.code for blocked in outcome.blocked] == ["refused_by_store"]
    assert outcome.watermarks["b003"].applied_seq == 5
    assert await desk.on_hand("b001") == held


async def test_two_branches_may_use_one_id(desk: Desk) -> None:
    """A script that posts one document id at two branches stops neither; each keeps its own document."""
    journals = [MemoryJournal("b001"), MemoryJournal("b002")]
    for journal in journals:
        journal.append(goods_receipt([("952-TEA", 1000)]), uuid.UUID(int=7))
    outcome = await desk.apply(*(desk.delivery(journal, 1, 1) for journal in journals))
    assert outcome.blocked == []
    assert [await desk.applied(branch) for branch in ("b001", "b002")] == [1, 1]
    found = await desk.store.read(lambda c: find_document(c, uuid.UUID(int=7).bytes))
    assert found is not None
    assert found.branch == "b001"


async def test_bytes_on_any_subject_change_nothing(desk: Desk) -> None:
    journal = shop("b001")
    await desk.apply(
        desk.raw("b009", b"\xff\x00garbage"), desk.raw("no branch!", b"x"), desk.delivery(journal, 1, 2),
        desk.raw("b007", journal.batch(1, 2)),
    )  # fmt: skip
    assert await desk.applied("b001") == 2
    assert {(branch, code) for branch, code, _ in desk.quarantine()} == {
        ("b009", "undecodable"), ("no branch!", "bad_subject"), ("b007", "wrong_branch"),
    }  # fmt: skip


async def test_figures_too_large_to_add_are_refused_and_nothing_else_is(desk: Desk) -> None:
    journal, other = MemoryJournal("b001"), shop("b002", 3)
    for _ in range(3):
        document = goods_receipt([("952-TEA", 1000)])
        journal.append(msgspec.structs.replace(document, total=2**62, type="sale"))
    outcome = await desk.apply(desk.delivery(journal, 1, 3), desk.delivery(other, 1, 5))
    assert outcome.watermarks["b002"].applied_seq == 5
    assert [blocked.block.code for blocked in outcome.blocked] == ["refused_by_store"]


async def test_a_base_unit_that_differs_is_held_beside_the_item(desk: Desk) -> None:
    one, two = MemoryJournal("b001"), MemoryJournal("b002")
    one.append(item_put("952-RICE", unit="kg", name="Rice"))
    two.append(item_put("952-RICE", unit="bag", name="Rice bags"))
    two.append(item_put("952-TEA", name="Tea"))
    await desk.apply(desk.delivery(one, 1, 1), desk.delivery(two, 1, 2))
    found = await desk.store.read(lambda c: find_item(c, "952-RICE"))
    assert found is not None
    assert (found.name, found.item.unit if found.item else None) == ("Rice", "kg")
    held = await desk.store.read(lambda c: c.execute("SELECT unit FROM item_differences").fetchall())
    assert held == [("bag",)]


async def test_lists_page_by_key_without_loss_or_repeat(desk: Desk) -> None:
    journals = [shop(f"b{n:03d}", 30) for n in range(1, 4)]
    await desk.apply(*(desk.delivery(journal, 1, 32) for journal in journals))
    everything = await desk.store.read(lambda c: list_stock(c, after=("", 0, ""), limit=1000))
    paged, after = [], ("", 0, "")
    while rows := await desk.store.read(lambda c, after=after: list_stock(c, after=after, limit=2)):
        paged += rows
        after = (rows[-1].item, rows[-1].branch_id, "")
    assert paged == everything
    assert len({(row.item, row.branch) for row in paged}) == len(paged) >= 6
    by_lot = await desk.store.read(lambda c: list_stock(c, after=("", 0, ""), limit=1000, by_lot=True))
    assert [(row.item, row.branch, row.on_hand) for row in by_lot] == [
        (row.item, row.branch, row.on_hand) for row in everything
    ]
    seen: list[tuple[str, int]] = []
    before = PLACE_MAX
    while rows_ := await desk.store.read(
        lambda c, before=before: list_documents(c, before=before, limit=7, branch="b002", type_="sale")
    ):
        seen += [(row.branch, row.seq) for row in rows_]
        before = rows_[-1].place
    assert seen == sorted(set(seen), reverse=True)
    assert {branch for branch, _ in seen} == {"b002"}
    items = await desk.store.read(lambda c: list_items(c, search="rice", after=("", 0), limit=10))
    assert [row.sku for row in items] == ["952-RICE"]


async def test_a_document_is_found_whole_by_its_id(desk: Desk) -> None:
    journal = shop("b001", 6)
    await desk.apply(desk.delivery(journal, 1, 4))
    await desk.apply(desk.delivery(journal, 2, 8))
    entry = journal.entries[6]
    found = await desk.store.read(lambda c: find_document(c, entry.event_id))
    assert found is not None
    assert (found.branch, found.entry, found.hash) == ("b001", entry, journal.hash_of(7))
    assert await desk.store.read(lambda c: find_document(c, bytes(16))) is None
    assert await desk.store.read(lambda c: find_document(c, journal.entries[0].event_id)) is None, "an item is none"


async def test_items_below_zero_are_counted_by_branch(desk: Desk) -> None:
    journal, other = MemoryJournal("b001"), shop("b002")
    journal.append(sale([("952-RICE", 2000), ("952-TEA", 1000)]))
    journal.append(goods_receipt([("952-TEA", 1000)]))
    await desk.apply(desk.delivery(journal, 1, 2), desk.delivery(other, 1, 2))
    assert await desk.store.read(count_below_zero) == {"b001": 1}


async def test_takings_are_summed_by_quarters_of_an_hour(desk: Desk) -> None:
    journal = MemoryJournal("b001")
    for number in range(4):
        journal.append(sale([("952-RICE", 2000)], number))
    await desk.apply(desk.delivery(journal, 1, 2))
    await desk.apply(desk.delivery(journal, 3, 4))
    takings = await desk.store.read(lambda c: list_takings(c, first_slot=0))
    assert [(row.branch, row.documents, row.sales_total) for row in takings] == [("b001", 4, 4000)]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE balances SET quantity = quantity + 1 WHERE rowid_free = 0", "balance of"),
        ("DELETE FROM events WHERE seq = 3", "event"),
        ("UPDATE branches SET seq = seq - 1", "cursor"),
        ("UPDATE batches SET raw = CAST(substr(raw, 1, length(raw) - 1) || x'00' AS BLOB) WHERE first_seq = 1", "b001"),
        ("DELETE FROM batches WHERE first_seq = 1", "is missing"),
        ("UPDATE slots SET sales_total = sales_total + 1", "takings"),
        ("INSERT OR REPLACE INTO bindings SELECT branch_id, x'00' FROM branches", "bindings"),
    ],
)
async def test_verify_finds_what_was_changed_behind_its_back(tmp_path: Path, damage: str, says: str) -> None:
    desk, journal = Desk(tmp_path), shop("b001", 8)
    await desk.apply(desk.delivery(journal, 1, 5), desk.delivery(journal, 6, 10))
    await desk.store.close()
    assert verify_site(tmp_path).clean
    connection = sqlite3.connect(tmp_path / "hq.db")
    with connection:
        connection.execute(damage.replace("WHERE rowid_free = 0", "WHERE location_id = 1"))
    connection.close()
    report = await asyncio.to_thread(verify_site, tmp_path)
    assert report.difference_count > 0
    assert any(says in sentence for sentence in report.differences), report.differences


async def test_raw_bytes_are_kept_as_they_came(desk: Desk) -> None:
    journal = shop("b001", 3)
    data = journal.batch(1, 5)
    await desk.apply(desk.raw("b001", data))
    kept = await desk.store.read(lambda c: c.execute("SELECT raw FROM batches").fetchone()[0])
    assert kept == data
    assert read_envelope(kept).count == 5
