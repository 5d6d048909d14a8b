"""The fork store's room: given back as events come up, refused aloud, and nothing that was refused is taken for kept."""

import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import msgspec
import pytest

from replication.headquarters import readmit as readmit_room
from replication.headquarters.binding import Device
from replication.headquarters.fold import Effects, FoldError, fold
from replication.headquarters.hello import BranchKnown, answer_hello
from replication.headquarters.readmit import readmit
from replication.headquarters.stores.sqlite import forks
from replication.headquarters.stores.sqlite.queries import list_branches
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.store import ApplySession
from replication.headquarters.stores.verify import verify_site
from replication.wire.entry import Entry
from replication.wire.messages import Fenced
from replication.wire.outbox import Readmit, decode_outbox
from tests.replication.office import NOW, hello_of
from tests.replication.shop import MemoryJournal, sale
from tests.replication.test_forks import OTHER, PRESENT, bind, copy_of, outbox, sent
from tests.replication.test_store import Desk, shop

pytestmark = pytest.mark.anyio

AGAIN = b"started."


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Room for some five lone sales; asked for more when that of three is free."""
    monkeypatch.setattr(forks, "FORKED_BYTES_MAX", 2_500)
    monkeypatch.setattr(forks, "ROOM_BYTES", 1_500)
    made = Desk(tmp_path)
    journal = shop("b001", 1)
    await made.apply(made.raw("b001", sent(journal, 1, 3, PRESENT)))
    await bind(made, PRESENT, fenced=(OTHER, AGAIN))
    yield made
    await made.store.close()
    assert verify_site(tmp_path).differences == ()


@pytest.fixture
def present() -> MemoryJournal:
    """The branch's present device, as it stood when the copy was made."""
    return shop("b001", 1)


def second(present: MemoryJournal, sales: int) -> MemoryJournal:
    other = copy_of(present, 3)
    for number in range(sales):
        other.append(sale([("952-TEA", 1000)], 70 + number))
    return other


async def tail_from(desk: Desk, journal: MemoryJournal, boot_id: bytes = OTHER) -> int:
    """What a fenced device that says hello is told to send from."""

    def ask(session: ApplySession) -> int:
        state, store = session.branch("b001"), session.forks
        known = BranchKnown(
            cursor=state.cursor,
            binding=msgspec.structs.replace(state.binding, device=Device("UDEVICE", "board-1")),
            kept_runs=tuple(store.kept_runs("b001", boot_id)),
            is_aside_full=store.is_full("b001"),
        )
        hello = hello_of(journal, boot_id, Device("UOTHER", "board-9"))
        answer = answer_hello(hello, known, lambda seq: session.hash_at("b001", seq), NOW, 1).answer
        assert isinstance(answer, Fenced)
        return answer.tail_from

    return await desk.store.transact(ask)


async def append_what_was_asked(desk: Desk, present: MemoryJournal) -> None:
    """The present device pulls its outbox and appends what it lacks; headquarters applies it."""
    held = {entry.event_id for entry in present.entries}
    for message in await outbox(desk):
        if message.event_id not in held:
            held.add(message.event_id)
            seq = present.append_raw(message.kind, message.payload, uuid.UUID(bytes=message.event_id)).seq
            await desk.apply(desk.raw("b001", sent(present, seq, seq, PRESENT)))


async def kept_bytes(desk: Desk) -> tuple[int, int]:
    """What the store says it holds, and what it holds."""
    counted, held = await desk.store.read(
        lambda c: (
            c.execute("SELECT bytes FROM fork_totals").fetchone()[0],
            c.execute("SELECT SUM(LENGTH(raw) + ?) FROM forked WHERE raw != x''", (forks.ROW_BYTES,)).fetchone()[0],
        )
    )
    return counted, held or 0


