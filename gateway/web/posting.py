"""Posting a document over HTTP: a direct route with one decode, one hand-over to the writer, one encode."""

from collections.abc import Coroutine
from typing import Any, assert_never

import msgspec

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.direct import Answer, Direct, Given, Pledge, ReadBody, problem_answer
from admin_ui.serving.guard import Caller
from admin_ui.serving.people import Refused as SignInRefused
from admin_ui.serving.problem import Problem, make
from gateway.domain.document import TEXT_MAX, ApprovalEntry
from gateway.domain.draft import Malformed, Refused
from gateway.domain.fault import Fault
from gateway.domain.policy import Role as PolicyRole
from gateway.domain.posting import Approver, Rejected
from gateway.store.documents import load_document
from gateway.store.ledger_asked import KnownDocument
from gateway.store.session import Posted
from gateway.use_cases.post_document import (
    Conflict,
    Exists,
    Outcome,
    Waiting,
    first_answer,
    hand_in,
    post_document,
)
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.document_answers import (
    needs_approval_answer,
    posted_answer,
)
from gateway.web.document_id import read_id
from gateway.web.documents import body_decoder, known_items
from gateway.web.problems import other_content, refusal, unsafe_ledger

_encode = msgspec.json.Encoder().encode

Settled = Posted | Exists | Conflict | Malformed | Refused | Rejected
"""What became of a document about which no person has to decide."""


def put_document(branch: Branch) -> Direct:
    """`PUT /documents/{id}`."""
    guard, shop = branch.guard, branch.shop

    async def put(scope: Any, read: ReadBody) -> Answer:
        caller = await guard.require(scope)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        return await post(scope, caller, await read())

    async def post(scope: Any, caller: Caller, sent: bytes | bytearray) -> Answer:
        document_id = read_id(scope["path_params"]["id"])
        body = decode_json(body_decoder, sent)
        if document_id is None:
            return problem_answer(refusal(branch.sentences, 400, (Fault("id", "not_a_uuid"),)))
        if isinstance(body, Problem):
            return problem_answer(body)
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        approver: Approver | None = None
        # A repeat of what was posted needs no PIN any more: it may have changed, or be locked, since the answer was lost.
        if not isinstance(body.approval, msgspec.UnsetType) and not await _is_posted(branch, document_id):
            proved = await check_approval(branch, body.approval, address_of(scope))
            if isinstance(proved, Problem):
                return problem_answer(proved)
            approver = proved
        poster = Poster(caller.person, caller.role, caller.via == "session")
        outcome = await post_document(shop, poster, document_id, body, approver)
        return await answer_of(branch, document_id, outcome)

    def at_once(scope: Any, sent: bytes | bytearray) -> Given | None:
        """The everyday document. Whatever is not plain about it goes the longer way, with the caller found here."""
        caller = guard.known(scope)
        if caller is None:
            return None
        if isinstance(caller, Problem):
            return problem_answer(caller)
        document_id = read_id(scope["path_params"]["id"])
        body = decode_json(body_decoder, sent)
        if (
            document_id is None
            or isinstance(body, Problem)
            or branch.damage is not None
            or not isinstance(body.approval, msgspec.UnsetType)
        ):
            return post(scope, caller, sent)
        pledge = Pledge()

        def told(outcome: Outcome | Exception) -> None:
            pledge.give(outcome if isinstance(outcome, Exception) else _told(branch, document_id, outcome))

        refused = hand_in(shop, Poster(caller.person, caller.role, caller.via == "session"), document_id, body, told)
        return pledge if refused is None else _answer(branch, refused)

    return Direct(put, at_once)


def _told(branch: Branch, document_id: bytes, outcome: Outcome) -> Answer | Coroutine[Any, Any, Answer]:
    match outcome:
        case Posted() | Conflict() | Rejected():
            return _answer(branch, outcome)
        case Waiting():
            return _ask_a_person(branch, document_id, outcome)
        case KnownDocument():
            return _answer_again(branch, document_id)
        case _:
            assert_never(outcome)


async def _answer_again(branch: Branch, document_id: bytes) -> Answer:
    return _answer(branch, await first_answer(branch.shop, document_id))


async def answer_of(branch: Branch, document_id: bytes, outcome: Settled | Waiting) -> Answer:
    """What is answered to whoever sent a document."""
    if isinstance(outcome, Waiting):
        return await _ask_a_person(branch, document_id, outcome)
    return _answer(branch, outcome)


async def _is_posted(branch: Branch, document_id: bytes) -> bool:
    return await branch.shop.ledger.read(lambda connection: load_document(connection, document_id)) is not None


async def _ask_a_person(branch: Branch, document_id: bytes, waiting: Waiting) -> Answer:
    skus = [fault.facts["item"] for fault in waiting.reasons if "item" in fault.facts]
    items = await branch.shop.ledger.read(lambda connection: known_items(connection, skus))
    return Answer(202, _encode(needs_approval_answer(branch.sentences, document_id, waiting.reasons, items)))


def _answer(branch: Branch, outcome: Settled) -> Answer:
    match outcome:
        case Posted():
            return Answer(201, _encode(posted_answer(outcome, "posted")))
        case Exists(posted):
            return Answer(200, _encode(posted_answer(posted, "exists")))
        case Conflict(seq):
            return problem_answer(other_content(seq))
        case Malformed(faults):
            return problem_answer(refusal(branch.sentences, 400, faults))
        case Refused(faults) | Rejected(faults):
            return problem_answer(refusal(branch.sentences, 422, faults))
        case _:
            assert_never(outcome)


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


def address_of(scope: Any) -> str:
    """The caller's network address."""
    client = scope.get("client")
    return client[0] if client else ""
