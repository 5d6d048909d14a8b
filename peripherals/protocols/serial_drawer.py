"""A cash drawer on a serial line of its own: any byte it is sent springs it open (makers name BEL, 07). It never answers.

From the installation notes of serial drawer kickers (APG SerialPRO: "opens on any character"; BEL is the usual choice).
"""

from collections.abc import Sequence

from peripherals.events import Condition, Event
from peripherals.protocols.conversation import Step

OPEN = b"\x07"


class SerialDrawer:
    """The gateway's side of the talk with one drawer."""

    write_seconds_max = 2.0
    """One byte; a line that does not take it for two seconds is stuck."""

    def __init__(self) -> None:
        """Shut, as far as anybody knows."""
        self._pulse = False

    @property
    def condition(self) -> Condition:
        """It listens only, so nobody knows whether it is open."""
        return Condition(state="unknown", code="listens_only")

    def pulse(self) -> None:
        """Opens it. Asked twice before the byte is on the line, it opens once."""
        self._pulse = True

    def opened(self, now: float) -> None:  # noqa: ARG002 - the seam gives the time to every protocol
        """Nothing is sent: a drawer must not spring open because a cable was plugged in."""
        self._pulse = False

    def receive(self, data: bytes, now: float) -> Sequence[Event]:  # noqa: ARG002 - it has nothing to say
        """Ignored."""
        return ()

    def advance(self, now: float) -> Step:  # noqa: ARG002 - the seam gives the time to every protocol
        """The byte, once."""
        pulse, self._pulse = self._pulse, False
        return Step(write=OPEN if pulse else b"")

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """An opening that was not sent is not owed: nobody stands before the drawer minutes later."""
        self._pulse = False
        return ()
