"""The small messages around batches: hello and its answers, watermark, heartbeat, want. msgpack, tagged by name, additive."""

from typing import Final

import msgspec

HELLO_ANCESTORS_MAX: Final = 32
"""Log-spaced positions in a hello: enough to bracket a fork anywhere in 2^32 entries."""


class Ancestor(msgspec.Struct, frozen=True, array_like=True):
    """A position the branch holds: its seq and chain hash."""

    seq: int
    hash: bytes


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A branch introduces itself after every connect: who, where its journal stands, what it still holds."""

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


class Continue(msgspec.Struct, frozen=True, tag="continue"):
    """Headquarters agrees with the branch's history up to `applied_seq`; send what follows."""

    epoch: int
    applied_seq: int
    applied_hash: bytes
    durable_seq: int
    credit: int
    incarnation: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Headquarters will not apply from this branch now: `code` is `fork`, `behind`, `blocked`, `unknown_version`."""

    code: str
    detail: str
    applied_seq: int
    applied_hash: bytes
    incarnation: int


class Watermark(msgspec.Struct, frozen=True, tag="watermark"):
    """Sent after headquarters' own commit: everything up to `applied_seq` has its effect there, exactly once."""

    branch: str
    epoch: int
    applied_seq: int
    applied_hash: bytes
    durable_seq: int
    credit: int
    incarnation: int


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat"):
    """A branch is there (core NATS, never stored): its newest entry, its clock. `leaving` is a clean good-bye."""

    branch: str
    epoch: int
    head_seq: int
    clock: int
    leaving: bool = False


class Want(msgspec.Struct, frozen=True, tag="want"):
    """Headquarters misses entries: send again from `from_seq`."""

    branch: str
    epoch: int
    from_seq: int


HelloAnswer = Continue | Refused
Message = Hello | Continue | Refused | Watermark | Heartbeat | Want


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
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError(str(error)) from error
