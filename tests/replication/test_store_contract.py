"""What a store keeps of outboxes, bindings and second histories: one contract over the SQLite store and its model."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from replication.headquarters.binding import Binding, Device
from replication.headquarters.decide import Cursor
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.store import Forked, ForkKept, Readmission
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Position
from replication.wire.item import Item
from replication.wire.outbox import CatalogueItem, Skipped, decode_outbox
from tests.replication.memory_store import MemoryStore

pytestmark = pytest.mark.anyio

AnyStore = Any


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    made = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)), opened_at=1_795_000_000)
    yield made
    await made.close()


def item(number: int, size: int = 10) -> CatalogueItem:
    return CatalogueItem(Item(f"SKU-{number}", "x" * size, "pc", 100), number)


async def test_an_outbox_is_gapless_chained_and_apart_from_its_neighbours(store: AnyStore) -> None:
    """Each branch counts from one; a hash covers everything before it; nothing is shared."""
    for number in range(1, 4):
        await store.transact(lambda s, n=number: [s.post_outbox("b001", item(n)), s.post_outbox("b002", item(-n))])
    rows = await store.transact(lambda s: s.outbox_after("b001", 0, entries_max=10, bytes_max=10_000))
    assert [row.entry.seq for row in rows] == [1, 2, 3]
    running = GENESIS_HASH
    for number, row in enumerate(rows, 1):
        running = row.entry.hash_after(running)
        assert row.hash == running
        assert decode_outbox(row.entry.kind, row.entry.payload) == item(number)
    assert len({row.entry.event_id for row in rows}) == 3
    incarnation = await store.incarnation()
    assert await store.transact(lambda s: s.outbox_head("b001")) == Position(incarnation, 3, running)
    assert await store.transact(lambda s: s.outbox_head("b009")) == Position(0, 0, GENESIS_HASH)


async def test_a_transaction_sees_what_it_posted(store: AnyStore) -> None:
    """Later calls of one transaction build on earlier ones."""

    def post(session: Any) -> tuple[int, int, bytes | None, bytes]:
        first, second = session.post_outbox("b001", item(1)), session.post_outbox("b001", item(2))
        return first, second, session.outbox_hash_at("b001", 2), session.outbox_head("b001").hash

    first, second, hash_at, head = await store.transact(post)
    assert (first, second) == (1, 2)
    assert hash_at == head


async def test_what_is_rolled_back_was_never_posted(store: AnyStore) -> None:
    """A command that fails leaves no entry and no number behind."""

    def fail(session: Any) -> None:
        session.post_outbox("b001", item(1))
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await store.transact(fail)
    assert await store.transact(lambda s: s.post_outbox("b001", item(2))) == 1


async def test_reading_is_bounded_and_goes_on_where_it_stopped(store: AnyStore) -> None:
    """By number and by bytes; an entry larger than the bound still comes, alone."""
    await store.transact(lambda s: [s.post_outbox("b001", item(n, 400)) for n in range(1, 8)])
    three = await store.transact(lambda s: s.outbox_after("b001", 2, entries_max=3, bytes_max=10_000))
    assert [row.entry.seq for row in three] == [3, 4, 5]
    two = await store.transact(lambda s: s.outbox_after("b001", 5, entries_max=9, bytes_max=1_000))
    assert [row.entry.seq for row in two] == [6, 7]
    one = await store.transact(lambda s: s.outbox_after("b001", 0, entries_max=9, bytes_max=1))
    assert [row.entry.seq for row in one] == [1]
    assert await store.transact(lambda s: s.outbox_after("b001", 7, entries_max=9, bytes_max=1)) == []


async def test_a_position_is_known_by_its_hash(store: AnyStore) -> None:
    """The hash at a seq is that of the entry, genesis at zero, nothing beyond the head."""
    await store.transact(lambda s: s.post_outbox("b001", Skipped(1, 2, "chen", "why", b"s")))
    head = await store.transact(lambda s: s.outbox_head("b001"))
    assert await store.transact(lambda s: s.outbox_hash_at("b001", 1)) == head.hash
    assert await store.transact(lambda s: s.outbox_hash_at("b001", 0)) == GENESIS_HASH
    assert await store.transact(lambda s: s.outbox_hash_at("b001", 2)) is None


async def test_who_listens_is_told_after_the_commit(store: AnyStore) -> None:
    """With the newest seq of each outbox that grew; a rollback tells nothing."""
    told: list[Mapping[str, int]] = []
    store.listen(told.append)
    await store.transact(lambda s: [s.post_outbox("b001", item(1)), s.post_outbox("b001", item(2))])
    await store.transact(lambda s: s.outbox_head("b001"))
    await asyncio.sleep(0)
    assert told == [{"b001": 2}]


async def test_a_binding_is_kept_with_the_cursor_it_moves(store: AnyStore) -> None:
    """One transaction; what is rolled back bound nobody."""
    binding = Binding(Device("key", "board"), b"boot", 7, retired=(b"before",))
    moved = Cursor(2, 100, bytes(32))
    await store.transact(lambda s: s.bind("b001", moved, binding, 140))
    state = await store.transact(lambda s: s.branch("b001"))
    assert (state.cursor, state.binding, state.seen_seq) == (moved, binding, 140)

    def fail(session: Any) -> None:
        session.bind("b001", Cursor(3, 200, bytes(32)), Binding(), 300)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await store.transact(fail)
    assert await store.transact(lambda s: s.branch("b001")) == state


async def test_a_second_history_is_kept_once_and_looked_at_once(store: AnyStore) -> None:
    """By branch and by start of a device; the present one's own batches wait."""

    def forked(first: int, last: int, boot_id: bytes, branch: str = "b001") -> Forked:
        return Forked(
            branch,
            "stale_epoch",
            "",
            1,
            first,
            last,
            boot_id,
            b"%d-%d" % (first, last) + boot_id,
            1,
            bytes([last]) * 32,
        )

    kept = await store.transact(
        lambda s: [
            s.forks.keep(one)
            for one in (
                forked(5, 9, b"x"),
                forked(10, 12, b"x"),
                forked(5, 9, b"x"),
                forked(20, 21, b"x"),
                forked(7, 8, b"me"),
            )
        ]
    )
    assert kept == [ForkKept.KEPT, ForkKept.KEPT, ForkKept.AGAIN, ForkKept.KEPT, ForkKept.KEPT]
    await store.transact(lambda s: s.forks.keep(forked(1, 2, b"x", "b002")))
    waiting = await store.transact(lambda s: s.forks.waiting("b001", b"me", 10))
    assert [raw for _, raw in waiting] == [b"5-9x", b"10-12x", b"20-21x"]
    assert len(await store.transact(lambda s: s.forks.waiting("b001", b"me", 2))) == 2
    await store.transact(lambda s: s.forks.looked(waiting[0][0], 5, 1))
    assert len(await store.transact(lambda s: s.forks.waiting("b001", b"me", 10))) == 2
    await store.transact(lambda s: s.forks.ask(Readmission("b001", b"e" * 16, waiting[0][0], 5, 1, 5)))
    assert await store.transact(lambda s: [s.forks.asked(b, b"e" * 16) for b in ("b001", "b002")]) == [True, False]


