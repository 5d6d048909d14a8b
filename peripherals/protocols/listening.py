"""The gateway's side of the talk with a scanner, whatever its line: it only listens. Refuses to know how codes are sent."""

from collections.abc import Sequence
from typing import Final, Protocol

from peripherals.events import Condition, Event
from peripherals.protocols.conversation import Step

LATE_SECONDS: Final = 0.02
"""Asked so much too late, the gateway itself was busy, and what came meanwhile may not have been heard yet."""
BUSY_SECONDS_MAX: Final = 2.0
"""It was never busy for so long; then the code was cut off, or the machine slept."""


class CodeReader(Protocol):
    """Makes codes of what a line brings. Holds at most one unfinished code of bounded length."""

    @property
    def quiet_seconds(self) -> float:
        """The silence that decides about a code half heard."""
        ...

    is_none: bool
    """What hangs on the line said that it sends no codes."""

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
        """An open port is all that can be known of a scanner that is not being used; some say that they are none."""
        return Condition(state="error", code="no_scanner") if self._reader.is_none else Condition(state="online")

    def opened(self, now: float) -> None:
        """A code half-heard before the line broke is not continued."""
        self._reader.reset()
        self._heard_at = now

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """The codes that `data` completes. A fragment that waited too long is settled before the new bytes count.

        Only silence that was listened to is silence: while the gateway was busy the rest of a code may have come, and half a
        code is another article. Two codes taken for one are none.
        """
        events = [] if self._late(now) else self._reader.quiet(now - self._heard_at)
        self._heard_at = now
        return events + self._reader.feed(data)

    def advance(self, now: float) -> Step:
        """Wakes only while a code is held."""
        if self._late(now):
            self._heard_at = now - self._reader.quiet_seconds + LATE_SECONDS
            return Step(wake_at=now + LATE_SECONDS)
        events = tuple(self._reader.quiet(now - self._heard_at))
        wake_at = self._heard_at + self._reader.quiet_seconds if self._reader.pending else None
        return Step(events=events, wake_at=wake_at)

    def _late(self, now: float) -> bool:
        late = now - self._heard_at - self._reader.quiet_seconds
        return self._reader.pending > 0 and LATE_SECONDS < late <= BUSY_SECONDS_MAX

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """Nothing is owed."""
        self._reader.reset()
        return ()
