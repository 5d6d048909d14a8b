"""The seam between a device's task and a protocol: a pure machine told the time, fed bytes, asked what is due."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from peripherals.events import Condition, Event


class Step(msgspec.Struct, frozen=True):
    """What is due now: bytes to write, events to tell, and when to ask again (None: only when bytes arrive)."""

    write: bytes = b""
    events: tuple[Event, ...] = ()
    wake_at: float | None = None


class Conversation(Protocol):
    """One device's side of the talk. `now` is monotonic seconds and never goes back."""

    write_seconds_max: float
    """How long the other end may refuse bytes before the line counts as stuck."""

    @property
    def condition(self) -> Condition:
        """How the device is, as far as its bytes tell."""
        ...

    def opened(self, now: float) -> None:
        """The line was just opened; everything half-heard before is forgotten."""
        ...

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """Bytes arrived. Never raises, whatever they are."""
        ...

    def advance(self, now: float) -> Step:
        """Asked after every change and when `wake_at` is reached; only called when earlier bytes were written."""
        ...

    def lost(self, now: float) -> Sequence[Event]:
        """The line is gone."""
        ...
