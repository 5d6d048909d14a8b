"""Pruning beside the running branch, in small steps and long pauses: nobody ever waits for it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from gateway.store.pruning import prune_step
from gateway.use_cases.shop import Shop
from replication.storage.errors import StoreBusy
from replication.wire.envelope import SEQ_MAX

LOOK_SECONDS: Final = 6 * 3600.0
"""Days go by slowly."""
PAUSE_SECONDS: Final = 0.5
"""Between two steps: selling has the writer."""
DAY_MILLISECONDS: Final = 24 * 3600 * 1000

log = logging.getLogger("kontor.pruning")


async def prune_journal(shop: Shop, keep_days: int, archived_to: Callable[[], int] | None = None) -> None:
    """Run until cancelled. Where an archive is kept, nothing goes that it does not hold."""
    while True:
        looked = await prune_now(shop, keep_days, archived_to)
        if looked:
            log.info("pruned: looked at %d old entries that headquarters holds in a backup", looked)
        await asyncio.sleep(LOOK_SECONDS)


async def prune_now(shop: Shop, keep_days: int, archived_to: Callable[[], int] | None = None) -> int:
    """Prune all that may go now; answers how many entries were looked at."""
    posted_before = shop.clock() - keep_days * DAY_MILLISECONDS
    looked, up_to = 0, SEQ_MAX if archived_to is None else archived_to()
    while True:
        try:
            step = await shop.ledger.write(lambda session: prune_step(session.connection, posted_before, up_to))
        except StoreBusy:
            step = 0  # the rest goes with the next look
        if not step:
            return looked
        looked += step
        await asyncio.sleep(PAUSE_SECONDS)
