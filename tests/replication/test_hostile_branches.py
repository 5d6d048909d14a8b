"""What a branch may say to do harm: it harms itself at most. Its neighbours and headquarters' disk do not notice."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from replication.headquarters.apply import NOBODYS_MAX
from replication.headquarters.binding import Binding, Device
from replication.headquarters.skip import skip
from replication.headquarters.stores.sqlite import quarantine
from replication.headquarters.stores.sqlite.queries import list_branches
from replication.headquarters.stores.store import Skip
from replication.headquarters.stores.verify import verify_site
from replication.wire.envelope import ENTRY_BYTES_MAX, pack_batch, read_envelope
from replication.wire.events import DocumentDetail, DocumentPosted, PostedLine
from replication.wire.movement import Movement, Route
from replication.wire.quantity import Quantity
from tests.replication.shop import MemoryJournal
from tests.replication.test_store import Desk, shop

pytestmark = pytest.mark.anyio

TRANSFER = uuid.UUID(int=0x019AB3C45D6E7F809123456789AB0001)
PRESENT, OTHER = b"present.", b"another."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.store.close()
    assert verify_site(tmp_path).differences == ()


def transfer(type_: str, route: Route, items: list[str], detail: DocumentDetail) -> DocumentPosted:
    lines = tuple(PostedLine(item, Quantity(1000)) for item in items)
    moves = tuple(Movement(index, 0, Quantity(1000), "L" * 64) for index in range(len(items)))
    return DocumentPosted(type_, "T-1", 1, None, "admin", None, None, None, (), lines, (route,), moves, detail)


async def bind(desk: Desk, fenced: tuple[bytes, ...] = (OTHER,)) -> None:
    def command(session: object) -> None:
        state = session.branch("b001")  # type: ignore[attr-defined]
        bound = Binding(Device("key", "board"), PRESENT, 1, retired=(b"retired.",), fenced=fenced)
        session.bind("b001", state.cursor, bound, state.seen_seq)  # type: ignore[attr-defined]

    await desk.store.transact(command)


async def test_a_receiver_cannot_fill_its_senders_outbox_with_what_no_answer_can_carry(desk: Desk) -> None:
    """What is told of its receipts names all goods it ever took: where that grows too large, it is the one who stops."""
    sender, taker = MemoryJournal("b001"), MemoryJournal("b002")
    sender.append(
        transfer("transfer_out", Route("shop", "in-transit"), ["tea"], DocumentDetail(to_branch="b002")), TRANSFER
    )
    for part in range(4):
        items = [f"{part}-{number}-".ljust(64, "x") for number in range(400)]
        taker.append(
            transfer("transfer_in", Route("in-transit", "shop"), items, DocumentDetail(transfer=str(TRANSFER)))
        )
    await desk.apply(desk.delivery(sender, 1, 1))
    blocked = [one.branch for seq in range(1, 5) for one in (await desk.apply(desk.delivery(taker, seq, seq))).blocked]
    assert blocked == ["b002"]
    rows = await desk.store.transact(lambda s: s.outbox_after("b001", 0, entries_max=9, bytes_max=10**6))
    for row in rows:
        read_envelope(
            pack_batch("hq", [row.entry], bytes(32), row.hash, head_seq=row.entry.seq, boot_id=bytes(8), sent_at=1)
        )
        assert len(row.entry.payload) <= 128 * 1024


async def test_an_entry_that_no_batch_could_carry_is_not_handed_on(desk: Desk) -> None:
    """The present device could append it, and never send it again."""
    journal = shop("b001", 1)
    await desk.apply(desk.delivery(journal, 1, 3))
    await bind(desk)
    large = transfer("transfer_out", Route("shop", "in-transit"), ["tea"], DocumentDetail(to_branch="b002"))
    note = msgspec.structs.replace(large.detail or DocumentDetail(), note="x" * ENTRY_BYTES_MAX)
    journal.append(msgspec.structs.replace(large, detail=note))
    await desk.apply(desk.raw("b001", journal.batch(4, 4, boot_id=OTHER)))
    assert await desk.store.transact(lambda s: s.outbox_head("b001").seq) == 0


async def test_damaged_batches_of_a_second_history_are_kept_within_a_bound(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device whose card fails sends them without end; headquarters' disk is not its to fill."""
    monkeypatch.setattr(quarantine, "DAMAGED_FORKS_MAX", 3)
    journal = shop("b001", 1)
    await desk.apply(desk.delivery(journal, 1, 3))
    await bind(desk)
    for number in range(5):
        wrong = MemoryJournal("b001")
        wrong.entries, wrong.hashes = journal.entries[:2], journal.hashes[:2]
        wrong.sell(1)
        data = pack_batch(
            "b001", wrong.entries[2:], wrong.hash_of(2), bytes([number]) * 32, head_seq=3, boot_id=OTHER, sent_at=number
        )
        await desk.apply(desk.raw("b001", data))
    assert [code for _, code, _ in desk.quarantine()] == ["damaged_fork"] * 3


