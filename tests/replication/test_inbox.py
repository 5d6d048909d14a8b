"""The branch's inbox as a machine: what it asks, checks, applies and waits for, and where it stops."""

from collections.abc import Sequence

import msgspec

from replication.branch.inbox import (
    NOTHING_APPLIED,
    STEP_MESSAGES_MAX,
    Applied,
    Apply,
    ApplyFailed,
    BranchInbox,
    Connected,
    Disconnected,
    InboxFact,
    InboxOrder,
    InboxSettings,
    Nudged,
    PullAnswered,
    PullFailed,
    SendPull,
    Tick,
    Wait,
)
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.envelope import pack_batch
from replication.wire.item import Item
from replication.wire.messages import InboxPosition, Lane, Pulled, PullRefused
from replication.wire.outbox import CatalogueItem, OutboxMessage, Price, encode_outbox


class Outbox:
    """Headquarters' log for one branch."""

    def __init__(self, incarnation: int = 1) -> None:
        self.incarnation = incarnation
        self.entries: list[Entry] = []
        self.hashes: list[bytes] = [GENESIS_HASH]

    def post(self, message: OutboxMessage) -> None:
        self.post_raw(*encode_outbox(message))

    def post_raw(self, kind: int, payload: bytes) -> None:
        seq = len(self.entries) + 1
        entry = Entry(self.incarnation, seq, seq.to_bytes(16, "big"), int(kind), payload)
        self.entries.append(entry)
        self.hashes.append(entry.hash_after(self.hashes[-1]))

    def items(self, count: int, price: int = 100) -> None:
        for number in range(count):
            self.post(CatalogueItem(Item(f"SKU-{number}", "Tea", "pc", price), len(self.entries) + 1))

    def position(self, seq: int) -> InboxPosition:
        return InboxPosition(self.incarnation, seq, self.hashes[seq])

    def pulled(self, after: int, *, most: int = 500, from_beginning: bool = False) -> Pulled:
        run = self.entries[after : after + most]
        head = len(self.entries)
        envelope = b""
        if run:
            envelope = pack_batch(
                "b001", run, self.hashes[after], self.hashes[run[-1].seq], head_seq=head,
                boot_id=b"", sent_at=0,
            )  # fmt: skip
        return Pulled(Lane.OUTBOX, envelope, head, self.incarnation, from_beginning)


class Desk:
    """A machine with a clock of its own, and what it ordered."""

    def __init__(self, position: InboxPosition = NOTHING_APPLIED) -> None:
        self.now = 100.0
        self.machine = BranchInbox(
            position=position, applied_at=None, jitter=lambda: 0.5, settings=InboxSettings(), now=self.now
        )

    def tell(self, fact: InboxFact) -> Sequence[InboxOrder]:
        orders = self.machine.handle(fact, self.now)
        assert isinstance(orders[-1], Wait)
        assert orders[-1].until >= self.now or any(isinstance(one, Apply) for one in orders)
        return orders[:-1]

    def pull(self, fact: InboxFact) -> SendPull:
        (order,) = self.tell(fact)
        assert isinstance(order, SendPull)
        return order

    def later(self, seconds: float) -> Sequence[InboxOrder]:
        self.now += seconds
        return self.tell(Tick())

    def take(self, orders: Sequence[InboxOrder]) -> tuple[list[OutboxMessage], Sequence[InboxOrder]]:
        """Commit every step; answers all messages and the orders that follow."""
        taken: list[OutboxMessage] = []
        while orders and isinstance(orders[0], Apply):
            assert len(orders[0].step.messages) <= STEP_MESSAGES_MAX
            taken += orders[0].step.messages
            orders = self.tell(Applied(orders[0].ticket, 7))
        return taken, orders


def test_nothing_is_asked_before_the_line_stands() -> None:
    """A branch without a line waits."""
    desk = Desk()
    assert desk.later(3600) == []


def test_what_is_there_is_pulled_on_connect_and_applied_in_bounded_steps() -> None:
    """The chain is checked once per answer; the position of each step is a real position of the log."""
    outbox, desk = Outbox(), Desk()
    outbox.items(150)
    order = desk.pull(Connected())
    assert order.after == NOTHING_APPLIED
    orders = desk.tell(PullAnswered(order.ticket, outbox.pulled(0)))
    assert isinstance(orders[0], Apply)
    assert orders[0].step.position == outbox.position(STEP_MESSAGES_MAX)
    taken, following = desk.take(orders)
    assert len(taken) == 150
    assert following == []
    status = desk.machine.status()
    assert (status.seq, status.head_seq, status.applied_at, status.error) == (150, 150, 7, None)


