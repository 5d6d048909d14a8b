"""Shifts of a branch's stations: the list, and one shift as its X or Z report. Money is minor units. Knows no ledger."""

from msgspec import Struct

Moment = float | str


class ShiftTender(Struct, frozen=True, kw_only=True, gc=False):
    """`counted` and `difference` are None until the shift is closed."""

    type: str
    sales: int
    returns: int
    voids: int
    expected: int
    counted: int | None = None
    difference: int | None = None


class ShiftReport(Struct, frozen=True, kw_only=True):
    """What a shift took. `untold` was sold without saying how it was paid."""

    sales: int
    returns: int
    voids: int
    no_sales: int
    cash_in: int
    cash_out: int
    untold: int
    tenders: tuple[ShiftTender, ...]

    def difference(self) -> int | None:
        """Of all tenders; None where nothing was counted."""
        found = [one.difference for one in self.tenders if one.difference is not None]
        return sum(found) if found else None

    def taken(self) -> int:
        """Sales less returns, voids included."""
        return sum(one.sales - one.returns + one.voids for one in self.tenders) + self.untold


class Shift(Struct, frozen=True, kw_only=True):
    """`id` is the document that opened it. `by_itself`: the first sale did. Without `z` though closed: another opening ended it."""

    id: str
    station: str
    state: str
    opened_at: Moment
    opened_by: str
    by_itself: bool
    float: int
    closed_at: Moment | None
    closed_by: str | None
    z: int | None
    report: ShiftReport


class ShiftsPage(Struct, frozen=True, kw_only=True):
    """Newest first. `resting` are stations without an open shift."""

    rows: tuple[Shift, ...]
    next: str | None
    station: str | None
    stations: tuple[str, ...]
    resting: tuple[str, ...]


class CashMove(Struct, frozen=True, kw_only=True, gc=False):
    """Cash in, cash out, or the drawer opened without a sale."""

    id: str
    number: str
    direction: str
    amount: int
    reason: str | None
    person: str
    at: Moment


class ShiftPage(Struct, frozen=True, kw_only=True):
    """One shift; `moves` are the newest of its cash movements."""

    shift: Shift
    moves: tuple[CashMove, ...]
    more_moves: bool
    unit: int  # minor units in one of the currency
