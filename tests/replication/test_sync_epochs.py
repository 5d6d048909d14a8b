"""The branch's state machine where histories differ: questions, a new epoch, another device, and what comes unasked."""

import itertools

import pytest

from replication.branch.exchange import (
    BatchAcked,
    BeginRebase,
    CloseInbox,
    Connected,
    Disconnected,
    HelloAnswered,
    OpenInbox,
    Rebased,
    RebaseFailed,
    RefusalReceived,
    SendBatch,
    SendHeartbeat,
    SendHello,
    Tick,
    Wanted,
)
from replication.branch.greeting import QUESTIONS_AT_ONCE_MAX
from replication.branch.packer import between_seqs
from replication.branch.status import State, trouble
from replication.wire.entry import Position
from replication.wire.messages import Bisect, Continue, Fenced, Later, Rebase, Refused, Want
from tests.replication.test_sync import Branch, continue_at, hash_of, watermark_at

REBASE = Rebase(2, 10_101, 40, hash_of(40), 90, hash_of(90), "forked", 1)
FENCED = Fenced("copy", "two are alive", 41, 1)


def rebasing(head: int = 100) -> Branch:
    return Branch(head=head).take(Connected()).take(HelloAnswered(REBASE, hash_of(40)))


def test_a_question_is_answered_at_once_with_positions_from_its_bracket() -> None:
    """Nothing is sent while headquarters looks for where the histories part."""
    branch = Branch(head=100).take(Connected())
    branch.take(HelloAnswered(Bisect(32, 64, 1), None))
    assert branch.ordered(SendHello) == [SendHello(0, 32, 64)]
    assert not branch.ordered(SendBatch)
    assert (branch.status(), branch.code()) == (State.CATCHING_UP, "differs")
    branch.take(continue_at(0))
    assert branch.code() is None
    assert branch.ordered(SendBatch)
    branch.take(Tick(), after=301.0)
    assert branch.ordered(SendHello) == [SendHello(0)], "the next hello is an ordinary one"


def test_endless_questions_slow_down() -> None:
    """A headquarters that gets nowhere is not asked in a tight loop."""
    branch = Branch(head=100).take(Connected())
    for _ in range(QUESTIONS_AT_ONCE_MAX):
        branch.take(HelloAnswered(Bisect(32, 64, 1), None))
        assert branch.ordered(SendHello)
    branch.take(HelloAnswered(Bisect(32, 64, 1), None))
    assert not branch.ordered(SendHello)
    assert branch.take(Tick(), after=61.0).ordered(SendHello) == [SendHello(0, 32, 64)]


def test_an_answer_that_our_own_row_contradicts_is_asked_about() -> None:
    """Headquarters could not see the difference from the positions it was told."""
    branch = Branch(head=100).take(Connected())
    branch.take(HelloAnswered(Continue(1, 50, hash_of(50), 0, 1000, 1), hash_of(99)))
    assert branch.ordered(SendHello) == [SendHello(0, 0, 50)]
    assert not branch.ordered(SendBatch)


def test_positions_between_two_seqs_divide_them_evenly() -> None:
    """Both ends are among them, and there are never more than a hello may name."""
    assert between_seqs(3, 6) == [6, 5, 4, 3]
    seqs = between_seqs(0, 1_000_000)
    assert (seqs[0], seqs[-1], len(seqs)) == (1_000_000, 0, 32)
    assert max(high - low for high, low in itertools.pairwise(seqs)) < 33_000


def test_a_new_epoch_is_carried_out_and_nothing_is_sent_meanwhile() -> None:
    """No batch and no hello; the heartbeat goes on, and so does selling."""
    branch = rebasing()
    assert branch.ordered(BeginRebase) == [BeginRebase(REBASE)]
    beats = 0
    for _ in range(400):
        branch.grow(branch.sync.status(branch.now).head_seq + 1, after=1.0)
        assert not branch.ordered(SendBatch)
        assert not branch.ordered(SendHello)
        beats += len(branch.ordered(SendHeartbeat))
    assert beats > 20
    assert (branch.status(), branch.code()) == (State.CATCHING_UP, "rebasing")
    branch.take(watermark_at(20)).take(Wanted(Want("b001", 1, 3))).take(RefusalReceived())
    assert not branch.ordered(SendHello)


def test_after_the_switch_it_says_hello_and_sends_from_the_base() -> None:
    """Headquarters' cursor stands just before it."""
    branch = rebasing().take(Rebased(Position(2, 10_110, hash_of(10_110))))
    assert branch.ordered(SendHello) == [SendHello(0)]
    assert not branch.ordered(SendBatch)
    branch.take(HelloAnswered(Continue(2, 10_100, hash_of(90), 0, 1000, 1), hash_of(90)))
    assert [order.from_seq for order in branch.ordered(SendBatch)] == [10_101]
    assert branch.sync.status(branch.now).epoch == 2


