"""Talking with one scale: asking it again and again, or listening to it. Decides when to ask, and what a till may be told.

A reading is one settled weighing. It gets its id when the weight first shows, and keeps it until something else is
heard; so two equal articles weighed one after the other are two readings, and ten polls of one article are one. What was told
is told once, and again where somebody asks for it: a line of a sale wants a weight that was heard after its article was chosen.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from peripherals.events import Condition, Event, Garbled, NotReady, Weighed, Weight
from peripherals.protocols.conversation import Step
from peripherals.protocols.frame_outcome import FrameOutcome, sale_weight
from peripherals.protocols.scale_protocol import NO_SETTINGS, Asking, FrameReader, Heard, ScaleProtocol, ScaleSettings

POLL_SECONDS = 0.2
"""The makers ask for 200 ms between commands, so at most 5 Hz."""
ANSWER_SECONDS_MAX = 0.5
MISSES_MAX = 3
"""One lost answer is noise, three in a row is a scale that is off or set to another language."""
SILENCE_SECONDS_MAX: Final = 2.0
"""A scale that talks without a pause says something several times a second."""
SAMPLE_BYTES_MAX = 32
SAME_TIMES: Final = 2
"""A frame without a check counts when it came twice: a digit lost on the line does not get lost twice alike."""
_MOVED: Final = NotReady(status="unstable", flags=("motion",))
STEADY_SECONDS: Final = 1.0
"""Where the frames do not say whether the pan moves, a weight that stays the same for so long is taken to be at rest."""
STEADY_TIMES: Final = 3


class ScalePolling:
    """The gateway's side of the talk with one scale."""

    write_seconds_max = 2.0
    """A few bytes are asked at a time; a line that takes none for two seconds is stuck."""

    def __init__(
        self,
        protocol: ScaleProtocol,
        new_reading_id: Callable[[], str],
        settings: ScaleSettings = NO_SETTINGS,
        asking: Asking | None = None,
    ) -> None:
        """`asking` where the shop set the scale otherwise than usual; ids come from outside, so that this stays pure."""
        self._protocol, self._settings, self._new_reading_id = protocol, settings, new_reading_id
        self._asking: Asking = asking or protocol.asking
        self._asks = self._asking == "ask" and bool(protocol.ask)
        self._frames = FrameReader(protocol, settings, midway=self._asking == "stream")
        self._condition = Condition(state="unknown", code="not_asked")
        self._asked_at: float | None = None
        self._next_ask = self._heard_at = 0.0
        self._misses = 0
        self._garbled_at: float | None = None
        self._command = self._go_on = b""
        self._last: FrameOutcome | NotReady | None = None
        self._told: tuple[Weighed | NotReady, ...] = ()
        self._again = False
        self._same: FrameOutcome | None = None
        self._same_times, self._same_since = 0, 0.0

    @property
    def condition(self) -> Condition:
        """Online once it answers or talks, not_answering after three misses or a long silence."""
        return self._condition

    def opened(self, now: float) -> None:
        """Asks at once on a fresh line."""
        self._frames.reset(new_line=True)
        self._asked_at = None
        self._next_ask = self._heard_at = now
        self._misses = 0
        self._garbled_at = None
        self._command = self._go_on = b""
        self._last = self._same = None
        self._same_times, self._same_since = 0, now
        self._condition = Condition(state="unknown", code="not_asked" if self._asks else "not_heard")

    def zero(self) -> bool:
        """Presses the zero key; the scale itself refuses where that is not allowed. False where there is no such command."""
        self._command = self._protocol.zero
        return bool(self._command)

    def tare(self) -> bool:
        """Presses the tare key. False where there is no such command."""
        self._command = self._protocol.tare
        return bool(self._command)

    def tell_again(self) -> None:
        """What the scale says next is told, also where it says what it said before: then it is the same reading."""
        self._again = True

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """Events of the frames that `data` completes."""
        events: list[Event] = []
        for heard in self._frames.feed(data):
            events += self._heard(heard, now)
        return events

    def advance(self, now: float) -> Step:
        """Asks when it is time, and counts an answer that did not come."""
        if self._command and self._asked_at is None:
            command, self._command = self._command, b""
            self._asked_at, self._next_ask = (now, now + POLL_SECONDS) if self._asks else (None, now)
            return Step(write=command, wake_at=now + ANSWER_SECONDS_MAX)
        if not self._asks:
            return self._listen(now)
        events: tuple[Event, ...] = ()
        if self._asked_at is not None and now >= self._asked_at + ANSWER_SECONDS_MAX:
            self._asked_at, self._go_on = None, b""
            self._frames.reset()
            events = self._missed(now)
        if self._go_on:
            go_on, self._go_on = self._go_on, b""
            return Step(write=go_on, events=events, wake_at=now + ANSWER_SECONDS_MAX)
        if self._asked_at is not None:
            return Step(events=events, wake_at=self._asked_at + ANSWER_SECONDS_MAX)
        if now < self._next_ask:
            return Step(events=events, wake_at=self._next_ask)
        self._asked_at, self._next_ask = now, now + POLL_SECONDS
        return Step(write=self._protocol.ask, events=events, wake_at=now + ANSWER_SECONDS_MAX)

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """The last weight is no longer true."""
        self._last = None
        return ()

    def _listen(self, now: float) -> Step:
        """A scale that talks by itself and fell silent is not answering; one that prints by its key may be silent."""
        if self._asking == "print":
            return Step()
        until = self._heard_at + SILENCE_SECONDS_MAX
        if now < until:
            return Step(wake_at=until)
        # Whether it is silent or speaks what nobody understands is looked at again now and then.
        return Step(events=self._silent(now), wake_at=now + SILENCE_SECONDS_MAX)

    def _missed(self, now: float) -> tuple[Event, ...]:
        self._misses += 1
        return () if self._misses < MISSES_MAX else self._silent(now)

    def _silent(self, now: float) -> tuple[Event, ...]:
        garbled = self._garbled_at is not None and now - self._garbled_at <= SILENCE_SECONDS_MAX
        told = self._condition.state == "not_answering"
        self._condition = Condition(state="not_answering", code="garbled" if garbled else "no_answer")
        return () if told else self._changed(NotReady(status="not_ready", flags=("no_answer",)))

    def _heard(self, heard: Heard, now: float) -> tuple[Event, ...]:
        outcome = heard.outcome
        if outcome.outcome == "invalid":
            # Noise is no answer: the question stays open and becomes a miss.
            self._last = self._same = None
            known, self._garbled_at = self._garbled_at is not None, now
            if known:
                return ()
            sample = heard.raw[:SAMPLE_BYTES_MAX].hex(" ")
            return (Garbled(reason=f"not_{self._protocol.name}", sample=sample),)
        if outcome.outcome == "ack" and self._protocol.after_ack and self._asked_at is not None:
            self._go_on = self._protocol.after_ack
            return ()
        self._asked_at = None
        self._misses = 0
        self._garbled_at = None
        self._heard_at = now
        self._condition = Condition(state="online")
        match outcome.outcome:
            case "weight" | "status":
                self._count(outcome, now)
                return self._weight(outcome, heard.raw, now)
            case "count" | "refused":
                return self._changed(NotReady(status="not_ready", flags=outcome.flags or (outcome.outcome,)))
            case _:
                return ()

    def _count(self, outcome: FrameOutcome, now: float) -> None:
        """How often, and since when, the same was said."""
        if outcome == self._same:
            self._same_times += 1
        else:
            self._same, self._same_times, self._same_since = outcome, 1, now

    def _weight(self, outcome: FrameOutcome, frame: bytes, now: float) -> tuple[Event, ...]:
        protocol = self._protocol
        moves_unsaid = not outcome.stable and not outcome.flags and not protocol.tells_motion(frame)
        if outcome.outcome == "weight" and moves_unsaid:
            steady = self._same_times >= STEADY_TIMES and now - self._same_since >= STEADY_SECONDS
            outcome = msgspec.structs.replace(outcome, stable=steady)
        weight = sale_weight(outcome, self._settings.unit)
        if not isinstance(weight, Weight):
            return self._changed(NotReady(status=weight, flags=_reasons(outcome, weight)))
        if self._last == outcome and self._asking != "print":
            return self._repeated()
        if self._same_times < SAME_TIMES and not protocol.proves(frame) and self._asking != "print":
            # Not yet; but what was said before is true no more.
            return self._changed(_MOVED) if isinstance(self._last, FrameOutcome) or self._last == _MOVED else ()
        self._last = outcome
        return self._tell(Weighed(reading=self._new_reading_id(), weight=weight, mode=outcome.mode or "gross"))

    def _changed(self, state: NotReady) -> tuple[Event, ...]:
        if self._last == state:
            return self._repeated()
        self._last = state
        return self._tell(state)

    def _tell(self, said: Weighed | NotReady) -> tuple[Event, ...]:
        self._told, self._again = (said,), False
        return self._told

    def _repeated(self) -> tuple[Event, ...]:
        again, self._again = self._again, False
        return self._told if again else ()


def _reasons(outcome: FrameOutcome, status: str) -> tuple[str, ...]:
    """What the scale said; where it said nothing, what we made of it."""
    match status:
        case "under_zero":
            return outcome.flags or ("under",)
        case "zero":
            return ("zero",)
        case "unstable":
            return outcome.flags or ("motion",)
        case _:
            return outcome.flags or (("unusable",) if outcome.outcome == "weight" else ())
