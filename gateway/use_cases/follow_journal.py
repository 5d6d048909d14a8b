"""Follows the journal behind the posting path: what goods are worth is known once the tills rest, and no sale waits for it."""

import asyncio
from typing import Final

from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted
from gateway.store.worths import fold_step, write_step
from gateway.use_cases.shop import Shop

QUIET_SECONDS: Final = 3.0
"""So long nobody posted: while there is a rush of customers, the processor is theirs."""
LATEST_SECONDS: Final = 120.0
"""A shop that never rests is followed all the same."""
PAUSE_SECONDS: Final = 0.05
"""Between two steps of a long way: selling has the writer."""


class JournalFollower:
    """Folds what was posted; a watcher that is told of it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._noted = asyncio.Event()
        self.followed = asyncio.Event()
        """Set whenever all was folded; whoever builds on it clears it."""

    async def run(self) -> None:
        """Follow until cancelled. Raises StoreBusy; whoever runs it starts it again."""
        while True:
            self._noted.clear()
            await self.catch_up()
            self.followed.set()
            await self._noted.wait()
            await self._until_quiet()

    async def _until_quiet(self) -> None:
        # Slept and not waited: whoever waits is woken for every group of sales, to no purpose.
        for _ in range(int(LATEST_SECONDS / QUIET_SECONDS)):
            self._noted.clear()
            await asyncio.sleep(QUIET_SECONDS)
            if not self._noted.is_set():
                return

    async def catch_up(self) -> None:
        """Fold all that is in the journal now."""
        ledger, zone = self._shop.ledger, self._shop.calendar.zone
        while (step := await ledger.read(lambda connection: fold_step(connection, zone))) is not None:
            await ledger.write(lambda session, step=step: write_step(session.connection, step))  # type: ignore[misc]
            await asyncio.sleep(PAUSE_SECONDS)

    def posted(self, document: Posted) -> None:
        """A document was posted."""
        del document
        self._noted.set()

    def item_changed(self, sku: str, seq: int) -> None:
        """An item is worth what it was."""

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """Goods that came back are a document, of which no watcher may have been told."""
        del transfer, seq
        self._noted.set()

    def print_changed(self, job: PrintJobRow) -> None:
        """Paper is worth nothing here."""