def test_a_failed_switch_is_tried_again_later_and_later() -> None:
    """The hello gets the same offer, and the journal goes on where it was staged."""
    branch, waits = rebasing(), []
    for _ in range(4):
        branch.take(RebaseFailed("bad_pull", "cut short"))
        assert branch.code() == "bad_pull"
        began = branch.now
        while not branch.ordered(SendHello):
            branch.take(Tick(), after=0.05)
        waits.append(branch.now - began)
        branch.take(HelloAnswered(REBASE, hash_of(40)))
        assert branch.ordered(BeginRebase)
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_a_cut_line_ends_the_joining_and_the_next_line_begins_it_anew() -> None:
    """The errand says that it failed; then the hello is due at once."""
    branch = rebasing().take(Disconnected("line_down")).take(Connected(), after=5.0)
    assert not branch.ordered(SendHello), "what is under way may be in the middle of its switch"
    branch.take(RebaseFailed("line_down"))
    assert branch.take(Tick(), after=0.3).ordered(SendHello)


def test_a_rebase_from_an_ancestor_we_do_not_share_is_not_begun() -> None:
    """A pair of checks: headquarters' word and our own row."""
    branch = Branch(head=100).take(Connected()).take(HelloAnswered(REBASE, hash_of(41)))
    assert not branch.ordered(BeginRebase)
    assert branch.code() == "differs"
    assert branch.take(Tick(), after=1.0).ordered(SendHello)


def test_a_fenced_device_sends_its_tail_one_batch_at_a_time_and_asks_again() -> None:
    """Headquarters keeps it; watermarks, wants and refusals are for the branch's present device."""
    branch = Branch(head=1200).take(Connected()).take(HelloAnswered(FENCED, None))
    assert (branch.status(), branch.code()) == (State.FENCED, "copy")
    assert [order.from_seq for order in branch.ordered(SendBatch)] == [41]
    assert not branch.take(Tick(), after=2.0).ordered(SendBatch)
    branch.take(BatchAcked(1, 540))
    assert [order.from_seq for order in branch.ordered(SendBatch)] == [541]
    branch.take(BatchAcked(2, 1040), after=0.2).take(BatchAcked(3, 1200), after=0.2)
    branch.take(watermark_at(300)).take(Wanted(Want("b001", 1, 50))).take(RefusalReceived())
    assert not branch.ordered(SendBatch)
    assert not branch.ordered(SendHello)
    assert branch.sync.status(branch.now).applied_seq == 0
    assert [order.from_seq for order in branch.grow(1201, after=1.0).ordered(SendBatch)] == [1201]
    branch.take(BatchAcked(4, 1201), after=1.0)
    asked = [branch.take(Tick(), after=1.0).ordered(SendHello) for _ in range(31)]
    assert sum(map(len, asked)) == 1


def test_a_tail_that_headquarters_did_not_keep_is_sent_again_without_a_war() -> None:
    """Its answer tells how far it was kept; the same answer again and again costs ever less."""
    branch, sent = Branch(head=100).take(Connected()).take(HelloAnswered(FENCED, None)), 0
    for _ in range(2000):
        for order in branch.ordered(SendBatch):
            sent += 1
            branch.take(BatchAcked(order.ticket, 100), after=0.1)
        branch.take(Tick(), after=1.0)
        if branch.ordered(SendHello):
            branch.take(HelloAnswered(FENCED, None))
    assert 3 <= sent <= 14
    kept = Fenced("copy", "", 101, 1)
    branch.take(Tick(), after=31.0).take(HelloAnswered(kept, None))
    assert not branch.ordered(SendBatch)


def test_a_fenced_device_that_headquarters_has_no_room_for_keeps_what_it_has() -> None:
    """Asked for nothing, it sends nothing of it, neither at once nor again; asked for it later, it sends all of it."""
    full = Fenced("copy", "", 101, 1)
    branch = Branch(head=100).take(Connected()).take(HelloAnswered(full, None))
    for _ in range(200):
        assert not branch.ordered(SendBatch)
        branch.take(Tick(), after=1.0)
        if branch.ordered(SendHello):
            branch.take(HelloAnswered(full, None))
    assert branch.status() is State.FENCED
    while not branch.ordered(SendHello):
        branch.take(Tick(), after=1.0)
    branch.take(HelloAnswered(FENCED, None))
    assert [order.from_seq for order in branch.ordered(SendBatch)] == [41]


def test_a_fenced_device_that_is_approved_goes_on_like_any_other() -> None:
    """A person decided at headquarters: the next hello is answered with an epoch."""
    branch = Branch(head=100).take(Connected()).take(HelloAnswered(FENCED, None))
    branch.take(Tick(), after=31.0).take(HelloAnswered(REBASE, hash_of(40)))
    assert branch.ordered(BeginRebase)
    assert branch.status() is State.CATCHING_UP


