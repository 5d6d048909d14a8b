"""Transfers over HTTP: what is on its way here, what this branch sent, and asking for the rest back."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, assert_never

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make, unknown_value
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.domain.posting import Rejected
from gateway.domain.transfers import Direction, Transfer
from gateway.store.transfers import documents_of, find_transfer, list_transfers
from gateway.use_cases.cancel_transfer import UnknownTransfer, cancel_transfer
from gateway.web.branch import Branch
from gateway.web.change_asked import change_asked
from gateway.web.document_id import read_id, write_id
from gateway.web.keys import PlaceKey
from gateway.web.moments import moment
from gateway.web.problems import refusal
from replication.wire.transfer import TransferState
from replication.wire.transfer_line import TransferLineView, transfer_lines

BEFORE_ANY: Final = PlaceKey(2**62)
StateName = Annotated[str | None, QueryParameter(name="state", description=f"One of: {', '.join(TransferState)}.")]
DirectionName = Annotated[str | None, QueryParameter(name="direction", description="`in` or `out`.")]
Cancel = Literal["asked", "voided", "refused"]


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as this branch knows it; `transfer` is the id of its transfer out. `from` is null until the dispatch is
    known here. `cancel` says how a request to cancel stands; `documents` are this branch's transfer-in documents of it."""

    transfer: str
    direction: str
    sender: str | None = msgspec.field(name="from")
    receiver: str = msgspec.field(name="to")
    state: str
    lines: tuple[TransferLineView, ...]
    number: str | None
    dispatched_at: str | None
    note: str | None = None
    cancel: Cancel | None = None
    cancel_reason: str | None = None
    requisition: str | None = None
    documents: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class CancelRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the rest is wanted back."""

    reason: str


_decoder = msgspec.json.Decoder(CancelRequest)
_encode = msgspec.json.Encoder().encode


def transfer_view(transfer: Transfer, site: str, documents: Sequence[bytes] | None = None) -> TransferView:
    """A transfer as the API shows it."""
    out = transfer.direction is Direction.OUT
    cancel: Cancel | None = None
    if transfer.cancel_reason is not None:
        cancel = "voided" if transfer.returned else "refused" if transfer.refused is not None else "asked"
    return TransferView(
        transfer=write_id(transfer.id),
        direction=transfer.direction.value,
        sender=site if out else transfer.peer or None,
        receiver=transfer.peer if out else site,
        state=transfer.state.value,
        lines=transfer_lines(transfer.cells, transfer.expiries),
        number=transfer.number or None,
        dispatched_at=None if transfer.dispatched_at is None else moment(transfer.dispatched_at),
        note=transfer.note,
        cancel=cancel,
        cancel_reason=transfer.cancel_reason,
        requisition=None if transfer.requisition is None else write_id(transfer.requisition),
        documents=msgspec.UNSET if documents is None else tuple(write_id(one) for one in documents),
    )  # fmt: skip


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /transfers`, `GET /transfers/{id}`."""
    site = branch.config.site.id

    @get("/api/v1/transfers", tags=["transfers"], summary="Transfers, newest first", guards=[at_least(Role.CASHIER)])
    async def transfers(
        direction: DirectionName = None,
        state_: StateName = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[TransferView]:
        way, wanted = read_direction(direction), read_state(state_)
        before, most = decode_cursor("transfers", after, PlaceKey) or BEFORE_ANY, page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_transfers(
                connection, before=before.place, limit=most + 1, direction=way, state=wanted
            )
        )
        page = page_of("transfers", rows, most, lambda row: PlaceKey(row.place))
        return Page([transfer_view(row.transfer, site) for row in page.rows], page.next)

    @get("/api/v1/transfers/{id_text:str}", tags=["transfers"], summary="A transfer", guards=[at_least(Role.CASHIER)])
    async def transfer(id_text: FromPath[str]) -> TransferView:
        id_ = read_id(id_text)
        if id_ is None:
            raise ProblemRaised(make("not_found"))
        found, documents = await branch.shop.ledger.read(
            lambda connection: (find_transfer(connection, id_), documents_of(connection, id_))
        )
        if found is None:
            raise ProblemRaised(make("not_found"))
        return transfer_view(found, site, documents)

    return [transfers, transfer]


def read_direction(text: str | None) -> Direction | None:
    """A direction by its name; a misspelt one is refused."""
    if not text:
        return None
    try:
        return Direction(text)
    except ValueError as error:
        raise ProblemRaised(unknown_value("direction", text)) from error


def read_state(text: str | None) -> TransferState | None:
    """A state by its name; a misspelt one is refused."""
    if not text:
        return None
    try:
        return TransferState(text)
    except ValueError as error:
        raise ProblemRaised(unknown_value("state", text)) from error


def post_cancel(branch: Branch) -> RawHandler:
    """`POST /transfers/{id}/cancel`: 202 while headquarters decides, 200 once the rest is back."""

    async def cancel(scope: Any, receive: Any, send: Any) -> None:
        asked = await change_asked(branch, scope, lambda: read_body(receive), _decoder, Role.MANAGER)
        if isinstance(asked, Problem):
            await send_problem(send, asked)
            return
        poster, request = asked
        id_ = read_id(scope["path_params"]["id"])
        outcome = UnknownTransfer() if id_ is None else await cancel_transfer(branch.shop, poster, id_, request.reason)
        match outcome:
            case Transfer():
                status = 200 if outcome.state is TransferState.CANCELLED else 202
                await respond(send, status, _encode(transfer_view(outcome, branch.config.site.id)))
            case Rejected(faults):
                await send_problem(send, refusal(branch.sentences, 422, faults))
            case UnknownTransfer():
                await send_problem(send, make("not_found"))
            case _:
                assert_never(outcome)

    return cancel
