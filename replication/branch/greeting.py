"""When a branch says hello, and which positions it names: part of BranchSync. Pure; judges no answer."""

from collections.abc import Callable
from typing import Final

from replication.branch.exchange import SendHello
from replication.branch.settings import SyncSettings

QUESTIONS_AT_ONCE_MAX: Final = 12
"""Hellos one after another while headquarters looks for where the histories part. With 32 positions in each, seven divide
any journal; more in a row mean that it gets nowhere, and they slow down."""


class Greeting:
    """One hello at a time, with back-off after failures."""

    def __init__(self, settings: SyncSettings, jitter: Callable[[], float], now: float) -> None:
        self._settings = settings
        self._jitter = jitter
        self._asked_at_seq: int | None = None
        self._due = now
        self._not_before = now
        self._failures = 0
        self._questions = 0
        self._bracket: tuple[int, int] | None = None

    def begin(self, now: float) -> None:
        """A new line: introduce ourselves at once."""
        self._asked_at_seq, self._bracket = None, None
        self._failures = self._questions = 0
        self._due = self._not_before = now

    def drop(self) -> None:
        """Nobody waits for the answer any more: the line is gone, or who was asked is."""
        self._asked_at_seq = None

    def at_once(self, now: float) -> None:
        """Something is to be asked; not before headquarters' patience is to be had again."""
        self._due = max(self._not_before, min(self._due, now))

    def failed(self, now: float) -> bool:
        """No answer; False when none was waited for."""
        if self._asked_at_seq is None:
            return False
        self._asked_at_seq = None
        self.retry(now)
        return True

    def answered(self) -> int | None:
        """An answer came: the applied seq at which it was asked for, None when none was waited for."""
        asked_at_seq, self._asked_at_seq = self._asked_at_seq, None
        return asked_at_seq

    def retry(self, now: float) -> None:
        """The same again, later and later."""
        self._due = now + self._settings.backoff(self._failures, self._jitter)
        self._failures += 1

    def narrow(self, low_seq: int, high_seq: int, now: float) -> None:
        """Ask again with positions from between these two."""
        self._bracket = (low_seq, high_seq)
        self._questions += 1
        if self._questions > QUESTIONS_AT_ONCE_MAX:
            self.retry(now)
        else:
            self._due = now

    def settled(self, again_at: float) -> None:
        """The answer tells all; the next hello is an ordinary one."""
        self._bracket = None
        self._failures = self._questions = 0
        self._due = again_at

    def put_off(self, until: float) -> None:
        """Headquarters asks for patience; the question stays."""
        self._due = self._not_before = until

    def order(self, now: float, applied_seq: int) -> SendHello | None:
        """The hello that is due."""
        if self._asked_at_seq is not None or now < self._due:
            return None
        self._asked_at_seq = applied_seq
        return SendHello(applied_seq, *self._bracket) if self._bracket is not None else SendHello(applied_seq)

    def moment(self) -> float | None:
        """When the next one is due; None while an answer is waited for."""
        return self._due if self._asked_at_seq is None else None
