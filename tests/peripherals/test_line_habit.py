"""A line is held to the way it built its frames first: CAS or ACLaS sums, a checksum or a line's end."""

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.events import Event, Garbled, Weighed
from peripherals.protocols.line_habit import NOT_YET, OTHER, REFUSED_HERE, REFUSED_MAX, UNKNOWN, USUAL, judged
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scale_protocol import FrameReader
from peripherals.protocols.scales import SCALES, devices_parse
from peripherals.protocols.toledo_continuous import checksum
from tests.peripherals.scale_transcripts import weight

CAS = SCALES["cas-type6"]
CONTINUOUS = SCALES["toledo-continuous"]


def summed(said: bytes, *, aclas: bool) -> bytes:
    """A frame of fifteen bytes, its sum counted as CAS or as ACLaS does."""
    return b"\x01\x02" + said + bytes((reduce(xor, said) ^ (3 if aclas else 0),)) + b"\x03\x04"


def continuous(digits: bytes, end: bytes | None = None) -> bytes:
    """A frame in kilograms with three decimals; its checksum, unless another end is told."""
    frame = b"\x02\x2d\x30\x20" + digits + b"000000\r"
    return frame + (bytes((-sum(frame) & 0x7F,)) if end is None else end)


USUALLY, OTHERWISE = summed(b"S 01.250kg", aclas=False), summed(b"S 01.250kg", aclas=True)
DAMAGED = OTHERWISE.replace(b"1.250", b"2.250")
"""A 1 became a 2, which changes the sum by just as much as the two ways of counting differ."""
KILOGRAMS = weight("1.250", "kg")


def outcomes(reader: FrameReader, *frames: bytes) -> list[object]:
    return [heard.outcome for frame in frames for heard in reader.feed(frame)]


def polling(name: str = "cas-type6") -> ScalePolling:
    driver = ScalePolling(SCALES[name], lambda: "r")
    driver.opened(0.0)
    return driver


def weights(events: list[Event]) -> list[str]:
    return [event.weight.text for event in events if isinstance(event, Weighed)]


@pytest.mark.parametrize("frame", [USUALLY, OTHERWISE])
def test_a_single_good_frame_is_told_by_the_command(frame: bytes) -> None:
    """`kontor devices parse` sees one frame, and no line to hold it to."""
    assert devices_parse("cas-type6", frame) == KILOGRAMS


def test_a_line_that_counts_as_cas_refuses_the_other_way_however_often_it_comes() -> None:
    """One good frame settles it."""
    reader = FrameReader(CAS)
    assert outcomes(reader, USUALLY, *[OTHERWISE] * 5, USUALLY) == [KILOGRAMS, *[REFUSED_HERE] * 5, KILOGRAMS]


def test_a_line_that_a_damaged_frame_settled_is_read_again_after_a_while() -> None:
    """The first answer of an ACLaS scale was hit so that its sum fits as CAS counts; nobody has to unplug anything."""
    reader = FrameReader(CAS)
    assert outcomes(reader, USUALLY)[0] == KILOGRAMS
    told = outcomes(reader, *[OTHERWISE] * (REFUSED_MAX + 2))
    assert told == [*[REFUSED_HERE] * REFUSED_MAX, NOT_YET, KILOGRAMS]


def test_a_frame_as_settled_or_a_damaged_one_ends_the_series() -> None:
    """Only a line whose every frame is built otherwise is another line."""
    bad = OTHERWISE.replace(b"1.2", b"9.3")
    reader = FrameReader(CAS)
    for between in (USUALLY, bad):
        outcomes(reader, USUALLY, *[OTHERWISE] * (REFUSED_MAX - 1), between, *[OTHERWISE] * (REFUSED_MAX - 1))
        assert outcomes(reader, USUALLY) == [KILOGRAMS]


def test_the_other_way_is_believed_when_two_frames_in_succession_are_good_only_so() -> None:
    """And then CAS's is refused."""
    reader = FrameReader(CAS)
    told = outcomes(reader, OTHERWISE, b"\x06", OTHERWISE, OTHERWISE, USUALLY, OTHERWISE)
    assert told[0] == NOT_YET
    assert told[2:] == [KILOGRAMS, KILOGRAMS, REFUSED_HERE, KILOGRAMS]


def test_a_damaged_frame_between_two_of_the_other_way_leaves_it_open() -> None:
    """They are not in succession."""
    bad = OTHERWISE.replace(b"1.2", b"9.3")
    reader = FrameReader(CAS)
    assert outcomes(reader, OTHERWISE)[0] == NOT_YET
    assert outcomes(reader, bad)[0] != NOT_YET
    assert outcomes(reader, OTHERWISE) == [NOT_YET]


