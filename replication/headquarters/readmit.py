"""Handing on what a second device of a branch sold: from the fork store to the present device, each event once. Pure.

A shop's sale is never dropped because two histories met. Every entry in the fork store that another start of the process
wrote and headquarters does not hold goes down as a Readmit; the present device appends it under its own numbers, unless
it has the event already, and it then comes up like any other entry. A batch of which nothing is missing any more is let go.
"""

from typing import Final

from replication.headquarters.fold import FoldError, fold
from replication.headquarters.stores.store import ApplySession, Readmission
from replication.wire.entry import Entry
from replication.wire.envelope import ENTRY_BYTES_MAX, read_envelope, unpack_entries
from replication.wire.events import EventKind, ItemPut, PayloadError, decode_event
from replication.wire.outbox import Readmit

BATCHES_MAX: Final = 8
"""Looked at in one transaction, 4,000 entries at most: a big fork store holds up its neighbours for no longer than a group
of ordinary batches does. The rest follows in the next transactions."""

_HANDED_ON: Final = frozenset({
    EventKind.DOCUMENT_POSTED, EventKind.ITEM_PUT, EventKind.TRANSFER_CANCEL_REQUESTED, EventKind.TRANSFER_RELEASED,
    EventKind.LOT_BLOCKED, EventKind.LOT_RELEASED, EventKind.RECIPE_PUT, EventKind.PARTNER_PUT,
})  # fmt: skip
"""What people did."""
_NOTES: Final = frozenset({EventKind.EPOCH_BEGUN, EventKind.PRICE_TAKEN, EventKind.SKIP_TAKEN})
"""What a device noted of headquarters is its own and means nothing elsewhere: nothing is missing without it."""


def readmit(session: ApplySession, branch: str, now: int, batches_max: int = BATCHES_MAX) -> tuple[int, bool]:
    """Ask the branch's present device for what its fork store holds of others. Answers how many events were asked for,
    and whether more batches wait to be looked at."""
    present = session.branch(branch).binding.boot_id
    if not present:
        return 0, False  # nobody is the branch yet; the next hello asks again
    waiting = session.forks.waiting(branch, present, batches_max + 1)
    asked = 0
    for forked, raw in waiting[:batches_max]:
        pending = 0
        for entry in unpack_entries(read_envelope(raw)):
            if session.holds(branch, entry.event_id) or session.forks.asked(branch, entry.event_id):
                continue  # where it was asked for before, the batch it was met in is kept until it came
            if is_a_note(entry):
                continue
            pending += 1
            if not _is_handed_on(entry):
                continue  # nobody here can make sense of it: its bytes stay
            message = Readmit(entry.event_id, entry.kind, entry.payload, entry.epoch, entry.seq)
            seq = session.post_outbox(branch, message)
            session.forks.ask(Readmission(branch, entry.event_id, forked, entry.seq, seq, now))
            asked += 1
        session.forks.looked(forked, now, pending)
    return asked, len(waiting) > batches_max


def is_a_note(entry: Entry) -> bool:
    """What a device noted of headquarters; an item as headquarters sent it is one as well."""
    if entry.kind != EventKind.ITEM_PUT:
        return entry.kind in _NOTES
    try:
        event = decode_event(entry.kind, entry.payload)
    except PayloadError:
        return False
    return isinstance(event, ItemPut) and event.version > 0


def _is_handed_on(entry: Entry) -> bool:
    """What makes no sense here would only stop the branch that took it in."""
    if entry.kind not in _HANDED_ON or len(entry.payload) > ENTRY_BYTES_MAX:
        return False
    try:
        fold([entry])
    except FoldError:
        return False
    return True
