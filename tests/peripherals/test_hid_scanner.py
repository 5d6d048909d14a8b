"""A scanner that reports: the device's own description says where a code lies.

The descriptor of the first is laid out after the appendix "HID Reports" of the Access-IS ATR110 and LSR118 manuals, whose
example reports are told too; the second is the shape of a scanner without counts and report ids, as the usage tables allow.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.device_state import words
from peripherals.events import Garbled, Scanned
from peripherals.protocols.hid_scanner import DESCRIPTOR, REPORT, ReportReader, piece
from peripherals.protocols.listening import Listening
from peripherals.protocols.report_descriptor import (
    DESCRIPTOR_BYTES_MAX,
    BadDescriptor,
    Field,
    bits_of,
    read_descriptor,
)

COUNTED = bytes.fromhex(
    "068c00 0902 a101"  # page bar code scanner, application: bar code scanner
    "0912 a102 8502 1500 26ff00 7508"  # scanned data report, id 2, bytes
    "9501 0501 093b 8102"  # byte count, of the page generic desktop
    "068c00 9501 09fb 8102 09fc 8102 09fd 8102"  # the AIM identifier
    "9538 09fe 820201"  # 56 bytes of data
    "9502 8101"  # further identifier and a reserved byte: constant
    "7501 9501 25 01 09ff 8102 9507 8101"  # one bit: more follows; seven of nothing
    "c0 c0"
)
PLAIN = bytes.fromhex("068c00 0902 a101 0912 a102 1500 26ff00 7508 9520 09fe 8102 7501 9501 09ff 8102 7507 8101 c0 c0")


def counted(code: bytes, *, aim: bytes = b"]Q0", more: bool = False, length: int | None = None) -> bytes:
    count = len(code) if length is None else length
    return piece(REPORT, bytes((2, count)) + aim + code.ljust(56, b"\0") + b"\0\0" + bytes((more,)))


def plain(code: bytes, *, more: bool = False) -> bytes:
    return piece(REPORT, code.ljust(32, b"\0") + bytes((more,)))


def test_a_report_is_a_code_with_its_identifier(told: Callable[..., list[list[Any]]]) -> None:
    """Whole, byte by byte, and with the beginning of another report behind."""
    data = piece(DESCRIPTOR, COUNTED) + counted(b"4006381333931", aim=b"]E0")
    for (found,) in told(ReportReader, data, counted(b"77")[:9]):
        assert (found.aim_id, found.data) == ("]E0", "4006381333931")


def test_a_long_code_comes_in_several_reports() -> None:
    """The bit says that more follows; the identifier is told with the first."""
    boarding = b"M1GATHERGOOD/MICHAEL  YABCDEF LHRDURAK 3542 052Y003D23  1"
    reader = ReportReader()
    assert reader.feed(piece(DESCRIPTOR, COUNTED) + counted(boarding[:56], more=True)) == []
    (found,) = reader.feed(counted(boarding[56:]))
    assert isinstance(found, Scanned)
    assert (found.aim_id, found.data) == ("]Q0", boarding.decode())


def test_a_separator_and_a_zero_byte_in_a_counted_code_belong_to_it() -> None:
    """Only without a count is the rest of a report nothing."""
    (found,) = ReportReader().feed(piece(DESCRIPTOR, COUNTED) + counted(b"10AB\x1d21", aim=b"]d2"))
    assert isinstance(found, Scanned)
    assert found.data == "10AB\x1d21"


def test_a_device_without_counts_numbers_and_identifiers_is_read_by_what_it_says() -> None:
    """A carriage return that the scanner was set to add is no part of the code."""
    reader = ReportReader()
    events = reader.feed(
        piece(DESCRIPTOR, PLAIN) + plain(b"4006381333931\r") + plain(b"x" * 32, more=True) + plain(b"yz")
    )
    assert [found.code for found in events if isinstance(found, Scanned)] == ["4006381333931", "x" * 32 + "yz"]


def test_reports_that_carry_no_code_are_passed_over() -> None:
    """A trigger or a status has another number."""
    assert ReportReader().feed(piece(DESCRIPTOR, COUNTED) + piece(REPORT, b"\x05\x01")) == []


def test_a_count_beyond_the_report_is_no_code() -> None:
    """Nothing is guessed."""
    (found,) = ReportReader().feed(piece(DESCRIPTOR, COUNTED) + counted(b"400", length=200))
    assert isinstance(found, Garbled)
    assert found.reason == "bad_length"


def test_the_rest_that_does_not_come_takes_the_beginning_with_it() -> None:
    """Half a code is another article."""
    reader = ReportReader()
    reader.feed(piece(DESCRIPTOR, COUNTED) + counted(b"x" * 56, more=True))
    assert reader.quiet(0.1) == []
    (found,) = reader.quiet(1.0)
    assert isinstance(found, Garbled)
    (fresh,) = reader.feed(counted(b"77"))
    assert isinstance(fresh, Scanned)
    assert fresh.data == "77"


@pytest.mark.parametrize(
    ("descriptor", "reason"),
    [
        (bytes.fromhex("05010906a101050719e029e71500250175019508 8102 c0"), "no_scanned_data_report"),
        (COUNTED[:-20] + b"\x26\xff", "bad_descriptor"),
    ],
    ids=["a keyboard", "cut off"],
)
def test_a_device_that_is_no_such_scanner_says_so(descriptor: bytes, reason: str) -> None:
    """It must be set to another mode with a code of its manual."""
    (found,) = ReportReader().feed(piece(DESCRIPTOR, descriptor))
    assert isinstance(found, Garbled)
    assert found.reason == reason


def test_fields_lie_where_the_descriptor_puts_them() -> None:
    """Sizes, counts, push and pop, a range of usages, constants, several reports."""
    layout = read_descriptor(
        bytes.fromhex(
            "05 09 a1 01 85 01 19 01 29 03 75 01 95 03 81 02 95 05 81 01 a4 05 01 75 08 95 01 09 30 81 02 b4 85 02 09 05 95 01 81 02 c0"
        )
    )
    assert layout.numbered
    assert [(one.report, one.bit, one.bits, one.usage) for one in layout.fields] == [
        (1, 0, 1, 0x90001), (1, 1, 1, 0x90002), (1, 2, 1, 0x90003), (1, 8, 8, 0x10030), (2, 0, 1, 0x90005),
    ]  # fmt: skip
    assert bits_of(b"\x05\x7f", Field(1, 2, 1, 0)) == 1
    assert bits_of(b"\x05\x7f", layout.fields[3]) == 0x7F
    assert bits_of(b"", layout.fields[3]) == 0


@pytest.mark.parametrize(
    "descriptor",
    [
        b"\x75\x08\x96\xff\xff\x09\x01\x81\x02" * 3,
        b"\x75\x01\x96\x00\x20\x09\x01\x81\x02",
        bytes(DESCRIPTOR_BYTES_MAX + 1),
        b"\xfe\x09",
        b"\x19\x00" + b"\x2a\xff\xff" * 1_300,
    ],
)
def test_a_descriptor_that_asks_for_too_much_is_refused(descriptor: bytes) -> None:
    """Bounded whatever a device says."""
    with pytest.raises(BadDescriptor):
        read_descriptor(descriptor)


@given(st.binary(max_size=300), st.binary(max_size=80))
def test_no_bytes_raise(descriptor: bytes, report: bytes) -> None:
    """Whatever hangs there."""
    reader = ReportReader()
    reader.feed(piece(DESCRIPTOR, descriptor) + piece(REPORT, report))
    for known in (COUNTED, PLAIN):
        for found in ReportReader().feed(piece(DESCRIPTOR, known) + piece(REPORT, report)):
            assert isinstance(found, (Scanned, Garbled))
    ReportReader().feed(descriptor + report)


def test_a_device_that_is_no_such_scanner_is_not_shown_as_ready() -> None:
    """A keyboard on the wrong driver would wait for ever, and nobody would know why nothing is scanned."""
    talk = Listening(ReportReader())
    talk.opened(0.0)
    talk.receive(piece(DESCRIPTOR, PLAIN), 0.1)
    assert talk.condition.state == "online"
    keyboard = bytes.fromhex("05010906a101050719e029e71500250175019508 8102 c0")
    for wrong in (keyboard, b"\xfe\x09"):
        talk.opened(1.0)
        talk.receive(piece(DESCRIPTOR, wrong), 1.1)
        assert (talk.condition.state, talk.condition.code) == ("error", "no_scanner")
        assert words(talk.condition, None)[1]
