"""The pages of lots: what expires, what has, what is blocked, one lot with its block and release; and a single piece's life."""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final, Literal, assert_never

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.lots import LotLine, LotPage, LotPlace, LotSaid, LotsPage, SerialPage, SerialStep
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, encode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.lot_figures import LotRow, list_lots, list_serials
from gateway.store.lot_lists import LotList, find_lot, list_blocked, list_expired, list_expiring, list_of_item
from gateway.web.document_id import write_id
from gateway.web.documents import known_items
from gateway.web.keys import LotKey, PlaceKey
from gateway.web.pages.frame import AnyRequest, Frame, seconds
from replication.wire.item import Item
from replication.wire.quantity import format_quantity

DAYS_AHEAD: Final = 30
"""Goods that last longer need nobody's eye today."""
TEXT_MAX: Final = 64
_NEWEST: Final = PlaceKey(2**62)
_LAST: Final = ("9999-12-31", 2**62)
Tab = Literal["expiring", "expired", "blocked"]
_TABS: Final[dict[str, Tab]] = {"expiring": "expiring", "expired": "expired", "blocked": "blocked"}


class _Found(msgspec.Struct):
    """Lots with what is known of their items."""

    rows: list[LotRow]
    next: LotKey | None
    items: dict[str, Item]


def routes(frame: Frame) -> Sequence[Any]:
    """`/lots`, `/lots/rows`, `/lots/one`, `/serials`."""
    branch = frame.branch
    manager = at_least(Role.MANAGER, password=True)

    async def rows_page(tab: str, q: str, after: str | None) -> LotsPage:
        chosen, wanted = _TABS.get(tab), q.strip()[:TEXT_MAX]
        if chosen is None:
            raise ProblemRaised(make("not_found"))
        start, today = decode_cursor("lots-page", after, LotKey), frame.today()

        def query(connection: Connection) -> _Found:
            rows, next_ = _search(connection, wanted, start) if wanted else _listed(connection, chosen, today, start)
            return _Found(rows, next_, known_items(connection, (row.item for row in rows)))

        found = await branch.shop.ledger.read(query)
        return LotsPage(
            tab="search" if wanted else chosen,
            rows=tuple(_line(row, found.items, today) for row in found.rows),
            next=None if found.next is None else encode_cursor("lots-page", found.next),
            q=wanted,
            days=DAYS_AHEAD,
        )

    @get("/lots", include_in_schema=False, guards=[manager])
    async def lots(
        request: AnyRequest,
        caller: TheCaller,
        tab: FromQuery[str] = "expiring",
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(tab, q, after)
        return await frame.page(request, "lots.html", context, caller)

    @get("/lots/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        tab: FromQuery[str] = "expiring",
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        context = await rows_page(tab, q, after)
        return await frame.part(request, "lots_rows.html", context, caller)

    @get("/lots/one", include_in_schema=False, guards=[manager])
    async def one(request: AnyRequest, caller: TheCaller, item: FromQuery[str], lot: FromQuery[str]) -> Response[str]:
        found, items = await branch.shop.ledger.read(
            lambda connection: (find_lot(connection, item, lot), known_items(connection, (item,)))
        )
        if found is None:
            raise ProblemRaised(make("not_found"))
        row, words = found
        context = LotPage(
            lot=_line(row, items, frame.today()),
            said=tuple(
                LotSaid(
                    expiry=word.expiry,
                    blocked=word.blocked,
                    reason=word.reason,
                    person=word.person,
                    at=seconds(word.at),
                )
                for word in words
            ),
        )
        return await frame.page(request, "lot.html", context, caller)

    @get("/serials", include_in_schema=False, guards=[manager])
    async def serials(
        request: AnyRequest, caller: TheCaller, serial: FromQuery[str] = "", after: FromQuery[str | None] = None
    ) -> Response[str]:
        wanted, before = serial.strip()[:TEXT_MAX], decode_cursor("serials-page", after, PlaceKey) or _NEWEST
        rows = await branch.shop.ledger.read(
            lambda connection: list_serials(connection, wanted, item=None, before=before.place, limit=LIMIT_DEFAULT + 1)
        )
        page = page_of("serials-page", rows, LIMIT_DEFAULT, lambda row: PlaceKey(row.place))
        steps = tuple(
            SerialStep(
                item=row.item, from_location=row.source, to_location=row.destination, lot=row.lot or None,
                document=write_id(row.document), type=row.type, number=row.number, person=row.person, station=row.station,
                at=seconds(row.posted_at),
            )
            for row in page.rows
        )  # fmt: skip
        context = SerialPage(serial=wanted, steps=steps, next=page.next)
        return await frame.page(request, "serial.html", context, caller)

    return [lots, more, one, serials]


def _listed(
    connection: Connection, tab: Tab, today: dt.date, start: LotKey | None
) -> tuple[list[LotRow], LotKey | None]:
    after = None if start is None else (start.text, start.lot_id)
    match tab:
        case "expiring":
            last = (today + dt.timedelta(days=DAYS_AHEAD)).isoformat()
            found = list_expiring(
                connection, first=today.isoformat(), last=last, after=after or ("", 0), limit=LIMIT_DEFAULT
            )
        case "expired":
            found = list_expired(connection, today=today.isoformat(), before=after or _LAST, limit=LIMIT_DEFAULT)
        case "blocked":
            found = list_blocked(connection, after=0 if start is None else start.lot_id, limit=LIMIT_DEFAULT)
        case _:
            assert_never(tab)
    return [row for _, _, row in found.rows], _next(found)


def _next(found: LotList) -> LotKey | None:
    return None if found.walked_to is None else LotKey(*found.walked_to)


def _search(connection: Connection, q: str, start: LotKey | None) -> tuple[list[LotRow], LotKey | None]:
    """The lots of an item of that code; without such an item, the lots of that name, one of each item."""
    if known_items(connection, (q,)):
        rows = list_of_item(connection, q, after="" if start is None else start.text, limit=LIMIT_DEFAULT + 1)
    else:
        rows = list_lots(connection, q, after=0 if start is None else start.lot_id, limit=LIMIT_DEFAULT + 1)
    shown = rows[:LIMIT_DEFAULT]
    return shown, LotKey(shown[-1].lot, shown[-1].item_id) if len(rows) > LIMIT_DEFAULT else None


def _line(row: LotRow, items: dict[str, Item], today: dt.date) -> LotLine:
    item = items.get(row.item)
    return LotLine(
        item=row.item,
        name=row.item if item is None else item.name,
        name_zh=None if item is None else item.name_zh,
        unit="" if item is None else item.unit,
        lot=row.lot,
        expiry=row.expiry,
        days=None if row.expiry is None else (dt.date.fromisoformat(row.expiry) - today).days,
        on_hand=format_quantity(row.on_hand),
        available=format_quantity(row.available),
        blocked=None if row.block is None else row.block.reason,
        places=tuple(
            LotPlace(location=name, on_hand=format_quantity(quantity)) for name, quantity in row.places if quantity
        ),
    )
