"""What every document's body has in common: its lines, who sent it from where, and the bounds of its texts.

Fields that were not sent stay `UNSET`, because the same content sent again must be recognised before defaults are
filled in. Unknown fields are refused: a misspelt `discount` must not be sold at full price.
"""

import enum
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from replication.wire.events import TenderType

LINES_MAX: Final = 500
"""Lines in one document: with the longest fields it still fits one replication event."""
TEXT_MAX: Final = 500
"""Characters of a note or a reason."""
TENDERS_MAX: Final = 50
"""Payments of one document: a table that splits its bill by person, and room."""


class Disposition(enum.StrEnum):
    """What happens to returned goods."""

    RESTOCK = "restock"
    SCRAP = "scrap"
    INSPECT = "inspect"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One line. `quantity` is a decimal string; `price`, `cost` (minor units) are per `unit`; `discount` comes off the line.

    A family whose lines call their quantity otherwise says so in `quantity_name`.
    """

    quantity_name: ClassVar[str] = "quantity"

    item: str
    quantity: str
    unit: str | UnsetType = UNSET
    price: int | UnsetType = UNSET
    discount: int | UnsetType = UNSET
    cost: int | UnsetType = UNSET
    lot: str | UnsetType = UNSET
    expiry: str | UnsetType = UNSET
    serials: tuple[str, ...] | UnsetType = UNSET
    location: str | UnsetType = UNSET
    reading: str | UnsetType = UNSET
    disposition: Disposition | UnsetType = UNSET


class TenderEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One payment; `amount` in minor units."""

    type: TenderType
    amount: int


class ApprovalEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A person's PIN typed at the till to allow what policy would not. Never stored with its PIN."""

    person: str
    pin: str
    reason: str


class DocumentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """The fields every document may have. `needs_lines` is False for those that are about no goods."""

    needs_lines: ClassVar[bool] = True

    lines: tuple[Line, ...]
    station: str | UnsetType = UNSET
    occurred_at: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    approval: ApprovalEntry | UnsetType = UNSET