@pytest.mark.parametrize(
    ("sender", "fenced", "blocks"),
    [
        (PRESENT, (), True),
        (PRESENT, (OTHER,), True),
        (OTHER, (OTHER,), False),
        (b"retired.", (), False),
        (None, (), True),
        (None, (OTHER,), False),
    ],
)
async def test_what_another_device_sends_damaged_stops_nobody(
    desk: Desk, sender: bytes | None, fenced: tuple[bytes, ...], *, blocks: bool
) -> None:
    """Only the branch's present start stops the branch, or bytes without a sender while no second device is known."""
    journal = shop("b001", 3)
    await desk.apply(desk.delivery(journal, 1, 3))
    await bind(desk, fenced)
    data = b"\xc1 no batch" if sender is None else with_wrong_end(journal.batch(4, 4, boot_id=sender))
    outcome = await desk.apply(desk.raw("b001", data))
    place = desk.sequence
    assert [one.branch for one in outcome.blocked] == (["b001"] if blocks else [])
    assert ("damaged_fork" in [code for _, code, _ in desk.quarantine()]) is not blocks
    rows = await desk.store.read(lambda c: c.execute("SELECT stream_created, stream_seq FROM quarantine").fetchall())
    assert rows == [("1", place)], "where it stood in the stream"
    if not blocks:
        refused = outcome.refusals["b001"]
        assert (refused.code, refused.boot_id) == ("fork", sender or b"")
        await desk.apply(desk.raw("b001", journal.batch(4, 5, boot_id=PRESENT)))
        assert await desk.applied("b001") == 5


@pytest.mark.parametrize(("times", "blocks"), [(3, False), (100, True)])
async def test_what_nobody_signed_stops_a_branch_that_once_had_a_second_device(
    desk: Desk, times: int, *, blocks: bool
) -> None:
    """A few are taken for the other device's; what keeps the branch from moving for good is shown to a person."""
    journal = shop("b001", 3)
    await desk.apply(desk.delivery(journal, 1, 3))
    await bind(desk)
    stopped = [
        one.branch
        for number in range(times)
        for one in (await desk.apply(desk.raw("b001", b"\xc1 no batch %d" % number))).blocked
    ]
    assert stopped == (["b001"] if blocks else [])
    state = await desk.store.transact(lambda s: s.branch("b001"))
    assert (state.block is not None) is blocks
    assert bool(await desk.store.transact(lambda s: s.quarantined("b001", 1))) is blocks, "kept for whoever decides"
    (row,) = await desk.store.read(list_branches)
    assert row.damaged == (NOBODYS_MAX if blocks else times), "the branch's page counts them"
    if not blocks:
        for seq in (4, 5):
            await desk.apply(desk.raw("b001", journal.batch(seq, seq, boot_id=PRESENT)))
            for number in range(6):
                await desk.apply(desk.raw("b001", b"\xc1 none %d %d" % (seq, number)))
        assert await desk.applied("b001") == 5


async def test_known_bytes_that_stop_a_branch_are_the_newest_of_what_stopped_it(desk: Desk) -> None:
    """What nobody signed may be the same bytes each time: once they stop the branch, the skip is shown them."""
    journal = shop("b001", 1)
    await desk.apply(desk.delivery(journal, 1, 3))
    await bind(desk)
    for _ in range(NOBODYS_MAX + 1):
        await desk.apply(desk.raw("b001", b"\xc1 no batch"))
    state = await desk.store.transact(lambda s: s.branch("b001"))
    assert state.block is not None
    assert [code for _, code, _ in desk.quarantine()] == [state.block.code]
    (kept,) = await desk.store.transact(lambda s: s.quarantined("b001", 9))
    assert (kept.raw, kept.place is not None and kept.place.sequence) == (b"\xc1 no batch", desk.sequence)
    times = await desk.store.read(lambda c: c.execute("SELECT times FROM quarantine").fetchall())
    assert times == [(NOBODYS_MAX + 1,)]


async def test_damage_of_another_device_does_not_hide_what_a_person_may_pass(desk: Desk) -> None:
    """The skip looks through what could not be applied of the branch, however much of another came since."""
    journal = shop("b001", 1)
    await desk.apply(desk.delivery(journal, 1, 3))
    await bind(desk)
    journal.append_raw(99, b"from a later version")
    stops = journal.batch(4, 4, boot_id=PRESENT)
    await desk.apply(desk.raw("b001", stops))
    await desk.store.transact(lambda s: s.block("b001", None))
    for number in range(quarantine.DAMAGED_FORKS_MAX):
        wrong = msgspec.structs.replace(read_envelope(stops), last=b"%08d" % number, boot_id=OTHER)
        await desk.apply(desk.raw("b001", msgspec.msgpack.encode(wrong)))
    await desk.apply(desk.raw("b001", stops))
    done = await desk.store.transact(lambda s: skip(s, "b001", person="admin", reason="a test", key=b"k", now=1))
    assert isinstance(done, Skip)


def with_wrong_end(data: bytes) -> bytes:
    """The header announces a hash that its entries do not give."""
    return msgspec.msgpack.encode(msgspec.structs.replace(read_envelope(data), last=b"#" * 8))
