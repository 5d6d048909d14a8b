"""Prices come into force when their time has come, without a restart and without anybody asking.

Posting looks for itself, so that no sale is planned at a price that is over; this watch is for the pages, the scan and the
catalogue. It looks at the wall clock once a second, because that clock may be set at any moment.
"""

import asyncio
from typing import Final

from gateway.store.prices import NEVER
from gateway.store.session import LedgerSession
from gateway.use_cases.shop import Shop

LOOK_SECONDS: Final = 1.0
"""How late a wall clock that was set forward is noticed."""
HINTS_MAX: Final = 200
"""Items told one by one when many prices change at once: a page asks for the whole catalogue after the first."""


class PriceWatch:
    """Puts prices in force and tells those who watch."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._noted = asyncio.Event()

    def wake(self) -> None:
        """There may be a new price. On the loop's thread."""
        self._noted.set()

    async def run(self) -> None:
        """Watch until cancelled. Raises StoreBusy; whoever runs it starts it again."""
        while True:
            self._noted.clear()
            changed, head_seq, next_at = await self._shop.ledger.write(_due)
            for sku in changed[:HINTS_MAX]:
                for watcher in self._shop.watchers:
                    watcher.item_changed(sku, head_seq)
            await self._until(next_at)

    async def _until(self, next_at: int) -> None:
        while not self._noted.is_set() and (left := (next_at - self._shop.clock()) / 1000) > 0:
            try:
                async with asyncio.timeout(min(left, LOOK_SECONDS) if next_at < NEVER else None):
                    await self._noted.wait()
            except TimeoutError:
                continue


def _due(session: LedgerSession) -> tuple[list[str], int, int]:
    session.put_prices_in_force()
    return session.prices.take_changed(), session.head_seq, session.prices.next_at
