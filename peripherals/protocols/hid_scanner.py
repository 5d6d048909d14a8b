"""A scanner as USB's HID point of sale device: reports made into codes, by the layout that the device itself describes.

Source: USB HID Point of Sale Usage Tables 1.02, page 0x8C (bar code scanner): 3.2 report usages, 3.12 data usages; usages FB, FC
and FD are the AIM identifier, FE the decoded data, FF that more follows; Generic Desktop 3B is the count of bytes. Layouts differ by maker
(Access-IS, appendix "HID Reports": id, length, identifier, 56 bytes, one further byte, the bit), and all describe themselves.
"""

from typing import Final

import msgspec

from peripherals.events import Event, Garbled
from peripherals.protocols.report_descriptor import BadDescriptor, Field, ReportLayout, bits_of, read_descriptor
from peripherals.protocols.serial_scanner import CODE_BYTES_MAX, STALE_SECONDS, scanned

DESCRIPTOR: Final = b"D"
REPORT: Final = b"R"
"""What a piece is, before its length in two bytes: reports have no boundaries in a stream of bytes."""
PIECE_BYTES_MAX: Final = 4_096

_BYTE_COUNT: Final = 0x0001_003B
_AIM: Final = (0x008C_00FB, 0x008C_00FC, 0x008C_00FD)
_DATA, _MORE = 0x008C_00FE, 0x008C_00FF
_SAMPLE_BYTES_MAX: Final = 32


def piece(kind: bytes, data: bytes) -> bytes:
    """A descriptor or a report as it goes from the line to the reader."""
    assert len(data) <= PIECE_BYTES_MAX, "no report is longer"
    return kind + len(data).to_bytes(2, "big") + data


class _ScannedData(msgspec.Struct, frozen=True):
    """The fields of one report that carries codes."""

    data: tuple[Field, ...]
    aim: tuple[Field, ...]
    count: Field | None
    more: Field | None


class ReportReader:
    """Codes out of pieces; see `CodeReader`."""

    def __init__(self) -> None:
        self.reset()

    @property
    def quiet_seconds(self) -> float:
        """A code whose rest does not come is dropped after this."""
        return STALE_SECONDS

    @property
    def pending(self) -> int:
        """Bytes of an unfinished code."""
        return len(self._code)

    def reset(self) -> None:
        """Another device may hang there."""
        self._held, self._code, self._aim = bytearray(), bytearray(), b""
        self._reports: dict[int, _ScannedData] = {}
        self._numbered = self.is_none = False

    def feed(self, data: bytes) -> list[Event]:
        """The codes that these pieces complete."""
        events: list[Event] = []
        self._held += data
        while len(self._held) >= 3:
            length = int.from_bytes(self._held[1:3], "big")
            if len(self._held) < 3 + length:
                break
            kind, body = bytes(self._held[:1]), bytes(self._held[3 : 3 + length])
            del self._held[: 3 + length]
            events += self._describe(body) if kind == DESCRIPTOR else self._report(body)
        return events

    def quiet(self, elapsed: float) -> list[Event]:
        """A half code is another article: it is dropped."""
        if not self._code or elapsed < STALE_SECONDS:
            return []
        return [self._drop("no_end")]

    def _describe(self, descriptor: bytes) -> list[Event]:
        try:
            layout = read_descriptor(descriptor)
        except BadDescriptor:
            self.is_none = True
            return [Garbled("bad_descriptor", descriptor[:_SAMPLE_BYTES_MAX].hex(" "))]
        self._numbered, self._reports = layout.numbered, _scanned_data(layout)
        self.is_none = not self._reports
        if self.is_none:
            # A keyboard or a vendor's own reports: the device must be set to "HID POS" with a code of its manual.
            return [Garbled("no_scanned_data_report", descriptor[:_SAMPLE_BYTES_MAX].hex(" "))]
        return []

    def _report(self, report: bytes) -> list[Event]:
        number, body = (report[0], report[1:]) if self._numbered and report else (0, report)
        fields = self._reports.get(number)
        if fields is None:
            return []  # a status or a trigger: no code
        data = bytes(bits_of(body, field) for field in fields.data)
        length = len(data) if fields.count is None else bits_of(body, fields.count)
        if length > len(data):
            return [self._drop("bad_length")]
        if not self._code:
            self._aim = bytes(bits_of(body, field) for field in fields.aim)
        # Without a count the rest of the report is filled with zeros, which no code holds.
        self._code += data[:length] if fields.count is not None else data.rstrip(b"\0")
        if len(self._code) > CODE_BYTES_MAX:
            return [self._drop("too_long")]
        if fields.more is not None and bits_of(body, fields.more):
            return []
        return self._take()

    def _take(self) -> list[Event]:
        code = bytes(self._code).rstrip(b"\r\n")
        aim = self._aim if len(self._aim) == 3 and self._aim[:1] == b"]" else b""
        self._code.clear()
        if not code:
            return []
        return [scanned(code if code.startswith(aim) else aim + code)]

    def _drop(self, reason: str) -> Garbled:
        sample = bytes(self._code[:_SAMPLE_BYTES_MAX]).hex(" ")
        self._code.clear()
        return Garbled(reason=reason, sample=sample)


def _scanned_data(layout: ReportLayout) -> dict[int, _ScannedData]:
    by_report: dict[int, list[Field]] = {}
    for field in layout.fields:
        by_report.setdefault(field.report, []).append(field)
    found = {}
    for report, fields in by_report.items():
        data = tuple(field for field in fields if field.usage == _DATA and field.bits == 8)
        if data:
            aim = tuple(field for usage in _AIM for field in fields if field.usage == usage and field.bits == 8)
            count = next((field for field in fields if field.usage == _BYTE_COUNT), None)
            more = next((field for field in fields if field.usage == _MORE), None)
            found[report] = _ScannedData(data, aim, count, more)
    return found
