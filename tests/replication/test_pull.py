"""What headquarters hands out: a branch's own journal as it is held, over epochs and passed entries, and to whom it does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from replication.headquarters.binding import Binding, Device, Offer
from replication.headquarters.decide import Cursor
from replication.headquarters.pull import answer_pull
from replication.headquarters.skip import skip
from replication.headquarters.stores.verify import verify_site
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.envelope import CHECK_BYTES, ENVELOPE_BYTES_MAX, pack_batch, read_envelope, unpack_entries
from replication.wire.events import EpochBegun, encode_event
from replication.wire.messages import Lane, Pull, PullAnswer, Pulled, PullRefused
from tests.replication.shop import POSTED_AT, MemoryJournal
from tests.replication.test_store import Desk, shop

pytestmark = pytest.mark.anyio

BOOT = b"present."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.store.close()
    assert verify_site(tmp_path).differences == ()


async def asked(desk: Desk, pull: Pull) -> PullAnswer:
    return await desk.store.look(lambda archive: answer_pull(pull, archive, site="hq", incarnation=3, now=POSTED_AT))


async def whole_journal(desk: Desk, branch: str = "b001") -> list[Entry]:
    """Everything, pulled batch by batch and checked as a branch does."""
    found: list[Entry] = []
    running = GENESIS_HASH
    while True:
        after = found[-1].seq if found else 0
        answer = await asked(desk, Pull(branch, Lane.JOURNAL, after, running, 0))
        assert isinstance(answer, Pulled)
        if not answer.envelope:
            assert answer.head_seq == after
            return found
        assert len(answer.envelope) <= ENVELOPE_BYTES_MAX
        for entry in unpack_entries(read_envelope(answer.envelope)):
            if entry.seq > after:
                running = entry.hash_after(running)
                found.append(entry)
        assert running[:CHECK_BYTES] == read_envelope(answer.envelope).last


async def begin_epoch(desk: Desk, journal: MemoryJournal, base_seq: int) -> bytes:
    """The offer is stored, then the branch's first batch of the epoch comes."""
    held = len(journal.entries)
    held_hash = journal.hash_of(held)
    offer = Offer(2, base_seq, held, held_hash, held, held_hash, "forked", BOOT)
    binding = Binding(Device("key", "board"), BOOT, 1, offer=offer)
    await desk.store.transact(lambda s: s.bind("b001", Cursor(2, base_seq - 1, held_hash), binding, base_seq - 1))
    kind, payload = encode_event(EpochBegun(held, held_hash, held, "forked", 0, 0, POSTED_AT))
    entry = Entry(2, base_seq, b"e" * 16, kind, payload)
    return pack_batch(
        "b001", [entry], held_hash, entry.hash_after(held_hash), head_seq=base_seq, boot_id=BOOT,
        sent_at=POSTED_AT,
    )  # fmt: skip


async def test_a_journal_is_handed_out_whole_over_overlaps_and_epochs(desk: Desk) -> None:
    """Batches as they came; the jump to a new epoch is no gap."""
    journal = shop("b001", 10)
    await desk.apply(desk.delivery(journal, 1, 5))
    await desk.apply(desk.delivery(journal, 3, 9))
    await desk.apply(desk.delivery(journal, 10, 12))
    assert await whole_journal(desk) == journal.entries
    data = await begin_epoch(desk, journal, 10_013)
    assert await whole_journal(desk) == journal.entries, "an offer that nothing came of adds nothing"
    await desk.apply(desk.raw("b001", data))
    found = await whole_journal(desk)
    assert found[:-1] == journal.entries
    assert (found[-1].epoch, found[-1].seq) == (2, 10_013)


async def test_entries_that_were_passed_over_belong_to_the_history(desk: Desk) -> None:
    """A batch of which only a part became history is packed anew for that part."""
    journal = shop("b001", 2)
    journal.append_raw(77, b"from a later version")
    journal.sell(2)
    await desk.apply(desk.delivery(journal, 1, 7))
    await desk.store.transact(lambda s: skip(s, "b001", person="chen", reason="why", key=b"k" * 32, now=1))
    assert await whole_journal(desk) == journal.entries[:5]
    await desk.apply(desk.delivery(journal, 1, 7))
    assert await whole_journal(desk) == journal.entries


async def test_a_position_of_another_history_or_beyond_ours_is_refused(desk: Desk) -> None:
    """The branch is to say hello first: then it is told where the histories part."""
    journal = shop("b001", 3)
    await desk.apply(desk.delivery(journal, 1, 5))
    for pull, code in (
        (Pull("b001", Lane.JOURNAL, 3, bytes(32), 0), "other_history"),
        (Pull("b001", Lane.JOURNAL, 6, journal.hash_of(5), 0), "not_held"),
        (Pull("b001", Lane.JOURNAL, -1, b"", 0), "not_held"),
        (Pull("b002", Lane.JOURNAL, 0, GENESIS_HASH, 0), "unknown_branch"),
    ):
        answer = await asked(desk, pull)
        assert isinstance(answer, PullRefused)
        assert answer.code == code


async def test_a_device_that_is_not_the_branch_gets_nothing(desk: Desk) -> None:
    """By its start of the process, or by its key once it was replaced."""
    journal = shop("b001", 3)
    await desk.apply(desk.delivery(journal, 1, 5))
    binding = Binding(
        Device("new", "board"),
        BOOT,
        1,
        retired=(b"retired.",),
        fenced=(b"fenced..",),
        replaced=(Device("old", "board"),),
    )
    await desk.store.transact(lambda s: s.bind("b001", s.branch("b001").cursor, binding, 5))
    start = Pull("b001", Lane.JOURNAL, 0, GENESIS_HASH, 0, device="new", boot_id=BOOT)
    for changes in ({"boot_id": b"retired."}, {"boot_id": b"fenced.."}, {"device": "old"}):
        for lane in Lane:
            answer = await asked(desk, msgspec.structs.replace(start, lane=lane, **changes))
            assert isinstance(answer, PullRefused)
            assert answer.code == "fenced"
    assert isinstance(await asked(desk, start), Pulled)
