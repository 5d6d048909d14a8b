"""Transfers of the whole chain over HTTP: each with its two ends, its state and its figures per item and lot."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make, unknown_value
from admin_ui.serving.roles import Role
from replication.headquarters.stores.sqlite.transfers import find_transfer, list_transfers
from replication.headquarters.transfers import ChainTransfer, Decided
from replication.headquarters.web.office import Office, moment, read_id, write_id
from replication.wire.transfer import TransferState
from replication.wire.transfer_line import TransferLineView, transfer_lines

PLACE_MAX: Final = 2**62
StateName = Annotated[str | None, QueryParameter(name="state", description=f"One of: {', '.join(TransferState)}.")]
Cancel = Literal["asked", "voided", "refused"]
_CANCEL: Final[dict[Decided, Cancel]] = {
    Decided.OPEN: "asked", Decided.ASKED: "asked", Decided.VOIDED: "voided", Decided.REFUSED: "refused",
}  # fmt: skip


class PlaceKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the order in which headquarters heard of transfers."""

    place: Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer; `transfer` is the id of its transfer out. `cancel` says how a request to cancel stands.

    `findings`: `taken_elsewhere`, `id_used_twice`, `below_zero`. Where two branches sent under one id, the second one's goods
    are a transfer of their own, and `stray_of` is the id it sent them under. `to_known` is false where headquarters never met the
    branch it goes to; it is told of the transfer when it is first met.
    """

    transfer: str
    sender: str | None = msgspec.field(name="from")
    receiver: str = msgspec.field(name="to")
    state: str
    lines: tuple[TransferLineView, ...]
    number: str | None
    dispatched_at: str | None
    note: str | None = None
    cancel: Cancel | None = None
    cancel_reason: str | None = None
    to_known: bool = True
    findings: tuple[str, ...] = ()
    stray_of: str | None = None


def transfer_view(transfer: ChainTransfer, *, to_known: bool) -> TransferView:
    """A transfer as the API shows it."""
    return TransferView(
        transfer=write_id(transfer.id),
        sender=transfer.sender or None,
        receiver=transfer.receiver,
        state=transfer.state.value,
        lines=transfer_lines(transfer.cells, transfer.expiries),
        number=transfer.number or None,
        dispatched_at=moment(transfer.dispatched_at),
        note=transfer.note,
        cancel=None if transfer.cancel_reason is None else _CANCEL[transfer.decided],
        cancel_reason=transfer.cancel_reason,
        to_known=to_known,
        findings=transfer.findings,
        stray_of=None if transfer.stray_of is None else write_id(transfer.stray_of),
    )  # fmt: skip


def routes(office: Office) -> Sequence[Any]:
    """`GET /transfers`, `GET /transfers/{id}`."""

    @get("/api/v1/transfers", tags=["transfers"], summary="Transfers, newest first", guards=[at_least(Role.CASHIER)])
    async def transfers(
        branch: FromQuery[str | None] = None,
        direction: FromQuery[str | None] = None,
        state_: StateName = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[TransferView]:
        """`direction` is as seen from `branch`: `in` what goes there, `out` what it sent."""
        if direction and direction not in ("in", "out"):
            raise ProblemRaised(unknown_value("direction", direction))
        wanted = read_state(state_)
        start, most = decode_cursor("transfers", after, PlaceKey) or PlaceKey(PLACE_MAX), page_limit(limit)
        branches, rows = await office.read(
            lambda connection: list_transfers(
                connection, before=start.place, limit=most + 1, branch=branch or None, direction=direction or None,
                state=wanted,
            )
        )  # fmt: skip
        page = page_of("transfers", rows, most, lambda row: PlaceKey(row.place))
        views = [transfer_view(row.transfer, to_known=row.transfer.receiver in branches) for row in page.rows]
        return Page(views, page.next)

    @get("/api/v1/transfers/{id_text:str}", tags=["transfers"], summary="A transfer", guards=[at_least(Role.CASHIER)])
    async def transfer(id_text: FromPath[str]) -> TransferView:
        id_ = read_id(id_text)
        if id_ is None:
            raise ProblemRaised(make("not_found"))
        branches, found = await office.read(lambda connection: find_transfer(connection, id_))
        if found is None:
            raise ProblemRaised(make("not_found"))
        return transfer_view(found, to_known=found.receiver in branches)

    return [transfers, transfer]


def read_state(text: str | None) -> TransferState | None:
    """A state by its name; a misspelt one is refused."""
    if not text:
        return None
    try:
        return TransferState(text)
    except ValueError as error:
        raise ProblemRaised(unknown_value("state", text)) from error
