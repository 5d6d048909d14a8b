"""The transfers of the whole chain: the list by state, and one transfer with its figures and what is odd about it."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.transfers import (
    TransferEnd,
    TransferLine,
    TransferPage,
    TransferRow,
    TransfersPage,
    TransferTab,
)
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from replication.headquarters.stores.rows import ItemRow
from replication.headquarters.stores.sqlite.queries import find_item
from replication.headquarters.stores.sqlite.transfers import count_transfers, find_transfer, list_transfers
from replication.headquarters.transfers import ChainTransfer
from replication.headquarters.web.office import BranchNow, read_id, write_id
from replication.headquarters.web.pages.frame import AnyRequest, Frame, attention_of, seconds
from replication.headquarters.web.transfers import PLACE_MAX, PlaceKey, StateName, transfer_view
from replication.wire.transfer import TransferState

_ALL = "all"


def routes(frame: Frame) -> Sequence[Any]:
    """`/transfers`, `/transfers/rows`, `/transfers/{id}`."""
    office = frame.office
    manager = at_least(Role.MANAGER, password=True)

    async def rows_page(state: str, after: str | None) -> tuple[dict[str, BranchNow], TransfersPage]:
        if state not in (_ALL, *TransferState):
            raise ProblemRaised(make("not_found"))
        wanted = None if state == _ALL else TransferState(state)
        start = decode_cursor("transfers", after, PlaceKey) or PlaceKey(PLACE_MAX)
        branches, (found, counts) = await office.read(
            lambda connection: (
                list_transfers(connection, before=start.place, limit=LIMIT_DEFAULT + 1, state=wanted),
                count_transfers(connection),
            )
        )
        page = page_of("transfers", found, LIMIT_DEFAULT, lambda row: PlaceKey(row.place))
        shown = (
            TransferTab(one.value, counts.get(one, 0)) for one in TransferState if counts.get(one) or one is wanted
        )
        context = TransfersPage(
            rows=tuple(_row(row.transfer, branches) for row in page.rows),
            next=page.next,
            states=(TransferTab(_ALL, sum(counts.values())), *shown),
            state=state,
        )
        return branches, context

    @get("/transfers", include_in_schema=False, guards=[manager])
    async def transfers(
        request: AnyRequest, caller: TheCaller, state_: StateName = None, after: FromQuery[str | None] = None
    ) -> Response[str]:
        branches, context = await rows_page(state_ or _ALL, after)
        return frame.page(request, "transfers.html", context, caller, attention=attention_of(branches))

    @get("/transfers/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest, caller: TheCaller, state_: StateName = None, after: FromQuery[str | None] = None
    ) -> Response[str]:
        _, context = await rows_page(state_ or _ALL, after)
        return frame.page(request, "transfers_rows.html", context, caller)

    @get("/transfers/{id_text:str}", include_in_schema=False, guards=[manager])
    async def transfer(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        id_ = read_id(id_text)
        if id_ is None:
            raise ProblemRaised(make("not_found"))

        def query(connection: Connection) -> tuple[ChainTransfer | None, dict[str, ItemRow]]:
            found = find_transfer(connection, id_)
            rows = [find_item(connection, sku) for sku in {item for item, _ in found.cells}] if found else []
            return found, {row.sku: row for row in rows if row is not None}

        branches, (found, items) = await office.read(query)
        if found is None:
            raise ProblemRaised(make("not_found"))
        page = _page(found, branches, items)
        return frame.page(request, "transfer.html", page, caller, attention=attention_of(branches))

    return [transfers, more, transfer]


def _end(branch: str, branches: dict[str, BranchNow]) -> TransferEnd:
    row = branches[branch].row if branch in branches else None
    return TransferEnd(branch=branch, name=(row and row.name) or branch, name_zh=(row and row.name_zh) or None)


def _row(transfer: ChainTransfer, branches: dict[str, BranchNow]) -> TransferRow:
    return TransferRow(
        id=write_id(transfer.id),
        number=transfer.number or None,
        direction=None,
        sender=_end(transfer.sender, branches),
        receiver=_end(transfer.receiver, branches),
        state=transfer.state.value,
        lines=len(transfer.cells),
        at=seconds(transfer.dispatched_at),
        findings=transfer.findings,
        to_known=transfer.receiver in branches,
    )


def _page(transfer: ChainTransfer, branches: dict[str, BranchNow], items: dict[str, ItemRow]) -> TransferPage:
    view = transfer_view(transfer, to_known=transfer.receiver in branches)
    lines = []
    for line in view.lines:
        row = items.get(line.item)
        lines.append(
            TransferLine(
                item=line.item,
                name=row.name if row else line.item,
                name_zh=row.name_zh if row else None,
                unit=row.item.unit if row and row.item else "",
                lot=line.lot,
                expiry=line.expiry,
                dispatched=line.dispatched,
                received=line.received,
                short=line.short,
                over=line.over,
                damaged=line.damaged,
                returned=line.returned,
                in_transit=line.in_transit,
            )
        )
    return TransferPage(
        id=view.transfer,
        number=view.number,
        direction=None,
        sender=_end(transfer.sender, branches),
        receiver=_end(transfer.receiver, branches),
        state=transfer.state.value,
        at=seconds(transfer.dispatched_at),
        lines=tuple(lines),
        note=transfer.note,
        cancel=view.cancel,
        cancel_reason=transfer.cancel_reason,
        findings=transfer.findings,
        elsewhere=tuple(_end(one, branches) for one in transfer.elsewhere),
        meant_for=_end(transfer.receiver, branches),
        to_known=view.to_known,
    )
