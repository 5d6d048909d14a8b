"""The gateway's side of the talk with a scanner, whatever its line: it only listens. Refuses to know how codes are sent."""

from collections.abc import Sequence
from typing import Protocol

from peripherals.events import Condition, Event
from peripherals.protocols.conversation import Step


class CodeReader(Protocol):
    """Makes codes of what a line brings. Holds at most one unfinished code of bounded length."""

    @property
    def quiet_seconds(self) -> float:
        """The silence that decides about a code half heard."""
        ...

    @property
    def pending(self) -> int:
        """How much of an unfinished code is held."""
        ...

    def feed(self, data: bytes) -> list[Event]:
        """The codes that `data` completes. Never raises, whatever it is."""
        ...

    def quiet(self, elapsed: float) -> list[Event]:
        """The line has been silent for so long."""
        ...

    def reset(self) -> None:
        """The line is a new one."""
        ...


class Listening:
    """See the module."""

    write_seconds_max = 2.0
    """Nothing is ever written to a scanner; the seam asks for a bound."""

    def __init__(self, reader: CodeReader) -> None:
        self._reader = reader
        self._heard_at = 0.0

    @property
    def condition(self) -> Condition:
        """An open port is all that can be known of a scanner that is not being used."""
        return Condition(state="online")

    def opened(self, now: float) -> None:
        """A code half-heard before the line broke is not continued."""
        self._reader.reset()
        self._heard_at = now

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """The codes that `data` completes. A fragment that waited too long is settled before the new bytes count."""
        events = self._reader.quiet(now - self._heard_at)
        self._heard_at = now
        return events + self._reader.feed(data)

    def advance(self, now: float) -> Step:
        """Wakes only while a code is held."""
        events = tuple(self._reader.quiet(now - self._heard_at))
        wake_at = self._heard_at + self._reader.quiet_seconds if self._reader.pending else None
        return Step(events=events, wake_at=wake_at)

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """Nothing is owed."""
        self._reader.reset()
        return ()
