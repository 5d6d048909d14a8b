"""The shift book: what each station's drawer took since its shift began, folded from documents in their order.

Nobody has to open a shift: the first document that touches a station's drawer opens one by itself, with nothing in it. That
shift is derived, not a document: an everyday sale stays one entry. Whatever order documents come in (two histories may have
been joined), each belongs to exactly one shift, or to none where it names no station.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.domain.document_type import WITH_MONEY, DocumentType
from replication.wire.events import DocumentPosted, Tender, TenderType

SALE: Final = DocumentType.SALE.value
SALE_RETURN: Final = DocumentType.SALE_RETURN.value
CASH_MOVEMENT: Final = DocumentType.CASH_MOVEMENT.value
SHIFT_OPEN: Final = DocumentType.SHIFT_OPEN.value
SHIFT_CLOSE: Final = DocumentType.SHIFT_CLOSE.value
REVERSAL: Final = DocumentType.REVERSAL.value
DRAWER_TYPES: Final = frozenset({SALE, SALE_RETURN, CASH_MOVEMENT, SHIFT_OPEN, SHIFT_CLOSE, REVERSAL})
UNTOLD: Final = ""
"""How a document without tenders was paid: nobody said, so that it is in no drawer."""
CASH: Final = TenderType.CASH.value
_TENDERS: Final = {tender: tender.value for tender in TenderType}


class ShiftFigures(msgspec.Struct, array_like=True):
    """What was counted so far, in minor units. By tender: `sold` net of change, `paid_out` for returns, and `voided`, what
    reversals brought into the drawer or (negative) took out of it."""

    sales: int = 0
    returns: int = 0
    voids: int = 0
    no_sales: int = 0
    sold: dict[str, int] = msgspec.field(default_factory=dict)
    paid_out: dict[str, int] = msgspec.field(default_factory=dict)
    voided: dict[str, int] = msgspec.field(default_factory=dict)
    cash_in: int = 0
    cash_out: int = 0

    def count(self, event: DocumentPosted, sign: int = 1, change: int | None = None) -> None:
        """A document counts; with sign -1 it is taken out again. `change` is what it gave back, where that is known already."""
        type_ = event.type
        if type_ == SALE:
            self.sales += sign
            _add(self.sold, event, sign, change)
        elif type_ == SALE_RETURN:
            self.returns += sign
            _add(self.paid_out, event, sign)
        elif type_ == REVERSAL:
            self.voids += sign
            # What a reversal names of a return was paid out: taken back, it comes into the drawer.
            _add(self.voided, event, -sign if reversed_type(event) == SALE_RETURN else sign)
        elif type_ == CASH_MOVEMENT:
            self._move(event, sign)

    def _move(self, event: DocumentPosted, sign: int) -> None:
        more = None if event.detail is None else event.detail.more
        amount = 0 if more is None else more.amount or 0
        if more is not None and more.direction == "in":
            self.cash_in += sign * amount
        elif more is not None and more.direction == "out":
            self.cash_out += sign * amount
        else:
            self.no_sales += sign


class Shift(msgspec.Struct, array_like=True):
    """One shift of a station. `by_itself`: no person opened it. Open as long as `closed_seq` is None; one that another opening
    ended has neither a Z number nor what was counted."""

    station: str
    opened_seq: int
    opened_at: int
    opened_by: str
    by_itself: bool
    float: int
    figures: ShiftFigures
    closed_seq: int | None = None
    closed_at: int | None = None
    closed_by: str | None = None
    z: int | None = None
    due: tuple[Tender, ...] = ()
    counted: tuple[Tender, ...] = ()

    def expected(self, tender: str) -> int:
        """What there should be of a tender now: float + sales - returns + what reversals brought, and cash in less out."""
        figures = self.figures
        drawer = self.float + figures.cash_in - figures.cash_out if tender == CASH else 0
        taken = figures.sold.get(tender, 0) + figures.voided.get(tender, 0)
        return drawer + taken - figures.paid_out.get(tender, 0)

    def tenders(self) -> list[TenderType]:
        """Cash, and every other tender that was taken or paid out."""
        figures = self.figures
        met = {CASH, *figures.sold, *figures.paid_out, *figures.voided}
        return [tender for tender in TenderType if tender.value in met]

    def reopen(self) -> None:
        """Its end is undone."""
        self.closed_seq = self.closed_at = self.closed_by = self.z = None
        self.due = self.counted = ()


class ShiftBook:
    """The open shift of each station."""

    def __init__(self, shifts: Iterable[Shift] = ()) -> None:
        self.open: dict[str, Shift] = {shift.station: shift for shift in shifts}

    def take(self, seq: int, event: DocumentPosted, change: int | None = None) -> tuple[Shift, ...]:
        """A document was posted; answers the shifts it changed. `change` is what it gave back, where that is known already."""
        station, type_ = event.station, event.type
        if station is None or not (type_ == SALE or is_of_drawer(event)):
            return ()
        shift = self.open.get(station)
        if shift is not None and type_ not in _BOUNDARIES:
            shift.figures.count(event, 1, change)
            return (shift,)
        if type_ == SHIFT_OPEN:
            if shift is not None:
                shift.closed_seq, shift.closed_at, shift.closed_by = seq, event.posted_at, event.person
            begun = self.begin(seq, station, event.posted_at, event.person, event)
            return (begun,) if shift is None else (shift, begun)
        if shift is None:
            shift = self.begin(seq, station, event.posted_at, event.person)
        if type_ == SHIFT_CLOSE:
            self._end(shift, seq, event)
        else:
            shift.figures.count(event, 1, change)
        return (shift,)

    def begin(self, seq: int, station: str, at: int, person: str, opening: DocumentPosted | None = None) -> Shift:
        """A shift begins, by itself where no document opens it."""
        more = None if opening is None or opening.detail is None else opening.detail.more
        cash = 0 if more is None else more.amount or 0
        shift = self.open[station] = Shift(station, seq, at, person, opening is None, cash, ShiftFigures())
        return shift

    def _end(self, shift: Shift, seq: int, event: DocumentPosted) -> None:
        more = None if event.detail is None else event.detail.more
        shift.closed_seq, shift.closed_at, shift.closed_by = seq, event.posted_at, event.person
        if more is not None:
            shift.z, shift.due, shift.counted = more.z, more.due, more.counted
        del self.open[shift.station]


_BOUNDARIES: Final = frozenset({SHIFT_OPEN, SHIFT_CLOSE})


def is_of_drawer(event: DocumentPosted) -> bool:
    """Whether a document is about a station's drawer; a reversal only where its original was paid."""
    return event.type in DRAWER_TYPES and (event.type != REVERSAL or reversed_type(event) in WITH_MONEY)


def reversed_type(event: DocumentPosted) -> str | None:
    """The type of the document a reversal takes back."""
    more = None if event.detail is None else event.detail.more
    return None if more is None else more.reverses


def _add(sums: dict[str, int], event: DocumentPosted, sign: int, change: int | None = None) -> None:
    """What was paid, net of the change; only cash gives change. What comes to nothing is no figure."""
    tenders = event.tenders
    if not tenders:
        _put(sums, UNTOLD, sign * event.worth())
        return
    for tender in tenders:
        _put(sums, _TENDERS[tender.type], sign * tender.amount)
    given = event.given_back() if change is None else change
    if given:
        _put(sums, CASH, -sign * given)


def _put(sums: dict[str, int], tender: str, amount: int) -> None:
    total = sums.get(tender, 0) + amount
    if total:
        sums[tender] = total
    else:
        sums.pop(tender, None)
