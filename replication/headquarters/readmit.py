"""Handing on what a second device of a branch sold: from the fork store to the present device, each event once. Pure.

A shop's sale is never dropped because two histories met. Every entry in the fork store that another start of the process
wrote and headquarters does not hold goes down as a Readmit; the present device appends it under its own numbers, unless
it has the event already, and it then comes up like any other entry.
"""

from collections.abc import Iterator
from typing import Final

from replication.headquarters.fold import FoldError, fold
from replication.headquarters.stores.store import ApplySession, Readmission
from replication.wire.entry import Entry
from replication.wire.envelope import ENTRY_BYTES_MAX, EnvelopeError, read_envelope, unpack_entries
from replication.wire.events import EventKind, ItemPut, decode_event
from replication.wire.outbox import Readmit

BATCHES_MAX: Final = 8
"""Looked at in one transaction, 4,000 entries at most: a big fork store holds up its neighbours for no longer than a group
of ordinary batches does. The rest follows in the next transactions."""

_HANDED_ON: Final = frozenset({
    EventKind.DOCUMENT_POSTED, EventKind.ITEM_PUT, EventKind.TRANSFER_CANCEL_REQUESTED, EventKind.TRANSFER_RELEASED,
})  # fmt: skip
"""What people did. What a device noted of headquarters (epochs, prices, skips) is its own and means nothing elsewhere."""


def readmit(session: ApplySession, branch: str, now: int, batches_max: int = BATCHES_MAX) -> tuple[int, bool]:
    """Ask the branch's present device for what its fork store holds of others. Answers how many events were asked for,
    and whether more batches wait to be looked at."""
    present = session.branch(branch).binding.boot_id
    if not present:
        return 0, False  # nobody is the branch yet; the next hello asks again
    waiting = session.forks.waiting(branch, present, batches_max + 1)
    asked = 0
    for forked, raw in waiting[:batches_max]:
        for entry in _entries(raw):
            if session.holds(branch, entry.event_id) or session.forks.asked(branch, entry.event_id):
                continue
            if not _is_handed_on(entry):
                continue
            message = Readmit(entry.event_id, entry.kind, entry.payload, entry.epoch, entry.seq)
            seq = session.post_outbox(branch, message)
            session.forks.ask(Readmission(branch, entry.event_id, forked, entry.seq, seq, now))
            asked += 1
        session.forks.looked(forked, now)
    return asked, len(waiting) > batches_max


def _entries(raw: bytes) -> Iterator[Entry]:
    """What can be read; the bytes stay in the fork store either way."""
    try:
        yield from unpack_entries(read_envelope(raw))
    except EnvelopeError:
        return


def _is_handed_on(entry: Entry) -> bool:
    """What makes no sense here would only stop the branch that took it in."""
    if entry.kind not in _HANDED_ON or len(entry.payload) > ENTRY_BYTES_MAX:
        return False
    try:
        fold([entry])
    except FoldError:
        return False
    event = decode_event(entry.kind, entry.payload)
    return not (isinstance(event, ItemPut) and event.version > 0)