async def test_a_batch_is_let_go_when_the_last_of_its_events_came_up(desk: Desk, present: MemoryJournal) -> None:
    """Not before; and its device is told as before that it is kept."""
    other = second(present, 2)
    await desk.apply(desk.raw("b001", sent(other, 4, 5, OTHER)))
    first, last = await outbox(desk)
    full, held = await kept_bytes(desk)
    assert full == held > 0
    present.append_raw(first.kind, first.payload, uuid.UUID(bytes=first.event_id))
    await desk.apply(desk.raw("b001", sent(present, 4, 4, PRESENT)))
    assert await kept_bytes(desk) == (full, full)
    present.append_raw(last.kind, last.payload, uuid.UUID(bytes=last.event_id))
    await desk.apply(desk.raw("b001", sent(present, 5, 5, PRESENT)))
    assert await kept_bytes(desk) == (0, 0)
    assert await tail_from(desk, other) == 6
    await desk.apply(desk.raw("b001", sent(other, 4, 5, OTHER)))
    assert await kept_bytes(desk) == (0, 0), "what it sends once more is known"


async def test_of_a_full_store_a_fenced_device_hears_nothing_that_was_not_kept(
    desk: Desk, present: MemoryJournal
) -> None:
    """It is asked for nothing while there is no room, and for the rest when there is; every sale arrives once."""
    other = second(present, 20)
    asked_again = []
    for _ in range(20):
        start = await tail_from(desk, other)
        for seq in range(start, 24):
            await desk.apply(desk.raw("b001", sent(other, seq, seq, OTHER)))
        if await desk.store.transact(lambda s: s.forks.is_full("b001")):
            assert await tail_from(desk, other) == 24, "nothing is asked for"
        await append_what_was_asked(desk, present)
        asked_again.append(await tail_from(desk, other))
        if asked_again[-1] == 24:
            break
    assert len(asked_again) > 2
    assert asked_again == sorted(set(asked_again))
    assert {entry.event_id for entry in other.entries[3:]} <= {entry.event_id for entry in present.entries}
    assert await desk.applied("b001") == 23
    assert await kept_bytes(desk) == (0, 0)


async def test_the_state_of_a_full_store_is_told_until_there_is_room(desk: Desk, present: MemoryJournal) -> None:
    """The branch's row says how much is kept and that something was turned away; both end by themselves."""
    other = second(present, 20)
    for seq in range(4, 24):
        await desk.apply(desk.raw("b001", sent(other, seq, seq, OTHER)))
    (row,) = await desk.store.read(list_branches)
    assert row.forked_not_kept > 0
    assert 1_000 < row.forked_bytes <= 2_500
    await append_what_was_asked(desk, present)
    (row,) = await desk.store.read(list_branches)
    assert (row.forked_not_kept, row.forked_bytes) == (0, 0)


async def test_what_waits_unproved_gives_way_to_what_proves_it(desk: Desk, present: MemoryJournal) -> None:
    """Batches that came before the one they are chained to filled the store: that one finds room all the same."""
    other = second(present, 20)
    for seq in range(23, 4, -1):
        await desk.apply(desk.raw("b001", sent(other, seq, seq, OTHER)))
    assert await outbox(desk) == []
    assert await tail_from(desk, other) <= 4, "it is asked for what is missing, full as the store is"
    await desk.apply(desk.raw("b001", sent(other, 4, 4, OTHER)))
    assert [message.from_seq for message in await outbox(desk)] == [4]
    counted, held = await kept_bytes(desk)
    assert counted == held <= 2_500


