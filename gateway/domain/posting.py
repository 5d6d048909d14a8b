"""Posting: what a draft does to the ledger, or why it may not. The one pure function behind every stock change.

    plan(draft, ledger, terms) -> Posting | NeedsApproval | Rejected

It reads the ledger through a small view, decides, and returns values; nobody's state is changed here.
"""

from typing import Final, assert_never

import msgspec
from msgspec import UNSET

from gateway.domain.document import DocumentType, Sale, SaleReturn, document_type
from gateway.domain.draft import Draft
from gateway.domain.everyday import take_everyday
from gateway.domain.fault import Fault
from gateway.domain.kinds.table import KINDS
from gateway.domain.ledger_view import LedgerView
from gateway.domain.lines import LinePlan, check_room
from gateway.domain.policy import Answer, Breach
from gateway.domain.refund_money import refund_sum
from gateway.domain.stakes import stakes_of
from gateway.domain.terms import Approver, Terms
from gateway.domain.told import DOCUMENT_TOLD, document_with, told
from replication.wire.events import Approval, DocumentDetail, PostedLine, TaxPart, Tender, TenderType
from replication.wire.money import AMOUNT_MAX
from replication.wire.movement import Movement, Route

BACK_DATED_MILLISECONDS: Final = 24 * 3600 * 1000
"""What is entered a day after it happened is of a day whose drawer was counted."""

__all__ = ["Approver", "NeedsApproval", "Posting", "Rejected", "Terms", "plan"]


class Posting(msgspec.Struct, frozen=True):
    """A document that will be posted: its lines with money, and the movements they make.

    `plain`: each line moves its own quantity along the first route, so `movements` need not be told and is empty.
    `told_total`: the total, where it is not the sum of the lines.
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
    told_total: int | None = None


class NeedsApproval(msgspec.Struct, frozen=True):
    """Policy wants a second person; `reasons` say which lines and why."""

    reasons: tuple[Fault, ...]


class Rejected(msgspec.Struct, frozen=True):
    """Understood and refused; nothing is stored and the id may be used again."""

    faults: tuple[Fault, ...]


def plan(draft: Draft, ledger: LedgerView, terms: Terms) -> Posting | NeedsApproval | Rejected:
    """Decide a draft against the ledger."""
    body, kind = draft.body, KINDS[type(draft.body)]
    state = LinePlan(draft, ledger, terms, has_money=kind.has_money)
    if kind.breach is not None:
        state.breaches.append((kind.breach, Fault("", kind.breach.value)))
    if draft.occurred_at is not None and terms.calendar.clock() - draft.occurred_at > BACK_DATED_MILLISECONDS:
        state.breaches.append((Breach.BACK_DATING, Fault("occurred_at", "back_dating")))
    if not (draft.everyday and take_everyday(state)):
        kind.plan(state, body)
        check_room(state)
    if abs(state.total) > AMOUNT_MAX:
        state.faults.append(Fault("", "amount_out_of_range", {"limit": str(AMOUNT_MAX)}))
    tenders, change = _settle(state)
    if state.faults:
        return Rejected(tuple(state.faults))
    return _judge(state, terms, tenders, change)


def _settle(state: LinePlan) -> tuple[tuple[Tender, ...], int]:
    """The tenders of a document and the change given; without tenders it counts as paid exactly."""
    body = state.body
    if not isinstance(body, (Sale, SaleReturn)):
        return state.paid, 0
    if not state.faults and (not state.terms.money.is_plain or state.original is not None):
        _add_to_sum(state, body)
    if body.tenders is UNSET:
        return state.paid, 0
    tenders, paid, cash = [], 0, 0
    for entry in body.tenders:
        tenders.append(Tender(entry.type, entry.amount))
        paid += entry.amount
        if entry.type is TenderType.CASH:
            cash += entry.amount
    change = paid - state.total
    if change < 0 or (change > 0 and (isinstance(body, SaleReturn) or change > cash)):
        facts = {"total": str(state.total), "paid": str(paid)}
        if state.refuse_unless_settled(Fault("tenders", "underpaid" if change < 0 else "overpaid", facts)):
            # What was asked of the customer is what they paid, whatever prices and taxes say by now.
            state.total = state.told_total = paid
            change = 0
    return tuple(tenders), max(change, 0)


def _add_to_sum(state: LinePlan, body: Sale | SaleReturn) -> None:
    """Taxes and 抹零 of this site, told in the document's detail."""
    money, added, rounding = state.terms.money, 0, 0
    taxes: tuple[TaxPart, ...] = ()
    if state.original is not None:
        back = refund_sum(state.original, state.lines, lambda sku: money.rate_of(sku, state.ledger))
        taxes, added, rounding = back.taxes, back.added, back.rounding
    elif money.rates:
        taxes = money.taxes(state.lines, state.ledger)
        added = 0 if money.inclusive else sum(part.tax for part in taxes)
    if taxes:
        state.told["taxes"] = taxes
    tenders = () if body.tenders is UNSET else tuple(Tender(entry.type, entry.amount) for entry in body.tenders)
    rounding += money.rounding(state.total + added + rounding, tenders)
    if rounding:
        state.told["rounding"] = rounding
    if added or rounding:
        state.total += added + rounding
        state.told_total = state.total


def _judge(
    state: LinePlan, terms: Terms, tenders: tuple[Tender, ...], change: int
) -> Posting | NeedsApproval | Rejected:
    """What policy says to the breaches found."""
    body = state.body
    settled = isinstance(body, Sale) and body.settled is True
    if settled and not terms.may_settle:
        return Rejected((Fault("settled", "settled_not_allowed"),))
    warnings, unapproved, blocked = _answers(state, terms) if state.breaches else ([], [], [])
    if settled:
        warnings += unapproved + blocked + state.overlooked
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
        if approver.person == terms.person:
            return Rejected((Fault("approval.person", "own_request", {"person": approver.person}),))
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
        state.told_total,
    )


def _answers(state: LinePlan, terms: Terms) -> tuple[list[Fault], list[Fault], list[Fault]]:
    """What to warn of, what a second person has to allow, and what nobody may."""
    warnings: list[Fault] = []
    unapproved: list[Fault] = []
    blocked: list[Fault] = []
    stakes = stakes_of(state) if terms.policy.rules and state.breaches else [None] * len(state.breaches)
    for (breach, fault), stake in zip(state.breaches, stakes, strict=True):
        match terms.policy.answer(breach, terms.role, stake):
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
    return warnings, unapproved, blocked


def _document_detail(
    state: LinePlan, warnings: list[Fault], approval: Approval | None, *, settled: bool
) -> DocumentDetail | None:
    body = state.body
    if type(body) is Sale and body.note is UNSET and not (warnings or approval or settled or state.told):
        return None
    said = told(body, DOCUMENT_TOLD[type(body)]) | state.told
    if not (said or warnings or approval or settled):
        return None
    codes = tuple(fault.code for fault in warnings)
    return document_with(DocumentDetail(warnings=codes, approval=approval, settled=settled), said)
