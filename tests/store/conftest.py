"""A real ledger in a temporary folder, with a clock that only moves when told."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.domain.document import Body
from gateway.domain.policy import GENERAL
from gateway.domain.posting import Approver
from gateway.store.ledger import Ledger
from gateway.use_cases.post_document import Answer, post_document
from gateway.use_cases.put_item import ItemRefused, ItemStored, put_item
from gateway.use_cases.shop import NoScales, Poster, Shop
from replication.wire.item_entry import ItemEntry

START = 1_795_000_000_000
ADMIN = Poster("admin", "admin")


class Branch:
    """A ledger with the use cases around it, as tests speak to it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.shop = Shop(ledger, GENERAL, [], NoScales(), lambda _station: None, lambda: START)

    async def post(
        self,
        body: dict[str, Any],
        document_id: bytes | None = None,
        poster: Poster = ADMIN,
        approver: Approver | None = None,
    ) -> Answer:
        """Post a body given as plain JSON values."""
        decoded = msgspec.json.decode(msgspec.json.encode(body), type=Body)
        return await post_document(self.shop, poster, document_id or uuid.uuid4().bytes, decoded, approver)

    async def item(self, sku: str, **changes: Any) -> ItemStored | ItemRefused:
        """Put an item, with a price of 2.50 unless told otherwise."""
        entry = {"name": f"Item {sku}", "unit": "piece", "price": 250} | changes
        return await put_item(self.shop, ADMIN, sku, msgspec.convert(entry, ItemEntry))


def _fatal(error: BaseException) -> None:
    raise AssertionError("the writer ended") from error


@contextlib.asynccontextmanager
async def open_branch(folder: Path, seed: int = 7) -> AsyncIterator[Branch]:
    """Open the ledger of a folder and close it again; two devices of one branch need two seeds."""
    ticks = iter(range(10**9))
    randomness = random.Random(seed)
    ledger = Ledger.open(folder, on_fatal=_fatal, clock=lambda: START + next(ticks), randomness=randomness.randbytes)
    try:
        yield Branch(ledger)
    finally:
        await ledger.close()


Story = Callable[[Branch], Coroutine[Any, Any, None]]


@pytest.fixture
def tell(tmp_path: Path) -> Callable[[Story], None]:
    """Run a story against a fresh ledger in `tmp_path`."""

    def run(story: Story) -> None:
        async def body() -> None:
            async with open_branch(tmp_path) as branch:
                await story(branch)

        asyncio.run(body())

    return run
