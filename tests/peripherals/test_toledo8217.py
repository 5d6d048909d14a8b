"""The 8217's frames are cut by position and never turn a fault into a weight."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.protocols.frame_outcome import PARSERS, FrameOutcome, devices_parse
from peripherals.protocols.toledo8217 import (
    WEIGHT_BYTES_MAX,
    AckFrame,
    Frame,
    FrameReader,
    InvalidFrame,
    StatusFrame,
    WeightFrame,
)

TRANSCRIPTS: list[tuple[str, bytes, list[Frame]]] = [
    ("kilograms", b"\x0201.250\r", [WeightFrame(text="1.250", mode="gross")]),
    ("pounds", b"\x0202.75\r", [WeightFrame(text="2.75", mode="gross")]),
    ("net", b"\x0200.455N\r", [WeightFrame(text="0.455", mode="net")]),
    ("padded with spaces", b"\x02 1.250\r", [WeightFrame(text="1.250", mode="gross")]),
    ("zero keeps its decimals", b"\x0200.000\r", [WeightFrame(text="0.000", mode="gross")]),
    ("motion", b"\x02?\x41\r", [StatusFrame(bits=0x41)]),
    ("status byte is STX", b"\x02?\x02\r", [StatusFrame(bits=0x02)]),
    ("status byte is CR", b"\x02?\x0d\r", [StatusFrame(bits=0x0D)]),
    ("status byte is a question mark", b"\x02??\r", [StatusFrame(bits=0x3F)]),
    ("confidence test", b"\x02\r", [AckFrame(command="")]),
    ("echo on, and what is echoed", b"\x02E\rhello", [AckFrame(command="E")]),
    ("noise before", b"\xffzz\r\x0201.250\r", [WeightFrame(text="1.250", mode="gross")]),
    (
        "two in one read",
        b"\x0201.250\r\x02?\x41\r",
        [WeightFrame(text="1.250", mode="gross"), StatusFrame(bits=0x41)],
    ),
    (
        "a frame that lost its tail",
        b"\x0201.\x0201.250\r",
        [InvalidFrame(raw=b"\x0201.\x02"), WeightFrame(text="1.250", mode="gross")],
    ),
    (
        "a status that lost its byte",
        b"\x02?\r\x0201.250\r",
        [InvalidFrame(raw=b"\x02?\r\x02"), WeightFrame(text="1.250", mode="gross")],
    ),
    ("digits without a point are no weight", b"\x0201250\r", [InvalidFrame(raw=b"\x0201250\r")]),
    ("letters are no weight", b"\x02AB.CDE\r", [InvalidFrame(raw=b"\x02AB.CDE\r")]),
    (
        "parity bits of a 7E1 line read as 8N1",
        bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in b"\x0201.250\r"),
        [WeightFrame(text="1.250", mode="gross")],
    ),
]


@pytest.mark.parametrize(("name", "data", "frames"), TRANSCRIPTS, ids=[row[0] for row in TRANSCRIPTS])
def test_transcript(name: str, data: bytes, frames: list[Frame], told: Callable[..., Any]) -> None:
    """Whole, byte by byte, or with the next frame's beginning behind it, the story is the same."""
    assert name
    for story in told(FrameReader, data, tail=b"\x0200."):
        assert story == frames


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_whatever_comes_the_reader_neither_raises_nor_grows(chunks: list[bytes]) -> None:
    """Bytes from a broken line are read in bounded memory."""
    reader = FrameReader()
    for chunk in chunks:
        reader.feed(chunk)
        assert reader.pending <= WEIGHT_BYTES_MAX + 1


@given(st.binary(max_size=30), st.integers(0, 99_999))
def test_after_any_noise_the_second_weight_is_read(noise: bytes, thousandths: int) -> None:
    """The reader finds its way back within one frame."""
    frame = b"\x02%02d.%03d\r" % divmod(thousandths, 1000)
    frames = FrameReader().feed(noise + frame + frame)
    expected = f"{thousandths // 1000}.{thousandths % 1000:03d}"
    assert frames[-1] == WeightFrame(text=expected, mode="gross")


OUTCOMES = [
    (b"\x0201.250\r", FrameOutcome(outcome="weight", weight="1.250", unit="kg", stable=True, mode="gross")),
    (b"\x0201.250N\r", FrameOutcome(outcome="weight", weight="1.250", unit="kg", stable=True, mode="net")),
    (b"\x0202.75\r", FrameOutcome(outcome="weight", weight="2.75", unit="lb", stable=True, mode="gross")),
    (
        b"\x0200.000\r",
        FrameOutcome(outcome="weight", weight="0.000", unit="kg", stable=True, mode="gross"),
    ),
    (b"\x02?\x41\r", FrameOutcome(outcome="status", mode="gross", flags=("motion",))),
    (b"\x02?\x02\r", FrameOutcome(outcome="status", mode="gross", flags=("over",))),
    (b"\x02?\x0d\r", FrameOutcome(outcome="status", mode="gross", flags=("motion", "under", "outside_zero"))),
    (b"\x02?\x70\r", FrameOutcome(outcome="status", mode="net", flags=("zero", "net"))),
    (b"\x02\r", FrameOutcome(outcome="ack")),
    (b"", FrameOutcome(outcome="invalid")),
    (b"\x02", FrameOutcome(outcome="invalid")),
    (b"01.250\r", FrameOutcome(outcome="invalid")),
    (b"\x0201.250", FrameOutcome(outcome="invalid")),
    (b"\x0201.250\r\x0201.250\r", FrameOutcome(outcome="invalid")),
    (b"\x0201.250\rx", FrameOutcome(outcome="invalid")),
]


@pytest.mark.parametrize(("frame", "outcome"), OUTCOMES, ids=[row[0].hex() or "empty" for row in OUTCOMES])
def test_one_frame_as_the_command_prints_it(frame: bytes, outcome: FrameOutcome) -> None:
    """`kontor devices parse` tells what the frame prints, and more than one frame is none."""
    assert devices_parse("toledo8217", frame) == outcome


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=64))
def test_no_frame_makes_a_parser_raise(protocol: str, frame: bytes) -> None:
    """A line of garbage is an outcome, too."""
    assert devices_parse(protocol, frame).outcome
