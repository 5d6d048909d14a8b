"""The talk with a scale in any language: who speaks first, what silence means, and when a weight counts."""

from collections.abc import Callable

import pytest

from peripherals.device_state import words
from peripherals.events import Event, Garbled, NotReady, Weighed
from peripherals.protocols.scale_polling import (
    ANSWER_SECONDS_MAX,
    SILENCE_SECONDS_MAX,
    STEADY_SECONDS,
    STEADY_TIMES,
    ScalePolling,
)
from peripherals.protocols.scale_protocol import Asking, ScaleSettings
from peripherals.protocols.scales import SCALES
from peripherals.simulators.scale_languages import LANGUAGES, SpokenScale
from peripherals.simulators.wire_faults import WireFaults

ASKED = sorted(name for name in LANGUAGES if SCALES[name].asking == "ask")
TALKING = sorted(name for name in LANGUAGES if SCALES[name].asking == "stream")
SAYS_SECONDS = 0.1


class Counter:
    """A scale and its driver, joined without a line; time jumps in steps of a scale's own pace."""

    def __init__(self, name: str, reading_ids: Callable[[], str], asking: Asking | None = None) -> None:
        self.scale = SpokenScale(name)
        self.cable = WireFaults()
        self.driver = ScalePolling(SCALES[name], reading_ids, ScaleSettings(unit="kg"), asking)
        self.talks = (asking or SCALES[name].asking) == "stream"
        self.now = 100.0
        self.asked = b""
        self.driver.opened(self.now)

    def run(self, seconds: float) -> list[Event]:
        """What the driver tells meanwhile."""
        events: list[Event] = []
        until = self.now + seconds
        while self.now < until:
            for _ in range(4):
                step = self.driver.advance(self.now)
                events += step.events
                self.asked += step.write
                arrived = self.cable.through(self.scale.receive(step.write))
                events += self.driver.receive(arrived, self.now)
            self.now += SAYS_SECONDS
            if self.talks:
                events += self.driver.receive(self.cable.through(self.scale.say()), self.now)
        return events


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_a_weight_at_rest_is_one_reading(name: str, reading_ids: Callable[[], str]) -> None:
    """In every language, however often it is said; and a moving pan before it is none."""
    counter = Counter(name, reading_ids)
    counter.scale.put_weight("1.250")
    counter.scale.set_motion(True)
    moving = [] if name == "yaohua-xk3190" else counter.run(1.0)
    counter.scale.set_motion(False)
    events = counter.run(2.0)
    assert not [event for event in moving if isinstance(event, Weighed)]
    (weighed,) = [event for event in events if isinstance(event, Weighed)]
    assert (weighed.weight.text, weighed.weight.unit) in {("1.250", "kg"), ("1250", "g")}
    assert counter.driver.condition.state == "online"


@pytest.mark.parametrize("name", ASKED)
def test_an_asked_scale_that_is_switched_off_is_not_answering_after_three_misses(
    name: str, reading_ids: Callable[[], str]
) -> None:
    """And it is asked at most five times a second."""
    counter = Counter(name, reading_ids)
    counter.scale.set_silent(True)
    assert counter.run(3 * ANSWER_SECONDS_MAX + 0.5)[-1] == NotReady(status="not_ready", flags=("no_answer",))
    assert counter.driver.condition.state == "not_answering"
    counter.scale.set_silent(False)
    counter.asked = b""
    counter.run(2.0)
    assert counter.driver.condition.state == "online"
    assert counter.asked.count(SCALES[name].ask) <= 11


@pytest.mark.parametrize("name", TALKING)
def test_a_talking_scale_is_never_written_to_and_its_silence_is_told(name: str, reading_ids: Callable[[], str]) -> None:
    """A stalled line is silence, too; the weight before it is not true any more."""
    counter = Counter(name, reading_ids)
    counter.scale.put_weight("1.250")
    counter.run(2.0)
    counter.cable.stall(after=3)
    assert counter.run(SILENCE_SECONDS_MAX + 0.5)[-1] == NotReady(status="not_ready", flags=("no_answer",))
    assert counter.driver.condition.state == "not_answering"
    counter.cable.mend()
    assert [event.reading for event in counter.run(2.0) if isinstance(event, Weighed)] == ["r2"]
    assert counter.asked == b""


@pytest.mark.parametrize("name", TALKING)
def test_a_lost_character_becomes_no_weight(name: str, reading_ids: Callable[[], str]) -> None:
    """Whichever it is: without a check a frame counts when it came twice alike, and no digit is lost twice alike."""
    for lost in range(24):
        counter = Counter(name, reading_ids)
        counter.scale.put_weight("11.250")
        counter.cable.swallow(lost)
        texts = {event.weight.text for event in counter.run(3.0) if isinstance(event, Weighed)}
        assert texts == {"11.250"}, lost


def test_a_line_heard_from_its_middle_is_no_weight(reading_ids: Callable[[], str]) -> None:
    """What is left of `11.250 kg` may be `1.250 kg`, again and again."""
    driver = ScalePolling(SCALES["configurable-line"], reading_ids)
    driver.opened(0.0)
    assert driver.receive(b"1.250kg ST\r\n", 0.0) == []
    assert driver.receive(b"11.250kg ST\r\n11.250kg ST\r\n", 0.1)[-1] == Weighed(
        reading="r1", weight=_kg("11.250", 11_250), mode="gross"
    )


