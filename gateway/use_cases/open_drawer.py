"""A drawer is opened without a sale: journalled before it opens, and never left for somebody to decide later."""

import secrets

from gateway.domain.document import CashDirection, CashMovement
from gateway.domain.draft import Draft, read_draft
from gateway.domain.fault import Fault
from gateway.domain.policy import Policy, Role
from gateway.domain.posting import Approver, NeedsApproval, Posting, Rejected, Terms, plan
from gateway.store.session import STATIONS_MAX, LedgerSession, Posted
from gateway.use_cases.post_document import announce, append
from gateway.use_cases.shop import Poster, Shop
from replication.wire.identity import make_uuid7


async def note_drawer_opening(
    shop: Shop, poster: Poster, station: str, reason: str, approver: Approver | None, *, policy: Policy | None = None
) -> bytes | Rejected:
    """The id of the entry, or why the drawer stays shut; `approval_required` where policy wants a second person.

    `policy` instead of the shop's is for a drawer that was seen open: nobody is asked whether it may be.
    """
    document_id = make_uuid7(shop.clock(), secrets.token_bytes(10)).bytes
    body = CashMovement(direction=CashDirection.NO_SALE, reason=reason, station=station)
    draft = read_draft(document_id, body)
    if not isinstance(draft, Draft):
        return Rejected(draft.faults)
    terms = Terms(
        poster.person, Role(poster.role), policy or shop.policy, approver, site=shop.site, calendar=shop.calendar
    )

    def command(session: LedgerSession) -> Posted | Rejected:
        if not session.knows_station(station):
            return Rejected((Fault("station", "too_many", {"limit": str(STATIONS_MAX)}),))
        match plan(draft, session, terms):
            case Posting() as posting:
                return append(session, draft, posting, poster.person, station, None)
            case NeedsApproval():
                return Rejected((Fault("approval", "approval_required"),))
            case Rejected() as refused:
                return refused

    outcome = await shop.ledger.write(command)
    if isinstance(outcome, Rejected):
        return outcome
    announce(shop, outcome, None)
    return document_id
