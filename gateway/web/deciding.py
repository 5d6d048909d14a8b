"""Approving and refusing a document that waits for a person."""

from typing import Any, assert_never

import msgspec
from msgspec import UNSET

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.problem import FieldProblem, Problem, make
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from gateway.domain.document import ApprovalEntry
from gateway.domain.fault import Fault
from gateway.domain.policy import Role as PolicyRole
from gateway.domain.posting import Approver, Rejected
from gateway.store.documents import load_document
from gateway.store.pending import PendingState
from gateway.store.session import Posted
from gateway.use_cases.decide_pending import NotPending, approve, refuse
from gateway.web.branch import Branch
from gateway.web.document_answers import (
    posted_answer,
    posted_view,
)
from gateway.web.document_id import read_id, write_id
from gateway.web.posting import address_of, check_approval
from gateway.web.problems import refusal, unsafe_ledger

_encode = msgspec.json.Encoder().encode


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's word on a waiting document: the caller's own, or that of a person who types their PIN at this till."""

    reason: str
    person: str | msgspec.UnsetType = UNSET
    pin: str | msgspec.UnsetType = UNSET


class DecidedAnswer(msgspec.Struct, frozen=True):
    """What became of it."""

    status: str
    id: str


_decision_decoder = msgspec.json.Decoder(Decision)


def post_approve(branch: Branch) -> RawHandler:
    """`POST /documents/{id}/approve`: posts it on a person's word, against the stock of now."""

    async def approve_it(scope: Any, receive: Any, send: Any) -> None:
        decided = await _decision(branch, scope, receive)
        if isinstance(decided, Problem):
            await send_problem(send, decided)
            return
        document_id, approver = decided
        outcome = await approve(branch.shop, document_id, approver)
        match outcome:
            case Posted():
                await respond(send, 200, _encode(posted_answer(outcome, "posted")))
            case Rejected(faults):
                await send_problem(send, refusal(branch.sentences, 422, faults))
            case NotPending(state):
                await _not_pending(branch, document_id, state, PendingState.APPROVED, send)
            case _:
                assert_never(outcome)

    return approve_it


def post_reject(branch: Branch) -> RawHandler:
    """`POST /documents/{id}/reject`: its id is spent."""

    async def reject_it(scope: Any, receive: Any, send: Any) -> None:
        decided = await _decision(branch, scope, receive)
        if isinstance(decided, Problem):
            await send_problem(send, decided)
            return
        document_id, approver = decided
        outcome = await refuse(
            branch.shop, document_id, person=approver.person, role=approver.role.value, reason=approver.reason
        )
        match outcome:
            case Rejected(faults):
                await send_problem(send, refusal(branch.sentences, 422, faults))
            case NotPending(state):
                await _not_pending(branch, document_id, state, PendingState.REFUSED, send)
            case _:
                await respond(send, 200, _encode(DecidedAnswer("rejected", write_id(document_id))))

    return reject_it


async def _decision(branch: Branch, scope: Any, receive: Any) -> tuple[bytes, Approver] | Problem:
    """Which document, and who decides about it."""
    caller = await branch.guard.require(scope)
    if isinstance(caller, Problem):
        return caller
    decision = decode_json(_decision_decoder, await read_body(receive))
    if isinstance(decision, Problem):
        return decision
    document_id = read_id(scope["path_params"]["id"])
    if document_id is None:
        return make("not_found")
    if branch.damage is not None:
        return unsafe_ledger(branch.damage)
    if isinstance(decision.person, str) and isinstance(decision.pin, str):
        entry = ApprovalEntry(decision.person, decision.pin, decision.reason)
        approver = await check_approval(branch, entry, address_of(scope))
        return approver if isinstance(approver, Problem) else (document_id, approver)
    missing = [name for name in ("person", "pin") if isinstance(getattr(decision, name), str)]
    if missing:
        other = "pin" if missing == ["person"] else "person"
        field = FieldProblem(other, "missing", "A person and a PIN are given together.", "姓名与 PIN 码须一并提供。")
        return make("invalid_value", errors=[field])
    if not decision.reason.strip():
        return refusal(branch.sentences, 422, (Fault("reason", "reason_required"),))
    return document_id, Approver(caller.person, PolicyRole(caller.role.value), decision.reason)


async def _not_pending(
    branch: Branch, document_id: bytes, state: PendingState | None, wanted: PendingState, send: Any
) -> None:
    """Nothing waits under this id: it is decided already, was posted without waiting, or never was."""
    stored = await branch.shop.ledger.read(lambda connection: load_document(connection, document_id))
    if state is None and stored is None:
        await send_problem(send, make("not_found"))
    elif state is wanted and stored is not None:
        await respond(send, 200, _encode(posted_view(stored)))
    elif state is wanted:
        await respond(send, 200, _encode(DecidedAnswer("rejected", write_id(document_id))))
    else:
        await send_problem(send, make("conflict"))
