"""What headquarters hands out when a branch asks: its own journal as it is held here, or its outbox. Pure, given a snapshot.

A journal is handed out to make a restored or new device whole; a device that is not the branch gets nothing.
"""

from replication.headquarters.apply import is_fenced
from replication.headquarters.binding import Binding
from replication.headquarters.stores.store import Archive, HeldRun
from replication.wire.chain import GENESIS_HASH
from replication.wire.envelope import (
    BATCH_BYTES_MAX,
    BATCH_EVENTS_MAX,
    pack_batch,
    read_envelope,
    unpack_entries,
)
from replication.wire.messages import BOOT_ID_BYTES, Lane, Pull, PullAnswer, Pulled, PullRefused


def answer_pull(pull: Pull, archive: Archive, *, site: str, incarnation: int, now: int) -> PullAnswer:
    """One batch of what follows the position that was asked for, or why there is none. `site` is headquarters' name as
    the sender, `now` its clock in UTC milliseconds."""
    state = archive.branch(pull.branch)
    if state is None:
        return PullRefused("unknown_branch", "headquarters never met this branch: say hello first", incarnation)
    if _is_stranger(pull, state.binding):
        return PullRefused("fenced", "another device is this branch now", incarnation)
    if pull.lane is Lane.JOURNAL:
        return _journal(pull, archive, state.cursor.seq, incarnation)
    return _outbox(pull, archive, site, incarnation, now)


def _is_stranger(pull: Pull, binding: Binding) -> bool:
    if is_fenced(binding, pull.boot_id) or pull.boot_id in binding.retired:
        return True
    return bool(pull.device) and any(pull.device == device.key for device in binding.replaced)


def _journal(pull: Pull, archive: Archive, cursor_seq: int, incarnation: int) -> PullAnswer:
    own = GENESIS_HASH if pull.after_seq == 0 else archive.hash_at(pull.branch, pull.after_seq)
    if pull.after_seq < 0 or pull.after_seq > cursor_seq or own is None:
        return PullRefused("not_held", f"entry {pull.after_seq} is not held here", incarnation)
    if own != pull.after_hash:
        return PullRefused("other_history", f"entry {pull.after_seq} is another one here", incarnation)
    run = archive.held_after(pull.branch, pull.after_seq)
    if run is None:
        return Pulled(Lane.JOURNAL, b"", pull.after_seq, incarnation)
    return Pulled(Lane.JOURNAL, _as_held(pull.branch, run), run.head_seq, incarnation)


def _as_held(branch: str, run: HeldRun) -> bytes:
    """The batch as the branch sent it; packed anew where only a part of it became history."""
    envelope = read_envelope(run.raw)
    if envelope.last_seq == run.last_seq:
        return run.raw
    entries = [one for one in unpack_entries(envelope) if run.first_seq <= one.seq <= run.last_seq]
    return pack_batch(
        branch, entries, run.previous, run.hash, head_seq=envelope.head_seq,
        boot_id=envelope.boot_id,
    )  # fmt: skip


def _outbox(pull: Pull, archive: Archive, site: str, incarnation: int, now: int) -> PullAnswer:
    branch, after = pull.branch, pull.after_seq
    head = archive.outbox_head(branch)
    own = archive.outbox_hash_at(branch, after) if 0 <= after <= head.seq else None
    is_known = after == 0 or own == pull.after_hash
    if not is_known:
        after, own = 0, GENESIS_HASH
    rows = archive.outbox_after(branch, after, entries_max=BATCH_EVENTS_MAX, bytes_max=BATCH_BYTES_MAX)
    if not rows:
        return Pulled(Lane.OUTBOX, b"", head.seq, incarnation, from_beginning=not is_known)
    envelope = pack_batch(
        site, [row.entry for row in rows], own or GENESIS_HASH, rows[-1].hash, head_seq=head.seq,
        boot_id=incarnation.to_bytes(BOOT_ID_BYTES, "big"), sent_at=now,
    )  # fmt: skip
    return Pulled(Lane.OUTBOX, envelope, head.seq, incarnation, from_beginning=not is_known)
