"""Posting: what a draft does to the ledger, or why it may not. The one pure function behind every stock change.

    plan(draft, ledger, terms) -> Posting | NeedsApproval | Rejected

It reads the ledger through a small view, decides, and returns values; nobody's state is changed here.
"""

from typing import Final, assert_never

import msgspec
from msgspec import UNSET

from gateway.domain.document import (
    Adjustment,
    DocumentType,
    Sale,
    SaleReturn,
    TransferIn,
    TransferOut,
    document_type,
)
from gateway.domain.draft import Draft
from gateway.domain.everyday import take_everyday
from gateway.domain.fault import Fault
from gateway.domain.lines import LedgerView, LinePlan, plan_line
from gateway.domain.policy import Answer, Breach, Policy, Role
from gateway.domain.transfer_lines import plan_transfer
from replication.wire.events import Approval, DocumentDetail, PostedLine, Tender, TenderType
from replication.wire.money import AMOUNT_MAX
from replication.wire.movement import Movement, Route


class Approver(msgspec.Struct, frozen=True):
    """A person whose PIN was checked, with the role that counts and the reason they gave."""

    person: str
    role: Role
    reason: str


class Terms(msgspec.Struct, frozen=True):
    """Who posts, under which policy, and who stands by to approve. `may_settle`: a signed-in till sent this; `site` is
    the branch itself, which sends itself nothing."""

    person: str
    role: Role
    policy: Policy
    approver: Approver | None = None
    may_settle: bool = False
    site: str = ""


class Posting(msgspec.Struct, frozen=True):
    """A document that will be posted: its lines with money, and the movements they make.

    `plain`: each line moves its own quantity along the first route, so `movements` need not be told and is empty.
    """

    type: DocumentType
    total: int
    change: int
    tenders: tuple[Tender, ...]
    lines: tuple[PostedLine, ...]
    routes: tuple[Route, ...]
    movements: tuple[Movement, ...]
    plain: bool
    warnings: tuple[Fault, ...]
    detail: DocumentDetail | None


class NeedsApproval(msgspec.Struct, frozen=True):
    """Policy wants a second person; `reasons` say which lines and why."""

    reasons: tuple[Fault, ...]


class Rejected(msgspec.Struct, frozen=True):
    """Understood and refused; nothing is stored and the id may be used again."""

    faults: tuple[Fault, ...]


def plan(draft: Draft, ledger: LedgerView, terms: Terms) -> Posting | NeedsApproval | Rejected:
    """Decide a draft against the ledger."""
    state = LinePlan(draft, ledger)
    body = draft.body
    if not state.has_money:
        breach = _WHOLE_DOCUMENT[document_type(body)]
        state.breaches.append((breach, Fault("", breach.value)))
    elif isinstance(body, SaleReturn):
        _check_original(state, body)
    if isinstance(body, Adjustment) and (body.reason is UNSET or not body.reason.strip()):
        state.faults.append(Fault("reason", "reason_required"))
    if not (draft.everyday and take_everyday(state)):
        for index, line in enumerate(body.lines):
            plan_line(state, index, line)
    if isinstance(body, (TransferOut, TransferIn)):
        plan_transfer(state, draft, terms.site)
    if abs(state.total) > AMOUNT_MAX:
        state.faults.append(Fault("", "amount_out_of_range", {"limit": str(AMOUNT_MAX)}))
    tenders, change = _settle(state)
    if state.faults:
        return Rejected(tuple(state.faults))
    return _judge(state, terms, tenders, change)


_WHOLE_DOCUMENT: Final = {
    DocumentType.GOODS_RECEIPT: Breach.GOODS_RECEIPT,
    DocumentType.OPENING_BALANCE: Breach.OPENING_BALANCE,
    DocumentType.ADJUSTMENT: Breach.ADJUSTMENT,
    DocumentType.TRANSFER_OUT: Breach.TRANSFER_OUT,
    DocumentType.TRANSFER_IN: Breach.TRANSFER_IN,
}


def _check_original(state: LinePlan, body: SaleReturn) -> None:
    if body.original is UNSET:
        state.breaches.append((Breach.RETURN_WITHOUT_ORIGINAL, Fault("original", "return_without_original")))
    elif state.ledger.is_sold(body.original):
        state.breaches.append((Breach.RETURN_WITH_ORIGINAL, Fault("", "return_with_original")))
    else:
        state.faults.append(Fault("original", "unknown_original", {"original": body.original[:64]}))


def _settle(state: LinePlan) -> tuple[tuple[Tender, ...], int]:
    """The tenders of a document and the change given; without tenders it counts as paid exactly."""
    body = state.body
    if not isinstance(body, (Sale, SaleReturn)) or body.tenders is UNSET:
        return (), 0
    tenders, paid, cash = [], 0, 0
    for entry in body.tenders:
        tenders.append(Tender(entry.type, entry.amount))
        paid += entry.amount
        if entry.type is TenderType.CASH:
            cash += entry.amount
    change = paid - state.total
    if change < 0 or (change > 0 and (isinstance(body, SaleReturn) or change > cash)):
        facts = {"total": str(state.total), "paid": str(paid)}
        state.faults.append(Fault("tenders", "underpaid" if change < 0 else "overpaid", facts))
    return tuple(tenders), max(change, 0)


def _judge(
    state: LinePlan, terms: Terms, tenders: tuple[Tender, ...], change: int
) -> Posting | NeedsApproval | Rejected:
    """What policy says to the breaches found."""
    body = state.body
    settled = isinstance(body, Sale) and body.settled is True
    if settled and not terms.may_settle:
        return Rejected((Fault("settled", "settled_not_allowed"),))
    warnings: list[Fault] = []
    unapproved: list[Fault] = []
    blocked: list[Fault] = []
    for breach, fault in state.breaches:
        match terms.policy.answer(breach, terms.role):
            case Answer.ALLOW:
                pass
            case Answer.WARN:
                warnings.append(fault)
            case Answer.APPROVE:
                unapproved.append(fault)
            case Answer.BLOCK:
                blocked.append(fault)
            case answer:
                assert_never(answer)
    if settled:
        warnings += unapproved + blocked
        unapproved, blocked = [], []
    if blocked:
        return Rejected(tuple(blocked))
    approval: Approval | None = None
    if unapproved:
        approver = terms.approver
        if approver is None:
            return NeedsApproval(tuple(unapproved))
        if not terms.policy.may_approve(approver.role):
            return Rejected((Fault("approval.person", "may_not_approve", {"person": approver.person}),))
        approval = Approval(approver.person, approver.reason)
        warnings += unapproved
    return Posting(
        document_type(body),
        state.total,
        change,
        tenders,
        tuple(state.lines),
        tuple([Route(source, destination) for source, destination in state.routes]),
        () if state.plain else tuple(state.movements),
        state.plain,
        tuple(warnings),
        _document_detail(state, warnings, approval, settled=settled),
    )


def _document_detail(
    state: LinePlan, warnings: list[Fault], approval: Approval | None, *, settled: bool
) -> DocumentDetail | None:
    body = state.body
    if type(body) is Sale and body.note is UNSET and not (warnings or approval or settled):
        return None
    texts: list[str | None] = [
        value if isinstance(value := getattr(body, name, None), str) else None
        for name in ("note", "reason", "supplier", "order", "original", "to_branch", "transfer")
    ]
    if not (any(texts) or warnings or approval or settled):
        return None
    note, reason, supplier, order, original, to_branch, transfer = texts
    codes = tuple(fault.code for fault in warnings)
    return DocumentDetail(note, reason, supplier, order, original, codes, approval, settled, to_branch, transfer)
