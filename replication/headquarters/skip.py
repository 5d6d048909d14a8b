"""Going on without what could not be applied: a person's decision, signed, inside one transaction. Pure, given the session.

The entries keep their place in the branch's history, raw, without their effects; so few as possible are passed, and those
before them are applied with all they do. Those after them come again, and what stops there asks for a decision of its own:
nobody signs for what he has not been shown. An entry that nobody can decode is passed by its number like any other; its
bytes stay in the history as they came. The balances of branch and headquarters then differ by what was passed: the branch's
next digest is taken as it comes, and the difference stays on record.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from replication.headquarters.binding import is_untouched
from replication.headquarters.decide import Next, decide
from replication.headquarters.fold import Effects, FoldError, fold, no_effects
from replication.headquarters.projection import Projection
from replication.headquarters.stores.store import AppliedBatch, ApplySession, BranchState, Skip
from replication.wire.entry import Entry
from replication.wire.outbox import Skipped

SEARCHED_MAX: Final = 64
"""Set-aside batches looked through for the one that stopped the branch: a blocked branch adds none."""
DIGEST_DIFFERS: Final = "digest_differs"
DAMAGED: Final = frozenset({"undecodable", "bad_hash", "bad_count", "bad_range", "too_large", "unknown_codec"})
"""What stopped the branch is then no run of entries at all, or one that its chain contradicts: nothing after headquarters'
cursor can be believed of these bytes, so that nothing can be passed. Sent anew it is right, if it was damaged on its way; if
not, the journal on the device is damaged, and the device has to be replaced by one that rejoins."""
_PURPOSE: Final = b"kontor skip v1\0"
"""Keeps a signature of a skip from being one of anything else that headquarters' key signs."""

_encoder = msgspec.msgpack.Encoder()


class NotSkipped(msgspec.Struct, frozen=True):
    """There is nothing to pass: `not_blocked`, or `nothing_to_skip` where the bytes that stopped the branch are no entries
    that follow its cursor, `nothing_stops` where they can be applied by now. Then the branch is to send again."""

    code: str


def skip(
    session: ApplySession,
    branch: str,
    projections: Sequence[Projection] = (),
    *,
    person: str,
    reason: str,
    key: bytes,
    now: int,
) -> Skip | NotSkipped:
    """Pass what stopped a branch. The block is lifted; entries after the run are judged when they come again."""
    state = session.branch(branch)
    if state.block is None:
        return NotSkipped("not_blocked")
    found = _batch_that_stopped(session, branch, state)
    if found is None:
        return NotSkipped("nothing_to_skip")
    raw, following = found
    entries, envelope = following.entries, following.envelope
    hashes = [state.cursor.hash]
    for entry in entries:
        hashes.append(entry.hash_after(hashes[-1]))

    def take(first: int, last: int, effects: Effects, *, passed: bool = False) -> None:
        """Entries into the history, with what they do."""
        if first == last:
            return
        session.append(
            AppliedBatch(
                branch, envelope.epoch, entries[first:last], hashes[last], raw, effects, envelope.head_seq, now,
                skipped=passed,
            )
        )  # fmt: skip
        for projection in () if passed else projections:
            projection.applied(session, branch, effects, now)

    def stops(count: int) -> bool:
        """Whether the first so many cannot be applied as they stand."""
        try:
            effects = fold(entries[:count])
        except FoldError:
            return True
        return session.refuses(lambda: take(0, count, effects))

    is_digest = False
    if not stops(len(entries)):
        if state.block.code != DIGEST_DIFFERS:
            return NotSkipped("nothing_stops")
        is_digest = True
        first, last = 0, len(entries)
    else:
        first, last = _run_that_stops(session, branch, entries, stops)
    take(0, first, fold(entries[:first]))
    take(first, last, fold(entries) if is_digest else no_effects(), passed=not is_digest)
    run = entries[first:last]
    unsigned = Skip(
        branch,
        run[0].seq,
        run[-1].seq,
        hashes[last],
        state.block.code,
        person,
        reason,
        now,
        b"",
        with_effects=is_digest,
    )
    decided = msgspec.structs.replace(unsigned, signature=sign(key, unsigned))
    session.skipped(decided)
    session.block(branch, None)
    session.post_outbox(branch, Skipped(decided.first_seq, decided.last_seq, person, reason, decided.signature))
    return decided


def sign(key: bytes, decided: Skip) -> bytes:
    """HMAC-SHA256 with headquarters' key over all that was decided, the history up to there included."""
    told = _encoder.encode(
        (
            decided.branch, decided.first_seq, decided.last_seq, decided.hash, decided.code, decided.person,
            decided.reason, decided.at, decided.with_effects,
        )
    )  # fmt: skip
    return hmac.new(key, _PURPOSE + told, hashlib.sha256).digest()


def _batch_that_stopped(session: ApplySession, branch: str, state: BranchState) -> tuple[bytes, Next] | None:
    """The newest set-aside batch whose entries follow the cursor, chained and whole."""
    offer = state.binding.offer
    at_base = offer is not None and is_untouched(state.cursor, offer)
    for one in session.quarantined(branch, SEARCHED_MAX):
        judged = decide(branch, one.raw, state.cursor, lambda seq: session.hash_at(branch, seq), at_base=at_base)
        if isinstance(judged, Next):
            return one.raw, judged
    return None


def _run_that_stops(
    session: ApplySession, branch: str, entries: Sequence[Entry], stops: Callable[[int], bool]
) -> tuple[int, int]:
    """From the first entry that cannot be applied after those before it, to the last of its neighbours that make no sense
    by themselves either; as places. A figure may be too large only together with others, so each answer is a trial."""
    good, bad = 0, len(entries)
    while bad - good > 1:
        middle = (good + bad) // 2
        if stops(middle):
            bad = middle
        else:
            good = middle
    met = {entry.event_id for entry in entries[:bad]}
    last = bad
    while last < len(entries) and (entries[last].event_id in met or _is_wrong(session, branch, entries[last])):
        last += 1
    return good, last


def _is_wrong(session: ApplySession, branch: str, entry: Entry) -> bool:
    if session.holds(branch, entry.event_id):
        return True
    try:
        fold([entry])
    except FoldError:
        return True
    return False
