"""Asking an 8217 scale for its weight, again and again. Decides when to ask, and what a till may be told.

A reading is one settled weighing. It gets its id when the weight first shows, and keeps it until something else is
heard; so two equal articles weighed one after the other are two readings, and ten polls of one article are one.
"""

from collections.abc import Callable, Sequence
from typing import assert_never

from peripherals.events import Condition, Event, Garbled, NotReady, NotReadyStatus, Weighed, WeightUnit
from peripherals.protocols import toledo8217
from peripherals.protocols.conversation import Step
from peripherals.protocols.toledo8217 import AckFrame, Frame, InvalidFrame, StatusFrame, WeightFrame
from peripherals.protocols.weight_text import weight_of

POLL_SECONDS = 0.2
"""The maker asks for 200 ms between commands, so at most 5 Hz."""
ANSWER_SECONDS_MAX = 0.5
MISSES_MAX = 3
"""One lost answer is noise, three in a row is a scale that is off or set to another language."""
SAMPLE_BYTES_MAX = 32


class ScalePolling:
    """The gateway's side of the talk with one scale."""

    write_seconds_max = 2.0
    """One byte is asked at a time; a line that takes none for two seconds is stuck."""

    def __init__(self, unit: WeightUnit, new_reading_id: Callable[[], str]) -> None:
        """`unit` is the scale's own setting; ids come from outside so that this stays a function of its input."""
        self._unit = unit
        self._new_reading_id = new_reading_id
        self._frames = toledo8217.FrameReader()
        self._asked_at: float | None = None
        self._next_ask = 0.0
        self._misses = 0
        self._garbled = False
        self._last: WeightFrame | NotReady | None = None
        self._condition = Condition(state="unknown", code="not_asked")

    @property
    def condition(self) -> Condition:
        """Online once it answers, not_answering after three misses."""
        return self._condition

    def opened(self, now: float) -> None:
        """Asks at once on a fresh line."""
        self._frames.reset()
        self._asked_at, self._next_ask = None, now
        self._misses, self._last, self._garbled = 0, None, False
        self._condition = Condition(state="unknown", code="not_asked")

    def receive(self, data: bytes, now: float) -> Sequence[Event]:  # noqa: ARG002 - answers need no time
        """Events of the frames that `data` completes."""
        events: list[Event] = []
        for frame in self._frames.feed(data):
            events += self._heard(frame)
        return events

    def advance(self, now: float) -> Step:
        """Asks when it is time, and counts an answer that did not come."""
        events: tuple[Event, ...] = ()
        if self._asked_at is not None and now >= self._asked_at + ANSWER_SECONDS_MAX:
            self._asked_at = None
            self._frames.reset()
            events = self._missed()
        if self._asked_at is not None:
            return Step(events=events, wake_at=self._asked_at + ANSWER_SECONDS_MAX)
        if now < self._next_ask:
            return Step(events=events, wake_at=self._next_ask)
        self._asked_at, self._next_ask = now, now + POLL_SECONDS
        return Step(write=toledo8217.ASK_WEIGHT, events=events, wake_at=now + ANSWER_SECONDS_MAX)

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """The last weight is no longer true."""
        self._last = None
        return ()

    def _missed(self) -> tuple[Event, ...]:
        self._misses += 1
        if self._misses < MISSES_MAX or self._condition.state == "not_answering":
            return ()
        self._condition = Condition(state="not_answering", code="garbled" if self._garbled else "no_answer")
        return self._changed(NotReady(status="not_ready", flags=("no_answer",)))

    def _heard(self, frame: Frame) -> tuple[Event, ...]:
        match frame:
            case WeightFrame():
                self._answered()
                return self._weight(frame)
            case StatusFrame():
                self._answered()
                return self._changed(NotReady(status=_status_word(frame.bits), flags=frame.flags))
            case AckFrame():
                self._answered()
                return ()
            case InvalidFrame(raw=raw):
                # Noise is no answer: the question stays open and becomes a miss.
                self._last = None
                if self._garbled:
                    return ()
                self._garbled = True
                return (Garbled(reason="not_8217", sample=raw[:SAMPLE_BYTES_MAX].hex(" ")),)
            case _:
                assert_never(frame)

    def _answered(self) -> None:
        self._asked_at = None
        self._misses = 0
        self._garbled = False
        self._condition = Condition(state="online")

    def _weight(self, frame: WeightFrame) -> tuple[Event, ...]:
        weight = weight_of(frame.text, self._unit)
        if weight is None:
            return self._changed(NotReady(status="not_ready", flags=("too_fine",)))
        if weight.thousandths < 0:
            return self._changed(NotReady(status="under_zero", flags=("under",)))
        if weight.thousandths == 0:
            return self._changed(NotReady(status="zero", flags=("zero",)))
        if self._last == frame:
            return ()
        self._last = frame
        return (Weighed(reading=self._new_reading_id(), weight=weight, mode=frame.mode),)

    def _changed(self, state: NotReady) -> tuple[Event, ...]:
        if self._last == state:
            return ()
        self._last = state
        return (state,)


def _status_word(bits: int) -> NotReadyStatus:
    """The gravest reason first: over and under are refused even when the pan also moves."""
    if bits & toledo8217.OVER:
        return "overweight"
    if bits & toledo8217.UNDER:
        return "under_zero"
    if bits & toledo8217.MOTION:
        return "unstable"
    return "not_ready"