def test_later_is_waited_for_and_bounded() -> None:
    """Headquarters is busy: nothing it says meanwhile makes a branch ask sooner, and one that is accepted goes on."""
    branch = Branch(head=3).take(Connected()).take(HelloAnswered(Later(4000, 1), None))
    assert branch.code() == "later"
    assert not branch.take(Tick(), after=3.9).ordered(SendHello)
    assert not branch.take(RefusalReceived()).ordered(SendHello)
    assert branch.take(Tick(), after=2.2).ordered(SendHello)
    branch.take(HelloAnswered(Later(2**40, 1), None))
    assert branch.take(Tick(), after=901.0).ordered(SendHello)
    branch.take(continue_at(0))
    branch.take(Tick(), after=301.0).take(HelloAnswered(Later(4000, 1), None))
    assert branch.status() is not State.OFFLINE
    assert branch.code() is None


@pytest.mark.parametrize(("boot_id", "asks"), [(b"", True), (b"me", True), (b"another", False)])
def test_a_refusal_only_means_say_hello_and_only_to_whom_it_is_meant(boot_id: bytes, *, asks: bool) -> None:
    """Every device of the name hears it."""
    branch = Branch(head=3, boot_id=b"me").online()
    branch.take(BatchAcked(1, 3))
    branch.take(RefusalReceived(boot_id))
    assert bool(branch.ordered(SendHello)) is asks
    assert branch.status() is State.CURRENT
    if asks:
        assert [order.from_seq for order in branch.take(continue_at(0), after=0.2).ordered(SendBatch)] == [1]


def test_watermarks_of_other_epochs_are_late_or_a_reason_to_ask() -> None:
    """A late one of an ended epoch says nothing; one of an epoch never given here makes it ask."""
    branch = rebasing().take(Rebased(Position(2, 10_110, hash_of(10_110))))
    branch.take(HelloAnswered(Continue(2, 10_100, hash_of(90), 0, 1000, 1), hash_of(90)))
    branch.take(watermark_at(95, own=hash_of(90)))
    assert branch.status() is not State.OFFLINE
    assert branch.code() is None
    assert not branch.ordered(SendHello)
    other = Branch(head=9).online()
    other.take(watermark_at(5, epoch=3))
    assert other.ordered(SendHello)
    assert other.sync.status(other.now).applied_seq == 0


def test_the_inbox_is_open_while_headquarters_accepts_this_device() -> None:
    """Neither while the line is gone, nor while it is fenced or its journal is joined."""
    branch = Branch(head=3).online()
    assert branch.ordered(OpenInbox)
    assert branch.take(Disconnected("line_down")).ordered(CloseInbox)
    branch.take(Connected()).take(continue_at(0))
    assert branch.ordered(OpenInbox)
    branch.take(Tick(), after=301.0).take(HelloAnswered(FENCED, None))
    assert branch.ordered(CloseInbox)
    assert not rebasing().ordered(OpenInbox)


def test_the_inbox_is_opened_anew_for_each_opening_of_headquarters() -> None:
    """What the one before was asked, or would have told of, died with it. An ordinary hello opens nothing."""
    branch = Branch(head=3).online(applied=3)
    branch.take(Tick(), after=301.0).take(continue_at(3))
    assert not branch.ordered(OpenInbox)
    branch.take(RefusalReceived(was_opened=True)).take(continue_at(3, incarnation=2))
    assert branch.ordered(OpenInbox)
    assert not branch.take(watermark_at(3, incarnation=2)).ordered(OpenInbox)


@pytest.mark.parametrize(
    "code",
    [
        "differs", "behind", "rebasing", "outgrown", "other_history", "not_staged", "not_held", "bad_pull", "fenced",
        "headquarters_changed", "later", "other_device", "replaced", "copy", "pruned", "unknown_branch", "bad_hello",
        "blocked", "unknown_version", "store_busy",
    ],
)  # fmt: skip
def test_every_code_of_the_status_has_a_sentence_in_both_languages(code: str) -> None:
    """A manager reads what happens, never a code."""
    words = trouble(code, "detail").words
    assert words.en.endswith(".")
    assert words.zh.endswith("。")


def test_a_refused_hello_stops_and_says_why() -> None:
    """`pruned` is a fence that a technician must look at; the rest are blocks."""
    for code, state in (("blocked", State.BLOCKED), ("unknown_version", State.BLOCKED), ("pruned", State.FENCED)):
        branch = Branch(head=3).take(Connected()).take(HelloAnswered(Refused(code, "", 0, hash_of(0), 1), hash_of(0)))
        assert (branch.status(), branch.code()) == (state, code)
        assert not branch.ordered(SendBatch)
