"""The hash chain of a journal: each entry's hash covers the one before it, so a position names a whole history."""

import hashlib
import struct
from typing import Final

HASH_BYTES: Final = 32
GENESIS_HASH: Final = bytes(HASH_BYTES)
"""The hash before the first entry of every journal."""

_HEAD: Final = struct.Struct(">IQ16sHI")


def chain_hash(previous: bytes, epoch: int, seq: int, event_id: bytes, kind: int, payload: bytes) -> bytes:
    """SHA-256 over the previous hash and the entry: epoch u32, seq u64, event id, kind u16, payload length u32, payload.

    All integers big-endian. The length is hashed, so no two different entries share their hashed bytes.
    """
    digest = hashlib.sha256(previous)
    digest.update(_HEAD.pack(epoch, seq, event_id, kind, len(payload)))
    digest.update(payload)
    return digest.digest()
