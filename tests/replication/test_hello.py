"""What headquarters answers to a hello of a branch it knows: where the histories part, and what the branch is given."""

import asyncio

import msgspec
import pytest

from replication.headquarters.binding import (
    Binding,
    Device,
    binding_bytes,
    read_binding,
    with_replacement,
)
from replication.headquarters.decide import EPOCHS_AHEAD_MAX, Cursor
from replication.headquarters.hello import AHEAD_MAX, BASE_MARGIN, SEEN_MAX, Block
from replication.wire.envelope import SEQ_MAX
from replication.wire.messages import Ancestor, Continue, Fenced, Later, Rebase, Refused
from tests.replication.office import HERE, NOW, Office, cut, hello_of, journal_of
from tests.replication.shop import MemoryJournal


def test_a_branch_that_agrees_goes_on_where_headquarters_is() -> None:
    """Ahead of headquarters or level with it: send what follows the cursor."""
    journal = journal_of(40)
    answer = Office(cut(journal, 30)).ask(journal)
    assert isinstance(answer, Continue)
    assert (answer.epoch, answer.applied_seq, answer.applied_hash) == (1, 30, journal.hash_of(30))
    assert isinstance(Office(journal).ask(journal), Continue)


def test_a_branch_restored_from_an_old_backup_gets_back_what_headquarters_holds() -> None:
    """It agrees and ends earlier: everything after its head comes from headquarters, under a new epoch above every seq."""
    journal = journal_of(50)
    office = Office(journal)
    office.ask(journal)
    answer = office.ask(cut(journal, 20), b"boot-2")
    assert isinstance(answer, Rebase)
    assert (answer.epoch, answer.ancestor_seq, answer.ancestor_hash) == (2, 20, journal.hash_of(20))
    assert (answer.held_seq, answer.held_hash, answer.reason) == (50, journal.hash_of(50), "restored")
    assert answer.base_seq == 50 + 1 + BASE_MARGIN
    assert office.known.cursor == Cursor(2, answer.base_seq - 1, journal.hash_of(50))


def test_a_hello_that_the_branchs_own_batches_overtook_is_asked_for_again() -> None:
    """It left before the batches that are applied already: an old word, and no old backup."""
    journal = journal_of(5)
    office = Office(journal)
    office.ask(journal)
    old = hello_of(cut(journal, 3))
    office.known = msgspec.structs.replace(office.known, written_by=old.boot_id)
    decision = office.answer(old)
    assert isinstance(decision.answer, Later)
    assert decision.cursor == office.known.cursor


def test_a_branch_that_sold_after_an_old_backup_finds_where_the_histories_part() -> None:
    """The base lies above every seq seen of either history."""
    journal = journal_of(2000)
    office = Office(journal)
    office.ask(journal)
    restored = cut(journal, 777)
    restored.sell(4000)
    answer = office.ask(restored, b"boot-2")
    assert isinstance(answer, Rebase)
    assert (answer.ancestor_seq, answer.held_seq, answer.reason) == (777, 2000, "forked")
    assert answer.base_seq > 4777


def test_the_same_hello_gets_the_same_offer_until_the_epoch_is_begun() -> None:
    """Also while the shop goes on selling; after a restart, which may hide a restore, the epoch is another one."""
    journal = journal_of(50)
    office = Office(journal)
    restored = cut(journal, 20)
    first = office.ask(restored)
    assert office.ask(restored) == first
    restored.sell(3)
    assert office.ask(restored) == msgspec.structs.replace(first, reason="restored")  # type: ignore[type-var]
    again = office.ask(restored, b"boot-2")
    assert isinstance(first, Rebase)
    assert isinstance(again, Rebase)
    assert (again.epoch, again.ancestor_seq, again.held_seq) == (first.epoch + 1, 20, 50)
    assert again.base_seq > first.base_seq


def test_a_branch_that_outgrew_its_offer_gets_a_higher_base_in_another_epoch() -> None:
    """No seq may be used twice, however long the joining took."""
    journal = journal_of(5)
    office = Office(journal)
    restored = cut(journal, 2)
    first = office.ask(restored)
    assert isinstance(first, Rebase)
    restored.entries[-1] = msgspec.structs.replace(restored.entries[-1], seq=first.base_seq)
    later = office.ask(restored, ancestors=(Ancestor(2, journal.hash_of(2)), Ancestor(3, bytes(32))))
    assert isinstance(later, Rebase)
    assert later.epoch == first.epoch + 1
    assert later.base_seq > first.base_seq


def carried_out(restored: MemoryJournal, held: MemoryJournal, rebase: Rebase) -> None:
    async def carry() -> None:
        position = await restored.begin_rebase(rebase)
        await restored.stage([(e, h) for e, h in zip(held.entries, held.hashes, strict=True) if e.seq > position.seq])
        await restored.switch(rebase)

    asyncio.run(carry())


def test_a_branch_that_carried_the_offer_out_goes_on_from_its_base() -> None:
    """And a second one in the epoch that has ended is offered another."""
    journal = journal_of(50)
    office = Office(journal)
    restored = cut(journal, 20)
    other = cut(journal, 50)
    rebase = office.ask(restored)
    assert isinstance(rebase, Rebase)
    carried_out(restored, journal, rebase)
    answer = office.ask(restored)
    assert isinstance(answer, Continue)
    assert (answer.epoch, answer.applied_seq, answer.applied_hash) == (2, rebase.base_seq - 1, journal.hash_of(50))
    other.sell(3)
    late = office.ask(other, b"boot-3")
    assert isinstance(late, Rebase)
    assert (late.epoch, late.ancestor_seq, late.held_seq, late.reason) == (3, 50, 50, "epoch_ended")


