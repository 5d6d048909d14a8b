"""Which device is the branch: bound, started anew, copied, replaced, or a stranger."""

import msgspec
import pytest

from replication.headquarters.binding import (
    BOOTS_KEPT,
    REPLACEMENT_MILLISECONDS,
    Device,
    with_replacement,
)
from replication.wire.messages import Continue, Fenced, Later, Rebase
from tests.replication.office import HERE, Office, cut, hello_of, journal_of
from tests.replication.shop import MemoryJournal


def test_a_branch_never_met_is_bound_to_its_device() -> None:
    """The first hello says which device the branch is."""
    office = Office(MemoryJournal("b001"))
    assert isinstance(office.ask(journal_of(3)), Continue)
    assert office.known.binding.device == HERE
    assert office.known.binding.boot_id == b"boot-1"
    assert office.known.seen_seq == 3


def test_the_same_device_started_anew_is_accepted_and_its_last_start_retired() -> None:
    """A restart needs nobody's word."""
    journal = journal_of(3)
    office = Office(journal)
    office.ask(journal, b"boot-1")
    assert isinstance(office.ask(journal, b"boot-2"), Continue)
    assert office.known.binding.retired == (b"boot-1",)
    for number in range(3, 40):
        office.ask(journal, b"boot-%d" % number)
    assert len(office.known.binding.retired) == BOOTS_KEPT


def test_a_word_from_before_a_restart_is_not_taken_for_a_copy_at_once() -> None:
    """A hello under way while the process restarted is asked to come again; one that does is alive."""
    journal = journal_of(3)
    office = Office(journal)
    office.ask(journal, b"boot-1")
    office.ask(journal, b"boot-2")
    assert isinstance(office.answer(hello_of(journal, b"boot-1"), after=1_500).answer, Later)
    assert office.known.binding.boot_id == b"boot-2"
    answer = office.answer(hello_of(journal, b"boot-1"), after=1_000).answer
    assert isinstance(answer, Fenced)
    assert answer.code == "copy"
    assert office.known.binding.fenced == (b"boot-1",)


def test_of_two_copies_the_later_start_is_the_branch_and_the_other_sends_its_tail() -> None:
    """Both sold after the copy was made: what headquarters lacks of the fenced one begins after what they share."""
    ours = journal_of(20)
    copy = ours.copy()
    office = Office(cut(ours, 20))
    office.ask(ours, b"boot-a")
    office.ask(copy, b"boot-b")
    ours.sell(5)
    answer = office.answer(hello_of(ours, b"boot-a"), after=10_000).answer
    assert isinstance(answer, Fenced)
    assert answer.code == "copy"
    assert 10 < answer.tail_from <= 21
    assert isinstance(office.ask(copy, b"boot-b"), Continue)


def test_what_the_fork_store_holds_of_a_fenced_device_is_not_asked_for_again() -> None:
    """Its answer tells a fenced device how far its tail was kept."""
    journal = journal_of(20)
    office = Office(journal)
    office.ask(journal)
    journal.sell(5)
    office.known = msgspec.structs.replace(office.known, kept_runs=((18, 23),))
    answer = office.ask(journal, b"boot-x", Device("UOTHER", "board-9"))
    assert isinstance(answer, Fenced)
    assert answer.tail_from == 24


def test_a_fenced_device_is_asked_for_what_is_missing_before_what_is_kept() -> None:
    """The stream may have lost the first batch of a tail and delivered those after it."""
    journal = journal_of(20)
    office = Office(journal)
    office.ask(journal)
    journal.sell(8)
    office.known = msgspec.structs.replace(office.known, kept_runs=((18, 22), (25, 28)))
    answer = office.ask(journal, b"boot-x", Device("UOTHER", "board-9"))
    assert isinstance(answer, Fenced)
    assert answer.tail_from == 23


@pytest.mark.parametrize("device", [Device("UOTHER", "board-1"), Device("UDEVICE", "board-2"), Device("", "")])
def test_another_device_is_not_the_branch(device: Device) -> None:
    """Another key, another board, or neither told: nobody approved it."""
    journal = journal_of(3)
    office = Office(journal)
    office.ask(journal)
    answer = office.ask(journal, b"boot-2", device)
    assert isinstance(answer, Fenced)
    assert answer.code == "other_device"
    assert office.known.binding.device == HERE


def test_a_device_that_learns_its_identity_stays_the_same_device() -> None:
    """What was empty when it was bound is filled in once, and holds from then on."""
    journal = journal_of(3)
    office = Office(journal)
    office.ask(journal, b"boot-1", Device("", ""))
    assert isinstance(office.ask(journal, b"boot-2", HERE), Continue)
    assert isinstance(office.ask(journal, b"boot-3", Device("UOTHER", "board-1")), Fenced)


def test_a_new_device_with_the_code_takes_the_branch_over_once() -> None:
    """It gets all that headquarters holds and an epoch of its own; the old device is replaced for ever; the code is used up."""
    journal = journal_of(30)
    office = Office(journal)
    office.ask(journal)
    code = "K7QD-4M2X-9VTA"
    office.known = msgspec.structs.replace(
        office.known, binding=with_replacement(office.known.binding, "b001", code, office.now)
    )
    new, empty = Device("UNEW", "board-2"), MemoryJournal("b001")
    assert isinstance(office.ask(empty, b"boot-n", new, replacement="wrong"), Fenced)
    answer = office.ask(empty, b"boot-n", new, replacement=code)
    assert isinstance(answer, Rebase)
    assert (answer.ancestor_seq, answer.held_seq, answer.reason) == (0, 30, "replaced")
    assert office.ask(empty, b"boot-n", new, replacement=code) == answer, "a lost answer is given again"
    old = office.ask(journal, b"boot-2", HERE, replacement=code)
    assert isinstance(old, Fenced)
    assert old.code == "replaced"
    assert isinstance(office.ask(journal, b"boot-3", Device("UTHIRD", "board-3"), replacement=code), Fenced)


def test_a_code_holds_for_a_day() -> None:
    """Afterwards another is issued."""
    journal = journal_of(3)
    office = Office(journal)
    office.ask(journal)
    office.known = msgspec.structs.replace(
        office.known, binding=with_replacement(office.known.binding, "b001", "code", office.now)
    )
    office.now += REPLACEMENT_MILLISECONDS + 1
    assert isinstance(office.ask(journal, b"boot-n", Device("UNEW", "b"), replacement="code"), Fenced)


def test_a_copied_card_in_a_new_box_gets_a_new_epoch_even_where_it_agrees() -> None:
    """The box it replaces may still sell in the old one, and no seq may name two events."""
    journal = journal_of(30)
    office = Office(journal)
    office.ask(journal)
    office.known = msgspec.structs.replace(
        office.known, binding=with_replacement(office.known.binding, "b001", "code", office.now)
    )
    answer = office.ask(journal.copy(), b"boot-n", Device("UNEW", "b"), replacement="code")
    assert isinstance(answer, Rebase)
    assert (answer.ancestor_seq, answer.held_seq, answer.epoch) == (30, 30, 2)
