"""The list of documents and one document with everything it moved."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from admin_ui.contexts.devices import PrintState
from admin_ui.contexts.shell import SyncState

DocumentState = Literal["posted", "needs_approval", "rejected", "expired"]


class DocumentRow(Struct, frozen=True, kw_only=True):
    """One line of the list. `number` and `seq` exist from posting on; `total` only where money is meant."""

    id: str
    type: str
    number: str | None
    state: DocumentState
    station: str | None
    person: str | None
    lines: int
    total: int | None
    at: float | str
    seq: int | None
    warnings: int = 0


class DocumentTab(Struct, frozen=True, gc=False):
    """A filter by type; `all` stands for every type."""

    type: str
    count: int | None = None


class DocumentsPage(Struct, frozen=True, kw_only=True):
    rows: tuple[DocumentRow, ...]
    next: str | None
    tabs: tuple[DocumentTab, ...]
    type: str = "all"
    station: str | None = None
    stations: tuple[str, ...] = ()
    applied_seq: int = 0  # everything up to here is at headquarters


class DocumentDifference(Struct, frozen=True, gc=False):
    """What of a transfer's line did not arrive as sent, in the item's base unit."""

    reason: Literal["short", "over", "damaged"]
    quantity: str


class DocumentLine(Struct, frozen=True, kw_only=True):
    item: str
    name: str
    name_zh: str | None = None
    quantity: str
    unit: str
    price: int | None = None
    discount: int = 0
    total: int | None = None
    lot: str | None = None
    expiry: str | None = None
    reading: str | None = None  # the scale reading that gave the quantity
    differences: tuple[DocumentDifference, ...] = ()
    free: bool = False
    inspect: bool = False
    result: str | None = None  # of an inspection
    role: str | None = None  # in a production
    to: str | None = None  # where goods were put
    expected: str | None = None  # what the book held of counted goods, in the base unit
    difference: str | None = None  # what a count added to the book or took off it, in the base unit


class DocumentMovement(Struct, frozen=True, kw_only=True):
    item: str
    name: str
    name_zh: str | None = None
    quantity: str
    unit: str
    from_location: str
    to_location: str
    lot: str | None = None
    serials: tuple[str, ...] = ()


class Tender(Struct, frozen=True, gc=False):
    type: str
    amount: int


class Tax(Struct, frozen=True, gc=False):
    """The tax of one rate, in basis points; `base` is without it."""

    rate: int
    base: int
    tax: int


class Approver(Struct, frozen=True, gc=False):
    """Somebody who may decide with their PIN."""

    person: str
    name: str


class DocumentLink(Struct, frozen=True, gc=False):
    """Another document this one is about; `id` is None where it is not in this branch's journal."""

    kind: Literal["order", "receipt", "requisition", "original", "reverses", "reversed_by"]
    number: str
    id: str | None = None


class DocumentWarning(Struct, frozen=True, kw_only=True):
    """A policy that was overstepped because the goods had gone already, or a check that only warns."""

    code: str
    detail: str


class Approval(Struct, frozen=True, kw_only=True, gc=False):
    person: str
    reason: str
    at: float | str


class PrintJob(Struct, frozen=True, kw_only=True, gc=False):
    job: str
    printer: str
    state: PrintState
    at: float | str
    detail: str | None = None
    kitchen: str | None = None


class AnsweredLine(Struct, frozen=True, kw_only=True, gc=False):
    """An item of a requisition, in its base unit."""

    item: str
    name: str
    name_zh: str | None = None
    unit: str
    asked: str
    sent: str
    received: str


class RequisitionAnswer(Struct, frozen=True, kw_only=True):
    """What became of a requisition: `asked`, `partly_sent`, `sent`, `received` or `closed`; the ids of transfers that name it."""

    state: str
    lines: tuple[AnsweredLine, ...]
    transfers: tuple[str, ...] = ()


class DocumentPage(Struct, frozen=True, kw_only=True):
    """One document. `occurred_at` is the till's clock, `posted_at` the gateway's."""

    id: str
    type: str
    number: str | None
    state: DocumentState
    station: str | None
    person: str | None
    occurred_at: float | str | None
    posted_at: float | str | None
    lines: tuple[DocumentLine, ...]
    movements: tuple[DocumentMovement, ...]
    tenders: tuple[Tender, ...] = ()
    total: int | None = None
    change: int | None = None
    note: str | None = None
    reason: str | None = None
    supplier: str | None = None
    transfer: str | None = None  # the id of the transfer a transfer out or in belongs to
    links: tuple[DocumentLink, ...] = ()
    currency: str | None = None
    rate: str | None = None
    expected: str | None = None  # the date goods are expected or wanted
    purpose: str | None = None
    recipe: str | None = None
    direction: str | None = None  # of cash
    amount: int | None = None  # what cash moved, or what a shift began with
    counted: tuple[Tender, ...] = ()
    due: tuple[Tender, ...] = ()
    z: int | None = None
    taxes: tuple[Tax, ...] = ()
    rounding: int = 0  # what 抹零 took off, below zero
    answer: RequisitionAnswer | None = None
    requested_at: float | str | None = None
    expires_at: float | str | None = None
    decided_by: str | None = None
    decision: str | None = None
    approvers: tuple[Approver, ...] = ()
    settled: bool = False
    pruned: bool = False  # old: its lines are kept at headquarters only
    keep_days: int | None = None  # how long this branch keeps lines
    warnings: tuple[DocumentWarning, ...] = ()
    approval: Approval | None = None
    seq: int | None = None
    epoch: int | None = None
    hash: str | None = None
    applied_seq: int = 0
    sync: SyncState = "standalone"
    print_jobs: tuple[PrintJob, ...] = ()
    can_print: bool = False
    may_reverse: bool = False

    def drawer(self) -> Iterator[tuple[str, int, int]]:
        """Of each tender of a closed shift: what there should have been, and what was counted."""
        due, found = ({one.type: one.amount for one in told} for told in (self.due, self.counted))
        for type_ in dict.fromkeys([*due, *found]):
            yield type_, due.get(type_, 0), found.get(type_, 0)
