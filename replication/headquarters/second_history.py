"""Taking a batch of a second history into the fork store: only what its chain proves whole is relied on. Pure, given the
session.

Nobody judges these entries again before the present device appends them, so that a byte that changed on its way would
become a sale that never was. A batch is proved from a hash that is known in full: headquarters' own where the histories
part, or that of a batch proved before. What cannot be proved yet is kept and waits for the batch before it; what is proved
wrong is kept in quarantine, and its device sends it again.
"""

import enum
from typing import Final

import msgspec

from replication.headquarters.readmit import is_a_note
from replication.headquarters.stores.store import ApplySession, Forked, ForkKept, Quarantined
from replication.link import StreamPlace
from replication.wire.envelope import CHECK_BYTES, EnvelopeError, read_envelope, unpack_entries
from replication.wire.events import EpochBegun, PayloadError, decode_event

DAMAGED_FORK: Final = "damaged_fork"
"""What is set aside of another history than the branch's own, and stops nobody."""
UNPROVED_MAX: Final = 4
"""Batches kept that begin at one seq and wait for the one before them: a device sends the same entries again, packed anew."""


class Taken(enum.Enum):
    """What became of the batch."""

    PROVED = "proved"
    WAITS = "waits"
    KNOWN = "known"
    DAMAGED = "damaged"


def take_in(session: ApplySession, forked: Forked, place: StreamPlace) -> Taken:
    """Keep a batch that came at a place of the stream; those that waited for it are proved as well."""
    if _stands_already(session, forked):
        return Taken.KNOWN
    before = _hash_before(session, forked.branch, forked.raw)
    if before is None and len(session.forks.unproved_from(forked.branch, forked.first_seq)) >= UNPROVED_MAX:
        return Taken.KNOWN
    proved = None if before is None else _chained(forked.raw, before)
    if before is not None and proved is None:
        detail = f"entries {forked.first_seq}-{forked.last_seq} of another history do not give the hash they announce"
        session.quarantine(Quarantined(forked.branch, DAMAGED_FORK, detail, forked.raw, place, forked.received_at))
        return Taken.DAMAGED
    kept = session.forks.keep(msgspec.structs.replace(forked, hash=proved))
    if proved is None or before is None:
        return Taken.WAITS if kept is ForkKept.KEPT else Taken.KNOWN
    # It may have waited here itself until now, as an epoch does whose beginning is told by its own first entry.
    ends = _prove(session, forked.branch, forked.first_seq, before)
    if kept is not ForkKept.KEPT and not ends:
        return Taken.KNOWN
    ends.append((forked.last_seq, proved))
    while ends:
        seq, running = ends.pop()
        ends += _prove(session, forked.branch, seq + 1, running)
    return Taken.PROVED


def _stands_already(session: ApplySession, forked: Forked) -> bool:
    """Whether it is what was kept before and let go, by the events themselves: its own row may be a part of another now."""
    if not session.forks.was_let_go(forked.branch, forked.boot_id, forked.first_seq, forked.last_seq):
        return False
    try:
        entries = unpack_entries(read_envelope(forked.raw))
    except EnvelopeError:
        return False
    return all(is_a_note(entry) or session.holds(forked.branch, entry.event_id) for entry in entries)


def _prove(session: ApplySession, branch: str, first_seq: int, before: bytes) -> list[tuple[int, bytes]]:
    """Prove what waits from a seq on; answers where it ends, and with what hash."""
    ends: list[tuple[int, bytes]] = []
    for number, raw in session.forks.unproved_from(branch, first_seq):
        proved = _chained(raw, before)
        if proved is not None:
            session.forks.prove(number, proved)
            ends.append((read_envelope(raw).last_seq, proved))
    return ends


def _hash_before(session: ApplySession, branch: str, raw: bytes) -> bytes | None:
    """The full hash before a batch, if it is known here."""
    envelope = read_envelope(raw)
    seq, check = envelope.first_seq - 1, envelope.previous
    begun = _epoch_begun(raw)
    if begun is not None:
        seq = begun.held_seq  # an epoch is chained over the seqs that were left free before it
    own = session.hash_at(branch, seq)
    if own is not None and own[:CHECK_BYTES] == check:
        return own
    return session.forks.proved_hash(branch, seq, check)


def _epoch_begun(raw: bytes) -> EpochBegun | None:
    try:
        first = unpack_entries(read_envelope(raw))[0]
        event = decode_event(first.kind, first.payload)
    except (EnvelopeError, PayloadError):
        return None
    return event if isinstance(event, EpochBegun) else None


def _chained(raw: bytes, before: bytes) -> bytes | None:
    """The full hash after a batch; None where it does not hold together with the hash before it."""
    envelope = read_envelope(raw)
    if before[:CHECK_BYTES] != envelope.previous:
        return None
    try:
        entries = unpack_entries(envelope)
    except EnvelopeError:
        return None
    running = before
    for entry in entries:
        running = entry.hash_after(running)
    return running if running[:CHECK_BYTES] == envelope.last else None
