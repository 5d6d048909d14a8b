"""Headquarters' price list over HTTP: put rows, each from a moment on, and read what is in force and what is to come."""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import UNSET, UnsetType

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make
from admin_ui.serving.raw import Operation, RawHandler, RawRoute, respond, send_problem
from admin_ui.serving.roles import Role
from replication.headquarters.prices import DEFAULT_LIST, PriceRow, put_prices
from replication.headquarters.stores.sqlite.catalogue import list_prices
from replication.headquarters.web.office import Office, moment
from replication.headquarters.web.refusals import Refusals
from replication.wire.fault import Fault
from replication.wire.outbox import Price


class PriceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: `price` in minor units per base unit, from `effective_at` on (now, where it is not told)."""

    item: str
    price: int
    effective_at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | UnsetType = UNSET


class PriceEntries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /prices/{list}`: all rows are taken, or none."""

    rows: tuple[PriceEntry, ...]


class PriceView(msgspec.Struct, frozen=True):
    """A price. `state` is `in_force`, `scheduled`, or `past` where a later one is in force."""

    item: str
    price: int
    effective_at: str
    version: int
    state: str


class PricesPut(msgspec.Struct, frozen=True):
    """The rows as they now stand; each store sells by them from `effective_at` on."""

    list: str
    rows: tuple[PriceView, ...]


class PriceKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in a price list."""

    item: str
    effective_at: Annotated[int, msgspec.Meta(ge=-1, le=2**62)]


_decoder = msgspec.json.Decoder(PriceEntries)
_encode = msgspec.json.Encoder().encode
EXAMPLE: Final = PriceEntries((PriceEntry("tea-500", 590, dt.datetime(2026, 12, 1, tzinfo=dt.UTC)),))


def raw_routes(office: Office) -> list[RawRoute]:
    """`PUT /prices/{list}`."""
    return [
        RawRoute("/api/v1/prices/{price_list:str}", {
            "PUT": Operation(
                handler=_put(office),
                summary="Put prices; every store sells by them from their moment on, by itself",
                name="put_prices",
                tags=["items"],
                request=PriceEntries,
                request_example=EXAMPLE,
                responses={200: PricesPut, 400: Problem, 403: Problem, 422: Problem, 503: Problem},
            )
        }, {"price_list": DEFAULT_LIST}),
    ]  # fmt: skip


def routes(office: Office) -> Sequence[Any]:
    """`GET /prices/{list}`."""

    @get("/api/v1/prices/{price_list:str}", tags=["items"], summary="A price list", guards=[at_least(Role.CASHIER)])
    async def prices(
        price_list: FromPath[str],
        item: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[PriceView]:
        if price_list != DEFAULT_LIST:
            raise ProblemRaised(make("not_found"))
        start, most = decode_cursor("prices", after, PriceKey) or PriceKey("", -1), page_limit(limit)
        now = office.utc_milliseconds()

        def query(connection: Connection) -> list[tuple[Price, int]]:
            return list_prices(
                connection, price_list, item=item, after=(start.item, start.effective_at), limit=most + 1, now=now
            )

        rows = await office.store.read(query)
        page = page_of("prices", rows, most, lambda row: PriceKey(row[0].sku, row[0].effective_at))
        return Page([_view(price, now, in_force_since) for price, in_force_since in page.rows], page.next)

    return [prices]


def _put(office: Office) -> RawHandler:
    refusals = Refusals(office.config.site.currency)

    async def put(scope: Any, receive: Any, send: Any) -> None:
        entries = await office.entered(scope, receive, Role.MANAGER, _decoder)
        if isinstance(entries, Problem):
            await send_problem(send, entries)
            return
        price_list, now = scope["path_params"]["price_list"], office.utc_milliseconds()
        rows = [
            PriceRow(row.item, row.price, now if row.effective_at is UNSET else _milliseconds(row.effective_at))
            for row in entries.rows
        ]
        outcome = await office.store.transact(lambda session: put_prices(session, price_list, rows, now))
        faults = [one for one in outcome if isinstance(one, Fault)]
        if faults:
            await send_problem(send, refusals.of(422, faults))
            return
        stored = tuple(_view(one, now, None) for one in outcome if isinstance(one, Price))
        await respond(send, 200, _encode(PricesPut(price_list, stored)))

    return put


def _view(price: Price, now: int, in_force_since: int | None) -> PriceView:
    """`in_force_since` is the moment of the price of that item that is in force, where it was asked for."""
    state = "scheduled"
    if price.effective_at <= now:
        state = "in_force" if in_force_since in {None, price.effective_at} else "past"
    return PriceView(price.sku, price.price, moment(price.effective_at) or "", price.version, state)


def _milliseconds(at: dt.datetime) -> int:
    """Whole UTC milliseconds; integer arithmetic, since a float would move a moment."""
    passed = at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000
