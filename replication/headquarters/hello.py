"""How headquarters answers a branch's hello: pure. The search for a common ancestor and new epochs deepen this file."""

from typing import Final

import msgspec

from replication.headquarters.binding import UNBOUND, Binding
from replication.headquarters.decide import Cursor
from replication.wire.envelope import WIRE_VERSION
from replication.wire.messages import Continue, Hello, HelloAnswer, Refused

CREDIT_EVENTS: Final = 20_000
"""How far a branch may run ahead of headquarters' commits: the stream's quota per branch is as many messages, and at
the usual 60 bytes an entry this is about a megabyte waiting in the stream."""

FORK_CODES: Final = frozenset({"other_history", "epoch_not_given", "fork", "behind"})
"""Reasons that mean "two histories": the branch is fenced. Every other reason blocks it."""


class Block(msgspec.Struct, frozen=True):
    """Why headquarters applies nothing more of a branch, until a person decides."""

    code: str
    detail: str
    at: int


class BranchKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What headquarters knows of a branch when it says hello.

    `seen_seq` is the highest seq ever seen of it, applied or not: told in hellos, heartbeats and envelopes, parked, or in
    the fork store. `kept_seq` is the last entry, without a gap from its first, that the fork store holds of the boot id
    that asks now; 0 where it holds none.
    """

    cursor: Cursor
    binding: Binding = UNBOUND
    seen_seq: int = 0
    kept_seq: int = 0
    durable_seq: int = 0
    block: Block | None = None


class HelloDecision(msgspec.Struct, frozen=True):
    """The answer, and what to store with it in the same transaction: cursor, binding and `seen_seq` as they are now."""

    answer: HelloAnswer
    cursor: Cursor
    binding: Binding
    seen_seq: int


def answer_hello(hello: Hello, cursor: Cursor, durable_seq: int, block: Block | None, incarnation: int) -> HelloAnswer:
    """Continue where the histories agree as far as can be seen from here; the branch checks its own row as well."""

    def refused(code: str, detail: str) -> Refused:
        return Refused(code, detail, cursor.seq, cursor.hash, incarnation)

    if WIRE_VERSION not in hello.wire_versions:
        return refused("unknown_version", f"the branch speaks {hello.wire_versions}, headquarters {WIRE_VERSION}")
    if block is not None:
        return refused("fork" if block.code in FORK_CODES else "blocked", f"{block.code}: {block.detail}")
    if hello.epoch != cursor.epoch:
        return refused("fork", f"the branch is in epoch {hello.epoch}, headquarters gave {cursor.epoch}")
    if hello.head.seq < cursor.seq:
        return refused("behind", f"the branch ends at {hello.head.seq}, headquarters holds {cursor.seq}")
    for ancestor in (hello.head, *hello.ancestors):
        if ancestor.seq == cursor.seq and ancestor.hash != cursor.hash:
            return refused("fork", f"entry {cursor.seq} is another one here")
    return Continue(cursor.epoch, cursor.seq, cursor.hash, durable_seq, CREDIT_EVENTS, incarnation)