def test_a_one_damaged_into_a_two_is_not_sold() -> None:
    """CAS's frame with a 2 in the place of a 1 is a good frame of ACLaS."""
    damaged = USUALLY.replace(b"1.250", b"2.250")
    assert devices_parse("cas-type6", damaged) == weight("2.250", "kg")
    driver = polling()
    events = [*driver.receive(damaged, 0.0), *driver.receive(USUALLY, 0.2), *driver.receive(damaged * 3, 0.4)]
    assert weights(events) == ["1.250"]


def test_a_scale_that_counts_as_aclas_is_read_from_its_second_answer_and_is_not_called_garbled() -> None:
    """Nobody has to set anything."""
    driver = polling()
    events = [event for now in (0.0, 0.2, 0.4) for event in driver.receive(OTHERWISE, now)]
    assert weights(events) == ["1.250"]
    assert not [event for event in events if isinstance(event, Garbled)]
    assert not weights(list(driver.receive(DAMAGED * 3, 0.6)))


def test_a_new_line_begins_anew_and_a_missed_answer_does_not() -> None:
    """Another scale may hang on it; the same one forgot nothing."""
    driver = polling()
    assert weights(list(driver.receive(USUALLY, 0.0)))
    now = 0.0
    while now < 5.0:
        now = max(driver.advance(now).wake_at or now, now + 0.1)
    assert driver.condition.state == "not_answering"
    assert not weights([*driver.receive(OTHERWISE, now), *driver.receive(OTHERWISE, now)])
    driver.opened(now)
    assert weights([*driver.receive(OTHERWISE, now), *driver.receive(OTHERWISE, now)])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 99_999)), max_size=12), st.booleans())
def test_a_line_is_never_believed_both_ways(frames: list[tuple[bool, int]], noise: bool) -> None:
    """Whatever comes in whatever order, every weight told was counted one way."""
    reader, believed = FrameReader(CAS), set()
    for aclas, grams in frames:
        frame = summed(b"S %02d.%03dkg" % divmod(grams, 1000), aclas=aclas)
        told = [heard.outcome for heard in reader.feed(b"zz" * noise + frame)]
        if any(outcome.outcome == "weight" for outcome in told):
            believed.add(aclas)
    assert len(believed) <= 1


def test_what_shows_neither_way_is_believed_and_settles_nothing() -> None:
    """A status, an acknowledgement, a price."""
    habit, said = judged(UNKNOWN, None, KILOGRAMS)
    assert (habit, said) == (UNKNOWN, KILOGRAMS)
    habit, _ = judged(habit, OTHER, KILOGRAMS)
    habit, _ = judged(habit, None, KILOGRAMS)
    habit, said = judged(habit, OTHER, KILOGRAMS)
    assert said == KILOGRAMS
    assert judged(habit, None, KILOGRAMS)[1] == KILOGRAMS
    assert judged(habit, USUAL, KILOGRAMS)[1] == REFUSED_HERE


def test_a_continuous_output_that_ends_like_a_line_is_read_and_its_checksum_not_missed() -> None:
    """Worldweigh BWS sends CR LF; where a checksum was seen, an LF in its place is a damaged one."""
    line, checked = continuous(b"001250", b"\n"), continuous(b"001250")
    good = weight("1.250", "kg", "gross", tare="0.000")
    assert devices_parse("toledo-continuous", line) == good
    assert outcomes(FrameReader(CONTINUOUS), *[line] * 4) == [NOT_YET, good, good, good]
    assert outcomes(FrameReader(CONTINUOUS), checked, line, line, checked) == [good, REFUSED_HERE, REFUSED_HERE, good]


def test_a_checksum_that_happens_to_be_an_lf_belongs_to_both_ways() -> None:
    """Otherwise one weight in a hundred would never be read."""
    both = next(
        frame
        for tare in range(1_000)
        if checksum(frame := continuous(b"001250", b"").replace(b"000000\r", b"%06d\r" % (tare * 1_001))) == 0x0A
    )
    both += b"\n"
    for habit in (continuous(b"001250"), continuous(b"001250", b"\n") * 2):
        reader = FrameReader(CONTINUOUS)
        reader.feed(habit)
        assert [heard.outcome.outcome for heard in reader.feed(both)] == ["weight"]


@pytest.mark.parametrize(("end", "times"), [(None, 1), (b"", 2), (b"\n", 3)])
def test_a_frame_without_a_checksum_is_not_sold_before_it_came_twice(end: bytes | None, times: int) -> None:
    """One with a checksum is; one that ends like a line first has to show that its line does so."""
    driver = polling("toledo-continuous")
    frame, told = continuous(b"001250", end), []
    # What follows shows where a frame without a checksum ends.
    for count in range(1, 5):
        if weights(
            [*driver.receive(frame, count * 0.1), *driver.receive(b"\x02\x2d" if end == b"" else b"", count * 0.1)]
        ):
            told.append(count)
        if end == b"":
            driver._frames.reset()
    assert told == [times]
