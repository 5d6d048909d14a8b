"""What waits for a person of a branch: requests to decide about, and settled sales to look at. Knows no ledger."""

from typing import Literal

from msgspec import Struct

from admin_ui.contexts.documents import Approver, DocumentWarning


class WaitingLine(Struct, frozen=True, kw_only=True, gc=False):
    """One of the first lines of a document, to recognise it by."""

    name: str
    name_zh: str | None = None
    quantity: str
    unit: str


class WaitingRow(Struct, frozen=True, kw_only=True):
    """A request has `expires_at` and no number; a sale to look at has a number, and was posted at `at`."""

    id: str
    type: str
    number: str | None = None
    person: str
    station: str | None = None
    total: int | None = None
    at: float | str
    expires_at: float | str | None = None
    lines: tuple[WaitingLine, ...] = ()
    more_lines: int = 0
    reasons: tuple[DocumentWarning, ...] = ()


class WaitingPage(Struct, frozen=True, kw_only=True):
    """One of the two lists, oldest first. Counts are kept up to a bound; `after` is set beyond the first page."""

    tab: Literal["requests", "reviews"]
    rows: tuple[WaitingRow, ...]
    next: str | None
    requests: int
    reviews: int
    approvers: tuple[Approver, ...] = ()
    after: bool = False
