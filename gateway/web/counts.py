"""Counting over HTTP: classes, the list of a day, sheets counted blind while selling, what was off and why, and accuracy.

What the book says is in no answer before a count is posted: whoever counts does not know what to find.
"""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.guard import check_role
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.counting import CountClass
from gateway.domain.counting_differences import Difference, explain_differences
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.store.counts import WEEK_DAYS, list_accuracy, list_classes
from gateway.store.counts_differences import counted_lines, histories
from gateway.store.counts_sheets import Sheet, SheetLine, find_sheet
from gateway.store.documents import load_document
from gateway.store.items import load_item
from gateway.use_cases.count_job import classify_now, today_of
from gateway.use_cases.count_line import CountEntry, note_line
from gateway.use_cases.count_post import UnknownSheet, post_count
from gateway.use_cases.count_today import count_today
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.document_id import read_id, write_id
from gateway.web.explain import teller_of
from gateway.web.explain_views import CauseView, Teller
from gateway.web.keys import ClassKey
from gateway.web.moments import moment
from gateway.web.posting import answer_of
from gateway.web.problems import refusal, unsafe_ledger
from replication.wire.location import SHOP
from replication.wire.quantity import format_quantity

ACCURACY_WEEKS: Final = 13
"""A quarter: as long as the seldomest class takes to be counted once."""


class ClassView(msgspec.Struct, frozen=True):
    """An item's class by what its issues of the trailing days were worth (`value`, minor units)."""

    item: str
    name: str
    name_zh: str | None
    class_: str = msgspec.field(name="class")
    value: int


class ClassesMade(msgspec.Struct, frozen=True):
    """How many items are in each class now; what was not issued is C and not counted here."""

    a: int = msgspec.field(name="A")
    b: int = msgspec.field(name="B")
    c: int = msgspec.field(name="C")


class TaskView(msgspec.Struct, frozen=True):
    """An item to be counted. `reason`: negative, difference, never, due."""

    item: str
    name: str
    name_zh: str | None
    unit: str
    class_: str = msgspec.field(name="class")
    reason: str
    counted: bool


class TodayView(msgspec.Struct, frozen=True):
    """What a person is to count on a day at a location."""

    day: str
    person: str
    location: str
    rows: tuple[TaskView, ...]


class CountLineView(msgspec.Struct, frozen=True):
    """A counted line. `state` is `second_count` while it must be counted once more."""

    line: int
    item: str
    location: str
    lot: str | None
    counted: str
    unit: str | None
    time: int
    state: str
    person: str
    at: str


class CountView(msgspec.Struct, frozen=True):
    """A count sheet; posted under its own id."""

    id: str
    person: str
    begun_at: str
    posted: bool
    lines: tuple[CountLineView, ...]


class DifferenceView(msgspec.Struct, frozen=True):
    """A posted line that was off. `kind`: surplus, shortage, mix_up."""

    line: int
    item: str
    location: str
    lot: str | None
    counted: str
    expected: str
    difference: str
    kind: str
    causes: tuple[CauseView, ...]


class AccuracyView(msgspec.Struct, frozen=True):
    """Counted lines of a class in the week that began on `week`: how many were within tolerance, in thousandths as well, and
    what was too much and too little, in minor units at cost."""

    week: str
    class_: str = msgspec.field(name="class")
    lines: int
    within: int
    permille: int
    surplus: int
    shortage: int


_entry_decoder = msgspec.json.Decoder(CountEntry)
_encode = msgspec.json.Encoder().encode


