"""Post a document: read it, plan it inside the open transaction, append it, and tell those who watch.

Posting twice is posting once: the same id with the same content gets the first answer again.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

import msgspec

from gateway.domain.document import TEXT_MAX, Body, Sale
from gateway.domain.draft import Draft, Malformed, Refused, read_draft
from gateway.domain.fault import Fault
from gateway.domain.goods_asked import goods_asked
from gateway.domain.policy import Role
from gateway.domain.posting import Approver, NeedsApproval, Posting, Rejected, Terms, plan
from gateway.domain.same_content import says_the_same
from gateway.domain.scale_reading import ScaleReading
from gateway.store.documents import load_document
from gateway.store.epochs import first_place
from gateway.store.ledger_asked import KnownDocument
from gateway.store.pending import PendingDocument, PendingState, add_pending, decide_pending, find_pending
from gateway.store.print_jobs import PrintJobRow, PrintState
from gateway.store.session import STATIONS_MAX, LedgerSession, Posted, TooLarge
from gateway.store.work_orders import reserve
from gateway.use_cases.shop import Poster, Shop
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.events import DocumentPosted


class Exists(msgspec.Struct, frozen=True):
    """The document was posted before; this is the first answer again."""

    posted: Posted


class Conflict(msgspec.Struct, frozen=True):
    """The id belongs to a document with other content; nothing was done."""

    seq: int | None


class Waiting(msgspec.Struct, frozen=True):
    """The document waits for a person; a repeat answers the same until somebody decides."""

    reasons: tuple[Fault, ...]


Guard = Callable[[LedgerSession], tuple[Fault, ...]]
"""What speaks against posting, asked in the transaction that would; nothing where all is as it was."""
Answer = Posted | Exists | Conflict | Waiting | Malformed | Refused | Rejected
Outcome = Posted | KnownDocument | Conflict | Waiting | Rejected
"""What the transaction answers. Of a known document the first answer is yet to be looked up (`first_answer`)."""


async def post_document(
    shop: Shop,
    poster: Poster,
    document_id: bytes,
    body: Body,
    approver: Approver | None = None,
    still_so: Guard | None = None,
) -> Answer:
    """Post a decoded body under an id. Raises StoreBusy when too many documents wait. `still_so` finds what has changed since
    the body was made."""
    asked = _asked(shop, poster, document_id, body, approver, still_so)
    if not isinstance(asked, _Asked):
        return asked
    outcome = await shop.ledger.write(asked.command, document_id)
    if isinstance(outcome, KnownDocument):
        return await first_answer(shop, document_id)
    _tell(shop, asked, outcome, decided=approver is not None)
    return outcome


def hand_in(
    shop: Shop, poster: Poster, document_id: bytes, body: Body, told: Callable[[Outcome | Exception], None]
) -> Malformed | Refused | None:
    """`post_document` of one that nobody approves, for a caller that is called back after the commit. Raises StoreBusy."""
    asked = _asked(shop, poster, document_id, body, None, None)
    if not isinstance(asked, _Asked):
        return asked

    def settled(outcome: Outcome, error: Exception | None) -> None:
        told(outcome if error is None else error)
        _tell(shop, asked, outcome, decided=False)

    shop.ledger.submit(asked.command, settled, document_id)
    return None


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """What the writer is asked, with the scale readings and the printer of its station."""

    draft: Draft
    command: "Callable[[LedgerSession], Outcome]"
    readings: Collection[str]
    printer: str | None


def _asked(
    shop: Shop, poster: Poster, document_id: bytes, body: Body, approver: Approver | None, still_so: Guard | None
) -> _Asked | Malformed | Refused:
    draft = read_draft(document_id, body)
    if not isinstance(draft, Draft):
        return draft
    role, readings = _ROLES[poster.role], _readings(shop, draft)
    terms = Terms(
        poster.person, role, shop.policy, approver, poster.may_settle, shop.site, shop.calendar, shop.money, readings
    )
    station = draft.body.station if isinstance(draft.body.station, str) else None
    printer = None if station is None else shop.printer_of(station)
    return _Asked(draft, _command(draft, terms, station, printer, shop.clock, still_so), readings, printer)


def _tell(shop: Shop, asked: _Asked, outcome: Outcome, *, decided: bool) -> None:
    """Tell those who watch. A document sent with an approval may be one that waited: that is told as if it had been."""
    document_id = asked.draft.id
    if isinstance(outcome, Posted):
        if isinstance(asked.draft.body, Sale):
            for reading in asked.readings:
                shop.readings.sold(reading, document_id)
        announce(shop, outcome, asked.printer)
        if decided:
            shop.tell_request(document_id, "approved")
    elif isinstance(outcome, Waiting):
        shop.tell_request(document_id, "waiting")


_ROLES: Final = {role.value: role for role in Role}


def announce(shop: Shop, posted: Posted, printer: str | None) -> None:
    """Tell those who watch of a document that was just committed."""
    queued = None
    if posted.print_job is not None and printer is not None:
        queued = PrintJobRow(
            posted.print_job, posted.seq, posted.id, printer, False, PrintState.QUEUED, "", posted.posted_at
        )
    for watcher in shop.watchers:
        watcher.posted(posted)
        if queued is not None:
            watcher.print_changed(queued)


def _command(
    draft: Draft,
    terms: Terms,
    station: str | None,
    printer: str | None,
    clock: Callable[[], int],
    still_so: Guard | None,
) -> Callable[[LedgerSession], Posted | KnownDocument | Conflict | Waiting | Rejected]:
    def command(session: LedgerSession) -> Posted | KnownDocument | Conflict | Waiting | Rejected:
        known = session.find_document(draft.id)
        if known is not None:
            return (
                known
                if known.content == draft.content or _says_the_same(session, draft, known)
                else Conflict(known.seq)
            )
        pending = find_pending(session.connection, draft.id, clock()) if session.pending_count else None
        asked = None if pending is None else _of_request(pending, draft, terms)
        if asked is not None:
            return asked
        if station is not None and not session.knows_station(station):
            return Rejected((Fault("station", "too_many", {"limit": str(STATIONS_MAX)}),))
        changed = () if still_so is None else still_so(session)
        if changed:
            return Rejected(changed)
        session.put_prices_in_force()
        outcome = plan(draft, session, terms)
        match outcome:
            case Posting():
                posted = append(session, draft, outcome, terms.person, station, printer)
                if pending is not None and isinstance(posted, Posted):
                    approver = terms.approver
                    decide_pending(
                        session.connection, draft.id, PendingState.APPROVED, at=clock(),
                        person=terms.person if approver is None else approver.person,
                        decision="" if approver is None else approver.reason,
                    )  # fmt: skip
                return posted
            case NeedsApproval():
                too_large = _too_large(session, draft, terms, station)
                if too_large is not None:
                    return too_large
                session.pending_count += 1
                add_pending(
                    session.connection, draft, outcome.reasons, person=terms.person, role=terms.role.value, at=clock(),
                    days=terms.policy.pending_days,
                )  # fmt: skip
                _keep_goods(session, draft)
                return Waiting(outcome.reasons)
            case Rejected():
                return outcome

    return command


def _too_large(session: LedgerSession, draft: Draft, terms: Terms, station: str | None) -> Rejected | None:
    """What no replication event could carry once it is approved is refused at once: it would wait, and nobody could post it."""
    posting = plan(draft, session, msgspec.structs.replace(terms, approver=_ANYBODY))
    if not isinstance(posting, Posting):
        return None
    size = session.size_of(draft, posting, terms.person, station)
    return _refused_for(size) if size > ENTRY_BYTES_MAX else None


def _refused_for(size: int) -> Rejected:
    return Rejected((Fault("", "document_too_large", {"bytes": str(size), "limit": str(ENTRY_BYTES_MAX)}),))


_ANYBODY: Final = Approver("", Role.ADMIN, "因" * TEXT_MAX)
"""Somebody who may approve, with the longest reason there is."""


def _keep_goods(session: LedgerSession, draft: Draft) -> None:
    """What somebody is asked about is not promised to anybody else: it counts as reserved until it is decided."""
    needs = []
    for (sku, place), quantity in goods_asked(draft, session.item).items():
        known = session.items.get(sku)
        if known is not None:
            needs.append((known.item_id, place, quantity))
    reserve(session.connection, draft.id, needs)


def _of_request(pending: PendingDocument, draft: Draft, terms: Terms) -> Conflict | Rejected | Waiting | None:
    """What is answered to a document that was asked for before; None where it may be posted now."""
    if pending.content != draft.content:
        return Conflict(None)
    if pending.state is PendingState.REFUSED:
        return Rejected((Fault("", "refused_by_person", {"person": pending.decided_by or ""}),))
    if pending.state is PendingState.EXPIRED:
        return Rejected((Fault("", "request_expired"),))
    approver = terms.approver
    if approver is None:
        # A shelf filled or a manager's token since then decides nothing: a person does.
        return None if _settles(draft, terms) else Waiting(pending.reasons)
    if not terms.policy.may_approve(approver.role):
        return Rejected((Fault("approval.person", "may_not_approve", {"person": approver.person}),))
    if approver.person == pending.person:
        # Whoever sends it now: who asked does not decide.
        return Rejected((Fault("approval.person", "own_request", {"person": approver.person}),))
    return None


def _says_the_same(session: LedgerSession, draft: Draft, known: KnownDocument) -> bool:
    """Of a document that came back from headquarters nobody knows how it was sent: what it says is compared."""
    if known.content or not known.type:
        return False
    stored = load_document(session.connection, draft.id)
    return stored is not None and says_the_same(draft, stored.event, session.base_unit)


def _settles(draft: Draft, terms: Terms) -> bool:
    """Whether a till says that the goods are gone: then nothing is left to decide."""
    return terms.may_settle and isinstance(draft.body, Sale) and draft.body.settled is True


def append(
    session: LedgerSession, draft: Draft, posting: Posting, person: str, station: str | None, printer: str | None
) -> Posted | Rejected:
    """Append a planned document, or refuse one that no replication event could carry."""
    posted = session.append_document(draft, posting, person=person, station=station, printer=printer)
    if isinstance(posted, TooLarge):
        return _refused_for(posted.size)
    return posted


async def first_answer(shop: Shop, document_id: bytes) -> Exists:
    stored, first_seq = await shop.ledger.read(
        lambda connection: (load_document(connection, document_id), first_place(connection, document_id))
    )
    assert stored is not None, "a known document is in the journal"
    return Exists(posted_again(stored.id, stored.seq, stored.hash, stored.event, first_seq))


def posted_again(
    document_id: bytes, seq: int, hash_: bytes, event: DocumentPosted, first_seq: int | None = None
) -> Posted:
    """The answer a stored document was first given; `first_seq` is where it stood before an epoch moved it."""
    warnings = () if event.detail is None else event.detail.warnings
    return Posted(
        document_id, event.type, event.number, seq, hash_, event.worth(), event.given_back(), warnings, event.posted_at, event.person,
        event.station, first_seq=None if first_seq == seq else first_seq,
    )  # fmt: skip


_NO_READINGS: Final[Mapping[str, ScaleReading]] = {}


def _readings(shop: Shop, draft: Draft) -> Mapping[str, ScaleReading]:
    """What scales said of the lines that name a reading, as long as it is remembered."""
    if draft.everyday:
        return _NO_READINGS
    named = {line.reading for line in draft.body.lines if isinstance(line.reading, str)}
    return {name: found for name in named if (found := shop.readings.find(name)) is not None}
