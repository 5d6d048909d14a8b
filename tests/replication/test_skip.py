"""Ways out of quarantine: a person's skip, what it passes and what it leaves, and the digest afterwards."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from replication.headquarters.fold import Effects
from replication.headquarters.hello import Block
from replication.headquarters.skip import NotSkipped, sign, skip
from replication.headquarters.stores.store import ApplySession, Quarantined, Skip
from replication.headquarters.stores.verify import verify_site
from replication.wire.digest import digest_bytes, moved
from replication.wire.envelope import pack_batch, read_envelope, unpack_entries
from replication.wire.outbox import Skipped, decode_outbox
from tests.replication.shop import MemoryJournal, goods_receipt, sale
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


async def test_what_only_together_is_too_large_is_found_and_everything_else_counts(desk: Desk) -> None:
    """No entry makes no sense by itself; the one whose takings no column holds is passed, those around it are applied."""
    journal = shop("b001", 2)
    journal.sell(3)
    for _ in range(2):
        journal.append(msgspec.structs.replace(sale([("952-TEA", 1000)]), total=2**63 - 1 - 10**9))
    journal.sell(2)
    last = len(journal.entries)
    blocked = (await desk.apply(desk.delivery(journal, 1, last))).blocked
    assert [one.block.code for one in blocked] == ["refused_by_store"]
    done = await passed(desk)
    assert isinstance(done, Skip)
    assert (done.first_seq, done.last_seq, done.with_effects) == (last - 2, last - 2, False)
    assert await desk.applied("b001") == last - 2
    outcome = await desk.apply(desk.delivery(journal, 1, last))
    assert (outcome.blocked, await desk.applied("b001")) == ([], last)
    count = await desk.store.read(lambda c: c.execute("SELECT COUNT(*) FROM documents").fetchone())
    assert count == (last - 2,), "all but the item and the one"


async def test_entries_whose_bytes_nobody_can_read_are_passed_by_number_and_kept(desk: Desk) -> None:
    """Poison in the middle of a batch: the good entries before and after it have their effects, its bytes stay."""
    journal = shop("b001", 2)
    journal.append_raw(1, b"\xc1 no payload of anything")
    journal.sell(1)
    journal.append_raw(1, b"\xff")
    journal.sell(2)
    last = len(journal.entries)
    passed_seqs = []
    while await desk.applied("b001") < last:
        outcome = await desk.apply(desk.delivery(journal, 1, last))
        if outcome.blocked:
            assert outcome.blocked[0].block.code == "undecodable_event"
            done = await passed(desk)
            assert isinstance(done, Skip)
            passed_seqs.append((done.first_seq, done.last_seq))
    assert passed_seqs == [(5, 5), (7, 7)], "each is shown, and signed for, by itself"
    run = await desk.store.look(lambda archive: archive.held_after("b001", 4))
    assert run is not None
    assert b"no payload of anything" in b"".join(one.payload for one in unpack_entries(read_envelope(run.raw)))
    rows = await desk.store.read(lambda c: c.execute("SELECT COUNT(*) FROM documents").fetchone())
    assert rows == (last - 3,), "all but the item and the two"


async def test_what_stopped_a_branch_and_is_understood_by_now_is_not_passed(desk: Desk) -> None:
    """After an upgrade nothing has to be left out: the person is told to take the branch up again."""
    journal = shop("b001", 2)
    delivery = desk.delivery(journal, 1, 4)

    def stop(session: ApplySession) -> None:
        session.quarantine(Quarantined("b001", "unknown_kind", "", delivery.data, None, 1))
        session.block("b001", Block("unknown_kind", "", 1))

    await desk.store.transact(stop)
    assert await passed(desk) == NotSkipped("nothing_stops")
    assert (await desk.on_hand("b001"), await desk.applied("b001")) == ({}, 0), "a trial leaves nothing behind"


async def test_entries_before_the_poison_are_told_to_whoever_follows_along(desk: Desk) -> None:
    """The catalogue hears of an item in a batch that was passed in part, as of any other."""
    journal = shop("b001")
    journal.append_raw(77, b"from a later version")
    await desk.apply(desk.delivery(journal, 1, 3))
    heard: list[int] = []

    class Listener:
        def applied(self, session: ApplySession, branch: str, effects: Effects, now: int) -> None:
            assert (session.branch(branch).block is not None, now) == (True, 1)
            heard.extend(entry.seq for entry, _ in effects.items)

    done = await desk.store.transact(
        lambda session: skip(session, "b001", (Listener(),), person="chen", reason="why", key=KEY, now=1)
    )
    assert isinstance(done, Skip)
    assert heard[-1] == 1