def test_where_nothing_tells_of_motion_a_weight_counts_after_a_second(reading_ids: Callable[[], str]) -> None:
    """Yaohua: and every other weight begins the second anew."""
    counter = Counter("yaohua-xk3190", reading_ids)
    for grams in range(10):
        counter.scale.put_weight(f"1.{grams:03d}")
        assert not [event for event in counter.run(STEADY_SECONDS / 2) if isinstance(event, Weighed)]
    assert [event.weight.text for event in counter.run(2.0) if isinstance(event, Weighed)] == ["1.009"]


@pytest.mark.parametrize(
    ("name", "silent", "moving"),
    [
        ("nci", b"\n   1.250KGGR\r\x03", b"\n   1.250KG\r\n10\r\x03"),
        ("stx-status-line", b"\x02    1.250KG GR\r\n", b"\x02   1.250KGM\r\n"),
    ],
)
def test_a_frame_that_is_silent_of_motion_counts_after_a_second_too(
    name: str, silent: bytes, moving: bytes, reading_ids: Callable[[], str]
) -> None:
    """Also where other frames of the language tell of it; one that says that the pan moves never counts."""
    for frame, told in ((silent, ["1.250"]), (moving, [])):
        driver = ScalePolling(SCALES[name], reading_ids, asking="stream")
        driver.opened(0.0)
        early = driver.receive(frame * STEADY_TIMES, 0.0)
        assert {event.status for event in early if isinstance(event, NotReady)} == {"unstable"}
        late = driver.receive(frame * 2, STEADY_SECONDS)
        assert [event.weight.text for event in (*early, *late) if isinstance(event, Weighed)] == told


def test_every_line_of_a_scale_that_prints_by_its_key_is_a_reading(reading_ids: Callable[[], str]) -> None:
    """Two equal articles are two presses; and silence is nothing to tell."""
    driver = ScalePolling(SCALES["ohaus-line"], reading_ids, asking="print")
    driver.opened(0.0)
    assert driver.advance(0.0).write == b""
    line = b"\r\n   0.360 kg    G\r\n"
    events = [event for now in (1.0, 60.0) for event in driver.receive(line, now)]
    assert [event.reading for event in events if isinstance(event, Weighed)] == ["r1", "r2"]
    assert driver.advance(3600.0).events == ()
    assert driver.condition.state == "online"


def test_an_asked_scale_may_be_set_to_talk(reading_ids: Callable[[], str]) -> None:
    """ACLaS in its streaming mode: nothing is written."""
    counter = Counter("cas-type6", reading_ids, asking="stream")
    counter.scale.put_weight("0.500")
    assert [event.weight.text for event in counter.run(1.0) if isinstance(event, Weighed)] == ["0.500"]
    assert counter.asked == b""


@pytest.mark.parametrize("name", ["nci", "sma", "mt-sics", "ohaus-line", "sartorius-sbi"])
def test_the_keys_of_a_scale_are_pressed_between_two_questions(name: str, reading_ids: Callable[[], str]) -> None:
    """Tare, then net; zero is the scale's own to refuse."""
    counter = Counter(name, reading_ids)
    counter.scale.put_weight("0.200")
    counter.run(0.5)
    assert counter.driver.tare()
    counter.run(0.5)
    counter.scale.put_weight("0.700")
    weighed = [event for event in counter.run(1.0) if isinstance(event, Weighed)][-1]
    assert weighed.weight.text == "0.500"
    assert counter.driver.zero()
    counter.run(0.5)
    assert counter.scale.shown == "0.500"


def test_a_scale_without_keys_says_so(reading_ids: Callable[[], str]) -> None:
    """Nothing is written to it."""
    driver = ScalePolling(SCALES["status-line"], reading_ids)
    driver.opened(0.0)
    assert not driver.zero()
    assert not driver.tare()
    assert driver.advance(0.0).write == b""


@pytest.mark.parametrize("name", TALKING)
def test_another_language_is_told_as_garbled_once(name: str, reading_ids: Callable[[], str]) -> None:
    """With a sample, for the person who looks for the right one."""
    driver = ScalePolling(SCALES[name], reading_ids)
    driver.opened(0.0)
    noise = b"\x02\x00zz\x03\r\n\x03\x7f\r\n~~~~~~\r\n" * 8
    told = [event for now in range(5) for event in driver.receive(noise, now)]
    assert [event.reason for event in told if isinstance(event, Garbled)] in ([f"not_{name}"], [])
    assert not [event for event in told if isinstance(event, Weighed)]


def _kg(text: str, thousandths: int) -> object:
    from peripherals.events import Weight

    return Weight(text=text, thousandths=thousandths, unit="kg")


@pytest.mark.parametrize("name", sorted(SCALES))
@pytest.mark.parametrize("asking", ["ask", "stream", "print"])
def test_whatever_a_scale_is_set_to_its_condition_has_words(
    name: str, asking: Asking, reading_ids: Callable[[], str]
) -> None:
    """Before anything was heard, too."""
    driver = ScalePolling(SCALES[name], reading_ids, asking=asking)
    driver.opened(0.0)
    assert all(words(driver.condition, None)[:2])
