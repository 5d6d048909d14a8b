"""What is fed any bytes at all: every reader of the wire, headquarters' judgement, the languages of scales. A typed refusal is an answer.

Anything else that comes out is a fault of ours. Shared by hypothesis in `make test` and by atheris in `make faults`.
"""

import contextlib

from peripherals.events import Weight
from peripherals.protocols.frame_outcome import sale_weight
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scale_protocol import NO_SETTINGS, FrameReader
from peripherals.protocols.scales import SCALES
from replication.headquarters.decide import Cursor, Next, decide
from replication.headquarters.fold import FoldError, fold
from replication.wire.chain import GENESIS_HASH
from replication.wire.envelope import EnvelopeError, read_envelope, unpack_entries
from replication.wire.events import PayloadError, decode_event
from replication.wire.messages import MessageError, decode_message, encode_message
from replication.wire.outbox import OutboxError, decode_outbox

BRANCH = "b009"


def read_message(data: bytes) -> None:
    """Hello, watermark and the like: what is read can be written again."""
    try:
        message = decode_message(data)
    except MessageError:
        return
    encode_message(message)


def read_batch(data: bytes) -> None:
    """An envelope with its entries, and what each of them says."""
    try:
        entries = unpack_entries(read_envelope(data))
    except EnvelopeError:
        return
    for entry in entries:
        read_payload(bytes([entry.kind & 0xFF]) + entry.payload)


def read_payload(data: bytes) -> None:
    """An event and an outbox message of some kind."""
    if not data:
        return
    with contextlib.suppress(PayloadError):
        decode_event(data[0], data[1:])
    with contextlib.suppress(OutboxError):
        decode_outbox(data[0], data[1:])


def judge(data: bytes) -> None:
    """Headquarters' decision about a batch of a branch at its beginning, and the effects where it would apply it."""
    decision = decide(BRANCH, data, Cursor(1, 0, GENESIS_HASH), lambda _: None)
    if isinstance(decision, Next):
        try:
            fold(decision.entries)
        except FoldError:
            return


def hear_a_scale(data: bytes) -> None:
    """One of the languages, by the first byte: as one frame, as a stream, and through the talk with it."""
    if not data:
        return
    protocol = list(SCALES.values())[data[0] % len(SCALES)]
    said = data[1:]
    outcome = protocol.read(said, NO_SETTINGS)
    if isinstance(sale_weight(outcome, "kg"), Weight):
        assert outcome.stable
    reader = FrameReader(protocol)
    reader.feed(said)
    assert reader.pending <= protocol.longest
    driver = ScalePolling(protocol, lambda: "r")
    driver.opened(0.0)
    for second, byte in enumerate(said):
        driver.receive(bytes((byte,)), float(second))
        driver.advance(float(second))


TARGETS = {"message": read_message, "batch": read_batch, "payload": read_payload, "judge": judge, "scale": hear_a_scale}
