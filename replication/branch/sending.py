"""The one batch under way and what comes after it: part of BranchSync. Pure; knows no headquarters."""

from collections.abc import Callable

import msgspec

from replication.branch.exchange import SendBatch
from replication.branch.settings import SyncSettings
from replication.wire.envelope import BATCH_EVENTS_MAX


class _Flight(msgspec.Struct):
    """The batch under way: `retry_at` is set while it waits to be sent again."""

    ticket: int
    from_seq: int
    retry_at: float | None = None


class Sending:
    """Sends runs of the journal one after another; a run that failed is sent again with the same bytes."""

    def __init__(self, next_seq: int, settings: SyncSettings, jitter: Callable[[], float], now: float) -> None:
        self._settings = settings
        self._jitter = jitter
        self._next_seq = next_seq
        self._acked_seq = next_seq - 1
        self._rewind_to: int | None = None
        self._round = 0
        self._flight: _Flight | None = None
        self._tickets = 0
        self._failures = 0
        self._sent_at = now - settings.linger

    @property
    def acked_seq(self) -> int:
        """The stream stored everything up to here, as far as it was not taken back."""
        return self._acked_seq

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._flight is None

    def drop(self) -> None:
        """Nobody waits for the batch under way any more; whether it was stored is unknown."""
        self._flight = None
        if self._rewind_to is not None:
            self._take_rewind()

    def acked(self, ticket: int, last_seq: int) -> bool:
        """The stream has it; False when it is not the batch under way."""
        if self._flight is None or self._flight.ticket != ticket:
            return False
        self._flight = None
        self._failures = 0
        self._acked_seq = max(self._acked_seq, last_seq)
        self._next_seq = last_seq + 1
        self._take_rewind()
        return True

    def failed(self, ticket: int, now: float) -> bool:
        """It is sent again later; False when it is not the batch under way."""
        if self._flight is None or self._flight.ticket != ticket:
            return False
        if self._rewind_to is not None:
            self.drop()
            return True
        self._flight.retry_at = now + self._settings.backoff(self._failures, self._jitter)
        self._failures += 1
        return True

    def rewind(self, seq: int, *, lost: bool = False) -> None:
        """Send again from `seq`, once the batch under way is decided. `lost`: headquarters lacks what the stream had
        acknowledged, so that the stream must take it once more."""
        if lost:
            self._round += 1
        self._rewind_to = seq
        if self._flight is None or self._flight.retry_at is not None:
            if self._flight is not None and self._flight.from_seq != seq:
                self._flight = None
            self._take_rewind()

    def skip_through(self, seq: int) -> None:
        """Everything up to `seq` is where it belongs."""
        self._next_seq = max(self._next_seq, seq + 1)

    def sent_beyond(self, seq: int) -> bool:
        """Whether anything after `seq` was sent already."""
        return self._next_seq > seq

    def _take_rewind(self) -> None:
        if self._rewind_to is not None:
            self._next_seq = self._rewind_to
            self._acked_seq = min(self._acked_seq, self._next_seq - 1)
            self._rewind_to = None

    def order(self, now: float, head_seq: int, limit: int) -> SendBatch | None:
        """The batch that is due, none of it beginning after `limit`."""
        flight = self._flight
        if flight is not None:
            if flight.retry_at is None or now < flight.retry_at:
                return None
            return self._send(flight.from_seq, now, again=True)
        due = self._due_at(head_seq, limit)
        return None if due is None or now < due else self._send(self._next_seq, now, again=False)

    def moment(self, head_seq: int, limit: int) -> float | None:
        """When something is to be sent; None while nothing is."""
        return self._flight.retry_at if self._flight is not None else self._due_at(head_seq, limit)

    def _due_at(self, head_seq: int, limit: int) -> float | None:
        waiting = head_seq - self._next_seq + 1
        if waiting <= 0 or self._next_seq > limit:
            return None
        return self._sent_at if waiting >= BATCH_EVENTS_MAX else self._sent_at + self._settings.linger

    def _send(self, from_seq: int, now: float, *, again: bool) -> SendBatch:
        self._tickets += 1
        self._flight = _Flight(self._tickets, from_seq)
        self._sent_at = now
        return SendBatch(self._tickets, from_seq, again, self._round)
