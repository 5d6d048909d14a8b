"""Joining two histories of one branch: whatever either device sold is in the journal once, and every figure is its fold."""

import asyncio
import sqlite3
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.domain.posting import Rejected
from gateway.store import rebase as rebase_module
from gateway.store.documents import list_documents
from gateway.store.epochs import list_epochs
from gateway.store.journal import Journal, list_journal
from gateway.store.session import Posted
from gateway.store.staging import ancestor_position
from gateway.store.stock import list_movements
from gateway.store.verify import verify_site
from gateway.use_cases.post_document import Conflict, Exists
from replication.branch.journal import RebaseImpossible
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Position
from replication.wire.events import EventKind
from replication.wire.messages import Rebase
from tests.store.conftest import Branch
from tests.store.test_posting import opening, sale
from tests.store.two_devices import (
    Act,
    copy_device,
    entries,
    headquarters_digest,
    join,
    live,
    new_id,
    offer,
    open_branch,
)

TYPES = [
    "sale",
    "sale",
    "sale",
    "sale_return",
    "goods_receipt",
    "opening_balance",
    "adjustment",
    "transfer_out",
    "item",
]
ITEMS = ("tea", "rice", "milk")
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A story is a dozen openings of files: shrinking one takes minutes and tells little more."""
STOCKED = [Act(new_id(), "item", (sku,), str(number)) for number, sku in enumerate(ITEMS, 20)]
ACTS = st.lists(
    st.builds(
        Act,
        st.uuids().map(lambda made: made.bytes),
        st.sampled_from(TYPES),
        st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3).map(tuple),
        st.integers(1, 12).map(str),
    ),
    max_size=7,
)


def facts(folder: Path) -> dict[str, list[Any]]:
    """What is looked at after a story, straight from the file."""
    connection = sqlite3.connect(folder / "ledger.db")
    rows = {
        name: connection.execute(sql).fetchall()
        for name, sql in {
            "journal": "SELECT seq, epoch, event_id, kind, payload FROM journal ORDER BY seq",
            "forked": "SELECT seq, epoch, event_id, kind, payload, became FROM forked WHERE set_aside_by > 0 ORDER BY seq",
            "digest": "SELECT digest FROM replication",
            "printed": "SELECT job, event_id, state FROM print_jobs JOIN journal USING (seq) ORDER BY job",
            "staged": "SELECT seq FROM staged UNION SELECT held_seq FROM staging",
        }.items()
    }
    connection.close()
    return rows


@settings(max_examples=15, deadline=None, phases=UNSHRUNK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begun=ACTS, ours=ACTS, theirs=ACTS, shared=st.integers(0, 3), later=ACTS, again=ACTS, other=ACTS)
def test_two_histories_become_one(
    tmp_path_factory: Any,
    begun: list[Act],
    ours: list[Act],
    theirs: list[Act],
    shared: int,
    later: list[Act],
    again: list[Act],
    other: list[Act],
) -> None:
    """Two epochs on, each event of each device is there once, verify is clean, and headquarters folds the same digest."""
    folder: Path = tmp_path_factory.mktemp("device")
    common = live(folder, [*STOCKED, *begun])
    copied = copy_device(folder, folder.with_name(folder.name + "-copy"))
    # A till repeats to one device what it sent to the other: the ids are the same.
    held = live(copied, [*theirs, *ours[:shared]])
    live(folder, ours)
    _join_and_look(folder, copied, offer(common, held, epoch=2, base_seq=1000), later)

    common = live(folder, [])
    copied = copy_device(folder, folder.with_name(folder.name + "-again"))
    held = live(copied, other)
    live(folder, again)
    _join_and_look(folder, copied, offer(common, held, epoch=3, base_seq=2000), [])


def _join_and_look(folder: Path, copied: Path, rebase: Any, later: list[Act]) -> None:
    before, theirs = facts(folder), facts(copied)
    held = entries(copied, rebase.ancestor_seq)

    async def story() -> None:
        async with open_branch(folder) as branch:
            with pytest.MonkeyPatch.context() as small_steps:
                small_steps.setattr(rebase_module, "OWN_FACTOR", 0)
                head = await join(branch, rebase, held)
                assert head == await join(branch, rebase, []), "a second switch is the first one"
            for act in later:
                await branch.item(act.items[0], price=900)
                posted = await branch.post(opening((act.items[0], act.quantity)), new_id())
                assert isinstance(posted, Posted)
                assert posted.seq > rebase.base_seq

    asyncio.run(story())
    after = facts(folder)
    assert verify_site(folder).differences == ()
    assert after["staged"] == []
    assert after["printed"] == before["printed"], "paper follows its document, and none is made for what is held"
    journal = after["journal"]
    seqs = [seq for seq, *_ in journal]
    assert len(set(seqs)) == len(seqs)
    ids = Counter(event_id for _, _, event_id, *_ in journal)
    for side in (before, theirs):
        assert all(ids[event_id] == 1 for _, _, event_id, kind, _ in side["journal"] if kind != EventKind.EPOCH_BEGUN)
    bytes_of = {event_id: payload for _, _, event_id, _, payload in journal}
    place_of = {event_id: seq for seq, _, event_id, *_ in journal}
    # Of an event that both devices wrote, headquarters' one stands.
    written = {event_id: payload for _, _, event_id, _, payload in [*before["journal"], *theirs["journal"]]}
    assert all(bytes_of[event_id] == payload for event_id, payload in written.items() if event_id in bytes_of)
    for seq, epoch, event_id, kind, _, became in after["forked"]:
        assert kind == EventKind.EPOCH_BEGUN or became == place_of[event_id]
        assert kind == EventKind.EPOCH_BEGUN or (epoch, seq) < (99, became) or became < seq
    own = {(seq, epoch) for seq, epoch, *_ in before["journal"]}
    moved = [seq for seq, epoch, *_ in journal if epoch == rebase.epoch]
    assert moved[0] == rebase.base_seq
    assert moved[0] > max(seq for seq, _ in own)
    assert after["digest"] == [(headquarters_digest(entries(folder)),)]


def _told(tmp_path: Path) -> tuple[Path, Path, Any]:
    """A device and its copy: both sold, and headquarters heard the copy first."""
    folder = tmp_path / "device"
    common = live(folder, [*STOCKED, Act(new_id(), "opening_balance", ("tea",), "10")])
    copied = copy_device(folder, tmp_path / "copy")
    held = live(copied, [Act(new_id(), "sale", ("tea",), "4"), Act(new_id(), "item", ("cola",), "5")])
    return folder, copied, offer(common, held, epoch=2, base_seq=1000)


def test_a_sale_is_known_again_wherever_it_went(tmp_path: Path) -> None:
    """A repeat answers `exists` with the seq of now and the first one; other content under its id is a conflict."""
    folder, copied, rebase = _told(tmp_path)
    id_, theirs = uuid.uuid4().bytes, uuid.uuid4().bytes

    async def at_the_copy() -> None:
        async with open_branch(copied) as branch:
            await branch.post(sale(("tea", "1"), note="gift"), theirs)

    asyncio.run(at_the_copy())
    held = entries(copied, rebase.ancestor_seq)
    rebase = offer_of(rebase, held)

    async def story() -> None:
        async with open_branch(folder) as branch:
            first = await branch.post(sale(("tea", "2")), id_)
            assert isinstance(first, Posted)
            await join(branch, rebase, held)
            again = await branch.post(sale(("tea", "2")), id_)
            assert isinstance(again, Exists)
            assert (again.posted.first_seq, again.posted.number) == (first.seq, first.number)
            assert again.posted.seq > rebase.base_seq
            assert isinstance(await branch.post(sale(("tea", "3")), id_), Conflict)
            known = await branch.post(sale(("tea", "1.000"), note="gift", settled=False), theirs)
            assert isinstance(known, Exists)
            assert known.posted.first_seq is None
            assert isinstance(await branch.post(sale(("tea", "1"), note="other"), theirs), Conflict)
            assert isinstance(await branch.post(sale(("cola", "1"))), Posted | Rejected) is False, (
                "it waits for a person"
            )

    asyncio.run(story())
    assert verify_site(folder).differences == ()


def offer_of(rebase: Any, held: list[Any]) -> Any:
    """The same offer, with everything that is held now."""
    last, hash_ = held[-1]
    return type(rebase)(
        rebase.epoch, rebase.base_seq, rebase.ancestor_seq, rebase.ancestor_hash, last.seq, hash_, rebase.reason, 7
    )


def test_a_count_at_a_position_of_the_other_history_is_refused(tmp_path: Path) -> None:
    """Other entries stand there now; one at the ancestor, which both histories hold, is compared as ever."""
    folder, copied, rebase = _told(tmp_path)
    held = entries(copied, rebase.ancestor_seq)

    async def story() -> None:
        async with open_branch(folder) as branch:
            own = await branch.post(sale(("tea", "2")))
            assert isinstance(own, Posted)
            await join(branch, rebase, held)
            for seq, is_taken in ((own.seq, False), (rebase.ancestor_seq, True)):
                line = {"item": "tea", "counted": "7", "at_seq": seq}
                answer = await branch.post({"type": "stock_count", "lines": [line]})
                assert isinstance(answer, Posted) is is_taken
                if isinstance(answer, Rejected):
                    assert [fault.code for fault in answer.faults] == ["position_out_of_reach"]

    asyncio.run(story())


def test_lists_and_walks_hold_over_the_jump(tmp_path: Path) -> None:
    """Journal, documents and an item's movements read in one piece before and behind the first entry of an epoch."""
    folder, copied, rebase = _told(tmp_path)
    held = entries(copied, rebase.ancestor_seq)

    async def story() -> None:
        async with open_branch(folder) as branch:
            await branch.post(sale(("tea", "2")))
            await join(branch, rebase, held)
            await branch.post(sale(("tea", "1")))
            ledger, journal = branch.ledger, Journal(branch.ledger)
            rows = await ledger.read(lambda connection: list_journal(connection, after_seq=0, limit=99))
            assert [(row.seq, row.epoch) for row in rows[3:]] == [
                (4, 1),
                (5, 1),
                (6, 1),
                (1000, 2),
                (1001, 2),
                (1002, 2),
            ]
            assert await journal.hash_at(999) == await journal.hash_at(6) == rebase.held_hash
            assert await journal.hash_at(1003) is None
            run = await journal.entries_after(6, 500, 10**6)
            assert run is not None
            assert (run.previous, [entry.seq for entry, _ in run.entries]) == (rebase.held_hash, [1000, 1001, 1002])
            assert run.digest is not None
            documents = await ledger.read(lambda connection: list_documents(connection, before_seq=2**62, limit=9))
            assert [row.seq for row in documents.rows] == [1002, 1001, 5, 4]
            walk = await ledger.read(lambda connection: list_movements(connection, "tea", limit=9))
            assert [(row.seq, row.balance) for row in walk] == [(1002, 3000), (1001, 4000), (5, 6000), (4, 10_000)]
            (epoch,) = await ledger.read(lambda connection: list_epochs(connection, after=0, limit=9))
            assert (epoch.set_aside, epoch.readmitted, epoch.base_seq) == (1, 1, 1000)

    asyncio.run(story())
    assert verify_site(folder).differences == ()


