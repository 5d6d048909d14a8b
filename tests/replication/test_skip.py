"""Ways out of quarantine: a person's skip, what it passes and what it leaves, and the digest afterwards."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from replication.headquarters.skip import NotSkipped, sign, skip
from replication.headquarters.stores.store import Skip
from replication.headquarters.stores.verify import verify_site
from replication.wire.digest import digest_bytes, moved
from replication.wire.envelope import pack_batch
from replication.wire.outbox import Skipped, decode_outbox
from tests.replication.shop import MemoryJournal, goods_receipt
from tests.replication.test_store import Desk, shop

pytestmark = pytest.mark.anyio

KEY = b"k" * 32


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.store.close()
    assert verify_site(tmp_path).differences == ()


async def passed(desk: Desk, branch: str = "b001") -> Skip | NotSkipped:
    return await desk.store.transact(
        lambda session: skip(session, branch, person="chen", reason="from a test version", key=KEY, now=1_000)
    )


def with_digest(journal: MemoryJournal, first: int, last: int, digest: int) -> bytes:
    return pack_batch(
        journal.branch, journal.entries[first - 1 : last], journal.hash_of(first - 1), journal.hash_of(last),
        head_seq=last, boot_id=bytes(8), sent_at=0, digest=digest_bytes(digest),
    )  # fmt: skip


async def test_a_skip_passes_as_few_entries_as_possible(desk: Desk) -> None:
    """What stands before the poison in its batch is applied, the poison is passed, what follows comes again."""
    journal = shop("b001", 2)
    journal.append_raw(77, b"from a later version")
    journal.append_raw(78, b"and one more")
    journal.sell(3)
    await desk.apply(desk.delivery(journal, 1, 9))
    assert await desk.applied("b001") == 0
    done = await passed(desk)
    assert isinstance(done, Skip)
    assert (done.first_seq, done.last_seq, done.hash, done.code) == (5, 6, journal.hash_of(6), "unknown_kind")
    assert done.signature == sign(KEY, msgspec.structs.replace(done, signature=b""))
    assert await desk.applied("b001") == 6
    outcome = await desk.apply(desk.delivery(journal, 1, 9))
    assert outcome.watermarks["b001"].applied_hash == journal.hash_of(9)
    rows = await desk.store.transact(lambda s: s.outbox_after("b001", 0, entries_max=9, bytes_max=9_999))
    assert [decode_outbox(row.entry.kind, row.entry.payload) for row in rows] == [
        Skipped(5, 6, "chen", "from a test version", done.signature)
    ]


async def test_after_a_skip_the_branch_is_believed_once_and_then_compared_again(desk: Desk) -> None:
    """The difference is recorded with the skip; later digests must agree with ours plus that."""
    journal = shop("b001", 0)
    journal.append_raw(77, b"moves three pieces of tea in a way unknown here")
    journal.append(goods_receipt([("952-TEA", 1000)]))
    journal.append(goods_receipt([("952-TEA", 1000)]))
    tea = ("952-TEA", "shop", "")
    await desk.apply(desk.delivery(journal, 1, 3))
    assert isinstance(await passed(desk), Skip)
    state = await desk.store.transact(lambda s: s.branch("b001"))
    assert state.digest_open
    step = [(tea, 1000), (("952-TEA", "supplier", ""), -1000)]
    theirs = moved(moved(state.digest, [(tea, 3000)]), step)
    assert not (await desk.apply(desk.raw("b001", with_digest(journal, 4, 4, theirs)))).blocked
    state = await desk.store.transact(lambda s: s.branch("b001"))
    assert (state.digest, state.digest_open) == (theirs, False)
    assert not (await desk.apply(desk.raw("b001", with_digest(journal, 5, 5, moved(theirs, step))))).blocked
    journal.append(goods_receipt([("952-TEA", 1000)]))
    wrong = await desk.apply(desk.raw("b001", with_digest(journal, 6, 6, theirs)))
    assert [blocked.block.code for blocked in wrong.blocked] == ["digest_differs"]


async def test_a_digest_that_differs_stops_the_branch_before_anything_is_kept(desk: Desk) -> None:
    """Passing it takes the entries with their effects, and the branch's word for the digest."""
    journal = shop("b001", 3)
    outcome = await desk.apply(desk.raw("b001", with_digest(journal, 1, 5, 12345)))
    assert [blocked.block.code for blocked in outcome.blocked] == ["digest_differs"]
    assert await desk.applied("b001") == 0
    assert await desk.on_hand("b001") == {}
    done = await passed(desk)
    assert isinstance(done, Skip)
    assert (done.first_seq, done.last_seq, done.with_effects) == (1, 5, True)
    assert await desk.applied("b001") == 5
    assert await desk.on_hand("b001") != {}
    journal.sell(1)
    assert not (await desk.apply(desk.raw("b001", with_digest(journal, 6, 6, 777)))).blocked
    assert (await desk.store.transact(lambda s: s.branch("b001"))).digest == 777


async def test_an_event_that_stands_already_is_passed_without_standing_twice(desk: Desk) -> None:
    """The entry keeps its place in the chain; its event stays where it was first."""
    journal = shop("b001")
    first = journal.entries[1]
    journal.append_raw(first.kind, first.payload, event_id=uuid.UUID(bytes=first.event_id))
    journal.sell(1)
    await desk.apply(desk.delivery(journal, 1, 2))
    before = await desk.on_hand("b001")
    assert (await desk.apply(desk.delivery(journal, 3, 4))).blocked[0].block.code == "refused_by_store"
    done = await passed(desk)
    assert isinstance(done, Skip)
    assert (done.first_seq, done.last_seq) == (3, 3)
    assert await desk.on_hand("b001") == before
    await desk.apply(desk.delivery(journal, 3, 4))
    assert await desk.applied("b001") == 4


async def test_what_cannot_be_read_as_entries_is_not_passed_but_sent_again(desk: Desk) -> None:
    """Damaged bytes say nothing about the journal; and a branch that is not stopped has nothing to pass."""
    journal = shop("b001", 1)
    assert await passed(desk) == NotSkipped("not_blocked")
    await desk.apply(desk.raw("b001", journal.batch(1, 3)[:-5]))
    assert await passed(desk) == NotSkipped("nothing_to_skip")
    await desk.store.transact(lambda s: s.block("b001", None))
    await desk.apply(desk.delivery(journal, 1, 3))
    assert await desk.applied("b001") == 3


async def test_what_waited_for_its_turn_is_not_mistaken_for_what_went_before(desk: Desk) -> None:
    """The store refuses a parked batch: the one that closed the gap is applied, and a skip never passes good sales."""
    journal = shop("b001", 2)
    journal.append(goods_receipt([("952-TEA", 1)], 79), uuid.UUID(bytes=journal.entries[0].event_id))
    await desk.apply(desk.delivery(journal, 1, 2))
    await desk.apply(desk.delivery(journal, 5, 5))
    outcome = await desk.apply(desk.delivery(journal, 3, 4))
    assert (await desk.applied("b001"), outcome.blocked, desk.quarantine()) == (4, [], [])
    assert [one.branch for one in (await desk.apply(desk.delivery(journal, 5, 5))).blocked] == ["b001"]
    done = await passed(desk)
    assert isinstance(done, Skip)
    assert (done.first_seq, done.last_seq, done.code) == (5, 5, "refused_by_store")
