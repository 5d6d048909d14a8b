"""Second histories of a branch: kept raw within a bound, handed on once, marked when they came up, and nobody's delay."""

import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from replication.headquarters.binding import Binding, Device
from replication.headquarters.readmit import readmit
from replication.headquarters.stores.sqlite import forks
from replication.headquarters.stores.sqlite.queries import list_branches
from replication.headquarters.stores.verify import verify_site
from replication.wire.entry import Entry
from replication.wire.envelope import UNPACKED_BYTES_MAX, pack_batch, read_envelope
from replication.wire.events import EpochBegun, ItemPut, encode_event
from replication.wire.item import Item
from replication.wire.outbox import Readmit, decode_outbox
from replication.wire.packing import Codec, unpack
from tests.replication.shop import POSTED_AT, MemoryJournal, goods_receipt, sale
from tests.replication.test_store import Desk, shop

pytestmark = pytest.mark.anyio

PRESENT, OTHER = b"present.", b"another."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.store.close()
    assert verify_site(tmp_path).differences == ()


async def bind(desk: Desk, boot_id: bytes, fenced: tuple[bytes, ...] = ()) -> None:
    def command(session: Any) -> None:
        state = session.branch("b001")
        session.bind("b001", state.cursor, Binding(Device("key", "board"), boot_id, 1, fenced=fenced), state.seen_seq)

    await desk.store.transact(command)


def sent(journal: MemoryJournal, first: int, last: int, boot_id: bytes) -> bytes:
    return pack_batch(
        "b001", journal.entries[first - 1 : last], journal.hash_of(first - 1), journal.hash_of(last), head_seq=last,
        boot_id=boot_id, sent_at=POSTED_AT,
    )  # fmt: skip


async def outbox(desk: Desk) -> list[Any]:
    rows = await desk.store.transact(lambda s: s.outbox_after("b001", 0, entries_max=500, bytes_max=10**6))
    return [decode_outbox(row.entry.kind, row.entry.payload) for row in rows]


def copy_of(journal: MemoryJournal, entries: int) -> MemoryJournal:
    """A second device with the same beginning."""
    copied = MemoryJournal(journal.branch)
    copied.entries, copied.hashes = journal.entries[:entries], journal.hashes[:entries]
    return copied


async def test_what_people_did_on_another_device_is_handed_on_once(desk: Desk) -> None:
    """Sales and own items go down in their order; what is held, what headquarters gave, what says nothing elsewhere not."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT)
    other = copy_of(journal, 3)
    other.append(sale([("952-TEA", 1000)], 77))
    other.append_raw(*encode_event(EpochBegun(3, b"", 3, "forked", 0, 0, 0)))
    other.append(ItemPut(Item("HQ-1", "Ours", "pc", 1), "headquarters", POSTED_AT, version=5))
    other.append_raw(99, b"unknown")
    other.append(journal_copy := goods_receipt([("952-TEA", 2000)], 78))
    other.append(goods_receipt([("952-TEA", 1)], 79), uuid.UUID(bytes=journal.entries[4].event_id))
    data = sent(other, 4, 9, OTHER)
    for _ in range(2):
        assert (await desk.apply(desk.raw("b001", data))).forked == {"b001": 1}
    assert await outbox(desk) == [
        Readmit(entry.event_id, entry.kind, entry.payload, 1, entry.seq)
        for entry in (other.entries[3], other.entries[7])
    ]
    assert encode_event(journal_copy)[1] == other.entries[7].payload
    (row,) = await desk.store.read(list_branches)
    assert (row.forked, row.readmitting, row.readmitted) == (1, 2, 0)


async def test_what_came_up_again_is_marked(desk: Desk) -> None:
    """The present device appends it under its own numbers, and it is applied like any other entry."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT)
    other = copy_of(journal, 3)
    lost = other.append(sale([("952-TEA", 1000)], 77))
    await desk.apply(desk.raw("b001", sent(other, 4, 4, OTHER)))
    before = await desk.on_hand("b001")
    journal.append_raw(lost.kind, lost.payload, uuid.UUID(bytes=lost.event_id))
    await desk.apply(desk.raw("b001", sent(journal, 6, 6, PRESENT)))
    (row,) = await desk.store.read(list_branches)
    assert (row.readmitting, row.readmitted) == (0, 1)
    assert (await desk.on_hand("b001"))["952-TEA"] == before["952-TEA"] - 1000
    assert await desk.store.read(lambda c: c.execute("SELECT seq FROM readmissions").fetchall()) == [(6,)]


async def test_the_branchs_own_stale_batches_wait_until_another_device_is_the_branch(desk: Desk) -> None:
    """It appends them anew by itself; if it is replaced before it could, they are handed to its successor."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT)
    other = copy_of(journal, 3)
    other.append(sale([("952-TEA", 1000)], 77))
    await desk.apply(desk.raw("b001", sent(other, 4, 4, PRESENT)))
    assert await outbox(desk) == []
    await bind(desk, b"succeeds")
    assert await desk.store.transact(lambda s: readmit(s, "b001", 1)) == (1, False)
    assert len(await outbox(desk)) == 1


async def test_a_fenced_device_is_never_applied_however_well_its_entries_follow(desk: Desk) -> None:
    """A clone continues the same chain. What it sends is kept and handed on; how far it is kept, its next hello is told."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 3, PRESENT)))
    await bind(desk, PRESENT, fenced=(OTHER,))
    for first in (4, 5):
        outcome = await desk.apply(desk.raw("b001", sent(journal, first, first, OTHER)))
        assert outcome.forked == {"b001": 1}
        assert outcome.refusals == {}, "it knows already"
    assert await desk.applied("b001") == 3
    assert await desk.store.transact(lambda s: s.forks.kept_runs("b001", OTHER)) == [(4, 5)]
    assert len(await outbox(desk)) == 2


