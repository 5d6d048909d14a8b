"""Lots of a branch and the life of single pieces. Quantities are decimal strings, days ISO dates. Knows no ledger."""

from typing import Literal

from msgspec import Struct

Moment = float | str


class LotPlace(Struct, frozen=True, kw_only=True, gc=False):
    location: str
    on_hand: str


class LotLine(Struct, frozen=True, kw_only=True):
    """A lot. `days` until it expires, below zero where it has; `blocked` is the reason nobody may take of it."""

    item: str
    name: str
    name_zh: str | None = None
    unit: str
    lot: str
    expiry: str | None = None
    days: int | None = None
    on_hand: str
    available: str
    blocked: str | None = None
    places: tuple[LotPlace, ...] = ()


class LotsPage(Struct, frozen=True, kw_only=True):
    """One of the lists, or what a search found: the lots of an item, or all lots of a name."""

    tab: Literal["expiring", "expired", "blocked", "search"]
    rows: tuple[LotLine, ...]
    next: str | None
    q: str = ""
    days: int = 30


class LotSaid(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody said of a lot: its expiry, or that it is blocked or free."""

    expiry: str | None
    blocked: bool | None
    reason: str
    person: str
    at: Moment


class LotPage(Struct, frozen=True, kw_only=True):
    lot: LotLine
    said: tuple[LotSaid, ...]


class SerialStep(Struct, frozen=True, kw_only=True, gc=False):
    """A single piece went from a place to another with a document."""

    item: str
    from_location: str
    to_location: str
    lot: str | None
    document: str
    type: str
    number: str
    person: str
    station: str | None
    at: Moment


class SerialPage(Struct, frozen=True, kw_only=True):
    """The life of a serial number, newest first."""

    serial: str
    steps: tuple[SerialStep, ...]
    next: str | None
