"""Headquarters' judgement of a batch, and what an entry does to its figures."""

import uuid

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.headquarters.decide import (
    EPOCHS_AHEAD_MAX,
    NEW_BRANCH,
    Cursor,
    Decision,
    Duplicate,
    Fork,
    Gap,
    Next,
    Poison,
    StaleEpoch,
    decide,
)
from replication.headquarters.fold import FoldError, fold
from replication.wire.envelope import Envelope, read_envelope
from replication.wire.events import DocumentPosted, EventKind, encode_event
from replication.wire.movement import Movement, Route
from replication.wire.quantity import Quantity
from tests.replication.shop import MemoryJournal, goods_receipt, sale


def journal_of(count: int, name: str = "b001") -> MemoryJournal:
    journal = MemoryJournal(name)
    journal.sell(count)
    return journal


def cursor_at(journal: MemoryJournal, seq: int) -> Cursor:
    return Cursor(1, seq, journal.hash_of(seq))


def judge(journal: MemoryJournal, at: int, data: bytes) -> Decision:
    def hash_at(seq: int) -> bytes | None:
        return journal.hash_of(seq) if seq <= at else None

    return decide(journal.branch, data, cursor_at(journal, at), hash_at)


def forged(journal: MemoryJournal, run: tuple[int, int], **changes: object) -> bytes:
    envelope = read_envelope(journal.batch(*run))
    return msgspec.msgpack.encode(msgspec.structs.replace(envelope, **changes))


def test_the_batch_that_follows_the_cursor_is_next() -> None:
    journal = journal_of(9)
    decision = judge(journal, 4, journal.batch(5, 9))
    assert isinstance(decision, Next)
    assert list(decision.entries) == journal.entries[4:]
    assert decision.hash == journal.hash_of(9)


def test_the_first_batch_of_a_new_branch_is_next() -> None:
    journal = journal_of(2)
    assert isinstance(decide("b001", journal.batch(1, 2), NEW_BRANCH, lambda _: None), Next)


def test_what_was_applied_is_a_duplicate() -> None:
    journal = journal_of(9)
    assert isinstance(judge(journal, 9, journal.batch(5, 9)), Duplicate)
    assert isinstance(judge(journal, 9, journal.batch(2, 3)), Duplicate)


def test_only_the_new_part_of_an_overlap_is_next() -> None:
    journal = journal_of(9)
    decision = judge(journal, 6, journal.batch(3, 9))
    assert isinstance(decision, Next)
    assert [entry.seq for entry in decision.entries] == [7, 8, 9]
    assert decision.hash == journal.hash_of(9)


def test_a_batch_that_leaves_entries_out_is_a_gap_and_asks_for_them() -> None:
    journal = journal_of(9)
    decision = judge(journal, 3, journal.batch(6, 9))
    assert isinstance(decision, Gap)
    assert decision.want_from == 4


def test_equal_numbers_with_another_history_are_a_fork_wherever_they_meet() -> None:
    ours, theirs = journal_of(9), journal_of(0)
    for entry in ours.entries[:4]:
        theirs.append_raw(entry.kind, entry.payload, uuid.UUID(bytes=entry.event_id))
    theirs.sell(5)
    theirs.entries = theirs.entries[:9]
    assert isinstance(judge(ours, 9, theirs.batch(5, 9)), Fork), "same place"
    assert isinstance(judge(ours, 7, theirs.batch(3, 9)), Fork), "differs inside the overlap"
    assert isinstance(judge(ours, 7, theirs.batch(8, 9)), Fork), "follows another history"
    assert isinstance(judge(ours, 9, theirs.batch(4, 6)), Fork), "differs in the past"


def in_epochs(*, held: int, base: int, count: int, begun: bool = True) -> MemoryJournal:
    """A journal of two epochs: `held` entries, a jump, then `count` from `base` on, the first of which begins the epoch."""
    journal = journal_of(held)
    journal.begin_epoch(2, base, begun=begun)
    journal.sell(count - 1 if begun else count)
    return journal


def judge_at(journal: MemoryJournal, at: int, data: bytes, cursor: Cursor, *, at_base: bool = False) -> Decision:
    return decide("b001", data, cursor, lambda seq: journal.hash_of(seq) if seq <= at else None, at_base=at_base)


