"""A technician listens to an unknown line: what was said is kept, told again, and the language that fits is proposed."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.errors import LineMissing
from peripherals.protocols.scales import SCALES
from peripherals.recorder import ASK_SECONDS, record
from peripherals.simulators.scale import ScaleSimulator
from peripherals.transcript import (
    NoTranscript,
    Said,
    Transcript,
    fits,
    legible_line,
    read_transcript,
    replay,
    write_transcript,
)
from peripherals.transports.memory import MemoryStream, memory_pair
from peripherals.transports.stream import ByteStream

pytestmark = pytest.mark.anyio

STABLE = b"ST,GS,+  1.250kg\r\n"
MOVING = b"US,GS,+  1.113kg\r\n"


def heard(*parts: bytes, baud_rate: int = 9600) -> Transcript:
    return Transcript(baud_rate, "8N1", tuple(Said(100 * at, part) for at, part in enumerate(parts)))


@given(st.lists(st.tuples(st.integers(0, 5_000), st.binary(min_size=1, max_size=30)), max_size=20))
def test_a_transcript_comes_back_as_it_was_written(parts: list[tuple[int, bytes]]) -> None:
    """Whatever was on the line."""
    at, said = 0, []
    for later, data in parts:
        at += later
        said.append(Said(at, data))
    transcript = Transcript(4800, "7E1", tuple(said))
    assert read_transcript(write_transcript(transcript)) == transcript


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "line 1"),
        ("0.000 02", "line 1"),
        ("# kontor transcript 1, 9600 baud, 8X1", "line 1"),
        ("# kontor transcript 1, 9600 baud, 7O2\n", "line 1"),
        ("# kontor transcript 1, 9600 baud, 8N1\n0.100 02\n0.050 03", "line 3"),
        ("# kontor transcript 1, 9600 baud, 8N1\n0.100 2", "line 2"),
        ("# kontor transcript 1, 9600 baud, 8N1\n0.100 zz", "line 2"),
    ],
)
def test_what_is_no_transcript_says_which_line(text: str, line: str) -> None:
    """A file sent by mail arrives in any shape."""
    with pytest.raises(NoTranscript, match=line):
        read_transcript(text)


def test_the_language_that_fits_is_proposed_with_what_it_says() -> None:
    """The line family comes first; a half line at the beginning is no fault of it."""
    best = fits(heard(STABLE[9:], STABLE, MOVING, STABLE), SCALES)[0]
    assert (best.name, best.frames, best.invalid) == ("status-line", 3, 0)
    assert best.share > 80
    assert best.samples[0].weight == "1.250"
    assert best.settings == ('driver = "status-line"',)


def test_a_scanner_is_told_from_a_scale() -> None:
    """Codes are lines without a blank."""
    best = fits(heard(b"4006381333931\r\n", b"]d20104012345678901\x1d10AB\r"), SCALES)[0]
    assert (best.name, best.frames) == ("serial-scanner", 2)


def test_a_scale_whose_lines_have_no_blank_is_no_scanner() -> None:
    """Where both make sense of all of it."""
    assert [fit.name for fit in fits(heard(*[b"WG004.139kg3D\r\n"] * 3), SCALES)][:2] == [
        "yaohua-xk3190",
        "serial-scanner",
    ]


@given(st.binary(max_size=200))
def test_noise_is_no_language_or_says_how_little_it_is(noise: bytes) -> None:
    """Never an exception, never more than all of it."""
    for fit in fits(heard(noise), SCALES):
        assert 0 <= fit.share <= 100


def test_a_replay_tells_each_frame_with_its_moment() -> None:
    """A frame that came in two pieces is told when it was whole."""
    transcript = heard(b"kg\r\n", STABLE[:7], STABLE[7:], MOVING)
    told = replay(transcript, SCALES["status-line"])
    assert [(one.at_milliseconds, one.heard.outcome.outcome, one.heard.outcome.stable) for one in told][-2:] == [
        (200, "weight", True), (300, "weight", False),
    ]  # fmt: skip


class Line:
    """A scale's line in memory; what was written to it is kept."""

    def __init__(self) -> None:
        self.scale, self.written = ScaleSimulator(), bytearray()
        self.scale.put_weight("1.250")
        self.serving: asyncio.Task[None] | None = None

    async def open(self) -> ByteStream:
        near, far = memory_pair()
        self.serving = asyncio.create_task(self._serve(far))
        return near

    async def _serve(self, far: MemoryStream) -> None:
        while True:
            data = await far.read()
            self.written += data
            await far.write(self.scale.receive(data))


