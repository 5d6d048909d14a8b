"""A till at a counter: names each document before sending it, sends until it is acknowledged, remembers every word."""

import asyncio
import uuid
from random import Random

from gateway.domain.document import Body, GoodsReceipt, Line, ReceiptLine, Sale, SaleReturn, TransferIn
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.store.session import Posted
from gateway.use_cases.cancel_transfer import UnknownTransfer, cancel_transfer
from gateway.use_cases.post_document import Exists, post_document
from gateway.use_cases.put_item import ItemStored, put_item
from gateway.use_cases.shop import Poster
from replication.storage.errors import StoreBusy
from replication.wire.events import EventKind, TransferReleased, decode_event
from replication.wire.identity import make_uuid7
from replication.wire.item_entry import ItemEntry
from tests.simulation.book import Book, Slip
from tests.simulation.device import Device
from tests.simulation.haulage import Consignment, Haulage
from tests.simulation.process import Gone

GOODS = ("RICE", "TEA", "SAUCE", "SOAP", "APPLE")
PATIENCE_SECONDS = 3.0
"""How long a till waits for an answer before it sends the same document again."""
TOGETHER_MAX = 40
"""Documents a till (or several of one shop) sends at once."""
MANAGER = Poster("chen", "admin")


class Till:
    """Sends to whichever device it is plugged into; its outbox outlives every device."""

    def __init__(self, branch: str, device: Device, random: Random, book: Book, haulage: Haulage) -> None:
        self.branch = branch
        self.device = device
        self._random = random
        self._book = book
        self._haulage = haulage
        self._cancels: list[bytes] = []
        self._outbox: dict[bytes, Body] = {}
        self._goods_missing = list(GOODS)
        self._more = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Documents and wishes without an answer."""
        return len(self._outbox) + len(self._cancels)

    def sell(self, count: int) -> None:
        """Customers come."""
        for _ in range(count):
            self._write(self._slip())

    def send_goods(self, receiver: str) -> None:
        """A lorry is loaded for another branch."""
        self._write(self._haulage.load(self._identity(), self.branch, receiver, GOODS))

    def take_goods(self, lorry: Consignment | None = None) -> bool:
        """A lorry is unloaded, this one or any, in part or whole."""
        slip = self._haulage.unload(self._identity(), self.branch, lorry)
        if slip is not None:
            self._write(slip)
        return slip is not None

    def want_back(self) -> Consignment | None:
        """The rest of a lorry is wanted back, if there is one to want."""
        consignment = self._haulage.cancellable(self.branch)
        if consignment is not None:
            self._haulage.cancelled.add(consignment.id)
            self._cancels.append(consignment.id)
            self._more.set()
        return consignment

    def _write(self, slip: Slip) -> None:
        self._book.written(slip)
        self._outbox[slip.id] = slip.body
        self._more.set()

    def _identity(self) -> bytes:
        return make_uuid7(self.device.clock.utc_milliseconds(), self._random.randbytes(10)).bytes

    def _slip(self) -> Slip:
        random = self._random
        kind = random.choices((Sale, GoodsReceipt, SaleReturn), (80, 14, 6))[0]
        lines, moves = [], dict[str, int]()
        for _ in range(random.choice((1, 1, 2, 3))):
            item, thousandths = random.choice(GOODS), random.randrange(1, 5000)
            lines.append((ReceiptLine if kind is GoodsReceipt else Line)(item, f"{thousandths / 1000:.3f}"))
            moves[item] = moves.get(item, 0) + (-thousandths if kind is Sale else thousandths)
        return Slip(self.branch, self._identity(), kind(lines=tuple(lines), station="till-1"), moves)

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            if not self.waiting:
                self._more.clear()
                await self._more.wait()
            if not self.device.is_on or not await self._goods_made():
                await asyncio.sleep(self._random.random())
                continue
            if self._cancels:
                if await self._cancel(self._cancels[0]):
                    self._cancels.pop(0)
                else:
                    await asyncio.sleep(self._random.random())
            waiting = list(self._outbox.items())[:TOGETHER_MAX]
            if not await self._send_all(waiting):
                await asyncio.sleep(self._random.random())

    async def _send_all(self, waiting: list[tuple[bytes, Body]]) -> bool:
        """At once, as tills of one shop do. Whether each has its answer."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return all(await asyncio.gather(*(self._send(id_, body) for id_, body in waiting)))
        except TimeoutError:
            return False

    async def _send(self, identity: bytes, body: Body) -> bool:
        device = self.device
        try:
            answer = await post_document(device.shop, MANAGER, identity, body)
        except (Gone, StoreBusy):
            return False
        if device.process is None or not device.process.alive:
            return False  # the box fell silent before the answer left it
        if isinstance(answer, Posted) and isinstance(body, TransferIn):
            self._must_still_take(device, uuid.UUID(body.transfer).bytes, answer.seq)
        match answer:
            case Posted() | Exists():
                self._book.acknowledged(self.branch, identity)
                self._outbox.pop(identity, None)
                return True
            case Rejected(faults=(Fault(code="unknown_item"), *_)):
                return False  # the card was put back to before the goods: the manager enters them again
            case Rejected() if isinstance(body, TransferIn):
                # More than is open, or no more is taken of it: the driver keeps the paper, the goods are counted again.
                self._outbox.pop(identity, None)
                return True
            case _:
                self._book.failed(f"{device.name} answered {answer!r} to {uuid.UUID(bytes=identity)}")
                return False

    def _must_still_take(self, device: Device, transfer: bytes, posted_at: int) -> None:
        """I5: what a box has said that it takes no more of, it takes no more of, whatever history it is in."""
        rows = device.disk.connection.execute(
            "SELECT kind, payload FROM journal WHERE kind = ? AND seq < ?", (EventKind.TRANSFER_RELEASED, posted_at)
        )
        for kind, payload in rows:
            event = decode_event(kind, payload)
            if isinstance(event, TransferReleased) and event.transfer == transfer:
                self._book.failed(f"I5: {device.name} took of transfer {transfer.hex()} after it let go of it")

    async def _cancel(self, consignment: bytes) -> bool:
        """Ask headquarters for the rest, through the box. A lorry the box lost with its card is not its to ask for."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await cancel_transfer(self.device.shop, MANAGER, consignment, "wrong goods")
        except (Gone, StoreBusy, TimeoutError):
            return False
        return not isinstance(answer, UnknownTransfer) or consignment not in self._outbox

    async def _goods_made(self) -> bool:
        """The manager enters the goods before the first sale, again on a box that lost them."""
        device = self.device
        known = {sku for (sku,) in device.disk.connection.execute("SELECT sku FROM items")}
        for sku in [sku for sku in GOODS if sku not in known]:
            entry = ItemEntry(name=sku.title(), unit="kg", price=500, name_zh="货物")
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    stored = await put_item(device.shop, MANAGER, sku, entry)
            except (Gone, StoreBusy, TimeoutError):
                return False
            if not isinstance(stored, ItemStored):
                self._book.failed(f"{device.name} answered {stored!r} to {sku}")
        return True