def test_a_new_epoch_begins_where_the_offer_moved_the_cursor() -> None:
    """The offer left the cursor just before the base; what follows is the beginning of the epoch and what comes after."""
    journal = in_epochs(held=5, base=101, count=4)
    moved = Cursor(2, 100, journal.hash_of(5))
    decision = judge_at(journal, 100, journal.batch(101, 104), moved, at_base=True)
    assert isinstance(decision, Next)
    assert [entry.seq for entry in decision.entries] == [101, 102, 103, 104]
    assert isinstance(judge_at(journal, 100, journal.batch(102, 104), moved, at_base=True), Gap)


def test_an_epoch_that_does_not_begin_with_its_beginning_is_poison() -> None:
    """Neither may it be missing, nor may it stand anywhere else."""
    journal = in_epochs(held=5, base=101, count=3, begun=False)
    decision = judge_at(journal, 100, journal.batch(101, 103), Cursor(2, 100, journal.hash_of(5)), at_base=True)
    assert isinstance(decision, Poison)
    assert decision.code == "epoch_not_begun"
    again = journal_of(5)
    again.begin_epoch(1, 6)
    decision = judge(again, 5, again.batch(6, 6))
    assert isinstance(decision, Poison)
    assert decision.code == "epoch_not_begun"


def test_a_repeat_that_overlaps_the_beginning_of_an_epoch_is_cut_like_any_other() -> None:
    """The beginning was applied with the first batch; a longer repeat brings only what is new."""
    journal = in_epochs(held=5, base=101, count=6)
    cursor = Cursor(2, 103, journal.hash_of(103))
    decision = judge_at(journal, 103, journal.batch(101, 106), cursor)
    assert isinstance(decision, Next)
    assert [entry.seq for entry in decision.entries] == [104, 105, 106]
    assert isinstance(judge_at(journal, 103, journal.batch(101, 103), cursor), Duplicate)


def test_a_batch_of_an_ended_epoch_is_stale_unless_it_was_applied_before_it_ended() -> None:
    """A repeat from the stream is a duplicate; what the branch sold beside headquarters' history is not."""
    journal = in_epochs(held=5, base=101, count=2)
    cursor = Cursor(2, 102, journal.hash_of(102))
    assert isinstance(judge_at(journal, 102, journal.batch(2, 5), cursor), Duplicate)
    old = journal_of(5)
    old.sell(4)
    assert isinstance(judge_at(journal, 102, old.batch(6, 9), cursor), StaleEpoch)
    assert isinstance(judge_at(journal, 102, old.batch(4, 9), cursor), StaleEpoch)


def test_an_epoch_given_before_a_restore_of_headquarters_is_taken_up_again() -> None:
    """Chained to the cursor and properly begun, it can only be one that headquarters gave and forgot."""
    journal = in_epochs(held=5, base=101, count=3)
    assert isinstance(judge_at(journal, 5, journal.batch(101, 103), cursor_at(journal, 5)), Next)
    ahead = judge_at(journal, 3, journal.batch(101, 103), cursor_at(journal, 3))
    assert isinstance(ahead, Gap)
    assert ahead.want_from == 4
    other = journal_of(6, "other")
    assert isinstance(judge_at(other, 6, journal.batch(101, 103), cursor_at(other, 6)), Gap), "the hello decides"


@pytest.mark.parametrize(("ahead", "taken"), [(EPOCHS_AHEAD_MAX, Next), (EPOCHS_AHEAD_MAX + 1, Gap)])
def test_no_batch_drives_a_branchs_epochs_to_their_end(ahead: int, taken: type[Decision]) -> None:
    """However well it is chained: headquarters cannot have forgotten so many."""
    journal = journal_of(5)
    journal.begin_epoch(1 + ahead, 101)
    assert isinstance(judge_at(journal, 5, journal.batch(101, 101), cursor_at(journal, 5)), taken)


def test_an_epoch_whose_number_was_given_twice_begins_where_the_branch_began_it() -> None:
    """Headquarters forgot its offer in a restore and gave the number again with a lower base, which nobody took."""
    journal = in_epochs(held=5, base=101, count=3)
    offered = Cursor(2, 92, journal.hash_of(5))
    data = journal.batch(101, 103)
    assert isinstance(decide("b001", data, offered, lambda _: offered.hash, at_base=True), Next)
    assert isinstance(decide("b001", data, offered, lambda _: offered.hash), Gap), "the epoch is under way"


