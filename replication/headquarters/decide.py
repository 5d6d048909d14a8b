"""What to do with an arrived batch: the whole judgement, as a pure function. Knows no database, stream or clock.

The cursor's hash names headquarters' whole history of a branch. A batch is judged by hashes first and by numbers second:
equal numbers with other hashes are a fork, never a duplicate.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.envelope import (
    CHECK_BYTES,
    Envelope,
    EnvelopeError,
    read_envelope,
    unpack_entries,
)
from replication.wire.events import EventKind

FIRST_EPOCH: Final = 1
"""The epoch of a branch that headquarters meets for the first time."""


class Cursor(msgspec.Struct, frozen=True, gc=False):
    """How far headquarters has applied a branch: the full chain hash at `seq` of `epoch`."""

    epoch: int
    seq: int
    hash: bytes


NEW_BRANCH: Final = Cursor(FIRST_EPOCH, 0, GENESIS_HASH)


class Next(msgspec.Struct, frozen=True):
    """These entries follow the cursor; `hash` is the chain hash after the last. Entries already applied were cut off."""

    envelope: Envelope
    entries: Sequence[Entry]
    hash: bytes


class Duplicate(msgspec.Struct, frozen=True):
    """Applied before, and the hashes say it is the same."""

    envelope: Envelope


class Gap(msgspec.Struct, frozen=True):
    """Entries before it are missing: keep it for a while and ask for `want_from`."""

    envelope: Envelope
    want_from: int


class StaleEpoch(msgspec.Struct, frozen=True):
    """Of an epoch that headquarters has ended for this branch."""

    envelope: Envelope


class Fork(msgspec.Struct, frozen=True):
    """It contradicts what was applied: two histories of one branch."""

    code: str
    detail: str


class Poison(msgspec.Struct, frozen=True):
    """It cannot be read, or does not hold together in itself."""

    code: str
    detail: str


Decision = Next | Duplicate | Gap | StaleEpoch | Fork | Poison
EPOCHS_AHEAD_MAX: Final = 1024
"""How many epochs a restored headquarters may have forgotten giving a branch: one a day for three years. More are not
believed, so that no branch's word drives its epochs to their end."""
HashAt = Callable[[int], bytes | None]
"""Headquarters' own chain hash of the branch at a seq up to its cursor: that of the newest applied entry at or before it;
None where it is not held any more."""


def decide(branch: str, data: bytes, cursor: Cursor, hash_at: HashAt, *, at_base: bool = False) -> Decision:
    """Judge the bytes that arrived on a branch's subject. `at_base`: the cursor was moved to just before a new epoch, of
    which nothing is applied yet."""
    try:
        envelope = read_envelope(data)
        if envelope.branch != branch:
            return Poison("wrong_branch", f"names branch {envelope.branch[:40]!r}")
        if envelope.count == 0 or envelope.first_seq < 1 or envelope.epoch < FIRST_EPOCH:
            return Poison(
                "bad_range",
                f"epoch {envelope.epoch}, {envelope.first_seq}-{envelope.last_seq}, {envelope.count} entries",
            )
        if envelope.epoch < cursor.epoch:
            return _judge_ended(envelope, cursor, hash_at)
        if envelope.epoch > cursor.epoch:
            return _judge_forgotten(envelope, cursor)
        if envelope.first_seq > cursor.seq + 1:
            return _judge_gap(envelope, cursor, at_base=at_base)
        if envelope.last_seq <= cursor.seq:
            return _judge_repeat(envelope, cursor, hash_at)
        return _judge_next(envelope, cursor, hash_at, at_base=at_base)
    except EnvelopeError as error:
        return Poison(error.code, error.detail)


def _judge_ended(envelope: Envelope, cursor: Cursor, hash_at: HashAt) -> Decision:
    """Of an epoch that has ended: applied before it ended, or of a history that headquarters did not go on with."""
    held = hash_at(envelope.last_seq) if envelope.last_seq <= cursor.seq else None
    return Duplicate(envelope) if held is not None and held[:CHECK_BYTES] == envelope.last else StaleEpoch(envelope)


def _judge_forgotten(envelope: Envelope, cursor: Cursor) -> Decision:
    """Of an epoch that headquarters does not remember giving, after a restore of its database: it is taken where its
    first entry is chained to the cursor. Anything else waits until the branch has been asked where the histories part."""
    believed = envelope.epoch <= cursor.epoch + EPOCHS_AHEAD_MAX
    if not believed or envelope.first_seq <= cursor.seq or envelope.previous != cursor.hash[:CHECK_BYTES]:
        return Gap(envelope, cursor.seq + 1)
    return _follow(envelope, cursor.hash, cursor, skip=0, begins=True)


def _judge_gap(envelope: Envelope, cursor: Cursor, *, at_base: bool) -> Decision:
    """Entries before it are missing; or headquarters, after a restore, gave an epoch's number a second time, and this is
    the beginning that the branch was given first: chained to the cursor, it goes before the offer nobody took."""
    if at_base and envelope.previous == cursor.hash[:CHECK_BYTES]:
        begun = _follow(envelope, cursor.hash, cursor, skip=0, begins=True)
        if isinstance(begun, Next):
            return begun
    return Gap(envelope, cursor.seq + 1)


def _judge_repeat(envelope: Envelope, cursor: Cursor, hash_at: HashAt) -> Decision:
    held = cursor.hash if envelope.last_seq == cursor.seq else hash_at(envelope.last_seq)
    if held is not None and held[:CHECK_BYTES] != envelope.last:
        return Fork("other_history", f"entry {envelope.last_seq} is another one here")
    return Duplicate(envelope)


def _judge_next(envelope: Envelope, cursor: Cursor, hash_at: HashAt, *, at_base: bool) -> Decision:
    skip = cursor.seq + 1 - envelope.first_seq
    running = hash_at(envelope.first_seq - 1) if skip else cursor.hash
    if running is None:
        return Poison("overlap_unknown", f"starts at {envelope.first_seq}, before what headquarters still holds")
    if running[:CHECK_BYTES] != envelope.previous:
        return Fork("other_history", f"entry {envelope.first_seq - 1} is another one here")
    return _follow(envelope, running, cursor, skip=skip, begins=at_base)


def _follow(envelope: Envelope, before: bytes, cursor: Cursor, *, skip: int, begins: bool) -> Decision:
    """Check the chain from the hash before the first entry to the one the batch announces. `begins`: the first entry must
    be the beginning of its epoch; no other may be."""
    entries, running = unpack_entries(envelope), before
    for index, entry in enumerate(entries):
        is_begin = entry.kind == EventKind.EPOCH_BEGUN
        if index >= skip and is_begin != (begins and index == 0):
            return Poison("epoch_not_begun", f"entry {entry.seq} of epoch {entry.epoch} is of kind {entry.kind}")
        running = entry.hash_after(running)
        if index + 1 == skip and running != cursor.hash:
            return Fork("other_history", f"entry {entry.seq} is another one here")
    if running[:CHECK_BYTES] != envelope.last:
        return Poison(
            "bad_hash", f"entries {envelope.first_seq}-{envelope.last_seq} do not give the hash they announce"
        )
    return Next(envelope, entries[skip:] if skip else entries, running)
