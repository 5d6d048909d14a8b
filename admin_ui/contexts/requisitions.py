"""What branches ask headquarters for, and what became of it. Knows no database."""

from msgspec import Struct

from admin_ui.contexts.documents import RequisitionAnswer


class RequisitionRow(Struct, frozen=True, kw_only=True):
    """One requisition of one branch."""

    id: str
    number: str
    branch: str
    name: str
    name_zh: str | None = None
    person: str
    at: float | str | None
    note: str | None = None
    answer: RequisitionAnswer


class RequisitionsPage(Struct, frozen=True, kw_only=True):
    """Newest first, in the order they arrived; `after` is set beyond the first page."""

    rows: tuple[RequisitionRow, ...]
    next: str | None
    after: bool = False
