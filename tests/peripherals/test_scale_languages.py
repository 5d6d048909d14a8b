"""Every language of scales: its transcripts told three ways, nothing that makes it raise, and no weight out of a fault."""

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.events import Weighed, Weight
from peripherals.protocols.frame_outcome import INVALID, FrameOutcome, sale_weight
from peripherals.protocols.line_habit import OTHER
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scale_protocol import FrameReader, ScaleSettings
from peripherals.protocols.scales import SCALES, devices_parse
from peripherals.simulators.scale_languages import LANGUAGES, SpokenScale
from tests.peripherals.scale_transcripts import TRANSCRIPTS as USUAL_FORMS
from tests.peripherals.scale_variants import VARIANTS

TRANSCRIPTS = [*USUAL_FORMS, *VARIANTS]
NAMES = [
    "toledo8217",
    "toledo-continuous",
    "status-line",
    "stx-status-line",
    "and-standard",
    "and-csv",
    "nci",
    "sma",
    "mt-sics",
    "cas-type6",
    "dialog06",
    "ohaus-line",
    "adam-line",
    "sartorius-sbi",
    "usb-hid-scale",
    "dibal-98",
    "yaohua-xk3190",
    "configurable-line",
]
CHECKED = sorted(name for name, protocol in SCALES.items() if protocol.checked and name in LANGUAGES)
IDS = [f"{row[0]}: {row[1]}" for row in TRANSCRIPTS]


def test_every_promised_language_is_there() -> None:
    """Scripts name them."""
    assert sorted(SCALES) == sorted(NAMES)


@pytest.mark.parametrize(("name", "what", "frame", "outcome"), TRANSCRIPTS, ids=IDS)
def test_a_frame_says_what_it_prints(name: str, what: str, frame: bytes, outcome: FrameOutcome) -> None:
    """Decimals, unit, state and all."""
    assert what
    assert devices_parse(name, frame) == outcome


