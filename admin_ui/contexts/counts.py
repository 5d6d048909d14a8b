"""Counting: a person's list of today, sheets begun and posted, how often the book was right; and one sheet. Knows no ledger.

What the book holds is in none of these before a count is posted: whoever counts does not know what to find.
"""

from msgspec import Struct

from admin_ui.contexts.documents import DocumentRow


class CountTask(Struct, frozen=True, kw_only=True, gc=False):
    """An item to be counted today. `reason`: negative, difference, never, due."""

    item: str
    name: str
    name_zh: str | None = None
    unit: str
    class_: str
    reason: str
    counted: bool


class OpenSheet(Struct, frozen=True, kw_only=True, gc=False):
    """A sheet that was begun and not posted."""

    id: str
    person: str
    begun_at: float | str
    lines: int


class ClassAccuracy(Struct, frozen=True, kw_only=True):
    """How many thousandths of the counted lines of a class were within tolerance, week by week, oldest first; None where
    nothing was counted. Money at cost, in minor units."""

    class_: str
    weeks: tuple[int | None, ...]
    lines: int
    within: int
    surplus: int
    shortage: int


class CountsPage(Struct, frozen=True, kw_only=True):
    """`accuracy` and `posted` are a manager's to see; `first_week` is the Monday the figure begins on."""

    day: str
    tasks: tuple[CountTask, ...]
    sheets: tuple[OpenSheet, ...]
    posted: tuple[DocumentRow, ...] = ()
    accuracy: tuple[ClassAccuracy, ...] = ()
    first_week: str = ""
    may_see: bool = False


class SheetRow(Struct, frozen=True, kw_only=True, gc=False):
    """A counted line. `again`: it must be counted a second time, and what was counted first is not shown."""

    line: int
    item: str
    name: str
    name_zh: str | None = None
    lot: str | None = None
    counted: str
    unit: str
    again: bool


class SheetPage(Struct, frozen=True, kw_only=True):
    """One sheet; `number` is given once it is posted."""

    id: str
    location: str
    rows: tuple[SheetRow, ...]
    tasks: tuple[CountTask, ...]
    posted: bool = False
    number: str | None = None
    may_see: bool = False
