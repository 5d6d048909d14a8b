"""A manager looks at a sale that was settled with warnings, and ticks it off."""

import msgspec

from gateway.domain.fault import Fault
from gateway.domain.policy import Role
from gateway.domain.posting import Rejected
from gateway.store.documents import load_document
from gateway.store.reviews import Review, find_review, tick_off
from gateway.store.session import LedgerSession
from gateway.use_cases.shop import Poster, Shop


class NothingToReview(msgspec.Struct, frozen=True):
    """No document of that id was settled with warnings."""


async def review_document(
    shop: Shop, reviewer: Poster, document_id: bytes, note: str
) -> Review | Rejected | NothingToReview:
    """Tick a document off; one that was ticked off before answers as it was then. Nobody reviews what they posted."""

    def command(session: LedgerSession) -> Review | Rejected | NothingToReview:
        session.flush()
        connection = session.connection
        found, stored = find_review(connection, document_id), load_document(connection, document_id)
        if found is None or stored is None:
            return NothingToReview()
        if found.reviewed_at is not None:
            return found
        if not shop.policy.may_approve(Role(reviewer.role)):
            return Rejected((Fault("", "may_not_approve", {"person": reviewer.person}),))
        if stored.event.person == reviewer.person:
            return Rejected((Fault("", "own_request", {"person": reviewer.person}),))
        tick_off(connection, document_id, person=reviewer.person, at=shop.clock(), note=note)
        return find_review(connection, document_id) or NothingToReview()

    outcome = await shop.ledger.write(command)
    if isinstance(outcome, Review):
        shop.tell_request(document_id, "reviewed")
    return outcome
