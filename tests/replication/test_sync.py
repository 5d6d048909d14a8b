"""The branch's state machine: facts in, orders out, nothing else."""

from typing import TypeVar

from replication.branch.exchange import (
    BatchAcked,
    BatchFailed,
    Connected,
    Disconnected,
    Fact,
    HelloAnswered,
    HelloFailed,
    JournalGrew,
    Order,
    RecordWatermark,
    RefusalReceived,
    Report,
    SendBatch,
    SendHeartbeat,
    SendHello,
    Tick,
    Wait,
    Wanted,
    WatermarkReceived,
)
from replication.branch.packer import ancestor_seqs
from replication.branch.status import State
from replication.branch.sync import BranchSync, SyncSettings
from replication.lag import MARKS_MAX, Lag
from replication.wire.entry import Position
from replication.wire.messages import Continue, Refused, Want, Watermark

O = TypeVar("O")  # noqa: E741 - an order


def hash_of(seq: int) -> bytes:
    return seq.to_bytes(32, "big")


def continue_at(seq: int, *, credit: int = 1000, incarnation: int = 1) -> HelloAnswered:
    return HelloAnswered(Continue(1, seq, hash_of(seq), 0, credit, incarnation), hash_of(seq))


def watermark_at(
    seq: int, *, own: bytes | None = b"", credit: int = 1000, incarnation: int = 1, epoch: int = 1
) -> WatermarkReceived:
    return WatermarkReceived(
        Watermark("b001", epoch, seq, hash_of(seq), 0, credit, incarnation), hash_of(seq) if own == b"" else own
    )


class Branch:
    """A machine with its clock; remembers the last orders."""

    def __init__(self, head: int = 0, applied: int = 0, boot_id: bytes = b"") -> None:
        self.now = 100.0
        self.sync = BranchSync(
            head=Position(1, head, hash_of(head)),
            applied_seq=applied,
            durable_seq=0,
            jitter=lambda: 1.0,
            settings=SyncSettings(),
            now=self.now,
            boot_id=boot_id,
        )
        self.orders: list[Order] = []

    def take(self, fact: Fact, after: float = 0.0) -> "Branch":
        self.now += after
        self.orders = self.sync.handle(fact, self.now)
        return self

    def ordered(self, kind: type[O]) -> list[O]:
        return [order for order in self.orders if isinstance(order, kind)]

    def wait_until(self) -> float:
        return self.ordered(Wait)[0].until

    def code(self) -> str | None:
        trouble = self.sync.status(self.now).last_error
        return None if trouble is None else trouble.code

    def status(self) -> State:
        return self.sync.status(self.now).state

    def online(self, applied: int = 0) -> "Branch":
        return self.take(Connected()).take(continue_at(applied))

    def grow(self, seq: int, after: float = 0.0) -> "Branch":
        return self.take(JournalGrew(Position(1, seq, hash_of(seq))), after)


def test_nothing_is_sent_before_headquarters_has_answered() -> None:
    branch = Branch(head=5).take(Connected())
    assert branch.ordered(SendHello)
    assert branch.ordered(SendHeartbeat)
    assert not branch.ordered(SendBatch)
    assert branch.status() is State.OFFLINE
    assert branch.take(continue_at(0)).ordered(SendBatch)[0].from_seq == 1


def test_a_lone_entry_goes_at_once_and_the_next_one_lingers() -> None:
    branch = Branch().online()
    sent = branch.grow(1, after=1.0).ordered(SendBatch)
    assert [order.from_seq for order in sent] == [1]
    branch.take(BatchAcked(sent[0].ticket, 1), after=0.01)
    assert not branch.grow(2, after=0.01).ordered(SendBatch)
    assert branch.wait_until() - branch.now <= 0.2
    assert branch.take(Tick(), after=0.1).ordered(SendBatch)[0].from_seq == 2


def test_a_full_batch_does_not_linger() -> None:
    branch = Branch(head=2000).online()
    branch.take(BatchAcked(1, 500), after=0.001)
    assert branch.ordered(SendBatch)[0].from_seq == 501


def test_one_batch_is_under_way_at_a_time() -> None:
    branch = Branch(head=2000).online()
    assert branch.ordered(SendBatch)
    for _ in range(20):
        assert not branch.grow(2001, after=0.5).ordered(SendBatch)


