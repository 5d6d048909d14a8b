"""The transfers' pages: the list of what comes and goes, and one transfer with its two forms."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.transfers import (
    NewTransferPage,
    TransferDocument,
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
from gateway.domain.transfers import Direction, Transfer
from gateway.store.documents import StoredDocument, load_document
from gateway.store.items import load_item
from gateway.store.transfers import (
    count_transfers,
    documents_of,
    find_transfer,
    list_transfers,
    taken_elsewhere,
)
from gateway.web.document_id import read_id, write_id
from gateway.web.keys import PlaceKey
from gateway.web.pages.frame import AnyRequest, Frame, seconds
from gateway.web.transfers import BEFORE_ANY, StateName, transfer_view
from replication.wire.item import Item
from replication.wire.outbox import TransferTakenElsewhere
from replication.wire.quantity import shortest
from replication.wire.transfer import TransferState

_ALL = "all"
_CLOSED = frozenset({TransferState.RECEIVED, TransferState.CANCELLED, TransferState.CANCELLING})


class _Found(msgspec.Struct):
    """What the page of one transfer needs from the ledger."""

    transfer: Transfer | None
    documents: list[StoredDocument]
    items: dict[str, Item]
    elsewhere: TransferTakenElsewhere | None


def routes(frame: Frame) -> Sequence[Any]:
    """`/transfers`, `/transfers/rows`, `/transfers/new`, `/transfers/{id}`."""
    branch = frame.branch
    site = branch.config.site.id
    manager = at_least(Role.MANAGER, password=True)

    async def rows_page(direction: str, state: str, after: str | None) -> TransfersPage:
        if direction not in (_ALL, *Direction) or state not in (_ALL, *TransferState):
            raise ProblemRaised(make("not_found"))
        way = None if direction == _ALL else Direction(direction)
        wanted = None if state == _ALL else TransferState(state)
        start = decode_cursor("transfers", after, PlaceKey) or BEFORE_ANY
        found, counts = await branch.shop.ledger.read(
            lambda connection: (
                list_transfers(connection, before=start.place, limit=LIMIT_DEFAULT + 1, direction=way, state=wanted),
                count_transfers(connection),
            )
        )
        page = page_of("transfers", found, LIMIT_DEFAULT, lambda row: PlaceKey(row.place))
        return TransfersPage(
            rows=tuple(_row(row.transfer, site) for row in page.rows),
            next=page.next,
            directions=_directions(counts),
            states=_states(counts, way, wanted),
            direction=direction,
            state=state,
            may_send=True,
        )

    @get("/transfers", include_in_schema=False, guards=[manager])
    async def transfers(
        request: AnyRequest,
        caller: TheCaller,
        direction: FromQuery[str] = _ALL,
        state_: StateName = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(direction, state_ or _ALL, after)
        return await frame.page(request, "transfers.html", context, caller)

    @get("/transfers/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        direction: FromQuery[str] = _ALL,
        state_: StateName = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(direction, state_ or _ALL, after)
        return await frame.part(request, "transfers_rows.html", context, caller)

    @get("/transfers/new", include_in_schema=False, guards=[manager])
    async def send(request: AnyRequest, caller: TheCaller) -> Response[str]:
        sent = await branch.shop.ledger.read(
            lambda connection: list_transfers(
                connection, before=BEFORE_ANY.place, limit=LIMIT_DEFAULT, direction=Direction.OUT
            )
        )
        context = NewTransferPage(peers=tuple(sorted({row.transfer.peer for row in sent})))
        return await frame.page(request, "transfer_new.html", context, caller)

    @get("/transfers/{id_text:str}", include_in_schema=False, guards=[manager])
    async def transfer(request: AnyRequest, caller: TheCaller, id_text: FromPath[str]) -> Response[str]:
        id_ = read_id(id_text)
        if id_ is None:
            raise ProblemRaised(make("not_found"))
        found = await branch.shop.ledger.read(lambda connection: _find(connection, id_))
        if found.transfer is None:
            raise ProblemRaised(make("not_found"))
        context = _page(found.transfer, found, site)
        return await frame.page(request, "transfer.html", context, caller)

    return [transfers, more, send, transfer]


def _directions(counts: dict[tuple[Direction, TransferState], int]) -> tuple[TransferTab, ...]:
    sums = {way: sum(count for (one, _), count in counts.items() if one is way) for way in Direction}
    return (
        TransferTab(_ALL, sum(counts.values())), TransferTab("in", sums[Direction.IN]), TransferTab("out", sums[Direction.OUT])
    )  # fmt: skip


def _states(
    counts: dict[tuple[Direction, TransferState], int], way: Direction | None, chosen: TransferState | None
) -> tuple[TransferTab, ...]:
    """States there is something in, of the direction that is looked at."""
    sums = {
        state: sum(count for (one, of), count in counts.items() if of is state and way in {None, one})
        for state in TransferState
    }
    shown = (TransferTab(state.value, count) for state, count in sums.items() if count or state is chosen)
    return (TransferTab(_ALL, sum(sums.values())), *shown)


def _ends(transfer: Transfer, site: str) -> tuple[TransferEnd, TransferEnd]:
    """Sender and receiver. A branch knows of the others only what they are called."""
    here, there = TransferEnd(branch=site, name=site), TransferEnd(branch=transfer.peer, name=transfer.peer)
    return (here, there) if transfer.direction is Direction.OUT else (there, here)


def _row(transfer: Transfer, site: str) -> TransferRow:
    sender, receiver = _ends(transfer, site)
    return TransferRow(
        id=write_id(transfer.id),
        number=transfer.number or None,
        direction=transfer.direction.value,
        sender=sender,
        receiver=receiver,
        state=transfer.state.value,
        lines=len(transfer.cells),
        at=None if transfer.dispatched_at is None else seconds(transfer.dispatched_at),
    )


def _find(connection: Connection, id_: bytes) -> _Found:
    transfer = find_transfer(connection, id_)
    documents = [load_document(connection, one) for one in documents_of(connection, id_)]
    skus = {item for item, _ in transfer.cells} if transfer is not None else set()
    rows = {sku: load_item(connection, sku) for sku in skus}
    return _Found(
        transfer,
        [one for one in documents if one is not None],
        {sku: row.item for sku, row in rows.items() if row is not None},
        taken_elsewhere(connection, id_),
    )


def _page(transfer: Transfer, found: _Found, site: str) -> TransferPage:
    view = transfer_view(transfer, site)
    sender, receiver = _ends(transfer, site)
    incoming, elsewhere = transfer.direction is Direction.IN, found.elsewhere
    return TransferPage(
        id=view.transfer,
        number=view.number,
        direction=transfer.direction.value,
        sender=sender,
        receiver=receiver,
        state=transfer.state.value,
        at=None if transfer.dispatched_at is None else seconds(transfer.dispatched_at),
        lines=tuple(
            TransferLine(
                item=line.item,
                name=found.items[line.item].name if line.item in found.items else line.item,
                name_zh=found.items[line.item].name_zh if line.item in found.items else None,
                unit=found.items[line.item].unit if line.item in found.items else "",
                lot=line.lot,
                expiry=line.expiry,
                dispatched=line.dispatched,
                received=line.received,
                short=line.short,
                over=line.over,
                damaged=line.damaged,
                returned=line.returned,
                in_transit=line.in_transit,
                open=shortest(transfer.open(goods)) if incoming and transfer.open(goods) else "",
            )
            for goods, line in zip(sorted(transfer.cells), view.lines, strict=True)
        ),
        note=transfer.note,
        cancel=view.cancel,
        cancel_reason=transfer.cancel_reason,
        documents=tuple(_document(one) for one in found.documents),
        elsewhere=tuple(TransferEnd(branch=one, name=one) for one in (elsewhere.takers if elsewhere else ())),
        meant_for=TransferEnd(branch=elsewhere.receiver, name=elsewhere.receiver) if elsewhere else None,
        may_receive=incoming and transfer.dispatched_at is not None and transfer.state not in _CLOSED,
        may_cancel=not incoming and transfer.cancel_reason is None and transfer.state not in _CLOSED,
    )


def _document(stored: StoredDocument) -> TransferDocument:
    event = stored.event
    return TransferDocument(
        id=write_id(stored.id),
        number=event.number,
        person=event.person,
        at=seconds(event.posted_at),
        differs=any(line.detail is not None and line.detail.variance for line in event.lines),
    )
