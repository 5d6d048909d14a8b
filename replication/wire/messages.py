"""The small messages around batches: hello and its answers, watermark, heartbeat, want, pull. msgpack, tagged, additive.

A message is a map tagged by name: an unknown field is skipped, a new field has a default, and a field is never given
another meaning or type.
"""

import enum
from typing import Final

import msgspec

HELLO_ANCESTORS_MAX: Final = 32
"""Positions in a hello: log-spaced they bracket a fork anywhere in 2^32 entries, and each further question divides the
bracket by as many."""
PERIPHERALS_LOST_MAX: Final = 64
"""As many as one branch may have."""
BOOT_ID_BYTES: Final = 8
"""A start of the process names itself by so many random bytes: enough to tell two devices with one identity apart."""


class Ancestor(msgspec.Struct, frozen=True, array_like=True):
    """A position the branch holds: its seq and chain hash."""

    seq: int
    hash: bytes


class InboxPosition(msgspec.Struct, frozen=True, array_like=True):
    """How far a branch has applied what headquarters sent it: headquarters' incarnation, its outbox seq, chain hash."""

    incarnation: int
    seq: int
    hash: bytes


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A branch introduces itself after every connect: who, where its journal stands, what it still holds.

    `head` and `ancestors` are of the branch's present history, whatever epochs they belong to. `device` is the public key
    made on the device ("" where the line has no identities), `hardware` what tells its board from a copy's, `boot_id`
    this start of the process. `replacement` is the one-time code with which a new device takes over a branch.
    """

    branch: str
    epoch: int
    boot_id: bytes
    minimum_seq: int
    head: Ancestor
    ancestors: tuple[Ancestor, ...]
    wire_versions: tuple[int, ...]
    clock: int
    name: str = ""
    name_zh: str = ""
    currency: str = ""
    device: str = ""
    hardware: str = ""
    replacement: str = ""
    inbox: InboxPosition | None = None
    event_kinds: tuple[int, ...] = ()
    software: str = ""


class Continue(msgspec.Struct, frozen=True, tag="continue"):
    """Headquarters agrees with the branch's history up to `applied_seq`; send what follows."""

    epoch: int
    applied_seq: int
    applied_hash: bytes
    durable_seq: int
    credit: int
    incarnation: int


class Bisect(msgspec.Struct, frozen=True, tag="bisect"):
    """The histories agree at `low_seq` and may differ at `high_seq`: say hello again with ancestors between the two, both
    included."""

    low_seq: int
    high_seq: int
    incarnation: int


class Rebase(msgspec.Struct, frozen=True, tag="rebase"):
    """A new epoch, given by headquarters.

    The histories agree up to `ancestor_seq`. Headquarters holds entries after it up to `held_seq` with `held_hash`: pull
    them and make them the branch's own again. What the branch wrote after the ancestor is set aside and appended anew,
    with the same event ids, where headquarters does not hold it already. The epoch begins with the entry `base_seq`, which
    is above every seq that was ever seen of this branch, chained to `held_hash`.
    """

    epoch: int
    base_seq: int
    ancestor_seq: int
    ancestor_hash: bytes
    held_seq: int
    held_hash: bytes
    reason: str
    incarnation: int


class Fenced(msgspec.Struct, frozen=True, tag="fenced"):
    """Another device is this branch now. It goes on selling, but its entries are not applied: it sends those from
    `tail_from` on all the same, headquarters keeps them and hands them to the branch's present device.

    `code` is `other_device` (never approved), `replaced` (it was the branch's device once) or `copy` (a second device with
    the same identity is alive).
    """

    code: str
    detail: str
    tail_from: int
    incarnation: int


