"""Writes down how far headquarters is, seldom. Knows no line and judges no watermark."""

import asyncio
from typing import Final

from replication.branch.journal import Journal
from replication.storage.errors import StoreBusy
from replication.wire.messages import Watermark

RECORD_SECONDS: Final = 1.0
"""Watermarks are written down this often at most: a restart asks headquarters anyway, and each write wears the card."""


class Recorder:
    """Keeps the newest watermark until it is written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: Watermark | None = None

    def keep(self, watermark: Watermark) -> None:
        """To be written next; it was checked against our own hash."""
        self._waiting = watermark

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(RECORD_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits, unless the ledger is busy: selling comes first, and the next round has it."""
        watermark, self._waiting = self._waiting, None
        if watermark is None:
            return
        try:
            await self._journal.record_watermark(watermark)
        except StoreBusy:
            if self._waiting is None:
                self._waiting = watermark
