"""The branch's side of replication as a pure state machine: facts in, orders out. Knows no line, journal or clock.

It believes nothing but headquarters: the stream's acknowledgement only says that the next batch may go, a watermark
counts when its hash equals our own at that seq, and where the two histories differ it asks headquarters, which finds where
they part and gives a new epoch. Selling never depends on any of this.
"""

from collections.abc import Callable
from typing import Final, assert_never

from replication.branch.exchange import (
    BatchAcked,
    BatchFailed,
    BeginRebase,
    CloseInbox,
    Connected,
    Disconnected,
    Fact,
    HelloAnswered,
    HelloFailed,
    JournalGrew,
    OpenInbox,
    Order,
    Rebased,
    RebaseFailed,
    RecordWatermark,
    RefusalReceived,
    SendHeartbeat,
    Tick,
    Wait,
    Wanted,
    WatermarkReceived,
)
from replication.branch.greeting import Greeting
from replication.branch.mode import Mode, shown
from replication.branch.reports import Reports
from replication.branch.sending import Sending
from replication.branch.settings import SyncSettings
from replication.branch.status import ReplicationStatus, State, Trouble, trouble
from replication.lag import Lag
from replication.wire.entry import Position
from replication.wire.messages import (
    Bisect,
    Continue,
    Fenced,
    HelloAnswer,
    Later,
    Rebase,
    Refused,
    Want,
    Watermark,
)

__all__ = ["BranchSync", "SyncSettings"]

_PATIENCE_SECONDS_MAX: Final = 300.0
"""Longest wait for a watermark before the stream is suspected again: a busy headquarters is not flooded with repeats."""
_LATER_SECONDS_MAX: Final = 600.0
"""However long headquarters asks a branch to wait, it asks again after this."""