async def test_listening_writes_nothing_and_a_question_is_asked_three_times(clock: Any) -> None:
    """A polled scale is silent until it is asked, and only the person's question goes out."""
    line = Line()
    for ask, written in ((b"", b""), (SCALES["toledo8217"].ask, SCALES["toledo8217"].ask * 3)):
        recording = asyncio.create_task(record(line.open, clock, 5.0, baud_rate=9600, framing="7E1", ask=ask))
        for _ in range(12):
            await clock.advance(ASK_SECONDS)
        transcript = await recording
        assert bytes(line.written) == written
        assert bool(transcript.data) == bool(ask)
        line.serving.cancel() if line.serving else None
    assert fits(transcript, SCALES)[0].name == "toledo8217"


async def test_a_line_that_is_lost_ends_the_recording_with_what_was_heard(clock: Any) -> None:
    """The cable was pulled while listening."""
    near, far = memory_pair()

    async def open_it() -> ByteStream:
        return near

    recording = asyncio.create_task(record(open_it, clock, 60.0, baud_rate=9600, framing="8N1"))
    await clock.settle()
    await far.write(STABLE)
    await clock.settle()
    await far.close()
    assert (await recording).data == STABLE


async def test_a_line_that_is_not_there_is_said(clock: Any) -> None:
    """As the opening says it."""

    async def missing() -> ByteStream:
        raise LineMissing(what="open", on="/dev/ttyUSB7")

    with pytest.raises(LineMissing):
        await record(missing, clock, 1.0, baud_rate=9600, framing="8N1")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"W: 01.250 kg S\r\n", "W: 01.250 kg S"),
        (b"50 kg S\rW: 01.250 kg S\rW: 01.2", "W: 01.250 kg S"),
        (b"\r\nno end", "no end"),
        (b"no end", None),
        (b"\x02W: 01.250 kg S\r\n", None),
        (b"W: 01.250 kg \xc4\r\n", None),
        (b"", None),
    ],
)
def test_lines_that_a_person_can_read_tell_that_the_line_is_set_rightly(data: bytes, line: str | None) -> None:
    """Its language may be unknown all the same. The first line may be the end of one; framed or garbled bytes are no text."""
    assert legible_line(data) == line


WEIGHED_8217 = b"\x0200.482\r"


def with_parity(data: bytes, parity: int) -> bytes:
    return bytes(byte | 0x80 if byte.bit_count() & 1 != parity else byte for byte in data)


@pytest.mark.parametrize(
    ("transcript", "settings"),
    [
        (heard(STABLE, STABLE, baud_rate=2400), ("baud_rate = 2400",)),
        (Transcript(9600, "7E1", (Said(0, STABLE), Said(9, STABLE))), ('framing = "7E1"',)),
        (Transcript(9600, "7E1", (Said(0, WEIGHED_8217),)), ()),
        (heard(with_parity(WEIGHED_8217, 0)), ()),
        (heard(with_parity(WEIGHED_8217, 1)), ('framing = "8N1"',)),
        (heard(WEIGHED_8217), ('framing = "8N1"',)),
        (heard(b"9521235000470\r", baud_rate=115200), ("baud_rate = 115200",)),
    ],
    ids=["slower", "other-parity", "as-set", "parity-as-a-bit", "wrong-parity-as-a-bit", "no-parity", "scanner"],
)
def test_what_is_proposed_sets_the_line_as_it_was_heard(transcript: Transcript, settings: tuple[str, ...]) -> None:
    """Whoever pasted the driver alone had a scale that is garbled: it was heard at another speed than the driver sets."""
    best = fits(transcript, SCALES)[0]
    assert best.settings[1:] == settings
