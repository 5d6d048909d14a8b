"""One journal entry as both ends store it: a numbered, chained event with its payload bytes untouched."""

import msgspec

from replication.wire.chain import chain_hash


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`seq` is gapless and never re-used; `epoch` is given by headquarters; `event_id` is 16 bytes of a UUID."""

    epoch: int
    seq: int
    event_id: bytes
    kind: int
    payload: bytes

    def hash_after(self, previous: bytes) -> bytes:
        """This entry's hash, given the hash of the entry before it."""
        return chain_hash(previous, self.epoch, self.seq, self.event_id, self.kind, self.payload)


class Position(msgspec.Struct, frozen=True, gc=False):
    """A point in a journal: everything up to and including `seq`, named by its chain hash. Seq 0 is the beginning."""

    epoch: int
    seq: int
    hash: bytes