class Later(msgspec.Struct, frozen=True, tag="later"):
    """Too many branches ask at once: say hello again after so many milliseconds."""

    milliseconds: int
    incarnation: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Headquarters will not apply from this branch now: `code` is `fork`, `blocked`, `unknown_version`, `unknown_branch`,
    `pruned`, `bad_hello`.

    A refusal sent unasked only means "say hello": every device of that name hears it. `boot_id` names the one that is
    meant; empty means all. Then `code` may also be `say_hello` (a person decided something) or `opened` (this opening of
    headquarters' database has heard no hello of the branch yet; what was acknowledged need not be sent again).
    """

    code: str
    detail: str
    applied_seq: int
    applied_hash: bytes
    incarnation: int
    boot_id: bytes = b""


class Watermark(msgspec.Struct, frozen=True, tag="watermark"):
    """Sent after headquarters' own commit: everything up to `applied_seq` has its effect there, exactly once.

    `durable_seq` is covered by a verified backup of headquarters; a branch may forget entries only below it.
    """

    branch: str
    epoch: int
    applied_seq: int
    applied_hash: bytes
    durable_seq: int
    credit: int
    incarnation: int


class Peripherals(msgspec.Struct, frozen=True, array_like=True):
    """What hangs on the branch's counters: how many scales, printers and the like, and the names of those that do not work."""

    count: int
    lost: tuple[str, ...]


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat"):
    """A branch is there (core NATS, never stored): its newest entry, its clock. `leaving` is a clean good-bye."""

    branch: str
    epoch: int
    head_seq: int
    clock: int
    leaving: bool = False
    boot_id: bytes = b""
    peripherals: Peripherals | None = None


class Want(msgspec.Struct, frozen=True, tag="want"):
    """Headquarters misses entries: send again from `from_seq`."""

    branch: str
    epoch: int
    from_seq: int


class Lane(enum.StrEnum):
    """What a pull asks for."""

    JOURNAL = "journal"
    """The branch's own entries as headquarters holds them, to make a restored or new device whole."""
    OUTBOX = "outbox"
    """What headquarters has for the branch: items, prices, transfers, decisions."""


class Pull(msgspec.Struct, frozen=True, tag="pull"):
    """A branch asks for the entries after `after_seq`, whose chain hash it holds as `after_hash`.

    In the outbox lane this is also the branch's word that everything up to there is applied; `incarnation` is that of
    the headquarters it came from (0: nothing yet).
    """

    branch: str
    lane: Lane
    after_seq: int
    after_hash: bytes
    incarnation: int
    device: str = ""
    boot_id: bytes = b""


class Pulled(msgspec.Struct, frozen=True, tag="pulled"):
    """Entries for a pull: one envelope as in a batch (journal lane: as the branch once sent it, so it may begin before
    what was asked for), or empty where there is nothing more. `head_seq` is the last one there is.

    `from_beginning` in the outbox lane: headquarters went back in time and does not know the position that was asked for;
    the entries start at its first. Every kind of outbox entry may be applied again without harm.
    """

    lane: Lane
    envelope: bytes
    head_seq: int
    incarnation: int
    from_beginning: bool = False


class PullRefused(msgspec.Struct, frozen=True, tag="pull_refused"):
    """Headquarters does not give these entries: `code` is `fenced`, `unknown_branch`, `not_held`, `other_history`."""

    code: str
    detail: str
    incarnation: int


class Nudge(msgspec.Struct, frozen=True, tag="nudge"):
    """There is something in the branch's outbox: pull. Core NATS; a lost one is healed by the next heartbeat's pull."""

    branch: str
    incarnation: int
    head_seq: int


HelloAnswer = Continue | Bisect | Rebase | Fenced | Later | Refused
PullAnswer = Pulled | PullRefused
Message = (
    Hello | Continue | Bisect | Rebase | Fenced | Later | Refused | Watermark | Heartbeat | Want
    | Pull | Pulled | PullRefused | Nudge
)  # fmt: skip


class MessageError(ValueError):
    """Bytes that are no message this version can read."""


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode_message(message: Message) -> bytes:
    """The bytes of a message."""
    return _encoder.encode(message)


def decode_message(data: bytes) -> Message:
    """Read a message; raises MessageError."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error)) from error
