"""Whatever bytes come over the wire, a reader answers with a value or with its own error: nothing else, and no crash."""

import contextlib

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from replication.wire.entry import Entry
from replication.wire.envelope import EnvelopeError, pack_batch, read_envelope, unpack_entries
from replication.wire.events import KNOWN_KINDS, PayloadError, decode_event
from replication.wire.messages import MessageError, decode_message, encode_message
from replication.wire.outbox import OutboxError, OutboxKind, decode_outbox
from tests.wire.samples import EVENTS, MESSAGES, OUTBOX

DEEP = b"\x91" * 50_000 + b"\x01"
"""A value nested deeper than any reader follows."""
NUMBERS = st.integers(-(2**63), 2**64 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=30,
)


def packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


@given(st.binary(max_size=300) | VALUES.map(packed))
@example(b"\x82\xa4type\xa4want\xa1x" + DEEP)
@example(DEEP)
@example(b"")
def test_a_message_is_read_or_refused(data: bytes) -> None:
    """Any bytes, and any msgpack, on the small messages' subjects."""
    with contextlib.suppress(MessageError):
        assert decode_message(data) is not None


@given(st.sampled_from(MESSAGES), st.data())
def test_a_message_with_a_wrong_field_is_refused_or_read(message: msgspec.Struct, data: st.DataObject) -> None:
    """A field of another type or range, one left out, one nobody knows."""
    fields = msgspec.msgpack.decode(encode_message(message))  # type: ignore[arg-type]
    name = data.draw(st.sampled_from(sorted(set(fields) - {"type"})))
    fields[name] = data.draw(VALUES)
    if data.draw(st.booleans()):
        del fields[data.draw(st.sampled_from(sorted(set(fields) - {"type"})))]
    with contextlib.suppress(MessageError):
        decode_message(packed(fields | {"of tomorrow": data.draw(VALUES)}))


@given(st.sampled_from([*KNOWN_KINDS, 0, 999, -1, 2**40]), st.binary(max_size=300) | VALUES.map(packed))
@example(2, DEEP)
def test_a_payload_is_read_or_refused(kind: int, data: bytes) -> None:
    """Any bytes as the payload of any kind."""
    with contextlib.suppress(PayloadError):
        decode_event(kind, data)


@given(st.sampled_from([*OutboxKind, 0, 1, 2**40]), st.binary(max_size=300) | VALUES.map(packed))
@example(int(OutboxKind.PRICE), DEEP)
def test_an_outbox_payload_is_read_or_refused(kind: int, data: bytes) -> None:
    """Any bytes as an entry of the outbox."""
    with contextlib.suppress(OutboxError):
        decode_outbox(int(kind), data)


@given(st.sampled_from([*EVENTS, *OUTBOX]), st.data())
def test_a_payload_with_a_wrong_position_is_refused_or_read(sample: tuple[int, bytes], data: st.DataObject) -> None:
    """One position of a good payload is something else."""
    kind, payload = sample
    fields = msgspec.msgpack.decode(payload)
    fields[data.draw(st.integers(0, len(fields) - 1))] = data.draw(VALUES)
    with contextlib.suppress(PayloadError, OutboxError):
        decode_event(kind, packed(fields))
        decode_outbox(kind, packed(fields))


def good_batch() -> bytes:
    entries = [Entry(3, 7 + index, index.to_bytes(16, "big"), *EVENTS[index % len(EVENTS)]) for index in range(9)]
    return pack_batch(
        "b001",
        entries,
        b"p" * 32,
        b"l" * 32,
        head_seq=20,
        boot_id=b"12345678",
        sent_at=5,
        digest=bytes(16),
    )


GOOD_BATCH = good_batch()


def judged(data: bytes) -> None:
    with contextlib.suppress(EnvelopeError):
        envelope = read_envelope(data)
        running = bytes(32)
        for entry in unpack_entries(envelope):
            running = entry.hash_after(running)  # every entry that is read can be hashed


@given(st.binary(max_size=400) | st.lists(VALUES, min_size=12, max_size=14).map(packed))
@example(DEEP)
def test_an_envelope_is_read_or_refused(data: bytes) -> None:
    """Any bytes, and any array of the right length, where a batch is expected."""
    judged(data)


@given(st.integers(0, 13), VALUES | NUMBERS)
@example(2, 2**40)
@example(3, -1)
@example(3, 2**63)
@example(4, 0)
@example(5, -1)
def test_an_envelope_with_a_wrong_field_is_read_or_refused(place: int, value: object) -> None:
    """One position of a good batch is something else, or one more stands at its end."""
    fields = msgspec.msgpack.decode(GOOD_BATCH)
    fields[place : place + 1] = [value]
    judged(packed(fields))


@given(st.lists(st.tuples(st.integers(0, len(GOOD_BATCH) - 1), st.integers(0, 255)), max_size=4))
def test_flipped_bytes_of_a_batch_are_read_or_refused(flips: list[tuple[int, int]]) -> None:
    """A line or a disk that damages a few bytes."""
    data = bytearray(GOOD_BATCH)
    for place, value in flips:
        data[place] = value
    judged(bytes(data))


@pytest.mark.parametrize("kind", [-1, 0x10000])
def test_an_entry_that_cannot_be_hashed_is_refused(kind: int) -> None:
    """Its kind or id does not fit the hashed bytes: two entries must never share them."""
    fields = msgspec.msgpack.decode(GOOD_BATCH)
    fields[11], fields[12] = 0, packed([[bytes(16), kind, b""]] * 9)
    with pytest.raises(EnvelopeError, match="bad_entry"):
        unpack_entries(read_envelope(packed(fields)))
    fields[12] = packed([[bytes(15), 1, b""]] * 9)
    with pytest.raises(EnvelopeError, match="bad_entry"):
        unpack_entries(read_envelope(packed(fields)))
