"""The lines and movements of a document, as an answer tells them."""

import msgspec


class VarianceView(msgspec.Struct, frozen=True):
    """What of a transfer's line did not arrive as sent, in the item's base unit: `short`, `over` or `damaged`."""

    reason: str
    quantity: str


class LotPartView(msgspec.Struct, frozen=True):
    """What of a line was of a lot, in the item's base unit."""

    lot: str
    quantity: str


class LineView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as posted; money in minor units. `lots` are told instead of `lot` where several were taken; `of` is
    the line that a recipe added this one for, `planned` what it asks for, in the base unit."""

    item: str
    quantity: str
    price: int | None = None
    discount: int | None = None
    amount: int | None = None
    unit: str | None = None
    cost: int | None = None
    lot: str | None = None
    lots: tuple[LotPartView, ...] = ()
    location: str | None = None
    expiry: str | None = None
    reading: str | None = None
    disposition: str | None = None
    variance: tuple[VarianceView, ...] = ()
    free: bool = False
    inspect: bool = False
    result: str | None = None
    to: str | None = None
    role: str | None = None
    at_seq: int | None = None
    expected: str | None = None
    step: str | None = None
    of: int | None = None
    planned: str | None = None
    share: int | None = None


class MovementView(msgspec.Struct, frozen=True):
    """A positive quantity, in the item's base unit, from one location to another."""

    line: int
    item: str
    quantity: str
    source: str = msgspec.field(name="from")
    destination: str = msgspec.field(name="to")
    lot: str | None = None
    serials: tuple[str, ...] = ()
