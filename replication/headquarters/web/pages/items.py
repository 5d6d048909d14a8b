"""Items of the chain with their prices, and one plain form: a price from a moment on."""

import datetime as dt
from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from admin_ui.contexts.catalogue import CataloguePage, CatalogueRow, PriceForm
from admin_ui.serving.guard import Caller
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.roles import Role
from replication.headquarters.prices import DEFAULT_LIST, PriceRow, put_prices
from replication.headquarters.stores.rows import ItemRow
from replication.headquarters.stores.sqlite.catalogue import next_prices
from replication.headquarters.stores.sqlite.queries import count_items, list_items
from replication.headquarters.web.items import SEARCH_CHARACTERS_MAX, NameKey
from replication.headquarters.web.pages.frame import AnyRequest, Frame, attention_of, language_of
from replication.headquarters.web.refusals import Refusals
from replication.wire.fault import Fault
from replication.wire.money import minor_unit_digits
from replication.wire.name_order import order_of, place_of
from replication.wire.outbox import Price
from replication.wire.quantity import QuantityError, parse_quantity

FIELD_CHARACTERS_MAX: Final = 64
"""Longer than anything that may stand in a field of the form; the rest is cut."""


def routes(frame: Frame) -> Sequence[Any]:
    """`/items` and its form."""
    office, manager = frame.office, at_least(Role.MANAGER, password=True)
    currency = office.config.site.currency
    refusals, digits = Refusals(currency), minor_unit_digits(currency)

    async def page_of_items(
        request: AnyRequest,
        caller: Caller,
        q: str,
        after: str | None,
        said: str | None,
        form: PriceForm,
        fault: Fault | None,
    ) -> Response[str]:
        start, now = decode_cursor("items", after, NameKey) or NameKey("", 0), office.utc_milliseconds()
        search, order = q.strip()[:SEARCH_CHARACTERS_MAX], order_of(language_of(request))

        def query(connection: Connection) -> tuple[list[ItemRow], dict[str, Price], int]:
            rows = list_items(
                connection,
                search=search,
                after=(start.name, start.item_id),
                limit=LIMIT_DEFAULT + 1,
                now=now,
                order=order,
            )
            coming = next_prices(connection, DEFAULT_LIST, [row.sku for row in rows], now=now)
            return rows, coming, count_items(connection)

        branches, (rows, coming, count) = await office.read(query)
        found = page_of(
            "items", rows, LIMIT_DEFAULT, lambda row: NameKey(place_of(order, row.name, row.name_zh), row.item_id)
        )
        refused = None if fault is None else refusals.of(422, (fault,))
        page = CataloguePage(
            rows=tuple(_row(row, coming.get(row.sku)) for row in found.rows),
            next=found.next,
            q=search,
            items=count,
            form=form,
            said=said if said and len(said) <= FIELD_CHARACTERS_MAX else None,
            refused=None if refused is None else refused.detail_zh if language_of(request) == "zh" else refused.detail,
            time_zone=office.config.site.time_zone,
        )
        return frame.page(request, "catalogue.html", page, caller, attention=attention_of(branches))

    @get("/items", include_in_schema=False, guards=[manager])
    async def items(
        request: AnyRequest,
        caller: TheCaller,
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
        said: FromQuery[str | None] = None,
    ) -> Response[str]:
        return await page_of_items(request, caller, q, after, said, PriceForm(), None)

    @post("/items/price", include_in_schema=False, guards=[manager])
    async def price(request: AnyRequest, caller: TheCaller) -> Response[str] | Redirect:
        form, now = _entered(await request.form()), office.utc_milliseconds()
        row = _read(form, digits, frame, now)
        outcome: Sequence[object] = (row,)
        if isinstance(row, PriceRow):
            rows = [row]
            outcome = await office.store.transact(lambda session: put_prices(session, DEFAULT_LIST, rows, now))
        fault = next((one for one in outcome if isinstance(one, Fault)), None)
        if fault is not None:
            return await page_of_items(request, caller, form.item, None, None, form, fault)
        sku = quote(form.item, safe="")
        return Redirect(f"/items?q={sku}&said={sku}", status_code=303)

    return [items, price]


def _entered(told: Mapping[str, object]) -> PriceForm:
    def text(name: str) -> str:
        value = told.get(name)
        return value.strip()[:FIELD_CHARACTERS_MAX] if isinstance(value, str) else ""

    return PriceForm(item=text("item"), price=text("price"), moment=text("moment"))


def _read(form: PriceForm, digits: int, frame: Frame, now: int) -> PriceRow | Fault:
    """A price is written in major units, a moment in headquarters' own time zone."""
    try:
        thousandths = parse_quantity(form.price)
    except QuantityError:
        return Fault("price", "not_a_price", {"text": form.price[:40]})
    minor, rest = divmod(thousandths, 10 ** (3 - digits))
    if rest:
        return Fault("price", "not_a_price", {"text": form.price[:40]})
    if not form.moment:
        return PriceRow(form.item, minor, now)
    try:
        at = dt.datetime.fromisoformat(form.moment).replace(tzinfo=frame.zone)
        return PriceRow(form.item, minor, int(at.timestamp()) * 1000)
    except (ValueError, OverflowError):
        return Fault("moment", "moment_out_of_range")


def _row(row: ItemRow, coming: Price | None) -> CatalogueRow:
    item = row.item
    return CatalogueRow(
        sku=row.sku,
        name=row.name,
        name_zh=row.name_zh,
        unit="" if item is None else item.unit,
        price=row.list_price if row.list_price is not None else None if item is None else item.price,
        next_price=None if coming is None else coming.price,
        next_at=None if coming is None else coming.effective_at / 1000,
        own=row.sent_version is not None,
    )