@pytest.mark.parametrize(
    ("name", "what", "frame", "outcome"),
    [row for row in TRANSCRIPTS if row[3] != INVALID and row[2].strip()],
    ids=[name for name, row in zip(IDS, TRANSCRIPTS, strict=True) if row[3] != INVALID and row[2].strip()],
)
def test_a_stream_tells_the_same(
    name: str, what: str, frame: bytes, outcome: FrameOutcome, told: Callable[..., Any]
) -> None:
    """Whole, byte by byte, with the next frame's beginning behind it, and after noise."""
    assert what
    protocol = SCALES[name]
    way = None if protocol.way_of is None else protocol.way_of(frame)

    def reader() -> FrameReader:
        # A line that builds its frames the other way has shown it before.
        made = FrameReader(protocol)
        if way == OTHER:
            made.feed(frame * 2)
        return made

    # A frame of the continuous output may have a checksum: its end shows when the next one begins.
    tail = frame[:2] if name == "toledo-continuous" and way is None else b""
    for story in told(reader, frame + tail, tail=b"" if tail else frame[: len(frame) // 4]):
        assert [heard.outcome for heard in story] == [outcome]
    noise = b"\xffz!\x00\r\n"
    assert reader().feed(noise + frame + tail)[-1].outcome == outcome


@pytest.mark.parametrize("name", sorted(set(SCALES) - {"usb-hid-scale"}))
@pytest.mark.parametrize("parity", ["even", "odd", "set"])
def test_parity_in_the_top_bit_is_no_data(name: str, parity: str) -> None:
    """A 7E1 or 7O1 line may be read as 8N1 by an adapter that knows no better."""
    for row in TRANSCRIPTS:
        if row[0] == name and row[2].isascii():
            assert devices_parse(name, with_parity(row[2], parity)) == row[3], row[1]


def with_parity(frame: bytes, parity: str) -> bytes:
    """Its bytes as they arrive."""
    if parity == "set":
        return bytes(byte | 0x80 for byte in frame)
    wanted = 0 if parity == "even" else 1
    return bytes(byte | (0x80 if byte.bit_count() % 2 != wanted else 0) for byte in frame)


@pytest.mark.parametrize("name", sorted(SCALES))
def test_a_frame_without_its_end_or_with_more_is_none(name: str) -> None:
    """Nothing is guessed: half a weight would be another weight."""
    for row in TRANSCRIPTS:
        _, what, frame, outcome = row
        if row[0] != name or outcome.outcome not in {"weight", "tare", "count"}:
            continue
        # A continuous frame without its checksum is one that never had any.
        cut = frame[: frame.index(b"\r")] if name == "toledo-continuous" else frame.rstrip(b"\r\n\x03\x04")
        assert devices_parse(name, cut if cut != frame else frame[:-1]) == INVALID, what
        assert devices_parse(name, frame + frame) == INVALID, what
        assert devices_parse(name, frame + b"1") == INVALID, what


@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.integers(1, 15_000),
    st.booleans(),
    st.integers(0, 14_000),
    st.sampled_from(["kg", "lb"]),
)
def test_what_the_pan_shows_is_what_is_read(name: str, load: int, moving: bool, bowl: int, unit: Any) -> None:
    """Number, decimals, unit, tare and motion, through two programs written apart."""
    scale = SpokenScale(name)
    if unit == "lb" and name not in {"dibal-98", "sma", "yaohua-xk3190"}:
        scale.unit, scale.decimals = "lb", 2
        load, bowl = load // 10 * 10, bowl // 10 * 10
    if bowl < load:
        scale.put_weight(f"{bowl // 1000}.{bowl % 1000:03d}")
        scale.press_tare()
    scale.put_weight(f"{load // 1000}.{load % 1000:03d}")
    scale.set_motion(moving)
    said = scale.say()
    if not said:
        return
    outcome = devices_parse(name, said)
    grams = str(scale.net)
    if scale.net > 0:
        assert outcome.weight == (grams if name == "dibal-98" else scale.shown)
        assert outcome.stable is (not moving and SCALES[name].tells_stable) or name == "configurable-line"
        assert outcome.mode in {None, "net" if scale.tare else "gross"}
    assert outcome.outcome == "weight" or not scale.net


@given(st.sampled_from(sorted(SCALES)), st.binary(max_size=64))
def test_no_frame_makes_a_reader_raise(name: str, frame: bytes) -> None:
    """A line of garbage is an outcome, too."""
    assert devices_parse(name, frame).outcome


@given(st.sampled_from(sorted(SCALES)), st.lists(st.binary(max_size=60), max_size=12))
def test_whatever_comes_the_reader_neither_raises_nor_grows(name: str, chunks: list[bytes]) -> None:
    """Bytes from a broken line are read in bounded memory."""
    reader = FrameReader(SCALES[name])
    for chunk in chunks:
        reader.feed(chunk)
        assert reader.pending <= SCALES[name].longest


@given(st.sampled_from(TRANSCRIPTS), st.integers(0, 60), st.binary(min_size=1, max_size=3), st.booleans())
def test_what_may_be_sold_is_always_stable_and_in_range(row: Any, at: int, more: bytes, instead: bool) -> None:
    """Also of frames with a byte too many, or another one."""
    frame = row[2][:at] + more + row[2][at + (len(more) if instead else 0) :]
    outcome = devices_parse(row[0], frame)
    weight = sale_weight(outcome, "kg")
    if isinstance(weight, Weight):
        assert outcome.stable
        assert weight.thousandths > 0
        assert not {"motion", "over", "under", "error"} & set(outcome.flags)


FAULTS = [
    (name, fault)
    for name in sorted(LANGUAGES)
    for fault in ("moving", "over", "under", "empty")
    # Yaohua's frames have no word for too much, and no manual says what the digits are then.
    if (name, fault) != ("yaohua-xk3190", "over")
]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
@pytest.mark.parametrize("portion", [1, 3, 64])
def test_no_stream_yields_a_weight_from_a_fault(name: str, fault: str, portion: int) -> None:
    """P10: what the pan says while it moves, carries too much, less than nothing or nothing at all is never sold."""
    scale = SpokenScale(name)
    scale.put_weight({"moving": "1.250", "over": "15.005", "under": "-0.100", "empty": None}[fault])
    scale.set_motion(fault == "moving")
    driver = ScalePolling(SCALES[name], lambda: "r", ScaleSettings(unit="kg"))
    driver.opened(0.0)
    said = scale.say() * 6
    now = 0.0
    for start in range(0, len(said), portion):
        # Yaohua's frames do not say that the pan moves: there the weight is never the same for a second while it does.
        now += 0.0 if fault == "moving" else 0.5
        events = driver.receive(said[start : start + portion], now)
        assert not [event for event in events if isinstance(event, Weighed)]


@pytest.mark.parametrize("name", CHECKED)
def test_a_flipped_bit_is_noticed_where_the_frame_has_a_check(name: str) -> None:
    """Any one of them: nothing may be sold by such a frame, however often it comes."""
    scale = SpokenScale(name)
    scale.put_weight("1.250")
    frame = scale.say()
    assert devices_parse(name, frame, ScaleSettings(unit="kg")).weight in {"1.250", "1250"}
    for at in range(len(frame)):
        for bit in range(8):
            flipped = frame[:at] + bytes((frame[at] ^ 1 << bit,)) + frame[at + 1 :]
            outcome = devices_parse(name, flipped)
            assert outcome.outcome not in {"weight", "tare", "count"}, (at, bit)
            driver = ScalePolling(SCALES[name], lambda: "r", ScaleSettings(unit="kg"))
            driver.opened(0.0)
            told = [event for step in range(4) for event in driver.receive(flipped, step * 1.0)]
            assert not [event for event in told if isinstance(event, Weighed)], (at, bit)


@given(st.integers(0, 99_999), st.sampled_from(["S", "U"]), st.booleans())
def test_either_way_of_counting_the_cas_sum_is_right(thousandths: int, state: str, aclas: bool) -> None:
    """CAS counts from behind STX, ACLaS from SOH."""
    said = f"{state} {thousandths // 1000:02d}.{thousandths % 1000:03d}kg".encode("ascii")
    frame = b"\x01\x02" + said + bytes((reduce(xor, said) ^ (3 if aclas else 0),)) + b"\x03\x04"
    outcome = devices_parse("cas-type6", frame)
    assert (outcome.weight, outcome.stable) == (f"{thousandths // 1000}.{thousandths % 1000:03d}", state == "S")
