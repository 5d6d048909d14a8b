"""How headquarters answers a branch's hello: pure. What it decides is stored in the transaction that asked.

First who asks (`recognition`), then whether the histories agree (`ancestry`). Where they do not, the branch is given a new
epoch in which it goes on after what headquarters holds; nothing that was applied is ever taken back.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from replication.headquarters.ancestry import Bracket, Contradiction, compare
from replication.headquarters.binding import UNBOUND, Binding, Offer, held_position, is_untouched
from replication.headquarters.decide import EPOCHS_AHEAD_MAX, Cursor, HashAt
from replication.headquarters.recognition import Stranger, Unclear, recognise
from replication.wire.chain import GENESIS_HASH
from replication.wire.envelope import EPOCH_MAX, SEQ_MAX, WIRE_VERSION
from replication.wire.events import KNOWN_KINDS
from replication.wire.messages import (
    HELLO_ANCESTORS_MAX,
    Bisect,
    Continue,
    Fenced,
    Hello,
    HelloAnswer,
    Later,
    Rebase,
    Refused,
)

CREDIT_EVENTS: Final = 20_000
"""How far a branch may run ahead of headquarters' commits: the stream's quota per branch is as many messages, and at
the usual 60 bytes an entry this is about a megabyte waiting in the stream."""
OVERTAKEN_MILLISECONDS: Final = 100
"""After which a branch whose hello was overtaken by its own batches asks again: what it sends then is young."""
BASE_MARGIN: Final = 10_000
"""Seqs left free before a new epoch: the shop goes on selling in the old one until its journal is joined, and no seq may
be used twice. An hour of the busiest shop."""
SEEN_MAX: Final = SEQ_MAX // 4
"""The highest seq believed of a heartbeat, of a batch out of its turn, or of a stranger: whatever they say, a base is found
above it, and the branch may go on from there for ever."""
AHEAD_MAX: Final = 2**40
"""How far above that, or above the cursor, a head is believed: no shop writes so much, and each absurd word costs the branch
so many numbers and no more."""


class Block(msgspec.Struct, frozen=True):
    """Why headquarters applies nothing more of a branch, until a person decides."""

    code: str
    detail: str
    at: int


class BranchKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What headquarters knows of a branch when it says hello.

    `seen_seq` is the highest seq ever seen of it, applied or not: told in hellos, heartbeats and envelopes, parked, or in
    the fork store. `kept_runs` are the first and last seqs of the runs without a gap, ascending, that the fork store holds
    of the boot id that asks now; `is_aside_full`: it has no room for more. `written_by` is the boot id whose batch was
    applied last.
    """

    cursor: Cursor
    binding: Binding = UNBOUND
    seen_seq: int = 0
    written_by: bytes = b""
    kept_runs: tuple[tuple[int, int], ...] = ()
    is_aside_full: bool = False
    durable_seq: int = 0
    block: Block | None = None


class HelloDecision(msgspec.Struct, frozen=True):
    """The answer, and what to store with it in the same transaction: cursor, binding and `seen_seq` as they are now."""

    answer: HelloAnswer
    cursor: Cursor
    binding: Binding
    seen_seq: int


def answer_hello(hello: Hello, known: BranchKnown, hash_at: HashAt, now: int, incarnation: int) -> HelloDecision:
    """Judge a hello. `hash_at` answers for every seq up to the cursor: the hash of the newest applied entry at or before
    it."""
    cursor, binding = known.cursor, known.binding

    def decided(answer: HelloAnswer, binding: Binding, cursor: Cursor = cursor) -> HelloDecision:
        return HelloDecision(answer, cursor, binding, seen)

    def refused(code: str, detail: str) -> Refused:
        return Refused(code, detail, cursor.seq, cursor.hash, incarnation, hello.boot_id)

    seen = max(min(known.seen_seq, SEEN_MAX), cursor.seq)
    unreadable = _unreadable(hello, cursor)
    if unreadable is not None:
        return decided(refused(*unreadable), binding)
    held = held_position(cursor, binding.offer)
    if _is_overtaken(hello, known, held):
        return decided(Later(OVERTAKEN_MILLISECONDS, incarnation), binding)
    seen = max(seen, hello.head.seq)
    try:
        bracket = _compare(hello, known, held, hash_at)
    except Contradiction as error:
        return decided(refused("bad_hello", str(error)), binding)
    forgotten = hello.epoch > cursor.epoch and bracket.high is None and 0 < bracket.low == cursor.seq
    match recognise(hello, binding, now, proven=forgotten):
        case Unclear(milliseconds):
            return decided(Later(milliseconds, incarnation), binding)
        case Stranger() if _may_be_forgotten(hello, cursor, bracket):
            return decided(Bisect(bracket.low, cursor.seq, incarnation), binding)
        case Stranger(fenced, code, detail):
            tail_from = _tail_from(hello, known, min(bracket.low, held.seq))
            return decided(Fenced(code, detail, tail_from, incarnation), fenced)
        case accepted:
            bound = accepted.binding
    if known.block is not None:
        return decided(refused("blocked", f"{known.block.code}: {known.block.detail}"), bound)
    behind = hello.head.seq < held.seq
    if bracket.high is None and not behind and hello.epoch >= cursor.epoch and not bound.epoch_due:
        if _is_pruned(hello, cursor):
            return decided(refused("pruned", f"{cursor.seq + 1} is asked for, {hello.minimum_seq} is held"), bound)
        answer = Continue(
            cursor.epoch, cursor.seq, cursor.hash, known.durable_seq, CREDIT_EVENTS, incarnation
        )  # fmt: skip
        return decided(answer, bound)
    whole = min(hello.head.seq, held.seq)
    ancestor = bracket.low if bracket.tight else whole if bracket.high is None and bracket.low >= whole else None
    if ancestor is None:
        high = whole if bracket.high is None else bracket.high
        before_oldest = hello.minimum_seq - 1
        if high < before_oldest or high == before_oldest == bracket.high:
            return decided(refused("pruned", f"the histories part before {hello.minimum_seq}"), bound)
        return decided(Bisect(bracket.low, high, incarnation), bound)
    ancestor = min(ancestor, held.seq)
    ancestor_hash = GENESIS_HASH if ancestor == 0 else hash_at(ancestor)
    assert ancestor_hash is not None, "an ancestor is a position headquarters has just compared"
    offer = _offer(hello, bound, cursor, held, (ancestor, ancestor_hash), seen)
    rebase = Rebase(
        offer.epoch, offer.base_seq, offer.ancestor_seq, offer.ancestor_hash, offer.held_seq, offer.held_hash,
        offer.reason, incarnation,
    )  # fmt: skip
    bound = msgspec.structs.replace(bound, offer=offer, epoch_due=False)
    return decided(rebase, bound, Cursor(offer.epoch, offer.base_seq - 1, offer.held_hash))


