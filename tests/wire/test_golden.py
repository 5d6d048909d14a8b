"""The bytes on the wire, for ever. A failing test here means: older branches and headquarters can no longer be read."""

import msgspec
import pytest

from replication.wire.chain import GENESIS_HASH, chain_hash
from replication.wire.entry import Entry
from replication.wire.envelope import (
    BATCH_BYTES_MAX,
    UNPACKED_BYTES_MAX,
    Envelope,
    EnvelopeError,
    pack_batch,
    read_envelope,
    unpack_entries,
)
from replication.wire.events import (
    Approval,
    DocumentDetail,
    DocumentPosted,
    ItemPut,
    LineDetail,
    PayloadError,
    PostedLine,
    Tender,
    TenderType,
    UnknownEvent,
    decode_event,
    encode_event,
)
from replication.wire.item import Item, Pack, Tracking
from replication.wire.messages import (
    Ancestor,
    Continue,
    Hello,
    MessageError,
    Refused,
    Want,
    Watermark,
    decode_message,
    encode_message,
)
from replication.wire.movement import Movement, Route
from replication.wire.packing import Codec
from replication.wire.quantity import Quantity

SALE = DocumentPosted(
    "sale", "SA-000001", 1795000000000, 1795000000001, "lin", "till-1", 1290, 10, (Tender(TenderType.CASH, 1300),),
    (PostedLine("tea", Quantity(2000), 645, 0, 1290, LineDetail(reading="r1")),), (Route("shop", "customer"),),
    (Movement(0, 0, Quantity(2000), "L1"),),
    DocumentDetail(warnings=("negative_stock",), approval=Approval("chen", "late"), settled=True),
)  # fmt: skip
ITEM = ItemPut(
    Item(
        "tea",
        "Tea",
        "piece",
        645,
        "茶",
        ("9521234567899",),
        (Pack("box", Quantity(24000)),),
        Tracking.LOT,
        weighed=True,
    ),
    "chen",
    1,
)

SALE_BYTES = (
    "9da473616c65a953412d303030303031cf000001a1ee565e00cf000001a1ee565e01a36c696ea674696c6c2d31cd050a0a9192a463617368cd0514"
    "9196a3746561cd07d0cd028500cd050a81a772656164696e67a2723191 92a473686f70a8637573746f6d65729195 0000cd07d0a24c31 90"
    "83a87761726e696e677391ae6e656761746976655f73746f636ba8617070726f76616c92a46368656ea46c617465a7736574746c6564c3"
)


def test_a_sale_is_these_bytes() -> None:
    """The payload of a posted sale, field by field as in `events.DocumentPosted`."""
    kind, payload = encode_event(SALE)
    assert kind == 1
    assert payload.hex() == SALE_BYTES.replace(" ", "")
    assert decode_event(kind, payload) == SALE


def test_a_plain_sale_leaves_its_movements_unsaid() -> None:
    """Nil stands where the movements were; a reader still gets them, one per line along the only route."""
    plain = msgspec.structs.replace(SALE, movements=None, detail=None)
    _, payload = encode_event(plain)
    assert payload.hex().endswith("9192a473686f70a8637573746f6d6572c0c0")
    assert plain.moves() == (Movement(0, 0, Quantity(2000)),)
    assert SALE.moves() == SALE.movements


def test_a_plain_sale_leaves_its_sums_unsaid() -> None:
    """Nil stands where an amount, the total and the change follow from the rest; what was told goes before what follows."""
    lines = (
        PostedLine("tea", Quantity(1505), 333, 1),
        PostedLine("tea", Quantity(-1505), 100),
        PostedLine("tea", Quantity(1)),
    )
    plain = msgspec.structs.replace(SALE, lines=lines, total=None, change=None)
    assert [line.worth() for line in lines] == [500, -151, 0], "half up, away from zero"
    assert (plain.worth(), plain.given_back()) == (349, 951)
    assert decode_event(*encode_event(plain)) == plain
    unpaid, short = msgspec.structs.replace(plain, tenders=()), msgspec.structs.replace(plain, lines=lines * 4)
    assert (unpaid.given_back(), short.given_back()) == (0, 0)
    told = msgspec.structs.replace(plain, total=350, change=940)
    assert (told.worth(), told.given_back(), SALE.lines[0].worth()) == (350, 940, 1290)


