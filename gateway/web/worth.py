"""What goods are worth and what they earn, over HTTP: an item's moving average with its recent days, and the days of the site.

Folded behind the posting path: a document counts once the tills rest, and each answer says which entry it stands at.
"""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import FieldProblem, ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.costing import MILLIONTHS, unit_cost
from gateway.store.items import load_item
from gateway.store.worths import DaySales, DayTurnover, Worth, sales_by_day, site_day, turnover_of, worth_of
from gateway.web.branch import Branch
from gateway.web.keys import SeqKey
from replication.wire.quantity import format_quantity

RECENT_DAYS: Final = 30
DAYS_MAX: Final = 366
"""A year in one question: each day is summed over its items."""
_UNIX: Final = dt.date(1970, 1, 1)

_FromDay = Annotated[dt.date | None, QueryParameter(name="from", description="The first day; 30 days without it.")]
_ToDay = Annotated[dt.date | None, QueryParameter(name="to", description="The last day of the site; today without it.")]


class ItemDay(msgspec.Struct, frozen=True):
    """What was sold of an item on a day, in minor units without tax. `cost` is what that had cost when it went, or what it was made
    of; `correction` what became known of past costs that day, where goods were sold before they were booked."""

    day: str
    sold: str
    sales: int
    cost: int
    correction: int
    margin: int


class ItemWorth(msgspec.Struct, frozen=True):
    """An item's goods at their moving average, in minor units; `unit_cost_millionths` is the average before rounding."""

    item: str
    quantity: str
    value: int
    unit_cost: int
    unit_cost_millionths: int
    as_of_seq: int
    days: list[ItemDay]


class DayView(msgspec.Struct, frozen=True):
    """What a day of the site sold, in minor units without tax; see `ItemDay`."""

    day: str
    sales: int
    cost: int
    correction: int
    margin: int


def item_worth(item: str, worth: Worth, days: list[DayTurnover]) -> ItemWorth:
    """An item's worth as the API shows it."""
    each = unit_cost(worth.valuation)
    return ItemWorth(
        item, format_quantity(worth.valuation.quantity), _minor(worth.valuation.value), _minor(each), each, worth.seq,
        [_item_day(day) for day in days],
    )  # fmt: skip


def _item_day(day: DayTurnover) -> ItemDay:
    cost, correction = _minor(day.sold_cost + day.made), _minor(day.revalued)
    margin = day.revenue - cost - correction
    return ItemDay(_date(day.day), format_quantity(day.sold), day.revenue, cost, correction, margin)


def _day_view(day: DaySales) -> DayView:
    cost, correction = _minor(day.cost), _minor(day.revalued)
    return DayView(_date(day.day), day.revenue, cost, correction, day.revenue - cost - correction)


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /items/{sku}/worth` and `GET /turnover`."""
    ledger, zone = branch.shop.ledger, branch.shop.calendar.zone

    @get(
        "/api/v1/items/{sku:str}/worth",
        tags=["items"],
        summary="What an item's goods are worth at their moving average, and what they earned lately",
        guards=[at_least(Role.MANAGER)],
    )
    async def worth(sku: FromPath[str]) -> ItemWorth:
        today = site_day(branch.shop.clock(), zone)

        def query(connection: Connection) -> ItemWorth | None:
            if load_item(connection, sku) is None:
                return None
            days = turnover_of(connection, sku, today - RECENT_DAYS + 1, today)
            return item_worth(sku, worth_of(connection, sku), days)

        found = await ledger.read(query)
        if found is None:
            raise ProblemRaised(make("not_found"))
        return found

    @get(
        "/api/v1/turnover",
        tags=["items"],
        summary="Sales, their cost and the margin by day of the site, oldest first",
        guards=[at_least(Role.MANAGER)],
    )
    async def turnover(
        first: _FromDay = None,
        last: _ToDay = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[DayView]:
        today = site_day(branch.shop.clock(), zone)
        end = today if last is None else _day_of("to", last)
        begin = end - RECENT_DAYS + 1 if first is None else _day_of("from", first)
        if not 0 <= end - begin < DAYS_MAX:
            raise _refused(
                "from",
                f"At most {DAYS_MAX} days, the first before the last.",
                f"起止日期须先后有序，最多 {DAYS_MAX} 天。",
            )
        place, most = decode_cursor("turnover", after, SeqKey), page_limit(limit)
        start = begin if place is None else max(begin, place.seq + 1)
        rows = await ledger.read(lambda connection: sales_by_day(connection, start, end, most + 1))
        page = page_of("turnover", rows, most, lambda row: SeqKey(row.day))
        return Page([_day_view(row) for row in page.rows], page.next)

    return [worth, turnover]


def _day_of(path: str, day: dt.date) -> int:
    number = (day - _UNIX).days
    if number < 0:
        raise _refused(path, "No shop is so old.", "日期过早。")
    return number


def _refused(path: str, said: str, said_zh: str) -> ProblemRaised:
    return ProblemRaised(make("invalid_value", errors=[FieldProblem(path, "out_of_range", said, said_zh)]))


def _date(day: int) -> str:
    return (_UNIX + dt.timedelta(days=day)).isoformat()


def _minor(millionths: int) -> int:
    """Half a minor unit away from zero."""
    whole = (2 * abs(millionths) + MILLIONTHS) // (2 * MILLIONTHS)
    return whole if millionths >= 0 else -whole