def test_a_seq_that_cannot_be_true_does_not_shut_a_branch_out() -> None:
    """A wild heartbeat or a damaged header named the highest seq there is; the base is above what is believed of it, and
    the branch says hello from there."""
    journal = journal_of(30)
    office = Office(journal)
    office.ask(journal)
    office.known = msgspec.structs.replace(office.known, seen_seq=SEQ_MAX)
    answer = office.ask(cut(journal, 20), b"boot-2")
    assert isinstance(answer, Rebase)
    joined = cut(journal, 20)
    carried_out(joined, journal, answer)
    assert joined.position().seq == answer.base_seq == SEEN_MAX + 1 + BASE_MARGIN
    assert isinstance(office.ask(joined, b"boot-2"), Continue)
    assert isinstance(office.ask(joined, b"boot-2", minimum_seq=answer.base_seq + AHEAD_MAX), Refused)


def test_a_headquarters_restored_from_an_old_backup_is_sent_everything_again() -> None:
    """It stands lower than the branch believed, in an epoch that has ended for the branch."""
    journal = journal_of(50)
    journal.begin_epoch(2, 10_051)
    journal.sell(3)
    answer = Office(cut(journal, 30)).ask(journal)
    assert isinstance(answer, Continue)
    assert (answer.epoch, answer.applied_seq) == (1, 30)


def test_a_restored_headquarters_knows_a_replacement_by_the_epoch_it_forgot() -> None:
    """Only the branch was ever given an epoch; the device it replaced is a stranger again."""
    journal = journal_of(50)
    office = Office(cut(journal, 30))
    office.ask(cut(journal, 30))
    new = Device("UNEW", "board-2")
    journal.begin_epoch(2, 10_051)
    journal.sell(3)
    answer = office.ask(journal, b"boot-n", new)
    assert isinstance(answer, Rebase), "in an epoch of its own, whatever was given before"
    assert answer.epoch == 3
    assert office.known.binding.device == new
    old = office.ask(cut(journal, 40), b"boot-1", HERE)
    assert isinstance(old, Fenced)
    assert old.code == "replaced"
    forged = cut(journal, 20)
    forged.begin_epoch(9, 99_999)
    assert isinstance(office.ask(forged, b"boot-f", Device("UFORGED", "b")), Fenced)


def test_what_was_pruned_cannot_be_sent_again() -> None:
    """Headquarters went back further than the branch still reaches."""
    journal = journal_of(50)
    answer = Office(cut(journal, 10)).ask(journal, minimum_seq=20)
    assert isinstance(answer, Refused)
    assert answer.code == "pruned"
    other = journal_of(50, seed=2)
    answer = Office(other).ask(
        journal, minimum_seq=20, ancestors=tuple(Ancestor(n, journal.hash_of(n)) for n in range(19, 50))
    )
    assert isinstance(answer, Refused)
    assert answer.code == "pruned"


def test_a_blocked_branch_is_refused_and_a_fenced_one_is_told_so_all_the_same() -> None:
    """A poison stops the branch, whoever is bound to it."""
    journal = journal_of(9)
    office = Office(journal)
    office.ask(journal)
    office.known = msgspec.structs.replace(office.known, block=Block("bad_hash", "entry 10", 0))
    answer = office.ask(journal)
    assert isinstance(answer, Refused)
    assert answer.code == "blocked"
    assert "bad_hash" in answer.detail
    assert isinstance(office.ask(journal, b"boot-x", Device("UOTHER", "b")), Fenced)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"wire_versions": (2, 3)}, "unknown_version"),
        ({"event_kinds": (1, 2, 999)}, "unknown_version"),
        ({"boot_id": b""}, "bad_hello"),
        ({"epoch": 0}, "bad_hello"),
        ({"epoch": 2**32}, "bad_hello"),
        ({"epoch": 2 + EPOCHS_AHEAD_MAX}, "bad_hello"),
        ({"head": Ancestor(2**60, bytes(32))}, "bad_hello"),
        ({"head": Ancestor(-1, bytes(32))}, "bad_hello"),
        ({"minimum_seq": -4}, "bad_hello"),
        ({"ancestors": tuple(Ancestor(n, b"") for n in range(200))}, "bad_hello"),
        ({"head": Ancestor(0, b"no beginning"), "ancestors": ()}, "bad_hello"),
    ],
)
def test_a_hello_that_makes_no_sense_is_refused_and_changes_nothing(changes: dict[str, object], code: str) -> None:
    """Another version, or numbers and hashes that no journal has."""
    journal = journal_of(9)
    office = Office(journal)
    office.ask(journal)
    before = office.known
    answer = office.ask(journal, **changes)
    assert isinstance(answer, Refused)
    assert answer.code == code
    assert office.known == before


def test_a_binding_is_stored_and_read_back() -> None:
    """Whole, as bytes; a branch without any is unbound."""
    journal = journal_of(50)
    office = Office(journal)
    office.ask(cut(journal, 20))
    office.known = msgspec.structs.replace(
        office.known, binding=with_replacement(office.known.binding, "b001", "code", NOW)
    )
    assert read_binding(binding_bytes(office.known.binding)) == office.known.binding
    assert read_binding(None) == Binding()
