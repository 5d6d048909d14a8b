"""Lots and single pieces over HTTP: where goods of a lot lie, blocking and releasing one, and the life of a serial number."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final, assert_never

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.domain.posting import Rejected
from gateway.store.lot_figures import LotRow, SerialRow, list_lots, list_serials
from gateway.store.stock import stock_head
from gateway.use_cases.block_lot import LotStands, UnknownItem, block_lot
from gateway.web.branch import Branch
from gateway.web.change_asked import change_asked
from gateway.web.document_id import write_id
from gateway.web.keys import ItemKey, PlaceKey
from gateway.web.moments import moment
from gateway.web.problems import refusal
from replication.wire.quantity import format_quantity

_NEWEST: Final = PlaceKey(2**62)


class BlockView(msgspec.Struct, frozen=True):
    """Why nobody may take goods of a lot, who said so, and when."""

    reason: str
    person: str
    at: str


class LotPlaceView(msgspec.Struct, frozen=True):
    """What of a lot lies at a place."""

    location: str
    on_hand: str


class LotView(msgspec.Struct, frozen=True):
    """A lot of an item as the ledger stood at `as_of_seq`; `blocked` is null where its goods may be taken."""

    item: str
    lot: str
    expiry: str | None
    blocked: BlockView | None
    on_hand: str
    available: str
    places: tuple[LotPlaceView, ...]
    as_of_seq: int


class SerialView(msgspec.Struct, frozen=True):
    """A single piece that went from a place to another with a document."""

    serial: str
    item: str
    source: str = msgspec.field(name="from")
    destination: str = msgspec.field(name="to")
    lot: str | None
    seq: int
    document: str
    type: str
    number: str
    person: str
    station: str | None
    posted_at: str


class BlockRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: str


class BlockAnswer(msgspec.Struct, frozen=True):
    """The lot as it stands now, as of that entry of the journal."""

    item: str
    lot: str
    blocked: bool
    as_of_seq: int


_decoder = msgspec.json.Decoder(BlockRequest)
_encode = msgspec.json.Encoder().encode


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /lots/{lot}` and `GET /serials`."""

    @get("/api/v1/lots/{lot:str}", tags=["stock"], summary="A lot by its name", guards=[at_least(Role.CASHIER)])
    async def lots(
        lot: FromPath[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[LotView]:
        """One row of each item that has a lot of that name."""
        start, most = decode_cursor("lots", after, ItemKey) or ItemKey(0), page_limit(limit)

        def query(connection: Connection) -> tuple[int, list[LotRow]]:
            return stock_head(connection), list_lots(connection, lot, after=start.item_id, limit=most + 1)

        head, rows = await branch.shop.ledger.read(query)
        page = page_of("lots", rows, most, lambda row: ItemKey(row.item_id))
        return Page([_lot_view(row, head) for row in page.rows], page.next)

    @get("/api/v1/serials", tags=["stock"], summary="The life of a serial number, newest first",
         guards=[at_least(Role.CASHIER)])  # fmt: skip
    async def serials(
        serial: FromQuery[str],
        item: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[SerialView]:
        before, most = decode_cursor("serials", after, PlaceKey) or _NEWEST, page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_serials(connection, serial, item=item or None, before=before.place, limit=most + 1)
        )
        page = page_of("serials", rows, most, lambda row: PlaceKey(row.place))
        return Page([_serial_view(row) for row in page.rows], page.next)

    return [lots, serials]


def post_block(branch: Branch, *, blocked: bool) -> RawHandler:
    """`POST /lots/{item}/{lot}/block` and `…/unblock`: 200 as it stands now."""

    async def block(scope: Any, receive: Any, send: Any) -> None:
        asked = await change_asked(branch, scope, lambda: read_body(receive), _decoder, Role.MANAGER)
        if isinstance(asked, Problem):
            await send_problem(send, asked)
            return
        poster, request = asked
        item, lot = scope["path_params"]["item"], scope["path_params"]["lot"]
        outcome = await block_lot(branch.shop, poster, item, lot, request.reason, blocked=blocked)
        match outcome:
            case LotStands(seq):
                await respond(send, 200, _encode(BlockAnswer(item, lot, blocked, seq)))
            case Rejected(faults):
                await send_problem(send, refusal(branch.sentences, 422, faults))
            case UnknownItem():
                await send_problem(send, make("not_found"))
            case _:
                assert_never(outcome)

    return block


def _lot_view(row: LotRow, head: int) -> LotView:
    block = row.block
    return LotView(
        row.item, row.lot, row.expiry, None if block is None else BlockView(block.reason, block.person, moment(block.at)),
        format_quantity(row.on_hand), format_quantity(row.available),
        tuple(LotPlaceView(place, format_quantity(quantity)) for place, quantity in row.places), head,
    )  # fmt: skip


def _serial_view(row: SerialRow) -> SerialView:
    return SerialView(
        row.serial, row.item, row.source, row.destination, row.lot or None, row.seq, write_id(row.document), row.type,
        row.number, row.person, row.station, moment(row.posted_at),
    )  # fmt: skip
