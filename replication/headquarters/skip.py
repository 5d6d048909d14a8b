"""Going on without what could not be applied: a person's decision, signed, inside one transaction. Pure, given the session.

The entries keep their place in the branch's history, raw, without their effects; so few as possible are passed, and those
before them are applied. The balances of branch and headquarters then differ by what was passed: the branch's next digest is
taken as it comes, and the difference stays on record.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

import msgspec

from replication.headquarters.binding import is_untouched
from replication.headquarters.decide import Next, decide
from replication.headquarters.fold import FoldError, fold, no_effects
from replication.headquarters.stores.store import AppliedBatch, ApplySession, BranchState, Skip
from replication.wire.entry import Entry
from replication.wire.outbox import Skipped

SEARCHED_MAX: Final = 64
"""Set-aside batches looked through for the one that stopped the branch: a blocked branch adds none."""
DIGEST_DIFFERS: Final = "digest_differs"
_PURPOSE: Final = b"kontor skip v1\0"
"""Keeps a signature of a skip from being one of anything else that headquarters' key signs."""

_encoder = msgspec.msgpack.Encoder()


class NotSkipped(msgspec.Struct, frozen=True):
    """There is nothing to pass: `not_blocked`, or `nothing_to_skip` where the bytes that stopped the branch are no entries
    that follow its cursor. Then the branch is to send again."""

    code: str


def skip(session: ApplySession, branch: str, *, person: str, reason: str, key: bytes, now: int) -> Skip | NotSkipped:
    """Pass what stopped a branch. The block is lifted; entries after the run are judged when they come again."""
    state = session.branch(branch)
    if state.block is None:
        return NotSkipped("not_blocked")
    found = _batch_that_stopped(session, branch, state)
    if found is None:
        return NotSkipped("nothing_to_skip")
    raw, following = found
    entries = following.entries
    is_digest = state.block.code == DIGEST_DIFFERS
    first, last = (0, len(entries)) if is_digest else _run_that_stops(session, branch, entries)
    running = state.cursor.hash
    at = 0
    for end, passed in ((first, False), (last, not is_digest)):
        part = entries[at:end]
        if part:
            for entry in part:
                running = entry.hash_after(running)
            effects = no_effects() if passed else fold(part)
            envelope = following.envelope
            session.append(
                AppliedBatch(
                    branch, envelope.epoch, part, running, raw, effects, envelope.head_seq, now,
                    skipped=passed,
                )
            )  # fmt: skip
        at = end
    run = entries[first:last]
    unsigned = Skip(
        branch, run[0].seq, run[-1].seq, running, state.block.code, person, reason, now, b"", with_effects=is_digest
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


def _run_that_stops(session: ApplySession, branch: str, entries: Sequence[Entry]) -> tuple[int, int]:
    """From the first entry that cannot be applied to the last of its neighbours that cannot either, as places. All of
    them where no single one is at fault, as with sums that no column holds."""
    met: set[bytes] = set()
    wrong = []
    for entry in entries:
        wrong.append(entry.event_id in met or _is_wrong(session, branch, entry))
        met.add(entry.event_id)
    if not any(wrong):
        return 0, len(entries)
    first = wrong.index(True)
    last = first
    while last < len(entries) and wrong[last]:
        last += 1
    return first, last


def _is_wrong(session: ApplySession, branch: str, entry: Entry) -> bool:
    if session.holds(branch, entry.event_id):
        return True
    try:
        fold([entry])
    except FoldError:
        return True
    return False