async def test_bytes_that_changed_on_their_way_are_no_second_history(desk: Desk) -> None:
    """A sale with another figure would be taken for one: what its chain proves wrong is set aside, and asked for again."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT, fenced=(OTHER,))
    other = copy_of(journal, 3)
    other.append(sale([("952-TEA", 1000)], 77))
    good = sent(other, 4, 4, OTHER)
    envelope = read_envelope(good)
    plain = unpack(envelope.codec, envelope.payload, UNPACKED_BYTES_MAX).replace(b"customer", b"#ustomer")
    damaged = msgspec.msgpack.encode(msgspec.structs.replace(envelope, codec=int(Codec.PLAIN), payload=plain))
    assert damaged != good
    outcome = await desk.apply(desk.raw("b001", damaged))
    assert outcome.refusals["b001"].boot_id == OTHER
    assert [code for _, code, _ in desk.quarantine()] == ["damaged_fork"]
    assert await outbox(desk) == []
    assert await desk.store.transact(lambda s: list(s.forks.kept_runs("b001", OTHER))) == []
    await desk.apply(desk.raw("b001", good))
    assert len(await outbox(desk)) == 1


async def test_a_batch_whose_chain_is_not_known_yet_waits_for_the_one_before_it(desk: Desk) -> None:
    """It came first; nothing of it is handed on until the batch before it proves it."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT, fenced=(OTHER,))
    other = copy_of(journal, 3)
    for number in range(70, 74):
        other.append(sale([("952-TEA", 1000)], number))
    await desk.apply(desk.raw("b001", sent(other, 6, 7, OTHER)), desk.raw("b001", sent(other, 5, 5, OTHER)))
    assert await outbox(desk) == []
    await desk.apply(desk.raw("b001", sent(other, 4, 4, OTHER)))
    assert [message.from_seq for message in await outbox(desk)] == [6, 7, 5, 4]
    assert await desk.store.transact(lambda s: list(s.forks.kept_runs("b001", OTHER))) == [(4, 7)]


async def test_the_fork_store_is_bounded_and_says_what_it_did_not_keep(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound a batch is counted; its device holds it still."""
    monkeypatch.setattr(forks, "FORKED_BYTES_MAX", 2_000)
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT, fenced=(OTHER,))
    other = copy_of(journal, 3)
    other.sell(20)
    for seq in range(4, 24):
        await desk.apply(desk.raw("b001", sent(other, seq, seq, OTHER)))
    (row,) = await desk.store.read(list_branches)
    assert 1 < row.forked < 8
    assert row.forked_not_kept == 1, "after it none is proved"
    assert await desk.store.transact(lambda s: s.forks.kept_runs("b001", OTHER)) == [(4, 3 + row.forked)]


async def test_a_flood_of_one_branch_delays_no_other(desk: Desk) -> None:
    """Poison, forks and nonsense of one branch in every group; its neighbour's batches are applied in the same commits."""
    bad, good = shop("b001", 3), shop("b002", 120)
    await desk.apply(desk.raw("b001", sent(bad, 1, 5, PRESENT)))
    await bind(desk, PRESENT)
    other = copy_of(bad, 3)
    other.sell(400)
    bad.append_raw(99, b"from a later version")
    began = time.perf_counter()
    for round_, first in enumerate(range(1, 121, 10)):
        flood = [desk.raw("b001", sent(other, n, n + 4, OTHER)) for n in range(4 + 30 * round_, 34 + 30 * round_, 5)]
        flood += [desk.raw("b001", b"\xc1 nonsense"), desk.raw("b001", sent(bad, 6, 6, PRESENT))]
        outcome = await desk.apply(*flood, desk.delivery(good, first, first + 9))
        assert outcome.watermarks["b002"].applied_seq == first + 9
    assert time.perf_counter() - began < 5
    assert await desk.applied("b001") == 5


async def test_an_epoch_that_headquarters_forgot_is_proved_over_its_jump(desk: Desk) -> None:
    """A device of an epoch given before a restore: its first entry says to what it is chained. Packed anew, it is one."""
    journal = shop("b001", 3)
    await desk.apply(desk.raw("b001", sent(journal, 1, 5, PRESENT)))
    await bind(desk, PRESENT, fenced=(OTHER,))
    kind, payload = encode_event(EpochBegun(3, journal.hash_of(3), 3, "forked", 0, 0, POSTED_AT))
    begun = Entry(2, 10_004, b"e" * 16, kind, payload)
    sold = Entry(2, 10_005, b"s" * 16, *encode_event(sale([("952-TEA", 1000)], 77)))
    first = begun.hash_after(journal.hash_of(3))
    for sent_at in (1, 2, 3):
        data = pack_batch(
            "b001", [begun, sold], journal.hash_of(3), sold.hash_after(first), head_seq=10_005,
            boot_id=OTHER, sent_at=sent_at,
        )  # fmt: skip
        await desk.apply(desk.raw("b001", data))
    assert [message.event_id for message in await outbox(desk)] == [b"s" * 16]
    (row,) = await desk.store.read(list_branches)
    assert row.forked == 1
    assert await desk.store.transact(lambda s: list(s.forks.kept_runs("b001", OTHER))) == [(10_004, 10_005)]
