"""Keeping a customer display at what shall stand on it. The newest screen counts; one that was overtaken is never sent.

Such a display does not answer. So it is `unknown` while its line is open, and what it shows is written again now and
then: one that was switched off and on would stay dark until the next article.
"""

from collections.abc import Callable, Sequence

from peripherals.config import Encoding
from peripherals.events import Condition, Event
from peripherals.line_display import Screen, fitted
from peripherals.protocols.conversation import Step

PAUSE_SECONDS = 0.1
"""Between two screens: both rows take 50 ms at 9600 baud, so what is sent never lags behind what is wanted."""
REPEAT_SECONDS = 15.0
"""A display that lost its power shows the right thing again within this."""

Encode = Callable[[bytes, bytes], bytes]


class LineShowing:
    """The gateway's side of the talk with one display."""

    write_seconds_max = 2.0
    """Some fifty bytes at a time; a line that takes none for two seconds is stuck."""

    def __init__(self, initialise: bytes, encode: Encode, encoding: Encoding) -> None:
        """`encode` makes the bytes of two rows that are text of the display's own encoding."""
        self._initialise, self._encode, self._encoding = initialise, encode, encoding
        self._wanted = Screen()
        self._sent: Screen | None = None
        self._fresh = False
        self._may_write_at = 0.0
        self._repeat_at = 0.0

    @property
    def condition(self) -> Condition:
        """It listens only, so nobody knows."""
        return Condition(state="unknown", code="listens_only")

    @property
    def screen(self) -> Screen:
        """What shall stand on it."""
        return self._wanted

    def show(self, screen: Screen) -> None:
        """From now on this."""
        self._wanted = screen

    def opened(self, now: float) -> None:
        """A display that was plugged in anew shows anything."""
        self._sent, self._fresh = None, True
        self._may_write_at = self._repeat_at = now

    def receive(self, data: bytes, now: float) -> Sequence[Event]:  # noqa: ARG002 - it has nothing to say
        """Ignored."""
        return ()

    def advance(self, now: float) -> Step:
        """Writes the wanted screen if it is not the one that stands there."""
        if self._wanted == self._sent and now < self._repeat_at:
            return Step(wake_at=self._repeat_at)
        if now < self._may_write_at:
            return Step(wake_at=self._may_write_at)
        begin = self._initialise if self._fresh else b""
        self._fresh, self._sent = False, self._wanted
        self._may_write_at, self._repeat_at = now + PAUSE_SECONDS, now + REPEAT_SECONDS
        return Step(write=begin + self._bytes(self._wanted), wake_at=self._repeat_at)

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """What stood there is not known any more."""
        self._sent = None
        return ()

    def _bytes(self, screen: Screen) -> bytes:
        upper, lower = (fitted(row, self._encoding).encode(self._encoding) for row in (screen.upper, screen.lower))
        return self._encode(upper, lower)
