"""The bytes of everything that travels, in files: what was written once is read for ever, and written the same.

`python -m tests.wire.test_golden_files` writes the files anew; a file that changes means that the protocol changed.
"""

import typing
from pathlib import Path

import msgspec
import pytest

from replication.wire import events, messages, outbox
from replication.wire.entry import Entry
from replication.wire.envelope import pack_batch, read_envelope, unpack_entries
from replication.wire.events import decode_event
from replication.wire.messages import decode_message, encode_message
from replication.wire.outbox import decode_outbox
from tests.wire.samples import BOOT, EVENT_SAMPLES, EVENTS, HASH, MESSAGES, OUTBOX, OUTBOX_SAMPLES

FOLDER = Path(__file__).parent / "golden"


def files() -> dict[str, bytes]:
    """Name and bytes of every golden file."""
    made = {f"message-{type(one).__name__}": encode_message(one) for one in MESSAGES}
    for number, (sample, (_, payload)) in enumerate(zip(EVENT_SAMPLES, EVENTS, strict=True)):
        made[f"event-{number}-{type(sample).__name__}"] = payload
    for sample, (_, payload) in zip(OUTBOX_SAMPLES, OUTBOX, strict=True):
        made[f"outbox-{type(sample).__name__}"] = payload
    made["envelope"] = pack_batch("b001", batch(), HASH, HASH[::-1], head_seq=11, boot_id=BOOT, sent_at=5)
    return made


def batch() -> list[Entry]:
    """One entry: too small to be packed, so that the bytes do not depend on the version of a library."""
    return [Entry(2, 9, HASH[16:], *EVENTS[5])]


NAMES = sorted(files())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_what_was_written(name: str) -> None:
    """Every message, entry and outbox entry has the bytes of its file."""
    assert files()[name].hex() == (FOLDER / f"{name}.hex").read_text().replace("\n", "")


def test_no_file_is_of_something_that_is_gone() -> None:
    """What was once sent is still read."""
    assert {path.stem for path in FOLDER.glob("*.hex")} == set(NAMES)


def test_everything_that_travels_has_a_sample() -> None:
    """A new message or kind comes with its golden file."""
    assert {type(one) for one in MESSAGES} == set(typing.get_args(messages.Message))
    assert {type(one) for one in EVENT_SAMPLES} == set(typing.get_args(events.KnownEvent))
    assert {type(one) for one in OUTBOX_SAMPLES} == set(typing.get_args(outbox.OutboxMessage))


def test_what_was_written_reads_back() -> None:
    """From the files, not from what is written now."""
    read = {name: bytes.fromhex((FOLDER / f"{name}.hex").read_text()) for name in NAMES}
    for message in MESSAGES:
        assert decode_message(read[f"message-{type(message).__name__}"]) == message
    for number, (sample, (kind, _)) in enumerate(zip(EVENT_SAMPLES, EVENTS, strict=True)):
        assert decode_event(kind, read[f"event-{number}-{type(sample).__name__}"]) == sample
    for sent, (kind, _) in zip(OUTBOX_SAMPLES, OUTBOX, strict=True):
        assert decode_outbox(kind, read[f"outbox-{type(sent).__name__}"]) == sent
    assert unpack_entries(read_envelope(read["envelope"])) == batch()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_fields_of_tomorrow_are_read_over_in_messages(message: messages.Message) -> None:
    """A newer sender's extra field does not stop this version."""
    fields = msgspec.msgpack.decode(encode_message(message))
    newer = msgspec.msgpack.encode(fields | {"of tomorrow": [1, {"a": b"b"}], "zz": None})
    assert decode_message(newer) == message


def test_fields_of_tomorrow_are_read_over_in_entries_and_envelopes() -> None:
    """They stand at the end of an array; the bytes of an entry are kept whole by whoever stores it."""

    def newer(payload: bytes) -> bytes:
        return msgspec.msgpack.encode([*msgspec.msgpack.decode(payload), "of tomorrow"])

    for sample, (kind, payload) in zip(EVENT_SAMPLES, EVENTS, strict=True):
        assert decode_event(kind, newer(payload)) == sample
    for sent, (kind, payload) in zip(OUTBOX_SAMPLES, OUTBOX, strict=True):
        assert decode_outbox(kind, newer(payload)) == sent
    assert unpack_entries(read_envelope(newer(files()["envelope"]))) == batch()


def test_kinds_of_tomorrow_travel_as_they_came() -> None:
    """An entry of an unknown kind is packed, unpacked and hashed like any other; its payload is not touched."""
    entry = Entry(2, 9, bytes(16), 0x7777, b"\xc1 no msgpack at all")
    data = pack_batch("b001", [entry], HASH, HASH, head_seq=9, boot_id=BOOT, sent_at=5)
    assert unpack_entries(read_envelope(data)) == [entry]
    assert decode_event(entry.kind, entry.payload) == events.UnknownEvent(0x7777)
    assert decode_outbox(entry.kind, entry.payload) == outbox.UnknownOutboxKind(0x7777)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for golden, data in files().items():
        text = data.hex()
        lines = [text[start : start + 100] for start in range(0, len(text), 100)]
        (FOLDER / f"{golden}.hex").write_text("\n".join(lines) + "\n")