def list_routes(branch: Branch) -> Sequence[Any]:
    """What is read: `GET /counts/…`."""
    rules, ledger, teller = branch.config.counting.rules(), branch.shop.ledger, teller_of(branch)

    @get(
        "/api/v1/counts/classes", tags=["counts"], summary="ABC classes, dearest first", guards=[at_least(Role.CASHIER)]
    )
    async def classes(
        class_name: FromQuery[CountClass | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[ClassView]:
        key, most = decode_cursor("classes", after, ClassKey), page_limit(limit)
        start = None if key is None else (key.value, key.item_id)
        rows = await ledger.read(
            lambda connection: list_classes(connection, after=start, class_=class_name, limit=most + 1)
        )
        page = page_of("classes", rows, most, lambda row: ClassKey(row.value, row.item_id))
        return Page([ClassView(row.item, row.name, row.name_zh, row.class_, row.value) for row in page.rows], page.next)

    @get(
        "/api/v1/counts/today",
        tags=["counts"],
        summary="What a person is to count today",
        guards=[at_least(Role.CASHIER)],
    )
    async def today(
        caller: TheCaller, person: FromQuery[str | None] = None, location: FromQuery[str] = SHOP
    ) -> TodayView:
        """Without `person`, the caller's own list; another's is a manager's to read."""
        who = person or caller.person
        refused = None if who == caller.person else check_role(caller, Role.MANAGER)
        if refused is not None:
            raise ProblemRaised(refused)
        rows = await count_today(branch.shop, rules, who, location)
        items = await ledger.read(lambda connection: {row.item: load_item(connection, row.item) for row in rows})
        return TodayView(
            _date(today_of(branch.shop)), who, location,
            tuple(
                TaskView(
                    row.item, row.name, row.name_zh, "" if (found := items[row.item]) is None else found.item.unit, row.class_,
                    row.reason, row.counted,
                )
                for row in rows
            ),
        )  # fmt: skip

    @get("/api/v1/counts/accuracy", tags=["counts"], summary="How often the book was right, by week and class",
         guards=[at_least(Role.MANAGER)])  # fmt: skip
    async def accuracy() -> list[AccuracyView]:
        first = today_of(branch.shop) - ACCURACY_WEEKS * WEEK_DAYS
        rows = await ledger.read(lambda connection: list_accuracy(connection, first))
        return [
            AccuracyView(
                _date(row.day), row.class_, row.lines, row.within, row.within * 1000 // row.lines, row.surplus, row.shortage
            )
            for row in rows
        ]  # fmt: skip

    @get("/api/v1/counts/{id_text:str}/differences", tags=["counts"], summary="What was off in a posted count, and why",
         guards=[at_least(Role.MANAGER)])  # fmt: skip
    async def differences(id_text: FromPath[str]) -> list[DifferenceView]:
        id_ = read_id(id_text)

        def query(connection: Connection) -> list[Difference] | None:
            stored = None if id_ is None else load_document(connection, id_)
            if stored is None or stored.event.type != "stock_count":
                return None
            lines = counted_lines(stored)
            return explain_differences(lines, histories(connection, lines, ledger.now(), branch.shop.calendar.today()))

        found = await ledger.read(query)
        if found is None:
            raise ProblemRaised(make("not_found"))
        return [_difference_view(teller, one) for one in found]

    @get("/api/v1/counts/{id_text:str}", tags=["counts"], summary="A count sheet: what was counted so far, nothing of the book",
         guards=[at_least(Role.CASHIER)])  # fmt: skip
    async def sheet(id_text: FromPath[str]) -> CountView:
        id_ = read_id(id_text)

        def query(connection: Connection) -> tuple[Sheet | None, bool]:
            if id_ is None:
                return None, False
            return find_sheet(connection, id_), load_document(connection, id_) is not None

        found, posted = await ledger.read(query)
        if found is None:
            raise ProblemRaised(make("not_found"))
        lines = tuple(_line_view(line) for line in found.lines)
        return CountView(write_id(found.id), found.person, moment(found.begun_at), posted, lines)

    return [classes, today, accuracy, differences, sheet]


def put_line(branch: Branch) -> Direct:
    """`PUT /counts/{id}/lines/{line}`."""
    rules = branch.config.counting.rules()

    async def put(scope: Any, read: ReadBody) -> Answer:
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        entry = decode_json(_entry_decoder, await read())
        sheet, number = read_id(scope["path_params"]["id"]), scope["path_params"]["line"]
        if sheet is None:
            return problem_answer(refusal(branch.sentences, 400, (Fault("id", "not_a_uuid"),)))
        if isinstance(entry, Problem):
            return problem_answer(entry)
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        outcome = await note_line(branch.shop, rules, caller.person, sheet, int(number), entry)
        if isinstance(outcome, Rejected):
            return problem_answer(refusal(branch.sentences, 422, outcome.faults))
        return Answer(200, _encode(_line_view(outcome)))

    return Direct(put)


def post_sheet(branch: Branch) -> Direct:
    """`POST /counts/{id}/post`: answered like the document it becomes."""

    async def post(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        sheet = read_id(scope["path_params"]["id"])
        if sheet is None:
            return problem_answer(make("not_found"))
        outcome = await post_count(branch.shop, Poster(caller.person, caller.role), sheet)
        if isinstance(outcome, UnknownSheet):
            return problem_answer(make("not_found"))
        return await answer_of(branch, sheet, outcome)

    return Direct(post)


def post_classes(branch: Branch) -> Direct:
    """`POST /counts/classes`: made anew now, as every night."""
    rules = branch.config.counting.rules()

    async def post(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        made = await classify_now(branch.shop, rules)
        return Answer(200, _encode(ClassesMade(made.a, made.b, made.c)))

    return Direct(post)


def _line_view(line: SheetLine) -> CountLineView:
    return CountLineView(
        line.line, line.item, line.location, line.lot or None, line.quantity, line.unit, line.time,
        "second_count" if line.again else "counted", line.person, moment(line.at),
    )  # fmt: skip


def _difference_view(teller: Teller, one: Difference) -> DifferenceView:
    counted = one.counted
    return DifferenceView(
        counted.line, counted.item, counted.location, counted.lot or None, format_quantity(counted.counted),
        format_quantity(counted.expected), format_quantity(counted.difference), one.kind.value,
        tuple(teller.cause(cause) for cause in one.causes),
    )  # fmt: skip


def _date(day: int) -> str:
    return dt.date.fromordinal(day).isoformat()
