"""Approve or refuse a document that waits for a second person."""

from collections.abc import Callable
from typing import cast

import msgspec

from gateway.domain.document import Body
from gateway.domain.draft import Draft, read_draft
from gateway.domain.fault import Fault
from gateway.domain.policy import Role
from gateway.domain.posting import Approver, NeedsApproval, Posting, Rejected, Terms, plan
from gateway.store.pending import PendingDocument, PendingState, decide_pending, find_pending
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.post_document import announce, append
from gateway.use_cases.shop import Shop

_body_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(cast("type[Body]", Body))


class NotPending(msgspec.Struct, frozen=True):
    """No document of that id waits; `state` tells what became of it, None where none ever waited."""

    state: PendingState | None


async def approve(shop: Shop, document_id: bytes, approver: Approver) -> Posted | Rejected | NotPending:
    """Post a waiting document on a person's word; it is planned anew against the stock of now."""
    outcome = await shop.ledger.write(_approval(shop, document_id, approver))
    if isinstance(outcome, Posted):
        announce(shop, outcome, None if outcome.station is None else shop.printer_of(outcome.station))
        shop.tell_request(document_id, "approved")
    return outcome


async def refuse(
    shop: Shop, document_id: bytes, *, person: str, role: str, reason: str
) -> PendingDocument | Rejected | NotPending:
    """Refuse a waiting document; its id is spent."""

    def command(session: LedgerSession) -> PendingDocument | Rejected | NotPending:
        pending = find_pending(session.connection, document_id, shop.clock())
        if pending is None or pending.state is not PendingState.WAITING:
            return NotPending(None if pending is None else pending.state)
        if not shop.policy.may_approve(Role(role)):
            return Rejected((Fault("", "may_not_approve", {"person": person}),))
        decide_pending(
            session.connection, document_id, PendingState.REFUSED, person=person, at=shop.clock(), decision=reason
        )
        return pending

    outcome = await shop.ledger.write(command)
    if isinstance(outcome, PendingDocument):
        shop.tell_request(document_id, "refused")
    return outcome


def _approval(
    shop: Shop, document_id: bytes, approver: Approver
) -> Callable[[LedgerSession], Posted | Rejected | NotPending]:
    def command(session: LedgerSession) -> Posted | Rejected | NotPending:
        pending = find_pending(session.connection, document_id, shop.clock())
        if pending is None or pending.state is not PendingState.WAITING:
            return NotPending(None if pending is None else pending.state)
        if approver.person == pending.person:
            return Rejected((Fault("", "own_request", {"person": approver.person}),))
        if not shop.policy.may_approve(approver.role):
            # Asked here as well: what it waited for may be gone, and planning would ask nobody any more.
            return Rejected((Fault("", "may_not_approve", {"person": approver.person}),))
        if session.find_document(document_id) is not None:
            # It came back from headquarters, as another device of the branch had posted it.
            decide_pending(
                session.connection, document_id, PendingState.APPROVED, person=approver.person, at=shop.clock(),
                decision=approver.reason,
            )  # fmt: skip
            return NotPending(PendingState.APPROVED)
        draft = read_draft(document_id, _body_decoder.decode(pending.body))
        assert isinstance(draft, Draft), "what waits was read once already"
        session.put_prices_in_force()
        terms = Terms(
            pending.person,
            Role(pending.role),
            shop.policy,
            approver,
            site=shop.site,
            calendar=shop.calendar,
            money=shop.money,
        )
        outcome = plan(draft, session, terms)
        match outcome:
            case Posting():
                station = draft.body.station if isinstance(draft.body.station, str) else None
                printer = None if station is None else shop.printer_of(station)
                posted = append(session, draft, outcome, pending.person, station, printer)
                if isinstance(posted, Posted):
                    decide_pending(
                        session.connection, document_id, PendingState.APPROVED, person=approver.person, at=shop.clock(),
                        decision=approver.reason,
                    )  # fmt: skip
                return posted
            case NeedsApproval():
                raise AssertionError("an approver was given")
            case Rejected():
                return outcome

    return command
