"""A scanner's codes arrive whole or not at all, with their group separators."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.events import Garbled, Scanned
from peripherals.protocols.listening import Listening
from peripherals.protocols.serial_scanner import CODE_BYTES_MAX, ScanReader
from peripherals.simulators.scanner import ScannerSimulator

EAN = Scanned(code="]E06901234567892", data="6901234567892", aim_id="]E0", symbology="ean13")
GS1 = Scanned(
    code="]d20109521234567899\x1d10AB-1",
    data="0109521234567899\x1d10AB-1",
    aim_id="]d2",
    symbology="gs1_datamatrix",
)
TRANSCRIPTS = [
    ("CR", b"]E06901234567892\r", [EAN]),
    ("LF", b"]E06901234567892\n", [EAN]),
    ("CR LF is one end", b"]E06901234567892\r\n", [EAN]),
    ("TAB", b"]E06901234567892\t", [EAN]),
    ("GS stays", b"]d20109521234567899\x1d10AB-1\r", [GS1]),
    ("a burst", b"]E06901234567892\r\n]d20109521234567899\x1d10AB-1\r\n]E06901234567892\r\n", [EAN, GS1, EAN]),
    ("no AIM id", b"6901234567892\r", [Scanned(code="6901234567892", data="6901234567892")]),
    ("an AIM id alone is a code", b"]E0\r", [Scanned(code="]E0", data="]E0")]),
    ("unlisted AIM id", b"]y0abc\r", [Scanned(code="]y0abc", data="abc", aim_id="]y0")]),
    ("Chinese QR", "]Q1茶叶\r".encode(), [Scanned(code="]Q1茶叶", data="茶叶", aim_id="]Q1", symbology="qr")]),
    ("empty lines", b"\r\n\r\n", []),
]


@pytest.mark.parametrize(("name", "data", "events"), TRANSCRIPTS, ids=[row[0] for row in TRANSCRIPTS])
def test_transcript(name: str, data: bytes, events: list[Any], told: Callable[..., Any]) -> None:
    """Whole, byte by byte, or with the next code's beginning behind it, the story is the same."""
    assert name
    for story in told(ScanReader, data, tail=b"]C1"):
        assert story == events


def test_without_a_terminator_silence_ends_the_code() -> None:
    """50 ms of silence, not less."""
    reader = ScanReader("none")
    assert reader.feed(b"]E06901234567892") == []
    assert reader.quiet(0.049) == []
    assert reader.quiet(0.05) == [EAN]
    assert reader.quiet(1.0) == []


def test_half_a_code_is_dropped_and_never_told_as_a_code() -> None:
    """A lost terminator must not join two codes or sell half of one."""
    reader = ScanReader()
    reader.feed(b"]E069012")
    assert reader.quiet(0.4) == []
    assert [type(event) for event in reader.quiet(0.5)] == [Garbled]
    assert reader.feed(b"]E06901234567892\r") == [EAN]


def test_a_fragment_from_long_ago_does_not_begin_the_next_code() -> None:
    """Also when the bytes come before the loop looked at the time."""
    listening = Listening(ScanReader())
    listening.opened(0.0)
    listening.receive(b"]E0690", 1.0)
    events = listening.receive(b"]E06901234567892\r", 9.0)
    assert [type(event) for event in events] == [Garbled, Scanned]
    assert events[-1] == EAN


def test_an_endless_code_is_dropped_whole() -> None:
    """Its first part would be another code."""
    events = ScanReader().feed(b"7" * (CODE_BYTES_MAX + 1) + b"\r" + b"]E06901234567892\r")
    assert [type(event) for event in events] == [Garbled, Scanned]


@given(st.lists(st.binary(max_size=6000), max_size=5), st.sampled_from(["terminator", "none"]))
def test_whatever_comes_the_reader_neither_raises_nor_grows(chunks: list[bytes], suffix: Any) -> None:
    """Bounded for any input."""
    reader = ScanReader(suffix)
    for chunk in chunks:
        reader.feed(chunk)
        assert reader.pending <= CODE_BYTES_MAX


@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60).map(
        lambda text: text.replace("A", "\x1d")
    ),
    st.sampled_from(["CR", "LF", "CRLF", "TAB"]),
)
def test_what_the_scanner_reads_is_what_the_gateway_hears(code: str, suffix: Any) -> None:
    """Simulator and reader are two ends of one wire."""
    sent = ScannerSimulator(suffix).scan(code, "gs1_128")
    assert ScanReader().feed(sent) == [
        Scanned(code="]C1" + code, data=code, aim_id="]C1", symbology="gs1_128"),
    ]
