"""Taking a batch of a second history into the fork store: only what its chain proves whole is relied on. Pure, given the
session.

Nobody judges these entries again before the present device appends them, so that a byte that changed on its way would
become a sale that never was. A batch is proved from a hash that is known in full: headquarters' own where the histories
part, or that of a batch proved before. What cannot be proved yet is kept and waits for the batch before it; what is proved
wrong is kept in quarantine, and its device sends it again.
"""

import enum

import msgspec

from replication.headquarters.stores.store import ApplySession, Forked, ForkKept, Quarantined
from replication.wire.envelope import CHECK_BYTES, EnvelopeError, read_envelope, unpack_entries


class Taken(enum.Enum):
    """What became of the batch."""

    PROVED = "proved"
    WAITS = "waits"
    KNOWN = "known"
    DAMAGED = "damaged"


def take_in(session: ApplySession, forked: Forked) -> Taken:
    """Keep a batch; those that waited for it are proved as well."""
    before = _hash_before(session, forked.branch, forked.raw)
    proved = None if before is None else _chained(forked.raw, before)
    if before is not None and proved is None:
        detail = f"entries {forked.first_seq}-{forked.last_seq} of another history do not give the hash they announce"
        session.quarantine(Quarantined(forked.branch, "damaged_fork", detail, forked.raw, None, forked.received_at))
        return Taken.DAMAGED
    kept = session.forks.keep(msgspec.structs.replace(forked, hash=proved))
    if kept is not ForkKept.KEPT:
        return Taken.KNOWN
    if proved is None:
        return Taken.WAITS
    _prove_what_follows(session, forked.branch, forked.last_seq, proved)
    return Taken.PROVED


def _prove_what_follows(session: ApplySession, branch: str, seq: int, hash_: bytes) -> None:
    ends = [(seq, hash_)]
    while ends:
        at, running = ends.pop()
        for number, raw in session.forks.unproved_from(branch, at + 1):
            proved = _chained(raw, running)
            if proved is not None:
                session.forks.prove(number, proved)
                ends.append((read_envelope(raw).last_seq, proved))


def _hash_before(session: ApplySession, branch: str, raw: bytes) -> bytes | None:
    """The full hash before a batch, if it is known here."""
    envelope = read_envelope(raw)
    seq, check = envelope.first_seq - 1, envelope.previous
    own = session.hash_at(branch, seq)
    if own is not None and own[:CHECK_BYTES] == check:
        return own
    return session.forks.proved_hash(branch, seq, check)


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
