"""A branch's journal in memory, with goods in it: what the shipper reads, and what headquarters must end up with."""

import uuid
from collections.abc import Sequence
from random import Random

import msgspec

from replication.branch.journal import Run
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position
from replication.wire.envelope import pack_batch
from replication.wire.events import DocumentPosted, ItemPut, PostedLine, Tender, TenderType, encode_event
from replication.wire.identity import make_uuid7
from replication.wire.item import Item
from replication.wire.messages import Watermark
from replication.wire.movement import Movement, Route
from replication.wire.quantity import Quantity

POSTED_AT = 1_795_000_000_000
ITEMS = ("952-RICE", "952-TEA", "952-SAUCE", "952-SOAP", "952-APPLE")


def item_put(sku: str, *, unit: str = "pc", price: int = 500, name: str = "") -> ItemPut:
    """An item as a branch makes it."""
    return ItemPut(Item(sku, name or sku.title(), unit, price, name_zh="货物"), "chen", POSTED_AT)


def sale(lines: Sequence[tuple[str, int]], number: int = 1, *, lot: str | None = None) -> DocumentPosted:
    """A sale of (item, thousandths) from the shop."""
    return _document("sale", "shop", "customer", lines, number, lot)


def goods_receipt(lines: Sequence[tuple[str, int]], number: int = 1, *, lot: str | None = None) -> DocumentPosted:
    """Goods of (item, thousandths) from a supplier."""
    return _document("goods_receipt", "supplier", "shop", lines, number, lot)


def _document(
    kind: str, source: str, destination: str, lines: Sequence[tuple[str, int]], number: int, lot: str | None
) -> DocumentPosted:
    total = sum(quantity * 500 // 1000 for _, quantity in lines)
    return DocumentPosted(
        type=kind,
        number=f"{kind[:2].upper()}-{number:06d}",
        posted_at=POSTED_AT + number,
        occurred_at=None,
        person="lin",
        station="till-1",
        total=total,
        change=0,
        tenders=(Tender(TenderType.CASH, total),) if kind == "sale" else (),
        lines=tuple(PostedLine(item, Quantity(quantity), 500, 0, quantity * 500 // 1000) for item, quantity in lines),
        routes=(Route(source, destination),),
        movements=tuple(Movement(index, 0, Quantity(quantity), lot) for index, (_, quantity) in enumerate(lines)),
    )


class Applied(msgspec.Struct, frozen=True):
    """What a journal recorded of headquarters."""

    seq: int = 0
    durable_seq: int = 0


class MemoryJournal:
    """A journal that survives its branch's crashes. Implements the shipper's Journal."""

    def __init__(self, branch: str, random: Random | None = None, *, epoch: int = 1) -> None:
        self.branch = branch
        self.epoch = epoch
        self.entries: list[Entry] = []
        self.hashes: list[bytes] = []
        self.recorded: list[Watermark] = []
        self._random = random or Random(branch)

    def append(self, event: DocumentPosted | ItemPut, event_id: uuid.UUID | None = None) -> Entry:
        """Commit one event."""
        kind, payload = encode_event(event)
        return self.append_raw(kind, payload, event_id)

    def append_raw(self, kind: int, payload: bytes, event_id: uuid.UUID | None = None) -> Entry:
        """Commit whatever bytes."""
        identity = event_id or make_uuid7(POSTED_AT + len(self.entries), self._random.randbytes(10))
        entry = Entry(self.epoch, len(self.entries) + 1, identity.bytes, kind, payload)
        self.hashes.append(entry.hash_after(self.hashes[-1] if self.hashes else GENESIS_HASH))
        self.entries.append(entry)
        return entry

    def sell(self, count: int = 1) -> None:
        """A few random documents."""
        for _ in range(count):
            number = len(self.entries) + 1
            lines = [
                (self._random.choice(ITEMS), self._random.randrange(1, 5000))
                for _ in range(self._random.randrange(1, 4))
            ]
            self.append((sale if self._random.random() < 0.8 else goods_receipt)(lines, number))

    def hash_of(self, seq: int) -> bytes:
        """The chain hash at a seq."""
        return self.hashes[seq - 1] if seq else GENESIS_HASH

    def batch(self, first_seq: int, last_seq: int, *, branch: str | None = None) -> bytes:
        """The bytes of a batch."""
        return pack_batch(
            branch or self.branch,
            self.entries[first_seq - 1 : last_seq],
            self.hash_of(first_seq - 1),
            self.hash_of(last_seq),
            head_seq=len(self.entries),
            minimum_seq=1,
            boot_id=bytes(8),
            sent_at=POSTED_AT,
        )

    async def head(self) -> Position:
        return Position(self.epoch, len(self.entries), self.hash_of(len(self.entries)))

    async def minimum_seq(self) -> int:
        return 1

    async def hash_at(self, seq: int) -> bytes | None:
        return self.hash_of(seq) if 0 <= seq <= len(self.entries) else None

    async def entries_after(self, seq: int, max_events: int, max_bytes: int) -> Run | None:
        run: list[tuple[Entry, bytes]] = []
        size = 0
        for entry in self.entries[seq : seq + max_events]:
            size += len(entry.payload) + 16
            if run and size > max_bytes:
                break
            run.append((entry, self.hash_of(entry.seq)))
        return Run(run, self.hash_of(seq)) if run else None

    async def applied(self) -> Applied:
        return Applied(self.recorded[-1].applied_seq) if self.recorded else Applied()

    async def record_watermark(self, watermark: Watermark) -> None:
        assert watermark.applied_hash == self.hash_of(watermark.applied_seq), "only checked watermarks are recorded"
        self.recorded.append(watermark)