def test_a_switch_that_cannot_be_changes_nothing(tmp_path: Path) -> None:
    """Staged too little, another ancestor, or a journal that grew to the base: refused by name, and selling goes on."""
    folder, copied, rebase = _told(tmp_path)
    held = entries(copied, rebase.ancestor_seq)

    async def refused(branch: Branch, code: str, **changes: Any) -> None:
        terms = {name: getattr(rebase, name) for name in rebase.__struct_fields__} | changes
        with pytest.raises(RebaseImpossible) as found:
            await join(branch, type(rebase)(**terms), held[:-1] if code == "not_staged" else held)
        assert found.value.code == code
        assert isinstance(await branch.post(sale(("tea", "0.1"))), Posted)

    async def story() -> None:
        async with open_branch(folder) as branch:
            await refused(branch, "not_staged")
            await refused(branch, "other_history", ancestor_hash=bytes(32))
            await refused(branch, "outgrown", base_seq=6)
            await Journal(branch.ledger).drop_staged()
            await Journal(branch.ledger).begin_rebase(rebase)
            with pytest.raises(RebaseImpossible):
                await Journal(branch.ledger).stage(held[1:])
            await join(branch, rebase, held)

    asyncio.run(story())
    assert verify_site(folder).differences == ()


def test_an_empty_device_becomes_the_branch(tmp_path: Path) -> None:
    """A new device takes everything headquarters holds, epochs and all, and sells."""
    folder, copied, rebase = _told(tmp_path)
    held = entries(copied, rebase.ancestor_seq)

    async def first() -> None:
        async with open_branch(folder) as branch:
            await branch.post(sale(("tea", "2")), new_id())
            await join(branch, rebase, held)

    asyncio.run(first())
    everything = entries(folder)
    last, hash_ = everything[-1]
    whole = type(rebase)(3, 5000, 0, bytes(32), last.seq, hash_, "replaced", 7)

    async def second() -> None:
        async with open_branch(tmp_path / "new") as branch:
            await join(branch, whole, everything)
            assert isinstance(await branch.post(sale(("tea", "1"))), Posted)

    asyncio.run(second())
    report = verify_site(tmp_path / "new")
    assert report.differences == ()
    assert report.head_seq == 5001
    assert facts(tmp_path / "new")["printed"] == []


def test_a_journal_that_begins_with_an_epoch_is_whole(tmp_path: Path) -> None:
    """A device that takes over a branch of which headquarters holds nothing begins far up, and nothing of it is missing."""
    rebase = Rebase(2, 10_001, 0, GENESIS_HASH, 0, GENESIS_HASH, "replaced", 7)

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await join(branch, rebase, [])
            journal = Journal(branch.ledger)
            assert await journal.hash_at(10_000) == GENESIS_HASH
            assert await journal.minimum_seq() == 1
            assert await journal.hash_at(10_002) is None

    asyncio.run(story())


def test_histories_that_begin_above_a_position_agree_below_it(tmp_path: Path) -> None:
    """Both may begin with an epoch: far down nothing stands in either, and headquarters names that as where they part."""
    nothing = Rebase(3, 20_000, 10_000, GENESIS_HASH, 10_050, b"h" * 32, "replaced", 1)

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            assert await branch.ledger.read(lambda c: ancestor_position(c, nothing)) == Position(1, 0, GENESIS_HASH)
            await branch.item("tea")
            with pytest.raises(RebaseImpossible):
                await branch.ledger.read(lambda c: ancestor_position(c, nothing))

    asyncio.run(story())
