"""A price-computing scale: the total is the scale's, a price is weighed once, and without its maker's key it says so."""

from collections.abc import Callable

import pytest

from peripherals.device_state import words
from peripherals.events import Event, NotReady, Weighed, Weight
from peripherals.protocols.dialog06_talk import Dialog06Talk, remainder
from peripherals.simulators.dialog06 import Dialog06Simulator

KEY = (0x1A2B, 0x8005)


class Counter:
    """A scale and its driver, joined without a line."""

    def __init__(
        self,
        reading_ids: Callable[[], str],
        key: tuple[int, int] | None = None,
        vendor_key: str | None = None,
        random: int = 5,
    ) -> None:
        self.scale = Dialog06Simulator(key, random)
        self.driver = Dialog06Talk(reading_ids, vendor_key)
        self.now = 100.0
        self.driver.opened(self.now)

    def run(self, seconds: float) -> list[Event]:
        """What the driver tells meanwhile."""
        events: list[Event] = []
        until = self.now + seconds
        while self.now < until:
            step = self.driver.advance(self.now)
            events += step.events
            if step.write:
                events += self.driver.receive(self.scale.receive(step.write), self.now)
                continue
            assert step.wake_at is not None
            self.now = max(step.wake_at, self.now)
        return events


def weighed(events: list[Event]) -> list[Weighed]:
    return [event for event in events if isinstance(event, Weighed)]


def test_a_price_is_weighed_once_and_the_scale_computes(reading_ids: Callable[[], str]) -> None:
    """1.234 kg at 2.50 are 3.09, says the scale."""
    counter = Counter(reading_ids)
    counter.scale.put_weight("1.234")
    assert weighed(counter.run(3.0)) == []
    counter.driver.weigh(250)
    assert weighed(counter.run(3.0)) == [
        Weighed(
            reading="r1", weight=Weight(text="1.234", thousandths=1234, unit="kg"), mode="net", price=250, total=309
        )
    ]
    assert counter.driver.condition.state == "online"


def test_the_same_article_is_not_weighed_twice_without_having_moved(reading_ids: Callable[[], str]) -> None:
    """The scale itself forbids it: code 21. Once it was lifted, it is weighed."""
    counter = Counter(reading_ids)
    counter.scale.put_weight("1.234")
    counter.driver.weigh(250)
    counter.run(1.0)
    counter.driver.weigh(250)
    events = counter.run(2.0)
    assert weighed(events) == []
    assert NotReady(status="not_ready", flags=("not_moved",)) in events
    counter.scale.put_weight(None)
    counter.run(1.0)
    counter.scale.put_weight("1.234")
    assert len(weighed(counter.run(2.0))) == 1


@pytest.mark.parametrize(
    ("put", "moving", "status", "flag"),
    [
        ("1.234", True, "unstable", "motion"),
        ("15.005", False, "overweight", "over"),
        ("-0.100", False, "under_zero", "under"),
        (None, False, "not_ready", "below_minimum"),
    ],
)
def test_a_fault_is_told_and_the_price_waits(
    put: str | None, moving: bool, status: str, flag: str, reading_ids: Callable[[], str]
) -> None:
    """When the article lies still, it is weighed."""
    counter = Counter(reading_ids)
    counter.scale.put_weight(put)
    counter.scale.set_motion(moving)
    counter.driver.weigh(199)
    events = counter.run(2.0)
    assert weighed(events) == []
    assert NotReady(status=status, flags=(flag,)) in events  # type: ignore[arg-type]
    counter.scale.put_weight("0.500")
    counter.scale.set_motion(False)
    assert [event.total for event in weighed(counter.run(2.0))] == [100]


def test_without_the_makers_key_the_scale_weighs_for_nobody(reading_ids: Callable[[], str]) -> None:
    """And that is said, with what to do."""
    counter = Counter(reading_ids, KEY)
    counter.scale.put_weight("1.000")
    counter.driver.weigh(100)
    events = counter.run(5.0)
    assert weighed(events) == []
    assert NotReady(status="not_ready", flags=("needs_vendor_key",)) in events
    assert (counter.driver.condition.state, counter.driver.condition.code) == ("error", "needs_vendor_key")
    assert all(words(counter.driver.condition, None))


@pytest.mark.parametrize("random", [1, 5, 9, 15])
def test_with_the_key_the_checksums_are_given(random: int, reading_ids: Callable[[], str]) -> None:
    """Whatever number the scale thought of."""
    counter = Counter(reading_ids, KEY, "1A2B:8005", random)
    counter.scale.put_weight("1.000")
    counter.driver.weigh(100)
    assert [event.total for event in weighed(counter.run(2.0))] == [100]


def test_a_wrong_key_is_told_as_such(reading_ids: Callable[[], str]) -> None:
    """The dealer gave another one."""
    counter = Counter(reading_ids, KEY, "1A2B:1021")
    counter.scale.put_weight("1.000")
    counter.driver.weigh(100)
    assert weighed(counter.run(3.0)) == []
    assert counter.driver.condition.code == "vendor_key_refused"
    assert all(words(counter.driver.condition, None))


def test_silence_is_told_and_a_price_does_not_outlive_the_line(reading_ids: Callable[[], str]) -> None:
    """Another customer may stand there when it is back."""
    counter = Counter(reading_ids)
    counter.scale.put_weight("1.000")
    counter.scale.set_silent(True)
    counter.driver.weigh(100)
    assert counter.run(3.0) == [NotReady(status="not_ready", flags=("no_answer",))]
    assert counter.driver.condition.state == "not_answering"
    counter.driver.lost(counter.now)
    counter.scale.set_silent(False)
    counter.driver.opened(counter.now)
    assert weighed(counter.run(3.0)) == []
    assert counter.driver.condition.state == "online"


def test_another_price_than_the_till_gave_is_no_reading(reading_ids: Callable[[], str]) -> None:
    """Its total belongs to somebody else."""
    driver = Dialog06Talk(reading_ids)
    driver.opened(0.0)
    driver.weigh(250)
    driver.advance(0.0)
    driver.receive(b"\x06", 0.0)
    driver.advance(0.0)
    events = driver.receive(b"\x0202\x1b3\x1b01234\x1b000251\x1b000310\x03", 0.1)
    assert events == [NotReady(status="not_ready", flags=("wrong_price",))]


@pytest.mark.parametrize("price", [0, -1, 1_000_000])
def test_a_price_of_more_than_six_digits_is_refused(price: int, reading_ids: Callable[[], str]) -> None:
    """The record has no room for it."""
    with pytest.raises(ValueError, match="six digits"):
        Dialog06Talk(reading_ids).weigh(price)


def test_the_remainder_is_a_crc() -> None:
    """The same as taking it byte by byte."""
    assert remainder(0x3132, 0x1021) == _by_bytes(0x3132, 0x1021)


def _by_bytes(word: int, polynomial: int) -> int:
    """The usual byte-wise CRC."""
    rest = 0
    for byte in word.to_bytes(2, "big"):
        rest ^= byte << 8
        for _ in range(8):
            rest = (rest << 1 ^ (polynomial if rest & 0x8000 else 0)) & 0xFFFF
    return rest