def _is_overtaken(hello: Hello, known: BranchKnown, held: Cursor) -> bool:
    """Whether this start of the device wrote more since, and its batches came first: the hello is an old word, and does
    not tell of an old backup."""
    return hello.boot_id == known.written_by and hello.head.seq < held.seq


def _kept_through(seq: int, runs: Sequence[tuple[int, int]]) -> int:
    """The last entry that is held or kept without a gap after `seq`: what the stream lost in between is asked for again."""
    for first, last in runs:
        if first <= seq + 1:
            seq = max(seq, last)
    return seq


def _tail_from(hello: Hello, known: BranchKnown, held_seq: int) -> int:
    """Where a device that is not the branch goes on sending. While there is no room for what it has, it is asked for nothing
    of it: it keeps that, says hello again, and is told where to begin once there is room."""
    tail_from = _kept_through(held_seq, known.kept_runs) + 1
    return max(tail_from, hello.head.seq + 1) if known.is_aside_full else tail_from


def _unreadable(hello: Hello, cursor: Cursor) -> tuple[str, str] | None:
    """Why nothing can be said to it: a version or numbers that make no sense here."""
    if WIRE_VERSION not in hello.wire_versions:
        return "unknown_version", f"the branch speaks {hello.wire_versions[:8]}, headquarters {WIRE_VERSION}"
    unknown = sorted(set(hello.event_kinds) - set(KNOWN_KINDS))[:8]
    if unknown:
        return "unknown_version", f"the branch writes entries of kind {unknown}, which headquarters cannot read yet"
    if len(hello.ancestors) > 2 * HELLO_ANCESTORS_MAX or not 1 <= len(hello.boot_id) <= 64:
        return "bad_hello", f"{len(hello.ancestors)} positions, a boot id of {len(hello.boot_id)} bytes"
    highest = max(cursor.seq, SEEN_MAX) + AHEAD_MAX
    epoch_max = min(cursor.epoch + EPOCHS_AHEAD_MAX, EPOCH_MAX // 2)
    if not (0 <= hello.head.seq <= highest and 0 <= hello.minimum_seq <= highest and 1 <= hello.epoch <= epoch_max):
        return "bad_hello", f"epoch {hello.epoch}, head {hello.head.seq}, oldest {hello.minimum_seq}"
    return None


def _compare(hello: Hello, known: BranchKnown, held: Cursor, hash_at: HashAt) -> Bracket:
    """A branch in headquarters' epoch is compared up to the cursor, one in an ended epoch up to the last held entry: there
    is nothing of it in the jump to the new one."""
    limit = known.cursor.seq if hello.epoch >= known.cursor.epoch else held.seq
    return compare((hello.head, *hello.ancestors), limit, hash_at)


def _may_be_forgotten(hello: Hello, cursor: Cursor, bracket: Bracket) -> bool:
    """Whether one more question may prove that headquarters forgot this device: see `recognise`."""
    return hello.epoch > cursor.epoch and bracket.high is None and bracket.low < cursor.seq <= hello.head.seq


def _is_pruned(hello: Hello, cursor: Cursor) -> bool:
    """Whether the branch no longer holds what follows the cursor; an epoch may jump from there to its oldest entry."""
    before_oldest = hello.minimum_seq - 1
    if cursor.seq >= before_oldest:
        return False
    return not any(one.seq == before_oldest and one.hash == cursor.hash for one in hello.ancestors)


def _offer(
    hello: Hello,
    binding: Binding,
    cursor: Cursor,
    held: Cursor,
    ancestor: tuple[int, bytes],
    seen: int,
) -> Offer:
    last = binding.offer
    if (
        last is not None
        and is_untouched(cursor, last)
        and last.boot_id == hello.boot_id
        and hello.epoch < last.epoch
        and hello.head.seq < last.base_seq
        and (last.ancestor_seq, last.ancestor_hash) == ancestor
    ):
        return last
    epoch = max(cursor.epoch, hello.epoch, last.epoch if last is not None else 0) + 1
    if binding.epoch_due:
        reason = "replaced"
    elif ancestor[0] == hello.head.seq < held.seq:
        reason = "restored"
    else:
        reason = "epoch_ended" if ancestor[0] == held.seq else "forked"
    return Offer(epoch, seen + 1 + BASE_MARGIN, *ancestor, held.seq, held.hash, reason, hello.boot_id)
