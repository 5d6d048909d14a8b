"""A batch of journal entries as it travels: a run of one branch and one epoch, framed by the hashes on either side.

The bytes made here are kept and re-sent unchanged; headquarters stores them as they came. Field positions are for ever;
new fields go to the end with a default.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from replication.wire.entry import Entry
from replication.wire.packing import PackingError, pack, unpack

WIRE_VERSION: Final = 1
CHECK_BYTES: Final = 8
"""How much of a SHA-256 chain hash travels in a header. 64 bits are there against accidents: two histories of one branch
agree in them by chance once in 10^19 times. Both ends keep all 32 bytes and chain them over every entry, and hellos and
watermarks compare them whole."""

BATCH_EVENTS_MAX: Final = 500
"""Entries in one batch: a catch-up of a day is a dozen messages, and one is applied in a few milliseconds."""
BATCH_BYTES_MAX: Final = 128 * 1024
"""Uncompressed entry bytes after which a batch is closed."""
ENTRY_BYTES_MAX: Final = 96 * 1024
"""Largest payload of one entry, checked when it is written: it must always fit a batch."""
ENVELOPE_BYTES_MAX: Final = 240 * 1024
"""Largest envelope accepted from the wire; with headers it stays under the server's 1 MiB and the stream's 256 KiB."""
UNPACKED_BYTES_MAX: Final = BATCH_BYTES_MAX + ENTRY_BYTES_MAX + 64 * 1024
"""Most bytes a received payload may unpack to, so that a small message cannot fill the memory."""

SEQ_MAX: Final = 2**53
"""Highest seq read from the wire: far below what SQLite and PostgreSQL can count to, and exact in every language."""
EPOCH_MAX: Final = 2**32 - 1
"""The chain hash counts epochs in 32 bits; in an outbox an epoch is headquarters' incarnation."""


class WireEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry inside a batch; epoch and seq follow from the header."""

    event_id: bytes
    kind: int
    payload: bytes


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """A batch with its header.

    `previous` and `last` are the first 8 bytes of the chain hash before the first entry and at the last; `ahead` is how
    many numbers the sender's newest entry is after the last one here; `sent_at` is headquarters' clock in an outbox, UTC
    milliseconds, and 0 in a journal.
    """

    version: int
    branch: str
    epoch: int
    first_seq: int
    count: int
    ahead: int
    previous: bytes
    last: bytes
    boot_id: bytes
    digest: bytes | None
    sent_at: int
    codec: int
    payload: bytes

    @property
    def last_seq(self) -> int:
        """The last entry: a batch is a gapless run."""
        return self.first_seq + self.count - 1

    @property
    def head_seq(self) -> int:
        """The sender's newest entry."""
        return self.last_seq + self.ahead


class EnvelopeError(ValueError):
    """Bytes that are no envelope this version can read. `code` says which check failed, the message what was found."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


_encoder = msgspec.msgpack.Encoder()
_envelope_decoder = msgspec.msgpack.Decoder(Envelope)
_entries_decoder = msgspec.msgpack.Decoder(list[WireEntry])


def pack_batch(
    branch: str,
    entries: Sequence[Entry],
    previous: bytes,
    last: bytes,
    *,
    head_seq: int,
    boot_id: bytes,
    sent_at: int = 0,
    digest: bytes | None = None,
) -> bytes:
    """The bytes of a batch. `entries` is a gapless run of one epoch; `previous` and `last` are full chain hashes."""
    assert 0 < len(entries) <= BATCH_EVENTS_MAX
    first, final = entries[0], entries[-1]
    assert final.seq - first.seq + 1 == len(entries), "a batch is a gapless run"
    assert first.epoch == final.epoch, "a batch is of one epoch"
    assert head_seq >= final.seq, "the newest entry is the last one or after it"
    plain = _encoder.encode([WireEntry(entry.event_id, entry.kind, entry.payload) for entry in entries])
    codec, payload = pack(plain, len(entries))
    return _encoder.encode(
        Envelope(
            WIRE_VERSION, branch, first.epoch, first.seq, len(entries), head_seq - final.seq, previous[:CHECK_BYTES],
            last[:CHECK_BYTES], boot_id, digest, sent_at, codec, payload,
        )
    )  # fmt: skip


def read_envelope(data: bytes) -> Envelope:
    """Read a header, payload still packed; raises EnvelopeError."""
    if len(data) > ENVELOPE_BYTES_MAX:
        raise EnvelopeError("too_large", f"{len(data)} bytes, at most {ENVELOPE_BYTES_MAX}")
    try:
        envelope = _envelope_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EnvelopeError("undecodable", str(error)) from error
    if envelope.version != WIRE_VERSION:
        raise EnvelopeError("unknown_version", f"wire version {envelope.version}, this side reads {WIRE_VERSION}")
    if not 0 <= envelope.count <= BATCH_EVENTS_MAX:
        raise EnvelopeError("bad_count", f"{envelope.count} entries, at most {BATCH_EVENTS_MAX}")
    if not (0 <= envelope.epoch <= EPOCH_MAX and 0 <= envelope.first_seq <= envelope.last_seq + 1 <= SEQ_MAX) or not (
        0 <= envelope.ahead <= SEQ_MAX
    ):
        raise EnvelopeError("bad_range", f"epoch {envelope.epoch}, {envelope.first_seq}-{envelope.last_seq}")
    return envelope


def unpack_entries(envelope: Envelope) -> list[Entry]:
    """The entries of a batch, numbered from the header; raises EnvelopeError. Hashes are the caller's to check."""
    try:
        wired = _entries_decoder.decode(unpack(envelope.codec, envelope.payload, UNPACKED_BYTES_MAX))
    except PackingError as error:
        raise EnvelopeError(error.code, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EnvelopeError("undecodable", str(error)) from error
    if len(wired) != envelope.count:
        raise EnvelopeError("bad_count", f"header says {envelope.count} entries, payload holds {len(wired)}")
    epoch, first = envelope.epoch, envelope.first_seq
    for index, one in enumerate(wired):
        if len(one.event_id) != 16 or not 0 <= one.kind <= 0xFFFF:
            raise EnvelopeError("bad_entry", f"entry {first + index}: id of {len(one.event_id)} bytes, kind {one.kind}")
    return [Entry(epoch, first + index, one.event_id, one.kind, one.payload) for index, one in enumerate(wired)]
