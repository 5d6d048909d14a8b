"""The pages of counting: what is to be counted today, the blind sheet, and what was off once it is posted.

A cashier counts as well, signed in with a PIN: nothing here says what the book holds before a sheet is posted.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.contexts.counts import ClassAccuracy, CountsPage, CountTask, OpenSheet, SheetPage, SheetRow
from admin_ui.contexts.documents import DocumentRow
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.counting import CountClass
from gateway.domain.document import DocumentType
from gateway.store.counts import WEEK_DAYS, AccuracyRow, TaskRow, list_accuracy
from gateway.store.counts_sheets import Sheet, find_sheet, list_open_sheets
from gateway.store.documents import StoredDocument, list_documents, load_document
from gateway.use_cases.count_job import today_of
from gateway.use_cases.count_today import count_today
from gateway.web.counts import ACCURACY_WEEKS
from gateway.web.document_id import read_id, write_id
from gateway.web.documents import BEFORE_ANY, known_items
from gateway.web.pages.documents import shown
from gateway.web.pages.frame import AnyRequest, Frame, decides, seconds
from replication.wire.identity import make_uuid7
from replication.wire.item import Item
from replication.wire.location import LOCATION_NAME, SHOP

SHEETS_SHOWN: Final = 20
POSTED_SHOWN: Final = 10
"""Newest first; older counts stand among the documents."""
_STOCK_COUNT: Final = DocumentType.STOCK_COUNT.value


class _Found(msgspec.Struct):
    """What the first page needs from the ledger."""

    sheets: list[Sheet]
    posted: list[DocumentRow]
    accuracy: list[AccuracyRow]
    items: dict[str, Item]


def routes(frame: Frame) -> Sequence[Any]:
    """`/counts`, `/counts/new`, `/counts/{id}`."""
    branch = frame.branch
    rules, anybody = branch.config.counting.rules(), at_least(Role.CASHIER)

    @get("/counts", include_in_schema=False, guards=[anybody])
    async def counts(request: AnyRequest, caller: TheCaller, location: FromQuery[str] = SHOP) -> Response[str]:
        place, sees = _place(location), decides(caller)
        today = today_of(branch.shop)
        monday = (today - 1) // WEEK_DAYS * WEEK_DAYS + 1
        first = monday - (ACCURACY_WEEKS - 1) * WEEK_DAYS
        tasks = await count_today(branch.shop, rules, caller.person, place)

        def query(connection: Connection) -> _Found:
            posted = list_documents(connection, before_seq=BEFORE_ANY.seq, limit=POSTED_SHOWN, type_=_STOCK_COUNT)
            return _Found(
                list_open_sheets(connection, limit=SHEETS_SHOWN),
                shown(connection, posted) if sees else [],
                list_accuracy(connection, first) if sees else [],
                known_items(connection, (task.item for task in tasks)),
            )

        found = await branch.shop.ledger.read(query)
        page = CountsPage(
            day=dt.date.fromordinal(today).isoformat(),
            tasks=_tasks(tasks, found.items),
            sheets=tuple(
                OpenSheet(id=write_id(one.id), person=one.person, begun_at=seconds(one.begun_at), lines=len(one.lines))
                for one in found.sheets
            ),
            posted=tuple(found.posted),
            accuracy=tuple(_accuracy(found.accuracy, first)),
            first_week=dt.date.fromordinal(first).isoformat(),
            may_see=sees,
        )
        return await frame.page(request, "counts.html", page, caller)

    @get("/counts/new", include_in_schema=False, guards=[anybody])
    async def begin() -> Response[None]:
        """A sheet is its id until the first line is noted: nothing is stored yet."""
        sheet = make_uuid7(branch.shop.clock(), secrets.token_bytes(10))
        return Response(None, status_code=303, headers={"location": f"/counts/{sheet}"})

    @get("/counts/{id_text:str}", include_in_schema=False, guards=[anybody])
    async def sheet(
        request: AnyRequest, caller: TheCaller, id_text: FromPath[str], location: FromQuery[str] = SHOP
    ) -> Response[str]:
        id_, place = read_id(id_text), _place(location)
        if id_ is None:
            raise ProblemRaised(make("not_found"))
        tasks = await count_today(branch.shop, rules, caller.person, place)

        def query(connection: Connection) -> tuple[Sheet | None, StoredDocument | None, dict[str, Item]]:
            found, stored = find_sheet(connection, id_), load_document(connection, id_)
            skus = [task.item for task in tasks] + [line.item for line in (found.lines if found is not None else ())]
            return found, stored, known_items(connection, skus)

        found, stored, items = await branch.shop.ledger.read(query)
        if stored is not None and stored.event.type != _STOCK_COUNT:
            raise ProblemRaised(make("not_found"))
        page = SheetPage(
            id=write_id(id_),
            location=place if found is None else found.location,
            rows=() if found is None else tuple(_lines(found, items)),
            tasks=_tasks(tasks, items),
            posted=stored is not None,
            number=None if stored is None else stored.event.number,
            may_see=decides(caller),
        )
        return await frame.page(request, "count_sheet.html", page, caller)

    return [counts, begin, sheet]


def _place(location: str) -> str:
    if not LOCATION_NAME.fullmatch(location):
        raise ProblemRaised(make("not_found"))
    return location


def _tasks(rows: Iterable[TaskRow], items: dict[str, Item]) -> tuple[CountTask, ...]:
    return tuple(
        CountTask(
            item=row.item, name=row.name, name_zh=row.name_zh, unit=items[row.item].unit if row.item in items else "",
            class_=row.class_, reason=row.reason, counted=row.counted,
        )
        for row in rows
    )  # fmt: skip


def _lines(sheet: Sheet, items: dict[str, Item]) -> Iterable[SheetRow]:
    for line in sheet.lines:
        item = items.get(line.item)
        yield SheetRow(
            line=line.line, item=line.item, name=line.item if item is None else item.name,
            name_zh=None if item is None else item.name_zh, lot=line.lot or None, counted="" if line.again else line.quantity,
            unit=line.unit or ("" if item is None else item.unit), again=line.again,
        )  # fmt: skip


def _accuracy(rows: list[AccuracyRow], first: int) -> Iterable[ClassAccuracy]:
    """The classes in which something was counted, each with every week of the figure."""
    for class_ in CountClass:
        own = {(row.day - first) // WEEK_DAYS: row for row in rows if row.class_ == class_.value}
        if own:
            yield ClassAccuracy(
                class_=class_.value,
                weeks=tuple(
                    own[week].within * 1000 // own[week].lines if week in own else None
                    for week in range(ACCURACY_WEEKS)
                ),
                lines=sum(row.lines for row in own.values()),
                within=sum(row.within for row in own.values()),
                surplus=sum(row.surplus for row in own.values()),
                shortage=sum(row.shortage for row in own.values()),
            )