def test_an_item_is_these_bytes() -> None:
    """The payload of an item event."""
    kind, payload = encode_event(ITEM)
    assert kind == 2
    assert payload.hex() == (
        "959fa3746561a3546561a57069656365cd0285a3e88cb691ad3935323132333435363738393991 93a3626f78cd5dc0c0a36c6f74c3c0c0c0c2c0c0a46368656e0100c400"
    ).replace(" ", "")
    assert decode_event(kind, payload) == ITEM


def test_a_chain_hash_is_this_one() -> None:
    """SHA-256 over previous hash, epoch, seq, event id, kind, length and payload."""
    assert chain_hash(GENESIS_HASH, 1, 1, bytes(16), 1, b"payload").hex() == (
        "bb9c692c587921c6dcada92e3bdca4e35424d9c829664857dea748f1095f080e"
    )


def test_fields_added_later_are_read_over() -> None:
    """A newer sender's extra fields at the end do not stop this version."""
    kind, payload = encode_event(SALE)
    newer = msgspec.msgpack.encode([*msgspec.msgpack.decode(payload), "a field of tomorrow"])
    assert decode_event(kind, newer) == SALE


def test_a_kind_of_tomorrow_is_kept_as_bytes() -> None:
    """An unknown kind decodes to itself; whoever stores the entry keeps its bytes."""
    assert decode_event(999, b"\xc1 anything") == UnknownEvent(999)


def test_a_known_kind_that_makes_no_sense_is_an_error() -> None:
    """Never half a document."""
    with pytest.raises(PayloadError):
        decode_event(1, b"\x91\x01")


def entries(count: int) -> list[Entry]:
    kind, payload = encode_event(SALE)
    return [Entry(3, 7 + index, index.to_bytes(16, "big"), int(kind), payload) for index in range(count)]


def batch(count: int) -> bytes:
    return pack_batch(
        "b001", entries(count), b"p" * 32, b"l" * 32, head_seq=6 + count + 20, boot_id=b"12345678", sent_at=5
    )


@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_batch_reads_back(count: int) -> None:
    """Header and entries survive; epoch and seq follow from the header."""
    envelope = read_envelope(batch(count))
    assert (envelope.first_seq, envelope.last_seq, envelope.count) == (7, 6 + count, count)
    assert envelope.head_seq == envelope.last_seq + 20
    assert (envelope.previous, envelope.last) == (b"p" * 8, b"l" * 8)
    assert unpack_entries(envelope) == entries(count)


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_damaged_envelope_is_an_error_not_a_guess(cut: int) -> None:
    """Cut anywhere, it says what is wrong."""
    data = batch(3)
    with pytest.raises(EnvelopeError):
        unpack_entries(read_envelope(data[: min(cut, len(data) - 1)]))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """A payload that says it unpacks to more than a batch can hold is not unpacked."""
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(UNPACKED_BYTES_MAX + 1))
    envelope = Envelope(1, "b001", 1, 1, 1, 0, b"", b"", b"", None, 0, Codec.ZSTD, bomb)
    with pytest.raises(EnvelopeError, match="unpacks"):
        unpack_entries(envelope)
    assert BATCH_BYTES_MAX < UNPACKED_BYTES_MAX


@pytest.mark.parametrize(
    "message",
    [
        Hello("b001", 1, b"boot", 1, Ancestor(9, b"h"), (Ancestor(8, b"g"),), (1,), 5, "Riverside", "河滨", "CNY"),
        Continue(1, 9, b"h", 5, 1000, 2),
        Refused("fork", "at 9", 8, b"h", 2),
        Watermark("b001", 1, 9, b"h", 5, 1000, 2),
        Want("b001", 1, 4),
    ],
)
def test_messages_read_back(message: Hello | Continue | Refused | Watermark | Want) -> None:
    """Each of the small messages survives its bytes."""
    assert decode_message(encode_message(message)) == message


def test_a_strange_message_is_an_error() -> None:
    """Bytes that are no message say so."""
    with pytest.raises(MessageError):
        decode_message(b"\x93\x01\x02\x03")
