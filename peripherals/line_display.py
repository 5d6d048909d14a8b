"""What a customer display of two rows shows, without a byte of any display's language. Refuses to know sales and money.

A row is cut to the display by us: a display that gets one column too many wraps into its other row or scrolls.
"""

import msgspec

from peripherals.config import Encoding
from peripherals.protocols.paper_text import columns_of, printable

COLUMNS = 20
"""Both common makes are 2 × 20."""
OVERFLOW = "*"
"""Fills a row whose right part does not fit: an amount without its first digits would be another amount."""


class DisplayRow(msgspec.Struct, frozen=True):
    """Text at the left edge and text at the right one; the right one is kept whole, the left one gives way."""

    left: str = ""
    right: str = ""


class Screen(msgspec.Struct, frozen=True):
    """Both rows. An empty screen is a dark one."""

    upper: DisplayRow = DisplayRow()
    lower: DisplayRow = DisplayRow()


def fitted(row: DisplayRow, encoding: Encoding, columns: int = COLUMNS) -> str:
    """The row, exactly `columns` wide as the display draws it; no character is shown by half."""
    left, right = shown_on(row.left, encoding), shown_on(row.right, encoding)
    right_width = columns_of(right, encoding)
    if right_width > columns:
        return OVERFLOW * columns
    room = columns - right_width - (1 if right else 0)
    left = _cut(left, room, encoding)
    return left + " " * (columns - columns_of(left, encoding) - right_width) + right


def shows_whole(text: str, encoding: Encoding) -> bool:
    """Whether the display has every character of the text; of two names one takes that which it has."""
    return shown_on(text, encoding) == text


def shown_on(text: str, encoding: Encoding) -> str:
    """The text as a display shows it. Of GB18030 it has the letters of two bytes: one of four would take four columns and push the
    amount into the other row."""
    return printable(text, "gbk" if encoding == "gb18030" else encoding)


def _cut(text: str, columns: int, encoding: Encoding) -> str:
    used = 0
    for index, character in enumerate(text):
        used += columns_of(character, encoding)
        if used > columns:
            return text[:index]
    return text
