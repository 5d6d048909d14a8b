"""GS1 application identifiers as the dictionary has them. Checks no value; the table is made from GS1's own text."""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from gateway.domain.barcode.identifier_table import DICTIONARY_RELEASE, ROWS

DICTIONARY_YEAR: Final = int(DICTIONARY_RELEASE[:4])
UNKNOWN_CHARACTERS_MAX: Final = 90
"""The most characters a value of any identifier has (General Specifications, figure 3.2-1)."""


class Part(msgspec.Struct, frozen=True):
    """One component of a value: its characters (N digits, X, Y, Z sets), its length, and the rules it must keep."""

    kind: Literal["N", "X", "Y", "Z"]
    shortest: int
    longest: int
    optional: bool
    rules: tuple[str, ...]


class Identifier(msgspec.Struct, frozen=True):
    """One row. `fixed`: no separator follows. `attribute`: may stand in the query of a Digital Link.

    Of `requires` every group must be met, each by one alternative, each alternative by all its members. `qualifiers` is
    None for what is no primary key of a Digital Link; otherwise the sequences that may follow the key in the path. A value
    has at most `longest` characters.
    """

    fixed: bool
    attribute: bool
    parts: tuple[Part, ...]
    requires: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None
    title: str
    longest: int


def _all_identifiers() -> Iterable[tuple[str, Identifier]]:
    for first, last, flags, parts, requires, excludes, qualifiers, title in ROWS:
        row = Identifier(
            "*" in flags, "?" in flags, tuple(Part(*part) for part in parts), requires, excludes, qualifiers, title,
            longest=sum(part[2] for part in parts),
        )  # fmt: skip
        for number in range(int(first), int(last) + 1):
            yield str(number).zfill(len(first)), row


IDENTIFIERS: Final[dict[str, Identifier]] = dict(_all_identifiers())

LENGTHS: Final = {identifier[:2]: len(identifier) for identifier in IDENTIFIERS}
"""The first two digits say how long an identifier is, for unknown ones of a known family too."""


def identifier_at(text: str) -> str | None:
    """The identifier a text begins with, known or of a known family; None where its length cannot be told."""
    length = LENGTHS.get(text[:2])
    found = text[:length] if length is not None else ""
    return found if len(found) == length and found.isascii() and found.isdigit() else None


def is_fixed(identifier: str) -> bool:
    """Whether the value's length is known beforehand, so that no separator follows."""
    row = IDENTIFIERS.get(identifier)
    return row is not None and row.fixed
