"""A HID report descriptor, read as far as a scanner or a scale needs it: which field lies where in which input report.

Source: USB Device Class Definition for Human Interface Devices 1.11, 6.2.2 (items), 6.2.2.7 (global), 6.2.2.8 (local).
"""

from typing import Final

import msgspec

DESCRIPTOR_BYTES_MAX: Final = 4_096
"""HID_MAX_DESCRIPTOR_SIZE of linux/hidraw.h."""
FIELDS_MAX: Final = 4_096
"""Of all reports of one device; a counted buffer of 64 bytes is 64 of them."""
REPORT_BITS_MAX: Final = 16_384 * 8
"""The kernel's own bound of one report."""

PUSHES_MAX: Final = 16
"""Deeper than any device nests them."""

_MAIN, _GLOBAL, _LOCAL = 0, 1, 2
_INPUT, _PUSH, _POP = 8, 10, 11
_USAGE_PAGE, _REPORT_SIZE, _REPORT_ID, _REPORT_COUNT = 0, 7, 8, 9
_USAGE, _USAGE_MINIMUM, _USAGE_MAXIMUM = 0, 1, 2
_CONSTANT, _VARIABLE = 0x01, 0x02
_LONG_ITEM = 0xFE


class Field(msgspec.Struct, frozen=True, gc=False):
    """One value of an input report: where it lies in bits behind the report's id, and what it means (page << 16 | usage)."""

    report: int
    bit: int
    bits: int
    usage: int


class ReportLayout(msgspec.Struct, frozen=True):
    """All fields. `numbered`: every report begins with its id."""

    fields: tuple[Field, ...]
    numbered: bool


class BadDescriptor(ValueError):
    """No descriptor: it ends in the middle, or asks for more than a device has."""


class _Globals(msgspec.Struct, frozen=True):
    page: int = 0
    size: int = 0
    count: int = 0
    report: int = 0


_OF_GLOBALS: Final = {_USAGE_PAGE: "page", _REPORT_SIZE: "size", _REPORT_COUNT: "count", _REPORT_ID: "report"}


def read_descriptor(data: bytes) -> ReportLayout:
    """The input fields of a descriptor. Raises `BadDescriptor`."""
    if len(data) > DESCRIPTOR_BYTES_MAX:
        raise BadDescriptor("longer than a descriptor")
    reading = _Reading()
    for item in _items(data):
        reading.take(item)
    return ReportLayout(tuple(reading.fields), reading.numbered)


class _Item(msgspec.Struct, frozen=True):
    kind: int
    tag: int
    value: int
    length: int


class _Reading:
    """The state that items change: globals hold until changed, locals until the next main item."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.numbered = False
        self._globals, self._stack = _Globals(), list[_Globals]()
        self._ends: dict[int, int] = {}
        self._usages: list[int] = []
        self._lowest: int | None = None

    def take(self, item: _Item) -> None:
        if item.kind == _GLOBAL:
            self._global(item)
        elif item.kind == _LOCAL:
            self._local(item)
        elif item.kind == _MAIN:
            if item.tag == _INPUT:
                self._input(item.value)
            self._usages, self._lowest = [], None

    def _global(self, item: _Item) -> None:
        if item.tag == _PUSH and len(self._stack) < PUSHES_MAX:
            self._stack.append(self._globals)
        elif item.tag == _POP and self._stack:
            self._globals = self._stack.pop()
        elif item.tag in _OF_GLOBALS:
            self._globals = msgspec.structs.replace(self._globals, **{_OF_GLOBALS[item.tag]: item.value})
            self.numbered |= item.tag == _REPORT_ID

    def _local(self, item: _Item) -> None:
        # A usage of four bytes carries its page.
        usage = item.value if item.length == 4 else self._globals.page << 16 | item.value
        if item.tag == _USAGE:
            self._usages.append(usage)
        elif item.tag == _USAGE_MINIMUM:
            self._lowest = usage
        elif item.tag == _USAGE_MAXIMUM and self._lowest is not None:
            self._usages += range(self._lowest, min(usage, self._lowest + FIELDS_MAX) + 1)
        if len(self._usages) > 2 * FIELDS_MAX:
            raise BadDescriptor("more usages than a device has")

    def _input(self, flags: int) -> None:
        now, usages = self._globals, self._usages
        at = self._ends.get(now.report, 0)
        self._ends[now.report] = at + now.size * now.count
        if self._ends[now.report] > REPORT_BITS_MAX:
            raise BadDescriptor("a report larger than any")
        if flags & _CONSTANT or not usages or now.size == 0:
            return
        if len(self.fields) + now.count > FIELDS_MAX:
            raise BadDescriptor("more fields than a device has")
        for number in range(now.count):
            # The last usage is that of all the rest (6.2.2.8); an array's values are usages themselves: it has the first.
            usage = usages[min(number, len(usages) - 1)] if flags & _VARIABLE else usages[0]
            self.fields.append(Field(now.report, at + number * now.size, now.size, usage))


def _items(data: bytes) -> list[_Item]:
    items, at = [], 0
    while at < len(data):
        prefix = data[at]
        if prefix == _LONG_ITEM:
            if at + 2 >= len(data):
                raise BadDescriptor("ends in the middle of an item")
            at += 3 + data[at + 1]
            continue
        length = (0, 1, 2, 4)[prefix & 3]
        if at + 1 + length > len(data):
            raise BadDescriptor("ends in the middle of an item")
        value = int.from_bytes(data[at + 1 : at + 1 + length], "little")
        items.append(_Item(prefix >> 2 & 3, prefix >> 4, value, length))
        at += 1 + length
    return items


def bits_of(report: bytes, field: Field) -> int:
    """The field's value, unsigned; what the report is too short for is zero. `report` is without its id."""
    whole = int.from_bytes(report[field.bit // 8 : (field.bit + field.bits + 7) // 8], "little")
    return whole >> field.bit % 8 & (1 << field.bits) - 1