def test_a_pull_that_died_with_headquarters_is_asked_again_of_the_next() -> None:
    """Neither the answer that never comes is waited for, nor the pause after failures; a late answer says nothing."""
    outbox, desk = Outbox(), Desk()
    outbox.items(1)
    first = desk.pull(Connected())
    second = desk.pull(Connected())
    assert desk.tell(PullAnswered(first.ticket, outbox.pulled(0))) == []
    for _ in range(9):
        desk.tell(PullFailed(second.ticket, "nobody_listens"))
        (second,) = [one for one in desk.later(60.0) if isinstance(one, SendPull)]
    desk.tell(PullFailed(second.ticket, "nobody_listens"))
    taken, _ = desk.take(desk.tell(PullAnswered(desk.pull(Connected()).ticket, outbox.pulled(0))))
    assert len(taken) == 1


def test_a_nudge_that_died_with_headquarters_is_not_waited_for() -> None:
    """The inbox rests until its next pull; another opening of headquarters makes it ask at once."""
    desk = Desk()
    desk.tell(PullAnswered(desk.pull(Connected()).ticket, Outbox().pulled(0)))
    assert desk.later(1.0) == []
    assert desk.pull(Connected())


def test_a_long_log_is_pulled_answer_after_answer() -> None:
    """While headquarters says there is more, the next pull follows at once, from the new position."""
    outbox, desk = Outbox(), Desk()
    outbox.items(30)
    order = desk.pull(Connected())
    _, following = desk.take(desk.tell(PullAnswered(order.ticket, outbox.pulled(0, most=20))))
    assert following == [SendPull(following[0].ticket, outbox.position(20))]  # type: ignore[union-attr]
    taken, following = desk.take(desk.tell(PullAnswered(following[0].ticket, outbox.pulled(20))))  # type: ignore[union-attr]
    assert (len(taken), following) == (10, [])


def test_a_nudge_pulls_and_a_late_one_does_not() -> None:
    """A nudge about what is applied already is no news."""
    outbox, desk = Outbox(), Desk()
    outbox.items(1)
    order = desk.pull(Connected())
    desk.take(desk.tell(PullAnswered(order.ticket, outbox.pulled(0))))
    assert desk.tell(Nudged(1, 1)) == []
    assert desk.pull(Nudged(1, 2)).after == outbox.position(1)


def test_a_nudge_during_a_pull_is_not_forgotten() -> None:
    """What was posted after the answer was made is asked for next."""
    outbox, desk = Outbox(), Desk()
    outbox.items(1)
    order = desk.pull(Connected())
    answer = outbox.pulled(0)
    outbox.items(1)
    assert desk.tell(Nudged(1, 2)) == []
    _, following = desk.take(desk.tell(PullAnswered(order.ticket, answer)))
    assert [type(one) for one in following] == [SendPull]


def test_a_lost_nudge_is_healed_by_the_interval() -> None:
    """The branch asks once per heartbeat interval by itself."""
    desk = Desk()
    order = desk.pull(Connected())
    desk.tell(PullAnswered(order.ticket, Outbox().pulled(0)))
    assert desk.later(InboxSettings().pull_every - 0.1) == []
    assert [type(one) for one in desk.later(0.2)] == [SendPull]


def test_an_unanswered_pull_backs_off_with_jitter_and_starts_anew_on_the_next_line() -> None:
    """Waits double up to the longest; a new line does not wait."""
    desk = Desk()
    order = desk.pull(Connected())
    waits = []
    for _ in range(12):
        wait = desk.machine.handle(PullFailed(order.ticket, "timeout"), desk.now)[-1]
        assert isinstance(wait, Wait)
        waits.append(wait.until - desk.now)
        (order,) = desk.later(100.0)  # type: ignore[assignment]
    assert waits[:3] == [0.125, 0.25, 0.5]
    assert max(waits) <= InboxSettings().pull_every
    assert desk.machine.status().error is not None
    desk.tell(Disconnected())
    assert desk.pull(Connected()).ticket > order.ticket


def test_a_stale_answer_is_not_taken() -> None:
    """An answer from before the line broke belongs to nobody."""
    outbox, desk = Outbox(), Desk()
    outbox.items(1)
    order = desk.pull(Connected())
    desk.tell(Disconnected())
    assert desk.tell(PullAnswered(order.ticket, outbox.pulled(0))) == []
    assert desk.machine.status().seq == 0


