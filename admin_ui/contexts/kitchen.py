"""The kitchen's page: what is to be made, and who has it. Knows no ledger."""

from typing import Literal

from msgspec import Struct


class KitchenLine(Struct, frozen=True, kw_only=True, gc=False):
    """What is to be made."""

    name: str
    name_zh: str | None = None
    quantity: str
    unit: str


class KitchenTicket(Struct, frozen=True, kw_only=True):
    """One ticket. `trouble` says in the reader's language why its paper did not come out; empty where it did, or will."""

    ticket: str
    kitchen: str
    state: str  # open, late, taken, cancelled
    document: str
    number: str
    station: str | None = None
    note: str | None = None
    made_at: float | str
    done_at: float | str | None = None
    person: str | None = None
    printer: str | None = None
    trouble: str = ""
    lines: tuple[KitchenLine, ...] = ()


class KitchenPage(Struct, frozen=True, kw_only=True):
    """What nobody took yet, or everything, newest first."""

    tab: Literal["waiting", "all"]
    rows: tuple[KitchenTicket, ...]
    next: str | None
    after: bool = False
