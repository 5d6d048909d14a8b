"""A reading exists only for a stable weight above zero, and is one settled weighing."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.events import Condition, Event, Garbled, NotReady, Weighed, Weight
from peripherals.protocols import status_line, toledo8217
from peripherals.protocols.scale_polling import ANSWER_SECONDS_MAX, POLL_SECONDS, ScalePolling
from peripherals.protocols.scale_protocol import ScaleSettings
from peripherals.protocols.weight_text import exact_thousandths, printed_weight
from peripherals.simulators.scale import ScaleSimulator


class Counter:
    """A scale and its driver, joined without a line; time jumps from one due moment to the next."""

    def __init__(self, reading_ids: Callable[[], str], unit: Any = "kg") -> None:
        self.scale = ScaleSimulator(unit)
        self.driver = ScalePolling(toledo8217.PROTOCOL, reading_ids, ScaleSettings(unit=unit))
        self.now = 100.0
        self.asked = 0
        self.driver.opened(self.now)

    def run(self, seconds: float) -> list[Event]:
        events: list[Event] = []
        until = self.now + seconds
        while self.now < until:
            step = self.driver.advance(self.now)
            events += step.events
            if step.write:
                self.asked += len(step.write)
                events += self.driver.receive(self.scale.receive(step.write), self.now)
                continue
            assert step.wake_at is not None
            self.now = max(step.wake_at, self.now)
        return events


@pytest.fixture
def counter(reading_ids: Callable[[], str]) -> Counter:
    return Counter(reading_ids)


def test_ten_polls_of_one_article_are_one_reading(counter: Counter) -> None:
    """Its id stays until something else is heard."""
    counter.scale.put_weight("1.250")
    assert counter.run(2.0) == [
        Weighed(reading="r1", weight=Weight(text="1.250", thousandths=1250, unit="kg"), mode="gross")
    ]
    assert counter.driver.condition.state == "online"


def test_what_lies_on_the_pan_is_told_again_when_somebody_asks(counter: Counter) -> None:
    """Once, as the same reading; and what is no weight is told again too."""
    counter.scale.put_weight("1.250")
    (weighed,) = counter.run(1.0)
    counter.driver.tell_again()
    assert counter.run(1.0) == [weighed]
    counter.scale.put_weight(None)
    (empty,) = counter.run(1.0)
    counter.driver.tell_again()
    assert counter.run(1.0) == [empty]


def test_what_changed_meanwhile_is_told_as_it_is(counter: Counter) -> None:
    """Asked for while the pan moves: the new weight is another reading, and is told once."""
    counter.scale.put_weight("1.250")
    counter.run(1.0)
    counter.driver.tell_again()
    counter.scale.put_weight("2.000")
    assert [event.reading for event in counter.run(2.0) if isinstance(event, Weighed)] == ["r2"]


def test_equal_articles_one_after_the_other_are_two_readings(counter: Counter) -> None:
    """The pan was empty between them."""
    story: list[Event] = []
    for weight in ("0.500", None, "0.500"):
        counter.scale.put_weight(weight)
        story += counter.run(0.5)
    assert [event.reading if isinstance(event, Weighed) else event for event in story] == [
        "r1",
        NotReady(status="zero", flags=("zero",)),
        "r2",
    ]


@pytest.mark.parametrize(
    ("put", "moving", "status"),
    [
        ("1.250", True, "unstable"),
        ("15.005", False, "overweight"),
        ("-0.100", False, "under_zero"),
        (None, False, "zero"),
    ],
)
def test_no_fault_becomes_a_weight(counter: Counter, put: str | None, moving: bool, status: str) -> None:
    """P10: a moving, overloaded, negative or empty pan says so, and nothing else."""
    counter.scale.put_weight(put)
    counter.scale.set_motion(moving)
    events = counter.run(1.0)
    assert [event.status for event in events if isinstance(event, NotReady)] == [status]
    assert len(events) == 1


def test_a_tared_weight_is_net(counter: Counter) -> None:
    """The bowl is not sold."""
    counter.scale.put_weight("0.200")
    counter.scale.receive(b"T")
    counter.scale.put_weight("0.700")
    (event,) = counter.run(0.5)
    assert isinstance(event, Weighed)
    assert (event.weight.text, event.mode) == ("0.500", "net")


def test_pounds_keep_their_two_decimals(reading_ids: Callable[[], str]) -> None:
    """The printed text is what the receipt must show."""
    counter = Counter(reading_ids, "lb")
    counter.scale.put_weight("2.75")
    (event,) = counter.run(0.5)
    assert isinstance(event, Weighed)
    assert event.weight == Weight(text="2.75", thousandths=2750, unit="lb")


def test_at_most_five_questions_a_second(counter: Counter) -> None:
    """The maker asks for 200 ms between commands."""
    counter.run(10.0)
    assert counter.asked <= 10.0 / POLL_SECONDS + 1


def test_three_missed_answers_are_a_silent_scale_and_one_answer_ends_it(counter: Counter) -> None:
    """Silence is a state, told once; after it the same article is a new reading."""
    counter.scale.put_weight("1.000")
    counter.run(0.5)
    counter.scale.set_silent(True)
    assert counter.run(2 * ANSWER_SECONDS_MAX) == []
    events = counter.run(5.0)
    assert events == [NotReady(status="not_ready", flags=("no_answer",))]
    assert counter.driver.condition.state == "not_answering"
    counter.scale.set_silent(False)
    (back,) = counter.run(0.5 + ANSWER_SECONDS_MAX)
    assert isinstance(back, Weighed)
    assert back.reading == "r2"
    assert counter.driver.condition.state == "online"


def test_noise_is_told_once_and_counts_as_no_answer(counter: Counter) -> None:
    """A wrong speed shows as garbled, then as not answering."""
    events: list[Event] = []
    now = counter.now
    for _ in range(40):
        step = counter.driver.advance(now)
        events += step.events
        if step.write:
            events += counter.driver.receive(b"\x02zz\r\x02yy\r", now)
        now = max(step.wake_at or now, now)
    assert [type(event) for event in events] == [Garbled, NotReady]
    assert counter.driver.condition.code == "garbled"


def test_a_weight_that_never_comes_twice_alike_is_told_as_moving_to_who_asks(reading_ids: Callable[[], str]) -> None:
    """Its last digit flickers, and the scale calls it stable: a till that asks must not wait without a word."""
    driver = ScalePolling(status_line.PROTOCOL, reading_ids)
    driver.opened(0.0)
    one, other = b"ST,GS,+001.250kg\r\n", b"ST,GS,+001.251kg\r\n"
    driver.receive(one * 3 + other + one, 1.0)
    driver.tell_again()
    assert driver.receive(other + one, 1.5) == [NotReady(status="unstable", flags=("motion",))]


def test_what_spoke_nonsense_and_fell_silent_is_told_as_silent(reading_ids: Callable[[], str]) -> None:
    """A scale at another speed that was then switched off: the first hint was about its language, the next is about its power."""
    driver = ScalePolling(status_line.PROTOCOL, reading_ids)
    driver.opened(0.0)
    driver.receive(b"\x8f\x03\xf0zz\r\n" * 3, 1.0)
    assert [type(event) for event in driver.advance(2.0).events] == [NotReady]
    assert driver.condition == Condition(state="not_answering", code="garbled")
    assert driver.advance(4.0).events == ()
    assert driver.condition == Condition(state="not_answering", code="no_answer")
    driver.receive(b"\x8f\x03\xf0zz\r\n" * 3, 5.0)
    assert driver.advance(6.0).events == ()
    assert driver.condition == Condition(state="not_answering", code="garbled")


def test_a_weight_finer_than_thousandths_is_not_rounded(reading_ids: Callable[[], str]) -> None:
    """No weight is better than a rounded one."""
    driver = ScalePolling(toledo8217.PROTOCOL, reading_ids)
    driver.opened(0.0)
    assert driver.receive(b"\x0201.2505\r", 0.0) == [NotReady(status="not_ready", flags=("unusable",))]
    assert driver.receive(b"\x0201.2500\r\x0201.2500\r", 0.0) == [
        Weighed(reading="r1", weight=Weight(text="1.2500", thousandths=1250, unit="kg"), mode="gross")
    ]


@given(st.integers(0, 99_999_999), st.integers(0, 3))
def test_printed_weights_are_exact(thousandths: int, padding: int) -> None:
    """Text and thousandths are one number."""
    text = printed_weight("0" * padding + f"{thousandths // 1000}.{thousandths % 1000:03d}"[:12])
    assert text is None or exact_thousandths(text) == thousandths


@given(st.lists(st.tuples(st.binary(max_size=20), st.floats(0, 1)), max_size=50))
def test_whatever_the_wire_says_only_stable_positive_weights_are_told(chunks: list[tuple[bytes, float]]) -> None:
    """The driver never raises, and every reading is in range."""
    driver = ScalePolling(toledo8217.PROTOCOL, lambda: "r")
    now = 0.0
    driver.opened(now)
    for data, wait in chunks:
        now += wait
        for event in [*driver.receive(data, now), *driver.advance(now).events]:
            assert not isinstance(event, Weighed) or event.weight.thousandths > 0
