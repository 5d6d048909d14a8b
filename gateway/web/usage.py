"""What recipes ask for against what was used, over HTTP: of each component over some days of the site."""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised
from admin_ui.serving.roles import Role
from gateway.domain.costing import MILLIONTHS
from gateway.domain.fault import Fault
from gateway.domain.field_checks import is_date
from gateway.store.usages import UsageRow, list_usages
from gateway.store.worths import followed_to
from gateway.web.branch import Branch
from gateway.web.keys import ItemKey
from gateway.web.problems import refusal
from replication.wire.quantity import THOUSANDTHS, format_quantity

_1970 = dt.date(1970, 1, 1).toordinal()
_FromDay = Annotated[
    str | None, QueryParameter(name="from", description="The first day of the site; today without it.")
]
_ToDay = Annotated[str | None, QueryParameter(name="to", description="The last day, included; today without it.")]


class CausesView(msgspec.Struct, frozen=True):
    """What goods went for, in the base unit; below zero is what came back. `counted`: found missing by counts and adjustments."""

    sold: str
    produced: str
    staff_meal: str
    sample: str
    gift: str
    own: str
    written_off: str
    counted: str


class UsageView(msgspec.Struct, frozen=True):
    """`theoretical` is what recipes ask for of what was sold and produced, `actual` all that was used, lost or found missing, in
    the base unit; `difference` is actual less theoretical, and its worth at the average of now in minor units."""

    item: str
    name: str
    name_zh: str | None
    unit: str
    theoretical: str
    actual: str
    difference: str
    difference_worth: int
    causes: CausesView
    as_of_seq: int


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /usage`."""

    @get("/api/v1/usage", tags=["recipes"], guards=[at_least(Role.MANAGER)],
         summary="What recipes ask for and what was used, by component")  # fmt: skip
    async def usage(
        first_day: _FromDay = None,
        last_day: _ToDay = None,
        item: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[UsageView]:
        """Days of the site, both included; today without them. Followed behind posting: `as_of_seq` says how far."""
        today = branch.shop.calendar.today()
        days = [_day(branch, name, text or today) for name, text in (("from", first_day), ("to", last_day))]
        start, most = decode_cursor("usage", after, ItemKey) or ItemKey(0), page_limit(limit)

        def query(connection: Connection) -> tuple[int, list[UsageRow]]:
            rows = list_usages(
                connection, first_day=days[0], last_day=days[1], item=item or None, after=start.item_id, limit=most + 1
            )
            return followed_to(connection), rows

        seq, rows = await branch.shop.ledger.read(query)
        page = page_of("usage", rows, most, lambda row: ItemKey(row.item_id))
        return Page([_view(row, seq) for row in page.rows], page.next)

    return [usage]


def _day(branch: Branch, path: str, text: str) -> int:
    if not is_date(text):
        raise ProblemRaised(refusal(branch.sentences, 400, (Fault(path, "not_a_date", {"text": text[:40]}),)))
    return dt.date.fromisoformat(text).toordinal() - _1970


def _view(row: UsageRow, seq: int) -> UsageView:
    use, item = row.use, row.item
    off = use.actual - use.asked
    worth = (2 * off * row.each + THOUSANDTHS * MILLIONTHS) // (2 * THOUSANDTHS * MILLIONTHS)
    causes = CausesView(*(format_quantity(getattr(use, name)) for name in CausesView.__struct_fields__))
    return UsageView(
        item.sku, item.name, item.name_zh, item.unit, format_quantity(use.asked), format_quantity(use.actual),
        format_quantity(off), worth, causes, seq,
    )  # fmt: skip