def test_an_epoch_nobody_gave_stops_the_branch() -> None:
    """A journal that says it is in another epoch from its first entry on does not hold together."""
    journal = MemoryJournal("b001", epoch=2)
    journal.sell(3)
    decision = decide("b001", journal.batch(1, 3), NEW_BRANCH, lambda _: None)
    assert isinstance(decision, Poison)
    assert decision.code == "epoch_not_begun"
    assert isinstance(decide("b001", journal.batch(1, 3), Cursor(3, 0, bytes(32)), lambda _: None), StaleEpoch)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"branch": "b002"}, "wrong_branch"),
        ({"version": 9}, "unknown_version"),
        ({"count": 0}, "bad_range"),
        ({"first_seq": 0}, "bad_range"),
        ({"first_seq": 2**63}, "bad_range"),
        ({"ahead": -1}, "bad_range"),
        ({"epoch": 0}, "bad_range"),
        ({"epoch": 2**32}, "bad_range"),
        ({"codec": 7}, "unknown_codec"),
        ({"payload": b"\x00"}, "undecodable"),
        ({"last": bytes(8)}, "bad_hash"),
    ],
)
def test_what_does_not_hold_together_is_poison(changes: dict[str, object], code: str) -> None:
    journal = journal_of(3)
    decision = judge(journal, 0, forged(journal, (1, 3), **changes))
    assert isinstance(decision, Poison)
    assert decision.code == code


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert isinstance(decide("b001", data, NEW_BRANCH, lambda _: None), Poison)


@given(st.integers(0, 3 * 8), st.integers(0, 255), st.integers(0, 6))
def test_a_flipped_byte_never_becomes_next_with_other_entries(place: int, value: int, at: int) -> None:
    journal = journal_of(6)
    data = bytearray(journal.batch(1, 6))
    data[place % len(data)] = value
    decision = judge(journal, at, bytes(data))
    if isinstance(decision, Next):
        assert list(decision.entries) == journal.entries[at:]
        assert decision.hash == journal.hash_of(6)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=30))
def test_any_batches_in_any_order_leave_a_prefix_applied_once(runs: list[tuple[int, int]]) -> None:
    journal = journal_of(12)
    applied: list[int] = []
    for one, other in runs:
        first, last = min(one, other), max(one, other)
        decision = judge(journal, len(applied), journal.batch(first, last))
        assert not isinstance(decision, Fork | Poison | StaleEpoch)
        if isinstance(decision, Next):
            applied += [entry.seq for entry in decision.entries]
    assert applied == list(range(1, len(applied) + 1))


def test_movements_of_a_document_cancel_over_all_places() -> None:
    journal = MemoryJournal("b001")
    journal.append(goods_receipt([("952-RICE", 5000)], lot="L1"))
    journal.append(sale([("952-RICE", 1250), ("952-RICE", 250)], lot="L1"))
    assert fold(journal.entries).cells == {
        ("952-RICE", "supplier", "L1"): -5000,
        ("952-RICE", "shop", "L1"): 3500,
        ("952-RICE", "customer", "L1"): 1500,
    }


def broken(**changes: object) -> DocumentPosted:
    return msgspec.structs.replace(sale([("952-RICE", 1000)]), **changes)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (broken(movements=(Movement(1, 0, Quantity(1)),)), "bad_movement"),
        (broken(movements=(Movement(0, -1, Quantity(1)),)), "bad_movement"),
        (broken(movements=(Movement(0, 0, Quantity(0)),)), "bad_quantity"),
        (broken(movements=(Movement(0, 0, Quantity(-5)),)), "bad_quantity"),
        (broken(movements=(Movement(0, 0, Quantity(10**15)),)), "bad_quantity"),
        (broken(routes=(Route("shop", "Not A Place!"),)), "bad_location"),
        (broken(total=2**63), "bad_document"),
        (sale([("no spaces allowed", 1000)]), "bad_item"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_whole(document: DocumentPosted, code: str) -> None:
    journal = MemoryJournal("b001")
    journal.append(document)
    with pytest.raises(FoldError) as refused:
        fold(journal.entries)
    assert refused.value.code == code


def test_an_unknown_kind_and_an_unreadable_payload_are_refused() -> None:
    for kind, payload, code in ((99, b"", "unknown_kind"), (EventKind.ITEM_PUT, b"\xc1", "undecodable_event")):
        journal = MemoryJournal("b001")
        journal.append_raw(int(kind), payload)
        with pytest.raises(FoldError) as refused:
            fold(journal.entries)
        assert refused.value.code == code


def test_an_envelope_keeps_its_field_positions() -> None:
    """Positions are for ever; new fields go to the end."""
    assert Envelope.__struct_fields__[:13] == (
        "version", "branch", "epoch", "first_seq", "count", "ahead", "previous", "last", "boot_id", "digest", "sent_at",
        "codec", "payload",
    )  # fmt: skip
    assert encode_event(sale([("952-RICE", 1)]))[0] == 1
