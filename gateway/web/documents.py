"""Documents over HTTP: post, read, list, approve, refuse. Posting is a raw route: one decode, one hand-over, one encode."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, assert_never, cast

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter
from msgspec import UNSET

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.people import Refused as SignInRefused
from admin_ui.serving.problem import FieldProblem, Problem, ProblemRaised, make
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.domain.document import TEXT_MAX, ApprovalEntry, Body
from gateway.domain.draft import Malformed, Refused
from gateway.domain.fault import Fault
from gateway.domain.policy import Role as PolicyRole
from gateway.domain.posting import Approver, Rejected
from gateway.store.documents import list_documents, load_document
from gateway.store.pending import PendingState, find_pending
from gateway.store.session import Posted
from gateway.use_cases.decide_pending import NotPending, approve, refuse
from gateway.use_cases.post_document import Answer, Conflict, Exists, Waiting, post_document
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.document_answers import (
    DocumentListRow,
    DocumentView,
    list_row,
    needs_approval_answer,
    pending_view,
    posted_answer,
    posted_view,
)
from gateway.web.document_id import read_id, write_id
from gateway.web.keys import SeqKey
from gateway.web.problems import other_content, refusal, unsafe_ledger

BEFORE_ANY: Final = SeqKey(2**62)
"""A seq above every other: where a newest-first list begins."""
DOCUMENT_TYPES: Final = frozenset({
    "sale", "sale_return", "purchase_order", "goods_receipt", "quality_inspection", "supplier_return", "requisition",
    "transfer_out", "transfer_in", "internal_issue", "write_off", "production", "stock_count", "adjustment",
    "opening_balance", "cash_movement", "shift_open", "shift_close",
})  # fmt: skip
"""Every type of the contract: a list of a type this version does not post is empty, a misspelt one is refused."""

_encode = msgspec.json.Encoder().encode
body_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(cast("type[Body]", Body))


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


def put_document(branch: Branch) -> RawHandler:
    """`PUT /documents/{id}`."""
    require, shop = branch.guard.require, branch.shop

    async def put(scope: Any, receive: Any, send: Any) -> None:
        caller = await require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        document_id = read_id(scope["path_params"]["id"])
        body = decode_json(body_decoder, await read_body(receive))
        if document_id is None:
            await send_problem(send, refusal(branch.sentences, 400, (Fault("id", "not_a_uuid"),)))
            return
        if isinstance(body, Problem):
            await send_problem(send, body)
            return
        if branch.damage is not None:
            await send_problem(send, unsafe_ledger(branch.damage))
            return
        approver: Approver | None = None
        if not isinstance(body.approval, msgspec.UnsetType):
            proved = await check_approval(branch, body.approval, address_of(scope))
            if isinstance(proved, Problem):
                await send_problem(send, proved)
                return
            approver = proved
        poster = Poster(caller.person, caller.role, caller.via == "session")
        answer = await post_document(shop, poster, document_id, body, approver)
        await _send_answer(branch, document_id, answer, send)

    return put


async def _send_answer(branch: Branch, document_id: bytes, answer: Answer, send: Any) -> None:
    match answer:
        case Posted():
            await respond(send, 201, _encode(posted_answer(answer, "posted")))
        case Exists(posted):
            await respond(send, 200, _encode(posted_answer(posted, "exists")))
        case Waiting(reasons):
            await respond(send, 202, _encode(needs_approval_answer(branch.sentences, document_id, reasons)))
        case Conflict(seq):
            await send_problem(send, other_content(seq))
        case Malformed(faults):
            await send_problem(send, refusal(branch.sentences, 400, faults))
        case Refused(faults) | Rejected(faults):
            await send_problem(send, refusal(branch.sentences, 422, faults))
        case _:
            assert_never(answer)


async def check_approval(branch: Branch, entry: ApprovalEntry, address: str) -> Approver | Problem:
    """The person who typed a PIN, with the role that counts. Wrong tries count towards the lock-out."""
    if not entry.reason.strip():
        return refusal(branch.sentences, 422, (Fault("approval.reason", "reason_required"),))
    if len(entry.reason) > TEXT_MAX:
        fault = Fault("approval.reason", "text_out_of_range", {"limit": str(TEXT_MAX)})
        return refusal(branch.sentences, 422, (fault,))
    outcome = await branch.guard.people.verify_pin(entry.person, entry.pin, address=address)
    if not isinstance(outcome, SignInRefused):
        return Approver(outcome.person, PolicyRole(outcome.role.value), entry.reason)
    if outcome.code == "wrong_secret":
        return refusal(branch.sentences, 422, (Fault("approval.pin", "wrong_pin"),), "wrong_pin")
    seconds = outcome.retry_seconds
    return make(outcome.code, retry_after=seconds, minutes=-(-(seconds or 0) // 60))


def get_document(branch: Branch) -> RawHandler:
    """`GET /documents/{id}`: posted, waiting or refused."""

    async def get_one(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        view = await find_document(branch, scope["path_params"]["id"])
        if view is None:
            await send_problem(send, make("not_found"))
        else:
            await respond(send, 200, _encode(view))

    return get_one


async def find_document(branch: Branch, id_text: str) -> DocumentView | None:
    """A document by the text of its id."""
    document_id = read_id(id_text)
    if document_id is None:
        return None
    stored, pending = await branch.shop.ledger.read(
        lambda connection: (load_document(connection, document_id), find_pending(connection, document_id))
    )
    if stored is not None:
        return posted_view(stored)
    return None if pending is None else pending_view(branch.sentences, pending, body_decoder.decode(pending.body))


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


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /documents`."""

    @get(
        "/api/v1/documents",
        tags=["documents"],
        summary="Posted documents, newest first",
        guards=[at_least(Role.CASHIER)],
    )
    async def documents(
        type_: Annotated[str | None, QueryParameter(name="type", description="One type of document.")] = None,
        station: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[DocumentListRow]:
        if type_ is not None and type_ not in DOCUMENT_TYPES:
            field = FieldProblem(
                "type", "unknown_value", f"There is no type {type_[:40]!r}.", f"没有“{type_[:40]}”类型。"
            )
            raise ProblemRaised(make("invalid_value", errors=[field]))
        before = decode_cursor("documents", after, SeqKey) or BEFORE_ANY
        most = page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_documents(
                connection, before_seq=before.seq, limit=most + 1, type_=type_, station=station
            )
        )
        page = page_of("documents", rows, most, lambda row: SeqKey(row.seq))
        return Page([list_row(row) for row in page.rows], page.next)

    return [documents]


def address_of(scope: Any) -> str:
    """The caller's network address."""
    client = scope.get("client")
    return client[0] if client else ""
