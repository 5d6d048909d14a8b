"""Weighing with a Dialog 06 scale: it is given a unit price, and answers with weight, price and total. It computes the price.

The scale also guards itself: now and then it asks for checksums that only a till with its maker's secret can give. The
secret comes from the settings; without it the scale weighs for nobody, and that is told as a condition of its own.

How the checksums go over the line is told by the Aviator 7000 service manual p. 38-44 in words only: the till's checksum CS,
and KW, the rest of CS divided by the secret polynomial, each turned by the scale's random number (CS to the left, KW to the
right), as characters 30 to 3F. No scale has confirmed it yet; one that does not agree refuses, and that is told, too.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from peripherals.events import Condition, Event, Garbled, NotReady, NotReadyStatus, Weighed, Weight
from peripherals.protocols import dialog06
from peripherals.protocols.conversation import Step
from peripherals.protocols.frame_outcome import FrameOutcome, sale_weight
from peripherals.protocols.scale_polling import ANSWER_SECONDS_MAX, MISSES_MAX, POLL_SECONDS, SAMPLE_BYTES_MAX
from peripherals.protocols.scale_protocol import FrameReader, Heard

IDLE_SECONDS: Final = 1.0
"""Without a price nobody waits for the scale; it is only asked how it is."""
PRICE_MAX: Final = 999_999
"""Six digits."""

ASK_RESULT: Final = b"\x04\x05"
ASK_STATUS: Final = b"\x04\x0208\x03"

_WORD_BITS: Final = 16
_WORD: Final = 0xFFFF

_Waiting = Literal["nothing", "status", "price", "result", "reason", "checksums"]
_STATUS_WORDS: Final[dict[str, NotReadyStatus]] = {"motion": "unstable", "under": "under_zero", "over": "overweight"}
_AGAIN: Final = frozenset(("motion", "not_ready", "not_moved"))
"""Codes after which the result is asked for again; after the others the price is sent anew."""
_HOPELESS: Final = frozenset(("wrong_price", "wrong_record", "wrong_tare", "wrong_text"))
"""The scale will never take this price: it is given up, and the till must give another."""


def price_record(price: int) -> bytes:
    """Record 01."""
    return b"\x04\x0201\x1b%06d\x1b\x03" % price


def checksum_record(key: str, random: str) -> bytes:
    """Record 10: the answer to a request for checksums. `key` is `CS:polynomial` in hex."""
    checksum, polynomial = (int(part, 16) for part in key.split(":"))
    turn = int(random[-1:], 16) if random[-1:] not in ":;<=>?" else ord(random[-1]) - 0x30
    rest = remainder(checksum, polynomial)
    return b"\x04\x0210\x1b" + _characters(_turned(checksum, turn)) + _characters(_turned(rest, -turn)) + b"\x03"


def remainder(checksum: int, polynomial: int) -> int:
    """CRC-16 of one word, high bit first, beginning with nothing."""
    rest = checksum
    for _ in range(_WORD_BITS):
        rest = (rest << 1 ^ (polynomial if rest & 0x8000 else 0)) & _WORD
    return rest


def _turned(word: int, left: int) -> int:
    left %= _WORD_BITS
    return (word << left | word >> (_WORD_BITS - left)) & _WORD


def _characters(word: int) -> bytes:
    """Four characters from 30 to 3F."""
    return bytes(0x30 | word >> shift & 0xF for shift in (12, 8, 4, 0))


class Dialog06Talk:
    """The gateway's side of the talk with one scale."""

    write_seconds_max = 2.0
    """A few bytes are asked at a time; a line that takes none for two seconds is stuck."""

    def __init__(self, new_reading_id: Callable[[], str], vendor_key: str | None = None) -> None:
        """Ids come from outside, so that this stays a function of its input."""
        self._new_reading_id, self._vendor_key = new_reading_id, vendor_key
        self._frames = FrameReader(dialog06.PROTOCOL)
        self._price: int | None = None
        self._condition = Condition(state="unknown", code="not_asked")
        self._waiting: _Waiting = "nothing"
        self._asked_at = self._next = 0.0
        self._go_on = b""
        self._misses = 0
        self._garbled = False
        self._last: NotReady | None = None

    @property
    def condition(self) -> Condition:
        """Online once it answers; an error while it wants a key that is not there."""
        return self._condition

    def weigh(self, price: int) -> None:
        """Gives the unit price of what lies on the pan, in minor units; the reading comes as an event."""
        if not 0 < price <= PRICE_MAX:
            raise ValueError(f"{price} is no unit price of six digits")
        self._price, self._last = price, None
        if self._waiting in {"nothing", "status"}:
            self._next = 0.0

    def tell_again(self) -> None:
        """The scale's state is told when it is heard next. A weight there is only once for a price."""
        self._last = None

    def opened(self, now: float) -> None:
        """A price given before the line broke is not weighed after it: another customer may stand there."""
        self._frames.reset()
        self._price = None
        self._waiting, self._go_on = "nothing", b""
        self._asked_at = self._next = now
        self._misses, self._garbled, self._last = 0, False, None
        self._condition = Condition(state="unknown", code="not_asked")

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """Events of the records that `data` completes."""
        events: list[Event] = []
        for heard in self._frames.feed(data):
            events += self._heard(heard, now)
        return events

    def advance(self, now: float) -> Step:
        """Sends what is due, and counts an answer that did not come."""
        events: tuple[Event, ...] = ()
        if self._waiting != "nothing" and now >= self._asked_at + ANSWER_SECONDS_MAX:
            self._frames.reset()
            self._waiting, self._go_on = "nothing", b""
            events = self._missed()
        if self._waiting != "nothing":
            return Step(events=events, wake_at=self._asked_at + ANSWER_SECONDS_MAX)
        if now < self._next:
            return Step(events=events, wake_at=self._next)
        if self._go_on:
            write, self._go_on = self._go_on, b""
            self._waiting = {ASK_RESULT: "result", ASK_STATUS: "reason"}.get(write, "checksums")  # type: ignore[assignment]
        elif self._price is not None:
            write, self._waiting = price_record(self._price), "price"
        else:
            write, self._waiting = ASK_STATUS, "status"
        self._asked_at = now
        return Step(write=write, events=events, wake_at=now + ANSWER_SECONDS_MAX)

    def lost(self, now: float) -> Sequence[Event]:  # noqa: ARG002 - the seam gives the time to every protocol
        """Nothing is weighed on a line that is gone."""
        self._price = self._last = None
        return ()

    def _missed(self) -> tuple[Event, ...]:
        self._misses += 1
        if self._misses < MISSES_MAX or self._condition.state == "not_answering":
            return ()
        self._condition = Condition(state="not_answering", code="garbled" if self._garbled else "no_answer")
        return self._changed(NotReady(status="not_ready", flags=("no_answer",)))

    def _heard(self, heard: Heard, now: float) -> tuple[Event, ...]:
        outcome = heard.outcome
        if outcome.outcome == "invalid":
            if self._garbled:
                return ()
            self._garbled = True
            return (Garbled(reason="not_dialog06", sample=heard.raw[:SAMPLE_BYTES_MAX].hex(" ")),)
        if self._waiting == "nothing":
            return ()
        waited, self._waiting = self._waiting, "nothing"
        self._misses, self._garbled = 0, False
        match outcome.outcome:
            case "ack":
                return self._then(ASK_RESULT, now)
            case "refused" if outcome.reason == "checksums":
                return self._closed("vendor_key_refused", now)
            case "refused":
                return self._then(ASK_STATUS, now)
            case "info" if "checksums_wanted" in outcome.flags:
                if self._vendor_key is None:
                    return self._closed("needs_vendor_key", now)
                return self._then(checksum_record(self._vendor_key, outcome.reason or "0"), now)
            case "status":
                return self._status(outcome, waited, now)
            case "weight" if waited == "result":
                return self._result(outcome, now)
            case _:
                self._next = now + POLL_SECONDS
                return ()

    def _then(self, write: bytes, now: float, after: float = 0.0) -> tuple[Event, ...]:
        self._go_on, self._next = write, now + after
        return ()

    def _closed(self, code: str, now: float) -> tuple[Event, ...]:
        """It weighs for nobody; asked again now and then, since somebody may set the key or the scale."""
        self._condition = Condition(state="error", code=code)
        self._next = now + IDLE_SECONDS
        return self._changed(NotReady(status="not_ready", flags=(code,)))

    def _status(self, outcome: FrameOutcome, waited: _Waiting, now: float) -> tuple[Event, ...]:
        flags = frozenset(outcome.flags)
        if waited == "status":
            if self._condition.state != "error":
                self._condition = Condition(state="online")
            self._next = now if self._price is not None else now + IDLE_SECONDS
        elif flags & _HOPELESS:
            self._price, self._next = None, now + IDLE_SECONDS
        elif flags & _AGAIN:
            self._then(ASK_RESULT, now, POLL_SECONDS)
        else:
            self._next = now + POLL_SECONDS
        words = [word for flag, word in _STATUS_WORDS.items() if flag in flags]
        return self._changed(NotReady(status=words[0] if words else "not_ready", flags=outcome.flags or ("no_price",)))

    def _result(self, outcome: FrameOutcome, now: float) -> tuple[Event, ...]:
        self._condition = Condition(state="online")
        self._next = now + POLL_SECONDS
        weight = sale_weight(outcome)
        if outcome.price != str(self._price):
            # Another price than the till gave: its total is no total of ours.
            return self._changed(NotReady(status="not_ready", flags=("wrong_price",)))
        if not isinstance(weight, Weight):
            return self._changed(NotReady(status=weight, flags=outcome.flags))
        self._price = self._last = None
        self._next = now + IDLE_SECONDS
        price, total = int(outcome.price), int(outcome.total or 0)
        return (Weighed(reading=self._new_reading_id(), weight=weight, mode="net", price=price, total=total),)

    def _changed(self, state: NotReady) -> tuple[Event, ...]:
        if self._last == state:
            return ()
        self._last = state
        return (state,)
