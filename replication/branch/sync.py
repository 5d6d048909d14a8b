"""The branch's side of replication as a pure state machine: facts in, orders out. Knows no line, journal or clock.

It believes nothing but headquarters: the stream's acknowledgement only says that the next batch may go, a watermark
counts when its hash equals our own at that seq, and where the two histories differ it stops and says so. Selling never
depends on any of this.
"""

from collections.abc import Callable
from typing import Final, assert_never

import msgspec

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
from replication.branch.status import ReplicationStatus, State, Trouble, trouble
from replication.lag import Lag
from replication.wire.entry import Position
from replication.wire.envelope import BATCH_EVENTS_MAX
from replication.wire.messages import Continue, Refused, Watermark

REPORT_SECONDS: Final = 0.5
"""Growth alone is reported this often; what changes the picture is reported at once."""
_PATIENCE_SECONDS_MAX: Final = 300.0
"""Longest wait for a watermark before the stream is suspected again: a busy headquarters is not flooded with repeats."""


class SyncSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds, each with its reason."""

    linger: float = 0.1
    """Time from one batch to the next under traffic; a lone sale goes at once. At most 10 small messages a second."""
    backoff_first: float = 0.25
    backoff_max: float = 60.0
    """Full jitter between nothing and this: a thousand branches must not knock at the same moment."""
    hello_every: float = 300.0
    """A lost watermark, want or refusal is healed after this at the latest."""
    refused_again: float = 30.0
    """How soon a refused branch asks again, so that a person's decision at headquarters takes hold by itself."""
    heartbeat_every: float = 15.0
    """Headquarters calls a branch offline after three missed heartbeats."""
    patience: float = 10.0
    """Acknowledged but no watermark: after this the stream may have lost it, and headquarters is asked."""


class _Flight(msgspec.Struct):
    """The one batch under way: `retry_at` is set while it waits to be sent again."""

    ticket: int
    from_seq: int
    retry_at: float | None = None


