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
    BATCH_EVENTS_MAX,
    CHECK_BYTES,
    Envelope,
    EnvelopeError,
    read_envelope,
    unpack_entries,
)

FIRST_EPOCH: Final = 1
"""The epoch of a branch that headquarters meets for the first time."""


class Cursor(msgspec.Struct, frozen=True, gc=False):
    """How far headquarters has applied a branch: the full chain hash at `seq` of `epoch`."""

    epoch: int
    seq: int
    hash: bytes


SEQ_MAX: Final = 2**53
"""Far below what SQLite and PostgreSQL can count to, so that a base can always be found above it."""
EPOCH_MAX: Final = 2**31
"""The chain hash counts epochs in 32 bits; half of them are left for headquarters to give."""
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
HashAt = Callable[[int], bytes | None]
"""Headquarters' own chain hash of the branch at an applied seq; None where it is not held any more."""


def decide(branch: str, data: bytes, cursor: Cursor, hash_at: HashAt) -> Decision:
    """Judge the bytes that arrived on a branch's subject."""
    try:
        envelope = read_envelope(data)
        if envelope.branch != branch:
            return Poison("wrong_branch", f"names branch {envelope.branch[:40]!r}")
        if envelope.count == 0 or not 1 <= envelope.first_seq <= SEQ_MAX - BATCH_EVENTS_MAX:
            return Poison("bad_range", f"{envelope.first_seq}-{envelope.last_seq}, {envelope.count} entries")
        if envelope.epoch < cursor.epoch:
            return StaleEpoch(envelope)
        if envelope.epoch > cursor.epoch:
            return Fork("epoch_not_given", f"epoch {envelope.epoch}; headquarters gave {cursor.epoch}")
        if envelope.first_seq > cursor.seq + 1:
            return Gap(envelope, cursor.seq + 1)
        if envelope.last_seq <= cursor.seq:
            return _judge_repeat(envelope, cursor, hash_at)
        return _judge_next(envelope, cursor, hash_at)
    except EnvelopeError as error:
        return Poison(error.code, error.detail)


def _judge_repeat(envelope: Envelope, cursor: Cursor, hash_at: HashAt) -> Decision:
    held = cursor.hash if envelope.last_seq == cursor.seq else hash_at(envelope.last_seq)
    if held is not None and held[:CHECK_BYTES] != envelope.last:
        return Fork("other_history", f"entry {envelope.last_seq} is another one here")
    return Duplicate(envelope)


def _judge_next(envelope: Envelope, cursor: Cursor, hash_at: HashAt) -> Decision:
    skip = cursor.seq + 1 - envelope.first_seq
    running = hash_at(envelope.first_seq - 1) if skip else cursor.hash
    if running is None:
        return Poison("overlap_unknown", f"starts at {envelope.first_seq}, before what headquarters still holds")
    if running[:CHECK_BYTES] != envelope.previous:
        return Fork("other_history", f"entry {envelope.first_seq - 1} is another one here")
    entries = unpack_entries(envelope)
    for index, entry in enumerate(entries):
        if len(entry.event_id) != 16 or not 0 <= entry.kind <= 0xFFFF:
            return Poison("bad_entry", f"entry {entry.seq}: id of {len(entry.event_id)} bytes, kind {entry.kind}")
        running = entry.hash_after(running)
        if index + 1 == skip and running != cursor.hash:
            return Fork("other_history", f"entry {entry.seq} is another one here")
    if running[:CHECK_BYTES] != envelope.last:
        return Poison(
            "bad_hash", f"entries {envelope.first_seq}-{envelope.last_seq} do not give the hash they announce"
        )
    return Next(envelope, entries[skip:] if skip else entries, running)
