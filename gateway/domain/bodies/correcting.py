"""Bodies that make the book say what the shelves hold, and those that take back what the book said."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, Line


class OpeningBalance(DocumentBody, frozen=True, tag="opening_balance"):
    """What was on the shelves when the ledger began."""


class Adjustment(DocumentBody, frozen=True, tag="adjustment"):
    """A signed correction of stock; refused without its reason."""

    reason: str | UnsetType = UNSET


class CountLine(Line, frozen=True, forbid_unknown_fields=True, gc=False):
    """What was counted of an item in a place; `at_seq` is the ledger's position at that moment, else it is now."""

    quantity_name: ClassVar[str] = "counted"

    quantity: str = msgspec.field(name="counted")
    at_seq: int | UnsetType = UNSET


class StockCount(DocumentBody, frozen=True, tag="stock_count"):
    """Shelves that were counted; the difference to the book of that moment is posted."""

    lines: tuple[CountLine, ...]


class Reversal(DocumentBody, frozen=True, tag="reversal"):
    """Takes a posted document back, whole; refused without its reason. `original` is that document's id."""

    needs_lines: ClassVar[bool] = False

    lines: tuple[Line, ...] = ()
    original: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