def test_a_failed_batch_is_sent_again_with_the_same_bytes_after_a_growing_pause() -> None:
    branch = Branch(head=3).online()
    pauses = []
    for _ in range(12):
        ticket = branch.ordered(SendBatch)[-1].ticket
        branch.take(BatchFailed(ticket, "timeout"))
        assert not branch.ordered(SendBatch)
        failed_at = branch.now
        while not branch.ordered(SendBatch):
            branch.take(Tick(), after=max(branch.wait_until() - branch.now, 0.001))
        pauses.append(branch.now - failed_at)
        assert branch.ordered(SendBatch)[0].again
        assert branch.ordered(SendBatch)[0].from_seq == 1
    assert pauses[0] < 0.3
    assert pauses == sorted(pauses)
    assert 59 < pauses[-1] < 61


def test_an_acknowledgement_of_an_earlier_line_means_nothing() -> None:
    branch = Branch(head=3).online()
    old = branch.ordered(SendBatch)[0].ticket
    branch.take(Disconnected("line_down")).take(Connected(), after=1.0).take(continue_at(0))
    assert branch.ordered(SendBatch)[0].ticket != old
    assert not branch.take(BatchAcked(old, 3), after=1.0).ordered(SendBatch), "the one of this line is still under way"
    branch.take(Disconnected("line_down")).take(Connected(), after=1.0).take(continue_at(0))
    assert branch.ordered(SendBatch)[0].from_seq == 1


def test_only_a_watermark_makes_entries_applied() -> None:
    branch = Branch(head=3).online()
    branch.take(BatchAcked(1, 3))
    assert branch.sync.status(branch.now).applied_seq == 0
    branch.take(watermark_at(3))
    assert branch.ordered(RecordWatermark)[0].watermark.applied_seq == 3
    status = branch.sync.status(branch.now)
    assert (status.applied_seq, status.waiting, status.lag_seconds) == (3, 0, 0.0)


def test_a_watermark_that_contradicts_our_own_row_stops_everything_until_headquarters_is_asked() -> None:
    branch = Branch(head=3).online()
    branch.take(watermark_at(2, own=hash_of(99)))
    assert branch.status() is State.CATCHING_UP
    assert branch.code() == "differs"
    assert branch.ordered(SendHello) == [SendHello(0, 0, 2)], "it asks at once, with positions up to there"
    assert not branch.ordered(RecordWatermark)
    assert not branch.grow(900, after=5.0).ordered(SendBatch)
    assert branch.take(continue_at(0)).status() is State.CATCHING_UP
    assert branch.ordered(SendBatch)


def test_a_headquarters_that_knows_more_than_our_journal_is_asked_again() -> None:
    """It would have offered a rebase, had it known where our journal ends: the next hello tells it."""
    branch = Branch(head=3).take(Connected())
    branch.take(HelloAnswered(Continue(1, 9, hash_of(9), 0, 1000, 1), None))
    assert branch.status() is State.CATCHING_UP
    trouble = branch.sync.status(branch.now).last_error
    assert trouble is not None
    assert trouble.code == "behind"
    assert trouble.words.en
    assert trouble.words.zh
    assert branch.take(Tick(), after=1.0).ordered(SendHello)


def test_a_refusal_blocks_and_asks_again_by_itself() -> None:
    branch = Branch(head=3).take(Connected())
    branch.take(HelloAnswered(Refused("blocked", "poison", 0, bytes(32), 1), hash_of(0)))
    assert branch.status() is State.BLOCKED
    asked = []
    for _ in range(60):
        asked += branch.take(Tick(), after=1.0).ordered(SendHello)
        if asked:
            break
    assert asked
    branch.take(continue_at(0)).take(watermark_at(3))
    assert branch.status() is State.CURRENT
    assert branch.take(RefusalReceived()).ordered(SendHello)


def test_a_hello_under_way_to_a_dead_headquarters_is_said_again_to_the_next() -> None:
    """It would be waited for until its time is over; the one that was opened meanwhile never heard it."""
    branch = Branch(head=3).online(applied=3)
    assert branch.take(Tick(), after=301.0).ordered(SendHello)
    assert not branch.take(RefusalReceived()).ordered(SendHello)
    assert branch.take(RefusalReceived(was_opened=True)).ordered(SendHello)
    assert not branch.take(Tick()).ordered(SendHello)
    assert branch.take(continue_at(3, incarnation=2)).wait_until() > branch.now
    assert branch.status() is State.CURRENT


def test_credit_bounds_how_far_it_runs_ahead_of_the_watermark() -> None:
    branch = Branch(head=5000).take(Connected()).take(continue_at(0, credit=700))
    branch.take(BatchAcked(1, 500), after=0.2)
    assert branch.ordered(SendBatch)[0].from_seq == 501
    branch.take(BatchAcked(2, 1000), after=0.2)
    assert not branch.ordered(SendBatch)
    branch.take(watermark_at(500, credit=700), after=0.2)
    assert branch.ordered(SendBatch)[0].from_seq == 1001