def test_entries_that_do_not_chain_are_not_applied() -> None:
    """Another log, a gap, garbage, a wrong lane: nothing is applied, and it is asked for again."""
    ours, other = Outbox(), Outbox()
    ours.items(5)
    other.items(5, price=999)
    spoilt = msgspec.structs.replace(ours.pulled(2), envelope=ours.pulled(2).envelope[:-1] + b"\x00")
    for answer in (
        other.pulled(2),
        ours.pulled(3),
        ours.pulled(0),
        spoilt,
        Pulled(Lane.OUTBOX, b"garbage", 5, 1),
        Pulled(Lane.OUTBOX, b"", 5, 1),
        msgspec.structs.replace(ours.pulled(2), lane=Lane.JOURNAL),
    ):
        desk = Desk(ours.position(2))
        order = desk.pull(Connected())
        assert desk.tell(PullAnswered(order.ticket, answer)) == []
        status = desk.machine.status()
        assert (status.seq, status.error.code if status.error else None) == (2, "bad_outbox")
        assert [type(one) for one in desk.later(60)] == [SendPull]


def test_a_headquarters_that_went_back_in_time_is_read_from_its_beginning() -> None:
    """The position goes back to the log's own, step by step, and stays there after a restart."""
    desk, restored = Desk(InboxPosition(1, 90, b"x" * 32)), Outbox(incarnation=2)
    restored.items(STEP_MESSAGES_MAX + 6)
    order = desk.pull(Connected())
    orders = desk.tell(PullAnswered(order.ticket, restored.pulled(0, from_beginning=True)))
    assert isinstance(orders[0], Apply)
    assert orders[0].step.position == restored.position(STEP_MESSAGES_MAX)
    desk.take(orders)
    assert desk.machine.status().seq == STEP_MESSAGES_MAX + 6
    assert desk.machine.status().incarnation == 2


def test_an_unknown_kind_stops_the_inbox_there_and_says_so() -> None:
    """What stands before it is applied, what stands behind it is not; nudges do not hurry it."""
    outbox, desk = Outbox(), Desk()
    outbox.items(2)
    outbox.post_raw(0x1FF, b"")
    outbox.post(Price("default", "SKU-0", 90, 0, 9))
    order = desk.pull(Connected())
    taken, following = desk.take(desk.tell(PullAnswered(order.ticket, outbox.pulled(0))))
    assert (len(taken), following) == (2, [])
    status = desk.machine.status()
    assert (status.seq, status.head_seq, status.stopped) == (2, 4, True)
    assert status.error is not None
    assert status.error.code == "unknown_outbox_kind"
    assert desk.tell(Nudged(1, 5)) == []
    assert desk.later(InboxSettings().pull_every * 2) == []
    assert desk.pull(Connected()).after == outbox.position(2)


def test_bytes_of_a_known_kind_that_make_no_sense_stop_the_inbox_too() -> None:
    """Nothing is guessed."""
    outbox, desk = Outbox(), Desk()
    outbox.post_raw(0x101, b"\xc1")
    order = desk.pull(Connected())
    assert desk.tell(PullAnswered(order.ticket, outbox.pulled(0))) == []
    assert desk.machine.status().stopped


def test_a_step_that_failed_is_tried_again_as_it_was() -> None:
    """A busy ledger costs a moment; the same messages and the same position go again."""
    outbox, desk = Outbox(), Desk()
    outbox.items(1)
    order = desk.pull(Connected())
    (first,) = desk.tell(PullAnswered(order.ticket, outbox.pulled(0)))
    assert isinstance(first, Apply)
    assert desk.tell(ApplyFailed(first.ticket, "store_busy")) == []
    (again,) = desk.later(1)
    assert isinstance(again, Apply)
    assert again.step == first.step
    assert desk.tell(Applied(first.ticket, 1)) == [], "the step given up is not the one under way"
    desk.tell(Applied(again.ticket, 2))
    assert desk.machine.status().seq == 1


def test_a_step_ends_although_the_line_is_gone() -> None:
    """What is in the ledger's hands is applied; the next line goes on behind it."""
    outbox, desk = Outbox(), Desk()
    outbox.items(2)
    order = desk.pull(Connected())
    (step,) = desk.tell(PullAnswered(order.ticket, outbox.pulled(0)))
    assert isinstance(step, Apply)
    desk.tell(Disconnected())
    assert desk.tell(Connected()) == []
    assert desk.pull(Applied(step.ticket, 1)).after == outbox.position(2)


def test_a_refusal_is_shown_and_asked_again() -> None:
    """A fenced branch asks once per interval, so that a decision at headquarters takes hold by itself."""
    desk = Desk()
    order = desk.pull(Connected())
    assert desk.tell(PullAnswered(order.ticket, PullRefused("fenced", "another device", 1))) == []
    assert desk.machine.status().error is not None
    assert [type(one) for one in desk.later(InboxSettings().pull_every)] == [SendPull]
