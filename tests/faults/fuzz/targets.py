"""What is fed any bytes at all: every reader of the wire, headquarters' judgement, the languages of devices. A typed refusal is an answer.

Anything else that comes out is a fault of ours. Shared by hypothesis in `make test` and by atheris in `make faults`.
"""

import contextlib

from peripherals.config import Confirmation
from peripherals.events import FINISHED, PrintJobChanged, Weighed, Weight
from peripherals.print_job import Cut, PrintJob, TextLine
from peripherals.print_queue import PrintQueue
from peripherals.protocols.dialog06_talk import Dialog06Talk
from peripherals.protocols.escpos import Paper
from peripherals.protocols.frame_outcome import sale_weight
from peripherals.protocols.hid_scanner import DESCRIPTOR, REPORT, ReportReader, piece
from peripherals.protocols.keyboard_scanner import KeyReader
from peripherals.protocols.keymaps import LAYOUTS
from peripherals.protocols.listening import Listening
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scale_protocol import NO_SETTINGS, FrameReader
from peripherals.protocols.scales import SCALES
from peripherals.protocols.serial_scanner import ScanReader
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


def hear_a_scanner(data: bytes) -> None:
    """Of each kind, by the first byte: what hangs on its line may say anything, its own description too."""
    if not data:
        return
    readers = (
        ScanReader(), ScanReader("none"), *(KeyReader(keymap) for keymap in sorted(LAYOUTS)), KeyReader("us", "none"), ReportReader(),
    )  # fmt: skip
    kind, said = data[0] % (len(readers) + 1), data[1:]
    if kind == len(readers):
        # A whole description, then reports after it.
        said = piece(DESCRIPTOR, said[: len(said) // 2]) + piece(REPORT, said[len(said) // 2 :])
    talk = Listening(readers[min(kind, len(readers) - 1)])
    talk.opened(0.0)
    for second, at in enumerate(range(0, len(said), 24)):
        talk.receive(said[at : at + 24], second / 10)
        talk.advance(second / 10)
    assert talk.condition.state in {"online", "error"}


def hear_a_printer(data: bytes) -> None:
    """Any answers to a job in each way of confirming it: the job ends, once, and the drawer is never opened by them."""
    confirmations: tuple[Confirmation, ...] = ("process", "process_id", "status")
    if not data:
        return
    queue = PrintQueue("p", Paper(columns=42, encoding="gb18030"), confirmations[data[0] % 3])
    queue.opened(0.0)
    told = list(queue.submit("1", PrintJob((TextLine("x"), Cut()))))
    now = 0.0
    for byte in data[1:]:
        step = queue.advance(now)
        told += [*step.events, *queue.receive(bytes((byte,)), now)]
        assert b"\x1bp" not in step.write
        now += 0.05
    for _ in range(64):
        step = queue.advance(now)
        told += step.events
        now = max(now, step.wake_at or now)
    told += queue.lost(now)
    ends = [event for event in told if isinstance(event, PrintJobChanged) and event.state in FINISHED]
    assert len(ends) <= 1


def weigh_by_price(data: bytes) -> None:
    """A price-computing scale that says anything while a price was given."""
    talk = Dialog06Talk(lambda: "r", "1234:1021" if len(data) % 2 else None)
    talk.opened(0.0)
    talk.weigh(199)
    for second, byte in enumerate(data):
        for event in (*talk.receive(bytes((byte,)), second / 10), *talk.advance(second / 10).events):
            assert not isinstance(event, Weighed) or event.weight.thousandths > 0


TARGETS = {
    "message": read_message, "batch": read_batch, "payload": read_payload, "judge": judge, "scale": hear_a_scale,
    "scanner": hear_a_scanner, "printer": hear_a_printer, "price": weigh_by_price,
}  # fmt: skip