def test_a_want_sends_again_from_there_under_a_new_message_id() -> None:
    branch = Branch(head=1500).online()
    for ticket, last in ((1, 500), (2, 1000), (3, 1500)):
        branch.take(BatchAcked(ticket, last), after=0.2)
    first_round = branch.take(Wanted(Want("b001", 1, 501)), after=0.2).ordered(SendBatch)
    assert [order.from_seq for order in first_round] == [501]
    assert first_round[0].round == 1


def test_without_a_watermark_it_asks_and_then_sends_again_with_growing_patience() -> None:
    branch = Branch(head=3).online()
    branch.take(BatchAcked(1, 3))
    waits = []
    for _ in range(3):
        began = branch.now
        while not branch.ordered(SendHello):
            branch.take(Tick(), after=0.5)
        waits.append(branch.now - began)
        sent = branch.take(continue_at(0), after=0.2).ordered(SendBatch)
        assert [order.from_seq for order in sent] == [1]
        assert not sent[0].again
        branch.take(BatchAcked(sent[0].ticket, 3))
    assert 9 < waits[0] < 11 < waits[1] < waits[2]


def test_a_failed_hello_is_not_repeated_without_pause() -> None:
    branch = Branch(head=3).online()
    branch.take(BatchAcked(1, 3)).take(Tick(), after=11.0)
    assert branch.ordered(SendHello)
    branch.take(HelloFailed("nobody_listens"))
    assert not branch.ordered(SendHello)
    assert branch.wait_until() > branch.now


def test_a_headquarters_restored_from_an_old_backup_gets_everything_after_it_again() -> None:
    branch = Branch(head=9, applied=9).take(Connected())
    branch.take(continue_at(4, incarnation=2))
    assert branch.ordered(RecordWatermark)[0].watermark.applied_seq == 4
    assert branch.ordered(SendBatch)[0].from_seq == 5
    assert branch.sync.status(branch.now).waiting == 5


def test_a_watermark_of_another_incarnation_only_makes_it_ask() -> None:
    branch = Branch(head=9).online()
    branch.take(watermark_at(5, incarnation=2))
    assert branch.ordered(SendHello)
    assert not branch.ordered(RecordWatermark)


def test_an_answer_older_than_a_watermark_does_not_take_anything_back() -> None:
    branch = Branch(head=9).take(Connected())
    branch.take(watermark_at(7))
    branch.take(continue_at(5))
    assert branch.sync.status(branch.now).applied_seq == 7


def test_it_says_hello_every_five_minutes_and_a_heartbeat_every_quarter_minute() -> None:
    branch = Branch().online()
    hellos = beats = 0
    for _ in range(601):
        branch.take(Tick(), after=1.0)
        beats += len(branch.ordered(SendHeartbeat))
        if branch.ordered(SendHello):
            hellos += 1
            branch.take(continue_at(0))
    assert hellos == 2
    assert beats == 40


def test_growth_is_reported_twice_a_second_and_a_change_at_once() -> None:
    branch = Branch().take(Tick())
    reports = 0
    for seq in range(1, 101):
        reports += len(branch.grow(seq, after=0.01).ordered(Report))
    assert reports <= 3
    assert branch.take(Disconnected("line_down", "gone")).ordered(Report)


def test_the_lag_is_the_wait_of_the_oldest_entry_and_remembers_a_bounded_past() -> None:
    lag = Lag()
    for seq in range(1, 5000):
        lag.grew(seq, float(seq))
    assert lag.seconds(5000.0) == 4999.0
    lag.applied(10)
    assert lag.seconds(5000.0) == 4989.0
    assert len(lag._marks) <= MARKS_MAX
    lag.applied(4999)
    assert lag.seconds(9999.0) == 0.0
    lag.grew(4000, 9999.0)
    assert lag.seconds(10_000.0) == 0.0, "late news of what is long applied"


def test_a_hello_names_positions_ever_further_back() -> None:
    assert ancestor_seqs(0, 1, 0) == [0]
    assert ancestor_seqs(10, 1, 10) == [10, 9, 8, 6, 2]
    seqs = ancestor_seqs(2**31, 1, 7)
    assert len(seqs) <= 32
    assert 7 in seqs
    assert all(seq >= 500 for seq in ancestor_seqs(1000, 500, 999))