async def test_small_unproved_batches_give_way_to_a_large_proved_one_by_their_bytes(
    desk: Desk, present: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many it takes; and nothing is said to be turned away that found room."""
    monkeypatch.setattr(forks, "FORKED_BYTES_MAX", 10**6)
    other = copy_of(present, 3)
    other.append_raw(99, Random(1).randbytes(125_000))
    for number in range(400):
        other.append(sale([("952-TEA", 1000)], 70 + number))
    await desk.apply(*(desk.raw("b001", sent(other, seq, seq, OTHER)) for seq in range(404, 4, -1)))
    room, _ = await kept_bytes(desk)
    monkeypatch.setattr(forks, "FORKED_BYTES_MAX", room)
    await desk.apply(desk.raw("b001", sent(other, 4, 4, OTHER)))
    (row,) = await desk.store.read(list_branches)
    assert row.forked_not_kept == 0
    counted, held = await kept_bytes(desk)
    assert counted == held <= room
    assert 0 < len(await outbox(desk)) < 400 - 256, "those that waited nearest to it are left"


async def test_what_waits_unproved_does_not_keep_a_store_full(desk: Desk, present: MemoryJournal) -> None:
    """After a proved batch was turned away it fills the store no more: once the proved ones came up there is room."""
    other = second(present, 20)
    for seq in range(4, 12):
        await desk.apply(desk.raw("b001", sent(other, seq, seq, OTHER)))
    assert await desk.store.transact(lambda s: s.forks.is_full("b001"))
    for message in await outbox(desk):
        seq = present.append_raw(message.kind, message.payload, uuid.UUID(bytes=message.event_id)).seq
        await desk.apply(desk.raw("b001", sent(present, seq, seq, PRESENT)))
        await desk.apply(*(desk.raw("b001", sent(other, late, late, OTHER)) for late in range(23, 13, -1)))
    assert not await desk.store.transact(lambda s: s.forks.is_full("b001"))


async def test_a_device_started_anew_fills_the_store_with_nothing_it_holds(desk: Desk, present: MemoryJournal) -> None:
    """It sends its whole tail under another boot id and in other pieces: what is on its way already takes no room."""
    other = second(present, 3)
    await desk.apply(desk.raw("b001", sent(other, 4, 6, OTHER)))
    before = await kept_bytes(desk)
    start = await tail_from(desk, other, AGAIN)
    assert start <= 4
    await desk.apply(desk.raw("b001", sent(other, start, 5, AGAIN)), desk.raw("b001", sent(other, 6, 6, AGAIN)))
    assert await kept_bytes(desk) == before
    assert await tail_from(desk, other, AGAIN) == 7
    assert len(await outbox(desk)) == 3


async def test_bytes_that_nobody_can_read_yet_are_never_let_go(desk: Desk, present: MemoryJournal) -> None:
    """An entry of a kind from a later version is not handed on, so that its batch is the one copy there is."""
    other = second(present, 1)
    other.append_raw(99, b"from a later version")
    await desk.apply(desk.raw("b001", sent(other, 4, 5, OTHER)))
    await append_what_was_asked(desk, present)
    assert len(present.entries) == 4
    counted, held = await kept_bytes(desk)
    assert counted == held > 0


async def test_what_made_no_sense_is_looked_at_again_by_a_store_opened_anew(
    desk: Desk, present: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade that understands it the sale is handed on, once, and not before what is on its way has come."""

    def refuse(entries: Sequence[Entry]) -> Effects:
        if entries[0].event_id == puzzling.event_id:
            raise FoldError("of_a_later_version", entries[0].seq, "")
        return fold(entries)

    async def open_anew() -> tuple[int, bool]:
        await desk.store.close()
        desk.store = SqliteStore.open(desk.folder, on_fatal=lambda error: pytest.fail(repr(error)))
        return await desk.store.transact(lambda s: readmit(s, "b001", 1))

    other = second(present, 2)
    puzzling = other.entries[3]
    with monkeypatch.context() as older:
        older.setattr(readmit_room, "fold", refuse)
        await desk.apply(desk.raw("b001", sent(other, 4, 5, OTHER)))
    (first,) = await outbox(desk)
    assert await open_anew() == (0, False), "an event of the batch is on its way"
    present.append_raw(first.kind, first.payload, uuid.UUID(bytes=first.event_id))
    desk.applier._store = desk.store
    await desk.apply(desk.raw("b001", sent(present, 4, 4, PRESENT)))
    assert (await kept_bytes(desk))[1] > 0
    assert await open_anew() == (1, False)
    assert await open_anew() == (0, False), "it was asked for"
    (row,) = await desk.store.transact(lambda s: s.outbox_after("b001", 1, entries_max=9, bytes_max=10**6))
    second_ask = decode_outbox(row.entry.kind, row.entry.payload)
    assert isinstance(second_ask, Readmit)
    assert second_ask.event_id == puzzling.event_id
    present.append_raw(puzzling.kind, puzzling.payload, uuid.UUID(bytes=puzzling.event_id))
    desk.applier._store = desk.store
    await desk.apply(desk.raw("b001", sent(present, 5, 5, PRESENT)))
    assert await kept_bytes(desk) == (0, 0)


async def test_what_a_retired_start_left_is_let_go_when_its_successor_holds_it(
    desk: Desk, present: MemoryJournal
) -> None:
    """The device appended it anew by itself in its new epoch: nothing is asked for, and nothing is kept."""
    stale = second(present, 1)
    await bind(desk, OTHER)
    entry = stale.entries[3]
    ours = copy_of(present, 3)
    ours.append(sale([("952-RICE", 1000)], 60))
    ours.append_raw(entry.kind, entry.payload, uuid.UUID(bytes=entry.event_id))
    await desk.apply(desk.raw("b001", sent(ours, 4, 4, OTHER)), desk.raw("b001", sent(stale, 4, 4, OTHER)))
    await desk.apply(desk.raw("b001", sent(ours, 5, 5, OTHER)))
    assert (await kept_bytes(desk))[0] > 0
    await bind(desk, AGAIN)
    assert await desk.store.transact(lambda s: readmit(s, "b001", 1)) == (0, False)
    assert await kept_bytes(desk) == (0, 0)


async def rows(desk: Desk) -> list[tuple[int, int, bool]]:
    """First and last seq of each row, and whether its bytes went."""
    query = "SELECT first_seq, last_seq, raw = x'' FROM forked ORDER BY first_seq, last_seq"
    return [(*seqs, bool(gone)) for *seqs, gone in await desk.store.read(lambda c: c.execute(query).fetchall())]


@pytest.mark.parametrize("order", [(4, 5, 6, 7, 8, 9), (9, 8, 7, 6, 5, 4), (5, 9, 7, 4, 8, 6)])
async def test_neighbours_that_were_let_go_become_one_row(
    desk: Desk, present: MemoryJournal, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    """In whatever order their events come up; their device hears what it heard before, and what it repeats is known."""
    monkeypatch.setattr(forks, "FORKED_BYTES_MAX", 10**6)
    other = second(present, 7)
    batches = {seq: desk.raw("b001", sent(other, seq, seq, OTHER)) for seq in range(4, 11)}
    await desk.apply(*batches.values())
    for seq in order:
        entry = other.entries[seq - 1]
        came = present.append_raw(entry.kind, entry.payload, uuid.UUID(bytes=entry.event_id)).seq
        await desk.apply(desk.raw("b001", sent(present, came, came, PRESENT)))
    assert await rows(desk) == [(4, 9, True), (10, 10, False)]
    assert await desk.store.transact(lambda s: s.forks.kept_runs("b001", OTHER)) == [(4, 10)]
    before = await kept_bytes(desk)
    await desk.apply(*(desk.raw("b001", sent(other, seq, seq + 1, OTHER)) for seq in (4, 6, 8)), batches[7])
    assert await rows(desk) == [(4, 9, True), (10, 10, False)]
    assert await kept_bytes(desk) == before
    (row,) = await desk.store.read(list_branches)
    assert (row.readmitted, row.readmitting) == (6, 1)


async def test_another_history_of_the_same_start_is_not_mistaken_for_what_was_let_go(
    desk: Desk, present: MemoryJournal
) -> None:
    """A device that was fenced in the middle of a switch gave its seqs to other events: these are kept beside the run."""
    other, again = second(present, 3), copy_of(present, 3)
    for number in range(3):
        again.append(sale([("952-RICE", 1000)], 170 + number), uuid.UUID(int=number + 1))
    for history in (other, again):
        await desk.apply(*(desk.raw("b001", sent(history, seq, seq, OTHER)) for seq in (4, 5)))
        await append_what_was_asked(desk, present)
    assert await rows(desk) == [(4, 5, True), (4, 5, True)]
    held = {entry.event_id for entry in present.entries}
    assert {entry.event_id for history in (other, again) for entry in history.entries[3:5]} <= held
    await desk.apply(desk.raw("b001", sent(again, 6, 6, OTHER)))
    await append_what_was_asked(desk, present)
    assert await rows(desk) == [(4, 5, True), (4, 6, True)]