class BranchSync:
    """Give it facts with `handle`; carry out the orders it returns. `jitter` answers a random float in [0, 1), `boot_id`
    is this start of the process, by which headquarters tells two devices of one name apart."""

    def __init__(
        self,
        *,
        head: Position,
        applied_seq: int,
        durable_seq: int,
        jitter: Callable[[], float],
        settings: SyncSettings,
        now: float,
        waiting_since: float | None = None,
        boot_id: bytes = b"",
    ) -> None:
        self._head = head
        self._applied_seq = applied_seq
        self._durable_seq = durable_seq
        self._jitter = jitter
        self._settings = settings
        self._boot_id = boot_id
        self._connected = False
        self._mode = Mode.ASKING
        self._why: Trouble | None = None
        self._error: Trouble | None = None
        self._greeting = Greeting(settings, jitter, now)
        self._sending = Sending(applied_seq + 1, settings, jitter, now)
        self._heartbeat_at = now
        self._credit = 0
        self._incarnation: int | None = None
        self._first_on_this_line = True
        self._acked_at = now
        self._patience = settings.patience
        self._impatient = False
        self._rebase_failures = 0
        self._accepted_by: int | None = None
        self._inbox_of: int | None = None
        self._lag = Lag()
        self._lag.applied(applied_seq)
        if head.seq > applied_seq:
            self._lag.grew(head.seq, now if waiting_since is None else waiting_since)
        self._reports = Reports(now)

    def handle(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact and answer what to do now."""
        orders: list[Order] = []
        match fact:
            case Connected() | Disconnected():
                self._line(fact, now)
            case HelloAnswered(answer, own_hash):
                self._answered(answer, own_hash, now, orders)
            case HelloFailed(code, detail):
                if self._greeting.failed(now):
                    self._error = trouble(code, detail)
            case BatchAcked() | BatchFailed():
                self._landed(fact, now)
            case WatermarkReceived(watermark, own_hash):
                self._watermark(watermark, own_hash, now, orders)
            case Wanted(want):
                self._wanted(want, now)
            case RefusalReceived():
                self._refused(fact, now)
            case Rebased() | RebaseFailed():
                self._rebase_ended(fact, now)
            case JournalGrew(head):
                self._grew(head, now)
            case Tick():
                pass
            case _:
                assert_never(fact)
        self._mind_the_inbox(orders)
        self._send_what_is_due(now, orders)
        orders += self._reports.due(self.status(now), now)
        orders.append(Wait(self._next_moment(now)))
        return orders

    def status(self, now: float) -> ReplicationStatus:
        """How things stand."""
        waiting, why = max(0, self._head.seq - self._applied_seq), self._why
        return ReplicationStatus(
            head_seq=max(self._head.seq, self._applied_seq),
            applied_seq=self._applied_seq,
            durable_seq=self._durable_seq,
            epoch=self._head.epoch,
            lag_seconds=round(self._lag.seconds(now), 3),
            state=self.state(now),
            waiting=waiting,
            last_error=why or self._error,
        )

    def state(self, now: float) -> State:
        """How things stand, at a glance."""
        return shown(
            self._mode,
            connected=self._connected,
            why=None if self._why is None else self._why.code,
            current=self._lag.is_current(max(0, self._head.seq - self._applied_seq), now),
        )

    # --- line and journal ---

    def _line(self, fact: Connected | Disconnected, now: float) -> None:
        self._connected = isinstance(fact, Connected)
        self._first_on_this_line, self._impatient = True, False
        if self._mode is Mode.ACCEPTED:
            self._mode = Mode.ASKING
        if isinstance(fact, Disconnected):
            self._greeting.drop()
            self._sending.drop()
            self._error = trouble(fact.code, fact.detail)
        else:
            self._greeting.begin(now)
            self._heartbeat_at = now

    def _grew(self, head: Position, now: float) -> None:
        if head.seq > self._head.seq:
            self._lag.grew(head.seq, now)
            self._head = head

    def _enter(self, mode: Mode, why: Trouble | None) -> None:
        if mode is not self._mode or mode is Mode.REBASING:
            self._sending.drop()
        self._mode, self._why = mode, why

    # --- hello ---

    def _answered(self, answer: HelloAnswer, own_hash: bytes | None, now: float, orders: list[Order]) -> None:
        asked_at_seq = self._greeting.answered()
        if asked_at_seq is None:
            return  # an answer from before the line broke
        self._incarnation = answer.incarnation
        match answer:
            case Continue():
                if self._agrees(answer.applied_seq, answer.applied_hash, own_hash, now):
                    self._go_on(answer, asked_at_seq, now, orders)
            case Bisect(low_seq, high_seq):
                self._enter(Mode.ASKING, trouble("differs", f"between {low_seq} and {high_seq}"))
                self._greeting.narrow(low_seq, high_seq, now)
            case Rebase():
                self._rebase(answer, own_hash, now, orders)
            case Fenced():
                self._fenced(answer, now)
            case Later(milliseconds):
                wait = min(_LATER_SECONDS_MAX, max(0, milliseconds) / 1000)
                self._greeting.put_off(now + wait * (1 + self._jitter() / 2))
                if self._mode is Mode.ASKING:
                    self._why = trouble("later")
            case Refused(code, detail):
                self._stop(trouble(code, detail), now)
            case _:
                assert_never(answer)

    def _go_on(self, answer: Continue, asked_at_seq: int, now: float, orders: list[Order]) -> None:
        self._enter(Mode.ACCEPTED, None)
        self._accepted_by = answer.incarnation
        self._error = None
        self._greeting.settled(now + self._settings.hello_every)
        self._credit = answer.credit
        self._durable_seq = answer.durable_seq
        lost_commits = answer.applied_seq < asked_at_seq
        if lost_commits or answer.applied_seq > self._applied_seq:
            # A question asked at `asked_at_seq` can only be answered lower by a headquarters that went back in time.
            self._advance(
                Watermark("", answer.epoch, answer.applied_seq, answer.applied_hash, answer.durable_seq,
                          answer.credit, answer.incarnation), now, orders,
            )  # fmt: skip
        missed = lost_commits or (self._impatient and self._applied_seq < self._sending.acked_seq)
        if missed or self._first_on_this_line:
            self._sending.rewind(self._applied_seq + 1, lost=missed)
        self._first_on_this_line = False
        if self._impatient:
            self._impatient = False
            self._patience = min(_PATIENCE_SECONDS_MAX, self._patience * 2)
            self._acked_at = now

    def _agrees(self, seq: int, their_hash: bytes, own_hash: bytes | None, now: float) -> bool:
        """Whether our own row says the same as headquarters; if not, ask where the histories part."""
        if own_hash == their_hash:
            return True
        if own_hash is not None:
            self._enter(Mode.ASKING, trouble("differs", f"at {seq}"))
            self._greeting.narrow(0, seq, now)
        elif seq > self._head.seq:
            self._enter(Mode.ASKING, trouble("behind", f"headquarters holds {seq}, here it ends at {self._head.seq}"))
            self._greeting.retry(now)
        else:
            self._stop(trouble("pruned", f"headquarters stands at {seq}, which is no longer held here"), now)
        return False

    def _stop(self, why: Trouble, now: float) -> None:
        self._enter(Mode.STOPPED, why)
        self._greeting.settled(now + self._settings.asked_again(self._jitter))

    # --- a new epoch, and another device ---

    def _rebase(self, rebase: Rebase, own_hash: bytes | None, now: float, orders: list[Order]) -> None:
        if own_hash != rebase.ancestor_hash:
            self._enter(Mode.ASKING, trouble("differs", f"at {rebase.ancestor_seq}, where they were said to agree"))
            self._greeting.retry(now)
            return
        self._enter(Mode.REBASING, trouble("rebasing", rebase.reason))
        orders.append(BeginRebase(rebase))

    def _rebase_ended(self, fact: Rebased | RebaseFailed, now: float) -> None:
        if self._mode is not Mode.REBASING:
            return
        if isinstance(fact, Rebased):
            self._rebase_failures = 0
            self._enter(Mode.ASKING, trouble("rebasing"))
            self._grew(fact.head, now)
            self._greeting.settled(now)
        else:
            self._enter(Mode.ASKING, trouble(fact.code, fact.detail))
            self._greeting.settled(now + self._settings.backoff(self._rebase_failures, self._jitter))
            self._rebase_failures += 1

    def _fenced(self, answer: Fenced, now: float) -> None:
        """What is here is sent from where headquarters has none of it; its next answer tells how far it was kept."""
        again = self._mode is Mode.FENCED and not self._first_on_this_line
        if not again:
            self._patience = self._settings.patience
        lost = again and self._sending.idle and now >= self._acked_at + self._patience
        self._enter(Mode.FENCED, trouble(answer.code, answer.detail))
        self._error = None
        self._greeting.settled(now + self._settings.asked_again(self._jitter))
        if not again:
            self._sending.rewind(answer.tail_from)
        elif lost and self._sending.sent_beyond(answer.tail_from):
            self._patience = min(_PATIENCE_SECONDS_MAX, self._patience * 2)
            self._sending.rewind(answer.tail_from, lost=True)
        self._first_on_this_line = False

    # --- what headquarters says unasked ---

    def _watermark(self, watermark: Watermark, own_hash: bytes | None, now: float, orders: list[Order]) -> None:
        if self._mode in (Mode.FENCED, Mode.REBASING):
            return  # it is about the branch's present device, or about a history that is being left
        if watermark.applied_seq <= self._applied_seq and (own_hash is None or watermark.epoch < self._head.epoch):
            return  # late, about entries long pruned or of an epoch that has ended
        if self._incarnation is not None and watermark.incarnation != self._incarnation:
            self._greeting.at_once(now)  # headquarters was restarted or restored: its answer counts, not this
            return
        if watermark.epoch > self._head.epoch:
            self._greeting.at_once(now)  # an epoch that this journal was never given
            return
        if not self._agrees(watermark.applied_seq, watermark.applied_hash, own_hash, now):
            self._greeting.at_once(now)
            return
        self._credit = watermark.credit
        self._durable_seq = max(self._durable_seq, watermark.durable_seq)
        if watermark.applied_seq > self._applied_seq:
            self._advance(watermark, now, orders)

    def _advance(self, watermark: Watermark, now: float, orders: list[Order]) -> None:
        self._applied_seq = watermark.applied_seq
        self._lag.applied(watermark.applied_seq)
        self._lag.grew(self._head.seq, now)
        self._sending.skip_through(watermark.applied_seq)
        self._acked_at = now
        self._patience = self._settings.patience
        orders.append(RecordWatermark(watermark))

    def _wanted(self, want: Want, now: float) -> None:
        if self._mode in (Mode.FENCED, Mode.REBASING):
            return
        if self._mode is Mode.STOPPED or want.from_seq <= self._applied_seq:
            self._greeting.at_once(now)  # not what we believe of headquarters: its answer decides
        elif self._mode is Mode.ACCEPTED and self._sending.sent_beyond(want.from_seq):
            self._sending.rewind(want.from_seq, lost=True)

    def _refused(self, said: RefusalReceived, now: float) -> None:
        if said.boot_id not in (b"", self._boot_id) or self._mode in (Mode.FENCED, Mode.REBASING):
            return
        if said.was_opened:
            self._greeting.drop()  # what an earlier opening was asked, nobody answers any more
        self._greeting.at_once(now)
        self._impatient = self._impatient or (not said.was_opened and self._mode is Mode.ACCEPTED)

    def _landed(self, fact: BatchAcked | BatchFailed, now: float) -> None:
        if isinstance(fact, BatchFailed):
            if self._sending.failed(fact.ticket, now):
                self._error = trouble(fact.code, fact.detail)
            return
        waits_already = self._sending.acked_seq > self._applied_seq
        if self._sending.acked(fact.ticket, fact.last_seq):
            self._error = None
            if not waits_already or self._mode is Mode.FENCED:
                self._acked_at = now  # the wait for a watermark begins

    # --- what to do now ---

    def _limit(self) -> int | None:
        """The last seq at which a batch may begin; None while nothing may be sent."""
        if self._mode is Mode.ACCEPTED:
            return self._applied_seq + self._credit
        return self._head.seq if self._mode is Mode.FENCED else None

    def _mind_the_inbox(self, orders: list[Order]) -> None:
        """Opened anew for each opening of headquarters: its nudges and answers under way ended with the one before."""
        inbox_of = self._accepted_by if self._connected and self._mode is Mode.ACCEPTED else None
        if inbox_of != self._inbox_of:
            self._inbox_of = inbox_of
            orders.append(CloseInbox() if inbox_of is None else OpenInbox())

    def _send_what_is_due(self, now: float, orders: list[Order]) -> None:
        if not self._connected:
            return
        unseen = self._mode is Mode.ACCEPTED and self._sending.acked_seq > self._applied_seq
        if unseen and not self._impatient and now >= self._acked_at + self._patience:
            self._impatient = True
            self._greeting.at_once(now)
        if self._mode is not Mode.REBASING and (hello := self._greeting.order(now, self._applied_seq)) is not None:
            orders.append(hello)
        if now >= self._heartbeat_at:
            self._heartbeat_at = now + self._settings.heartbeat_every
            orders.append(SendHeartbeat())
        limit = self._limit()
        if limit is not None and (batch := self._sending.order(now, self._head.seq, limit)) is not None:
            orders.append(batch)

    def _next_moment(self, now: float) -> float:
        moments: list[float | None] = [now + 1.0]  # a lost wake-up costs a second
        if self._connected:
            moments.append(self._heartbeat_at)
            if self._mode is not Mode.REBASING:
                moments.append(self._greeting.moment())
            if (limit := self._limit()) is not None:
                moments.append(self._sending.moment(self._head.seq, limit))
        return min(moment for moment in moments if moment is not None)