class BranchSync:
    """Give it facts with `handle`; carry out the orders it returns. `jitter` answers a random float in [0, 1)."""

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
    ) -> None:
        self._head = head
        self._applied_seq = applied_seq
        self._durable_seq = durable_seq
        self._jitter = jitter
        self._settings = settings
        self._connected = False
        self._greeted = False
        self._asked_at_seq: int | None = None
        self._hello_at = now
        self._hello_failures = 0
        self._heartbeat_at = now
        self._credit = 0
        self._incarnation: int | None = None
        self._next_seq = applied_seq + 1
        self._rewind_to: int | None = None
        self._round = 0
        self._flight: _Flight | None = None
        self._tickets = 0
        self._failures = 0
        self._sent_at = now - settings.linger
        self._acked_seq = applied_seq
        self._acked_at = now
        self._patience = settings.patience
        self._impatient = False
        self._stopped: Trouble | None = None
        self._error: Trouble | None = None
        self._lag = Lag()
        self._lag.applied(applied_seq)
        if head.seq > applied_seq:
            self._lag.grew(head.seq, now if waiting_since is None else waiting_since)
        self._reported: ReplicationStatus | None = None
        self._reported_at = now - REPORT_SECONDS

    def handle(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact and answer what to do now."""
        orders: list[Order] = []
        match fact:
            case Connected() | Disconnected():
                self._line(fact, now)
            case HelloAnswered(answer, own_hash):
                self._answered(answer, own_hash, now, orders)
            case HelloFailed(code, detail):
                self._unanswered(trouble(code, detail), now)
            case BatchAcked(ticket, last_seq):
                self._acked(ticket, last_seq, now)
            case BatchFailed(ticket, code, detail):
                self._failed(ticket, trouble(code, detail), now)
            case WatermarkReceived(watermark, own_hash):
                self._watermark(watermark, own_hash, now, orders)
            case Wanted(want):
                self._wanted(want.from_seq, now)
            case RefusalReceived():
                self._hello_at = now
            case JournalGrew(head):
                self._grew(head, now)
            case Tick():
                pass
            case _:
                assert_never(fact)
        self._send_what_is_due(now, orders)
        self._report(now, orders)
        orders.append(Wait(self._next_moment(now)))
        return orders

    def status(self, now: float) -> ReplicationStatus:
        """How things stand."""
        return ReplicationStatus(
            head_seq=max(self._head.seq, self._applied_seq),
            applied_seq=self._applied_seq,
            durable_seq=self._durable_seq,
            epoch=self._head.epoch,
            lag_seconds=round(self._lag.seconds(now), 3),
            state=self._state(now),
            waiting=max(0, self._head.seq - self._applied_seq),
            last_error=self._stopped or self._error,
        )

    def _state(self, now: float) -> State:
        if self._stopped is not None:
            return State.FENCED if self._stopped.code in {"fork", "behind", "pruned"} else State.BLOCKED
        if not self._connected or not self._greeted:
            return State.OFFLINE
        waiting = self._head.seq - self._applied_seq
        return State.CURRENT if self._lag.is_current(waiting, now) else State.CATCHING_UP

    # --- line and journal ---

    def _line(self, fact: Connected | Disconnected, now: float) -> None:
        self._greeted, self._impatient, self._asked_at_seq = False, False, None
        self._connected = isinstance(fact, Connected)
        if isinstance(fact, Disconnected):
            self._flight = None
            self._error = trouble(fact.code, fact.detail)
        else:
            self._hello_at = self._heartbeat_at = now
            self._hello_failures = 0

    def _grew(self, head: Position, now: float) -> None:
        if head.seq > self._head.seq:
            self._lag.grew(head.seq, now)
            self._head = head

    # --- hello ---

    def _unanswered(self, why: Trouble, now: float) -> None:
        if self._asked_at_seq is not None:
            self._asked_at_seq = None
            self._error = why
            self._hello_at = now + self._backoff(self._hello_failures)
            self._hello_failures += 1

    def _answered(self, answer: Continue | Refused, own_hash: bytes | None, now: float, orders: list[Order]) -> None:
        asked_at_seq, self._asked_at_seq = self._asked_at_seq, None
        if asked_at_seq is None:
            return  # an answer from before the line broke
        self._hello_failures = 0
        self._incarnation = answer.incarnation
        if isinstance(answer, Refused):
            self._stop(trouble(answer.code, answer.detail), now)
            return
        if not self._agrees(answer.applied_seq, answer.applied_hash, own_hash, now):
            return
        first_on_this_line, self._greeted = not self._greeted, True
        self._stopped = self._error = None
        self._hello_at = now + self._settings.hello_every
        self._credit = answer.credit
        self._durable_seq = answer.durable_seq
        lost_commits = answer.applied_seq < asked_at_seq
        if lost_commits or answer.applied_seq > self._applied_seq:
            # A question asked at `asked_at_seq` can only be answered lower by a headquarters that went back in time.
            self._advance(
                Watermark("", answer.epoch, answer.applied_seq, answer.applied_hash, answer.durable_seq,
                          answer.credit, answer.incarnation), now, orders,
            )  # fmt: skip
        missed = lost_commits or (self._impatient and self._applied_seq < self._acked_seq)
        if missed:
            self._round += 1
        if missed or first_on_this_line:
            self._rewind(self._applied_seq + 1)
        if self._impatient:
            self._impatient = False
            self._patience = min(_PATIENCE_SECONDS_MAX, self._patience * 2)
            self._acked_at = now

    def _agrees(self, seq: int, their_hash: bytes, own_hash: bytes | None, now: float) -> bool:
        """Whether our own row says the same as headquarters; if not, stop."""
        if own_hash == their_hash:
            return True
        if own_hash is not None:
            self._stop(trouble("fork", f"hashes differ at {seq}"), now)
        elif seq > self._head.seq:
            self._stop(trouble("behind", f"headquarters holds {seq}, this journal ends at {self._head.seq}"), now)
        else:
            self._stop(trouble("pruned", f"headquarters stands at {seq}, which is no longer held here"), now)
        return False

    def _stop(self, why: Trouble, now: float) -> None:
        self._stopped = why
        self._greeted = False
        self._flight = None
        self._hello_at = now + self._settings.refused_again * (0.5 + self._jitter() / 2)

    # --- watermark ---

    def _watermark(self, watermark: Watermark, own_hash: bytes | None, now: float, orders: list[Order]) -> None:
        if own_hash is None and watermark.applied_seq <= self._applied_seq:
            return  # late, about entries long pruned
        if not self._agrees(watermark.applied_seq, watermark.applied_hash, own_hash, now):
            self._hello_at = now  # one stray message must not stop a branch for long: ask
            return
        if self._incarnation is not None and watermark.incarnation != self._incarnation:
            self._hello_at = now  # headquarters was restored: its answer counts, not a message on its way
            return
        self._credit = watermark.credit
        self._durable_seq = max(self._durable_seq, watermark.durable_seq)
        if watermark.applied_seq > self._applied_seq:
            self._advance(watermark, now, orders)

    def _advance(self, watermark: Watermark, now: float, orders: list[Order]) -> None:
        self._applied_seq = watermark.applied_seq
        self._lag.applied(watermark.applied_seq)
        self._lag.grew(self._head.seq, now)
        self._next_seq = max(self._next_seq, watermark.applied_seq + 1)
        self._acked_at = now
        self._patience = self._settings.patience
        orders.append(RecordWatermark(watermark))

    # --- batches ---

    def _acked(self, ticket: int, last_seq: int, now: float) -> None:
        if self._flight is None or self._flight.ticket != ticket:
            return
        self._flight = None
        self._failures = 0
        self._error = None
        if self._acked_seq <= self._applied_seq:
            self._acked_at = now  # the wait for a watermark begins
        self._acked_seq = max(self._acked_seq, last_seq)
        self._next_seq = last_seq + 1
        self._take_rewind()

    def _failed(self, ticket: int, why: Trouble, now: float) -> None:
        if self._flight is None or self._flight.ticket != ticket:
            return
        self._error = why
        if self._rewind_to is not None:
            self._flight = None
            self._take_rewind()
            return
        self._flight.retry_at = now + self._backoff(self._failures)
        self._failures += 1

    def _wanted(self, from_seq: int, now: float) -> None:
        if self._stopped is not None or from_seq <= self._applied_seq:
            self._hello_at = now  # not what we believe of headquarters: its answer decides
        elif self._greeted and from_seq < self._next_seq:
            self._round += 1
            self._rewind(from_seq)

    def _rewind(self, seq: int) -> None:
        """Send again from `seq`, once the batch under way is decided."""
        self._rewind_to = seq
        if self._flight is None or self._flight.retry_at is not None:
            if self._flight is not None and self._flight.from_seq != seq:
                self._flight = None
            self._take_rewind()

    def _take_rewind(self) -> None:
        if self._rewind_to is not None:
            self._next_seq = self._rewind_to
            self._acked_seq = min(self._acked_seq, self._next_seq - 1)
            self._rewind_to = None

    def _backoff(self, failures: int) -> float:
        return self._jitter() * min(self._settings.backoff_max, self._settings.backoff_first * 2.0 ** min(failures, 30))

    # --- what to do now ---

    def _may_send(self) -> bool:
        return self._greeted and self._stopped is None

    def _batch_due_at(self) -> float | None:
        """When the next new batch goes, or None while there is none or no credit."""
        waiting = self._head.seq - self._next_seq + 1
        if waiting <= 0 or self._next_seq > self._applied_seq + self._credit:
            return None
        return self._sent_at if waiting >= BATCH_EVENTS_MAX else self._sent_at + self._settings.linger

    def _send_what_is_due(self, now: float, orders: list[Order]) -> None:
        if not self._connected:
            return
        unseen = self._may_send() and self._acked_seq > self._applied_seq
        if unseen and not self._impatient and now >= self._acked_at + self._patience:
            self._impatient = True
            self._hello_at = min(self._hello_at, now)
        if self._asked_at_seq is None and now >= self._hello_at:
            self._asked_at_seq = self._applied_seq
            orders.append(SendHello(self._applied_seq))
        if now >= self._heartbeat_at:
            self._heartbeat_at = now + self._settings.heartbeat_every
            orders.append(SendHeartbeat())
        if not self._may_send():
            return
        flight = self._flight
        if flight is not None:
            if flight.retry_at is not None and now >= flight.retry_at:
                orders.append(self._send(flight.from_seq, now, again=True))
        elif (due := self._batch_due_at()) is not None and now >= due:
            orders.append(self._send(self._next_seq, now, again=False))

    def _send(self, from_seq: int, now: float, *, again: bool) -> SendBatch:
        self._tickets += 1
        self._flight = _Flight(self._tickets, from_seq)
        self._sent_at = now
        return SendBatch(self._tickets, from_seq, again, self._round)

    def _report(self, now: float, orders: list[Order]) -> None:
        status = self.status(now)
        last = self._reported
        if last is not None:
            same = (
                status.state == last.state
                and status.applied_seq == last.applied_seq
                and status.durable_seq == last.durable_seq
                and status.last_error == last.last_error
            )
            grew_or_ages = status.head_seq != last.head_seq or status.waiting > 0
            if same and not (grew_or_ages and now >= self._reported_at + REPORT_SECONDS):
                return
        self._reported, self._reported_at = status, now
        orders.append(Report(status))

    def _next_moment(self, now: float) -> float:
        moments = [now + 1.0]  # a lost wake-up costs a second
        if self._connected:
            moments.append(self._heartbeat_at)
            if self._asked_at_seq is None:
                moments.append(self._hello_at)
            if self._may_send():
                if self._flight is not None:
                    moments += [self._flight.retry_at] if self._flight.retry_at is not None else []
                elif (due := self._batch_due_at()) is not None:
                    moments.append(due)
        return min(moments)
