"""Bodies about the drawer and no goods: cash in and out, and the shift it is counted in."""

import enum
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, Line, TenderEntry


class CashDirection(enum.StrEnum):
    """Into the drawer or out of it; `no_sale`: it was opened, and nothing came or went."""

    IN = "in"
    OUT = "out"
    NO_SALE = "no_sale"


class CashMovement(DocumentBody, frozen=True, kw_only=True, tag="cash_movement"):
    """Cash that came or went beside sales; `amount` in minor units. Refused without its reason."""

    needs_lines: ClassVar[bool] = False

    lines: tuple[Line, ...] = ()
    direction: CashDirection
    amount: int = 0
    reason: str | UnsetType = UNSET


class ShiftOpen(DocumentBody, frozen=True, tag="shift_open"):
    """A shift begins at a station with `float` in its drawer, in minor units."""

    needs_lines: ClassVar[bool] = False

    lines: tuple[Line, ...] = ()
    amount: int = msgspec.field(name="float", default=0)


class ShiftClose(DocumentBody, frozen=True, tag="shift_close"):
    """A shift ends at a station: what was counted of each tender."""

    needs_lines: ClassVar[bool] = False

    lines: tuple[Line, ...] = ()
    counted: tuple[TenderEntry, ...] = ()
