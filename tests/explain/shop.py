"""A small shop as it really is: goods on shelves, people who book what happens to them, and a ledger that only hears of it.

The shelf is the truth. What is booked of it is the business of `month`; what goes wrong is the business of `mistakes`.
"""

import asyncio
import random
import uuid
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.calendar import Calendar
from gateway.domain.document import Body
from gateway.domain.explain_finding import PostDocument
from gateway.domain.policy import GENERAL, Answer, Breach, PolicyRule
from gateway.store.ledger import Ledger
from gateway.store.session import Posted
from gateway.store.stock import list_balances
from gateway.use_cases.post_document import Waiting, post_document
from gateway.use_cases.put_item import put_item
from gateway.use_cases.shop import NoScales, Poster, Shop
from gateway.use_cases.take_transfer_message import take_transfer_message
from replication.wire.item_entry import ItemEntry
from replication.wire.outbox import ReceivedLine, TransferAdvice, TransferLine, TransferReceived
from replication.wire.quantity import Quantity

OPENED = 1_793_491_200_000
"""2026-11-01 00:00 UTC."""
HOUR = 3_600_000
DAY = 24 * HOUR
LENIENT = msgspec.structs.replace(
    GENERAL,
    rules=tuple(
        PolicyRule(breach, Answer.ALLOW) for breach in (Breach.NEGATIVE_STOCK, Breach.EXPIRED_SALE, Breach.OVER_DRAWER)
    ),
)
"""A shop that never stops a sale: figures below zero are found afterwards, as in most shops."""
BOSS = Poster("chen", "admin")
CLERK = Poster("lin", "cashier")


def text(thousandths: int) -> str:
    """A quantity as people type it."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


class Counter:
    """The shop's counter: a ledger whose clock is the story's."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.now = OPENED
        self.random = random.Random(seed)
        randomness = random.Random(seed + 1)
        self.ledger = Ledger.open(folder, on_fatal=_fatal, clock=lambda: self.now, randomness=randomness.randbytes)
        self.shop = Shop(self.ledger, LENIENT, [], NoScales(), lambda _station: None, lambda: self.now, site="b001")
        self.shop.calendar = Calendar(lambda: self.now)
        self.posted = 0

    def id(self) -> bytes:
        """A new document's id."""
        return uuid.UUID(int=self.random.getrandbits(128), version=4).bytes

    async def item(self, sku: str, **entry: Any) -> None:
        """Put an item."""
        await put_item(self.shop, BOSS, sku, msgspec.convert({"unit": "piece", "price": 250} | entry, ItemEntry))

    async def post(self, body: dict[str, Any], poster: Poster = BOSS, document: bytes | None = None) -> bytes:
        """Post a body; answers its id. What the policy wants seen stays where it waits."""
        id_ = document or self.id()
        decoded = msgspec.json.decode(msgspec.json.encode(body), type=Body)
        answer = await post_document(self.shop, poster, id_, decoded)
        assert isinstance(answer, Posted | Waiting), (body, answer)
        self.posted += 1
        return id_

    async def mend(self, mend: PostDocument) -> None:
        """Post what an explanation proposes, which is to be accepted as it is."""
        body = msgspec.to_builtins(mend.body)
        await self.post(body | ({"reason": "Explained"} if "reason" in body else {}))

    async def advise(self, transfer: bytes, number: str, sku: str, quantity: int) -> None:
        """Headquarters says that another branch sent goods."""
        lines = (TransferLine(sku, Quantity(quantity)),)
        message = TransferAdvice(transfer, "b009", number, self.now, lines, "")
        await self.ledger.write(lambda session: take_transfer_message(session, message, self.now))

    async def arrived(self, transfer: bytes, sku: str, quantity: int) -> None:
        """Headquarters says that another branch took in what this one sent."""
        message = TransferReceived(transfer, (ReceivedLine(sku, None, quantity, 0, 0, 0),))
        await self.ledger.write(lambda session: take_transfer_message(session, message, self.now))

    async def lots(self, sku: str) -> list[tuple[str, int]]:
        """What the book has of each lot."""
        rows = await self.ledger.read(
            lambda connection: list_balances(connection, after=(0, 0, 0), limit=100, item=sku, location=None)
        )
        return [(row.lot or "", row.on_hand) for row in rows]

    async def places(self, sku: str) -> dict[str, int]:
        """What the book has of an item at each place."""
        rows = await self.ledger.read(
            lambda connection: list_balances(connection, after=(0, 0, 0), limit=100, item=sku, location=None)
        )
        found: dict[str, int] = {}
        for row in rows:
            found[row.location] = found.get(row.location, 0) + row.on_hand
        return found

    async def close(self) -> None:
        """The end of the story."""
        await self.ledger.close()


def _fatal(error: BaseException) -> None:
    raise AssertionError("the writer ended") from error


def run(coroutine: Any) -> Any:
    """Run a story."""
    return asyncio.run(coroutine)
