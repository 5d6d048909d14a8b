"""How wide text is on receipt paper, and how it is wrapped to it. Refuses to know any printer's commands.

A Chinese printer draws every character it takes as two bytes two columns wide, letters with accents included; a UTF-8
printer, and text that is drawn, follow Unicode's East Asian Width; a code page has one column a character. So the width depends
on the encoding.
"""

import unicodedata

from peripherals.config import Encoding

TWO_BYTES: frozenset[Encoding] = frozenset({"gb18030", "gbk", "big5"})
UNICODE: frozenset[Encoding] = frozenset({"gb18030", "utf8", "raster"})
"""They hold every character."""
REPLACEMENT = "?"
"""Stands for what cannot be printed. Visible, so that nobody takes the text for complete."""


def printable(text: str, encoding: Encoding) -> str:
    """The text as this printer can show it: composed, without control characters, the unprintable marked."""
    composed = unicodedata.normalize("NFC", text).replace("\t", " ")
    shown = (REPLACEMENT if unicodedata.category(character) == "Cc" else character for character in composed)
    if encoding in UNICODE:
        return "".join(REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in shown)
    return "".join(shown).encode(encoding, errors="replace").decode(encoding)


def columns_of(text: str, encoding: Encoding) -> int:
    """How many columns of single-width letters the text takes."""
    return sum(_columns(character, encoding) for character in text)


def wrap(text: str, columns: int, encoding: Encoding) -> list[str]:
    """Rows of at most `columns`, broken at spaces where there are any, between Chinese characters where not."""
    rows: list[str] = []
    row, used, space_at = "", 0, -1
    for character in text:
        width = _columns(character, encoding)
        if used + width > columns and row:
            if character == " ":
                rows.append(row)
                row, used, space_at = "", 0, -1
                continue
            # Break after the last space, unless the text flows without spaces (Chinese breaks anywhere).
            if space_at > 0 and width == 1:
                rows.append(row[:space_at])
                row = row[space_at + 1 :]
            else:
                rows.append(row.rstrip(" "))
                row = ""
            used, space_at = columns_of(row, encoding), -1
        if character == " ":
            space_at = len(row)
        row += character
        used += width
    rows.append(row)
    return rows


def side_by_side(left: str, right: str, columns: int, encoding: Encoding) -> list[str]:
    """`left` and `right` on one row with the space between them; a long `left` wraps, `right` ends the last row."""
    right_width = columns_of(right, encoding)
    if right_width + 2 > columns:
        return [*wrap(left, columns, encoding), *wrap(right, columns, encoding)]
    rows = wrap(left, columns, encoding)
    free = columns - columns_of(rows[-1], encoding) - right_width
    if free < 1:
        # The last row has no room for the right part: it gets a row of its own rather than a cut-off article name.
        rows.append("")
        free = columns - right_width
    rows[-1] += " " * free + right
    return rows


def _columns(character: str, encoding: Encoding) -> int:
    if character.isascii():
        return 1
    if encoding in TWO_BYTES:
        return 2
    if encoding not in UNICODE:
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