async def test_every_opening_has_a_number_of_its_own(tmp_path: Path) -> None:
    """It grows, is taken from the clock, and goes on growing when the clock goes back; entries carry it."""
    numbers, day = [], 1_795_000_000
    for opened_at in (day, day + 600, day + 601, 5, 2**40):
        store = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)), opened_at=opened_at)
        numbers.append(await store.incarnation())
        await store.transact(lambda s: s.post_outbox("b001", item(1)))
        await store.close()
    first = (day - 1_767_225_600) // 2
    assert numbers == [first, first + 300, first + 301, first + 302, first + 303]
    store = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)))
    runs, after = [], 0
    while rows := await store.transact(lambda s, a=after: s.outbox_after("b001", a, entries_max=9, bytes_max=9_999)):
        runs.append([row.entry.epoch for row in rows])
        after = rows[-1].entry.seq
    assert runs == [[number] for number in numbers], "a run is of one incarnation, as a batch is of one epoch"
    await store.close()


@pytest.mark.parametrize(("note_is_kept", "minutes"), [(True, 0), (False, 5)])
async def test_a_file_put_back_has_a_number_it_never_had(tmp_path: Path, note_is_kept: bool, minutes: int) -> None:
    """The copy was taken before two more openings. The note beside it, or else the clock, keeps the numbers apart."""

    async def opened(at: int) -> int:
        store = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)), opened_at=at)
        answer = await store.incarnation()
        await store.close()
        return answer

    day = 1_795_000_000
    await opened(day)
    copy = (tmp_path / "hq.db").read_bytes()
    await opened(day)
    last = await opened(day)
    (tmp_path / "hq.db").write_bytes(copy)
    if not note_is_kept:
        (tmp_path / "hq.opening").unlink()
    assert await opened(day + 60 * minutes) > last


async def test_a_folder_put_back_after_many_falls_has_a_number_it_never_had(tmp_path: Path) -> None:
    """The note went back with the file, and the program fell and rose every other second since the copy was made."""
    folder, copy, day = tmp_path / "hq", tmp_path / "copy", 1_795_000_000
    folder.mkdir()

    async def opened(at: int) -> int:
        store = SqliteStore.open(folder, on_fatal=lambda error: pytest.fail(repr(error)), opened_at=at)
        answer = await store.incarnation()
        await store.close()
        return answer

    await opened(day)
    shutil.copytree(folder, copy)
    numbers = [await opened(day + 2 * fall) for fall in range(1, 50)]
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    assert await opened(day + 100) > max(numbers)
