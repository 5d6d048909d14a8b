"""The shifts' pages: the list, and one shift as its X report while it is open and its Z report afterwards."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.shifts import CashMove, Shift, ShiftPage, ShiftsPage
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.document import DocumentType
from gateway.domain.told import said_in
from gateway.store.documents import known_stations, list_documents, load_document_at
from gateway.store.shifts import ShiftRow, find_shift, list_shifts
from gateway.web.document_id import read_id, write_id
from gateway.web.documents import BEFORE_ANY
from gateway.web.keys import SeqKey
from gateway.web.pages.frame import AnyRequest, Frame, seconds
from gateway.web.shifts import shift_view

MOVES_SHOWN: Final = 50
"""A drawer that moved more often beside its sales is looked up in the documents."""
_CASH_MOVEMENT: Final = DocumentType.CASH_MOVEMENT.value


def routes(frame: Frame) -> Sequence[Any]:
    """`/shifts`, `/shifts/rows`, `/shifts/{id}`."""
    branch = frame.branch
    manager = at_least(Role.MANAGER, password=True)

    async def rows_page(station: str | None, after: str | None) -> ShiftsPage:
        before = decode_cursor("shifts-page", after, SeqKey) or BEFORE_ANY

        def query(connection: Connection) -> tuple[list[ShiftRow], list[str]]:
            rows = list_shifts(connection, before=before.seq, limit=LIMIT_DEFAULT + 1, station=station)
            return rows, known_stations(connection)

        rows, known = await branch.shop.ledger.read(query)
        page = page_of("shifts-page", rows, LIMIT_DEFAULT, lambda row: SeqKey(row.shift.opened_seq))
        stations = tuple(dict.fromkeys([*(one.name for one in branch.config.stations), *known]))
        busy = {row.shift.station for row in rows if row.shift.closed_seq is None}
        return ShiftsPage(
            rows=tuple(_shift(row) for row in page.rows),
            next=page.next,
            station=station,
            stations=stations,
            resting=tuple(name for name in stations if name not in busy),
        )

    @get("/shifts", include_in_schema=False, guards=[manager])
    async def shifts(
        request: AnyRequest,
        caller: TheCaller,
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(station or None, after)
        return await frame.page(request, "shifts.html", context, caller)

    @get("/shifts/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(station or None, after)
        return await frame.part(request, "shifts_rows.html", context, caller)

    @get("/shifts/{id_text:str}", include_in_schema=False, guards=[manager])
    async def shift(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        id_ = read_id(id_text)

        def query(connection: Connection) -> tuple[ShiftRow | None, list[CashMove]]:
            found = None if id_ is None else find_shift(connection, id_)
            return found, [] if found is None else _moves(connection, found)

        found, moves = await branch.shop.ledger.read(query)
        if found is None:
            raise ProblemRaised(make("not_found"))
        context = ShiftPage(
            shift=_shift(found),
            moves=tuple(moves[:MOVES_SHOWN]),
            more_moves=len(moves) > MOVES_SHOWN,
            unit=10**branch.config.minor_unit_digits,
        )
        return await frame.page(request, "shift.html", context, caller)

    return [shifts, more, shift]


def _shift(row: ShiftRow) -> Shift:
    return msgspec.convert(shift_view(row, blind=False), Shift, from_attributes=True)


def _moves(connection: Connection, row: ShiftRow) -> list[CashMove]:
    """Cash that moved beside sales while the shift lasted, newest first."""
    shift = row.shift
    before = BEFORE_ANY.seq if shift.closed_seq is None else shift.closed_seq
    listed = list_documents(
        connection, before_seq=before, limit=MOVES_SHOWN + 1, type_=_CASH_MOVEMENT, station=shift.station
    )
    moves = []
    for one in listed.rows:
        stored = load_document_at(connection, one.seq) if one.seq >= shift.opened_seq else None
        if stored is None:
            continue
        detail = stored.event.detail
        moves.append(
            CashMove(
                id=write_id(stored.id),
                number=stored.event.number,
                direction=said_in(detail, "direction") or "",
                amount=said_in(detail, "amount") or 0,
                reason=said_in(detail, "reason"),
                person=stored.event.person,
                at=seconds(stored.event.posted_at),
            )
        )
    return moves
