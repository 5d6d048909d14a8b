"""Shifts over HTTP: the X report of an open one at any time, the Z report of a closed one, and the list of both.

Whoever counts a drawer does not see what should be in it before it is counted: a cashier reads an open shift without figures.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.guard import Caller
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.shifts import UNTOLD
from gateway.store.shifts import ShiftRow, find_shift, list_shifts
from gateway.web.branch import Branch
from gateway.web.document_id import read_id, write_id
from gateway.web.documents import BEFORE_ANY
from gateway.web.keys import SeqKey
from gateway.web.moments import moment


class ShiftTenderView(msgspec.Struct, frozen=True):
    """One tender of a shift, in minor units: `expected` = float + `sales` - `returns` + `voids` + cash in - cash out.
    `counted` and `difference` (counted - expected) are null until the shift is closed."""

    type: str
    sales: int
    returns: int
    voids: int
    expected: int
    counted: int | None
    difference: int | None


class ShiftReport(msgspec.Struct, frozen=True):
    """What a shift took: how many documents, how much cash moved beside them, and every tender. `untold` was sold (less
    returns) without saying how it was paid."""

    sales: int
    returns: int
    voids: int
    no_sales: int
    cash_in: int
    cash_out: int
    untold: int
    tenders: tuple[ShiftTenderView, ...]


class ShiftView(msgspec.Struct, frozen=True):
    """A shift; `id` is the document that opened it, which is a sale where it opened `by_itself`. `report` is hidden (null) from
    a cashier until the drawer is counted. `z` numbers the closed shifts of a station without gaps; one that was ended by the
    opening of another has none."""

    id: str
    station: str
    state: str
    opened_at: str
    opened_by: str
    by_itself: bool
    float: int
    closed_at: str | None
    closed_by: str | None
    z: int | None
    report: ShiftReport | None


def shift_view(row: ShiftRow, *, blind: bool) -> ShiftView:
    """A shift as the API shows it; `blind` hides what an open one should have in its drawer."""
    shift = row.shift
    is_open = shift.closed_seq is None
    return ShiftView(
        write_id(row.id), shift.station, "open" if is_open else "closed", moment(shift.opened_at), shift.opened_by, shift.by_itself,
        shift.float, None if shift.closed_at is None else moment(shift.closed_at), shift.closed_by, shift.z,
        None if blind and is_open else _report(row),
    )  # fmt: skip


def _report(row: ShiftRow) -> ShiftReport:
    shift, figures = row.shift, row.shift.figures
    counted = {tender.type.value: tender.amount for tender in shift.counted}
    tenders = []
    for tender in dict.fromkeys([*(one.value for one in shift.tenders()), *counted]):
        expected = shift.expected(tender)
        found = None if shift.z is None else counted.get(tender, 0)
        tenders.append(
            ShiftTenderView(
                tender, figures.sold.get(tender, 0), figures.paid_out.get(tender, 0), figures.voided.get(tender, 0), expected,
                found, None if found is None else found - expected,
            )
        )  # fmt: skip
    return ShiftReport(
        figures.sales, figures.returns, figures.voids, figures.no_sales, figures.cash_in, figures.cash_out,
        shift.expected(UNTOLD), tuple(tenders),
    )  # fmt: skip


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /shifts`, `GET /shifts/{id}`."""

    @get("/api/v1/shifts", tags=["shifts"], summary="Shifts, newest first", guards=[at_least(Role.CASHIER)])
    async def shifts(
        caller: TheCaller,
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[ShiftView]:
        before, most = decode_cursor("shifts", after, SeqKey) or BEFORE_ANY, page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_shifts(connection, before=before.seq, limit=most + 1, station=station or None)
        )
        page = page_of("shifts", rows, most, lambda row: SeqKey(row.shift.opened_seq))
        return Page([shift_view(row, blind=_is_blind(caller)) for row in page.rows], page.next)

    @get(
        "/api/v1/shifts/{id_text:str}",
        tags=["shifts"],
        summary="A shift: its X report while it is open, its Z report afterwards",
        guards=[at_least(Role.CASHIER)],
    )
    async def shift(caller: TheCaller, id_text: FromPath[str]) -> ShiftView:
        id_ = read_id(id_text)
        found = None if id_ is None else await branch.shop.ledger.read(lambda connection: find_shift(connection, id_))
        if found is None:
            raise ProblemRaised(make("not_found"))
        return shift_view(found, blind=_is_blind(caller))

    return [shifts, shift]


def _is_blind(caller: Caller) -> bool:
    return caller.role is Role.CASHIER
