"""The 8217's frames are cut by position and never turn a fault into a weight."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.protocols.frame_outcome import ACK, INVALID, FrameOutcome, status
from peripherals.protocols.scale_protocol import FrameReader, Heard
from peripherals.protocols.scales import devices_parse
from peripherals.protocols.toledo8217 import PROTOCOL


def kg(text: str, mode: Any = "gross") -> FrameOutcome:
    """A stable weight as the command prints it."""
    return FrameOutcome(outcome="weight", weight=text, unit="kg", stable=True, mode=mode)


TRANSCRIPTS: list[tuple[str, bytes, list[FrameOutcome]]] = [
    ("kilograms", b"\x0201.250\r", [kg("1.250")]),
    ("pounds", b"\x0202.75\r", [FrameOutcome(outcome="weight", weight="2.75", unit="lb", stable=True, mode="gross")]),
    ("net", b"\x0200.455N\r", [kg("0.455", "net")]),
    ("padded with spaces", b"\x02 1.250\r", [kg("1.250")]),
    ("zero keeps its decimals", b"\x0200.000\r", [kg("0.000")]),
    ("motion", b"\x02?\x41\r", [status("motion", mode="gross")]),
    ("status byte is STX", b"\x02?\x02\r", [status("over", mode="gross")]),
    ("status byte is CR", b"\x02?\x0d\r", [status("motion", "under", "outside_zero", mode="gross")]),
    (
        "status byte is a question mark",
        b"\x02??\r",
        [status("motion", "over", "under", "outside_zero", "zero", "net", mode="net")],
    ),
    ("confidence test", b"\x02\r", [ACK]),
    ("echo on, and what is echoed", b"\x02E\rhello", [ACK]),
    ("noise before", b"\xffzz\r\x0201.250\r", [kg("1.250")]),
    ("two in one read", b"\x0201.250\r\x02?\x41\r", [kg("1.250"), status("motion", mode="gross")]),
    ("a frame that lost its tail", b"\x0201.\x0201.250\r", [INVALID, kg("1.250")]),
    ("a status that lost its byte", b"\x02?\r\x0201.250\r", [INVALID, kg("1.250")]),
    ("digits without a point are no weight", b"\x0201250\r", [INVALID]),
    ("letters are no weight", b"\x02AB.CDE\r", [INVALID]),
    (
        "parity bits of a 7E1 line read as 8N1",
        bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in b"\x0201.250\r"),
        [kg("1.250")],
    ),
]
"""The maker's examples: Diva service manual p. 44-45; the echo as Odoo's scale driver hears it."""


@pytest.mark.parametrize(("name", "data", "outcomes"), TRANSCRIPTS, ids=[row[0] for row in TRANSCRIPTS])
def test_transcript(name: str, data: bytes, outcomes: list[FrameOutcome], told: Callable[..., Any]) -> None:
    """Whole, byte by byte, or with the next frame's beginning behind it, the story is the same."""
    assert name
    for story in told(lambda: FrameReader(PROTOCOL), data, tail=b"\x0200."):
        assert [heard.outcome for heard in story] == outcomes


@given(st.binary(max_size=30), st.integers(0, 99_999))
def test_after_any_noise_the_second_weight_is_read(noise: bytes, thousandths: int) -> None:
    """The reader finds its way back within one frame."""
    frame = b"\x02%02d.%03d\r" % divmod(thousandths, 1000)
    heard = FrameReader(PROTOCOL).feed(noise + frame + frame)
    assert heard[-1] == Heard(raw=frame, outcome=kg(f"{thousandths // 1000}.{thousandths % 1000:03d}"))


OUTCOMES = [
    (b"\x0201.250\r", kg("1.250")),
    (b"\x0201.250N\r", kg("1.250", "net")),
    (b"\x0200.000\r", kg("0.000")),
    (b"\x0201.2505\r", kg("1.2505")),
    (b"\x02?\x70\r", status("zero", "net", mode="net")),
    (b"\x02\r", ACK),
    (b"\x02E\rhello", ACK),
    (b"", INVALID),
    (b"\x02", INVALID),
    (b"01.250\r", INVALID),
    (b"\x0201.250", INVALID),
    (b"\x0201.250\r\x0201.250\r", INVALID),
    (b"\x0201.250\rx", INVALID),
]


@pytest.mark.parametrize(("frame", "outcome"), OUTCOMES, ids=[row[0].hex() or "empty" for row in OUTCOMES])
def test_one_frame_as_the_command_prints_it(frame: bytes, outcome: FrameOutcome) -> None:
    """`kontor devices parse` tells what the frame prints, and more than one frame is none."""
    assert devices_parse("toledo8217", frame) == outcome
