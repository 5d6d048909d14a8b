"""Spends requests for approval that nobody decided in time, beside the running branch."""

import asyncio
import logging
from typing import Final

from gateway.store.pending import expire_pending
from gateway.use_cases.shop import Shop

LOOK_SECONDS: Final = 60.0
"""Whoever decides asks the clock anyway; this only takes what is over off the lists."""

log = logging.getLogger("kontor.requests")


async def expire_requests(shop: Shop) -> None:
    """Run until cancelled. Raises StoreBusy; whoever runs it starts it again."""
    while True:
        spent = await shop.ledger.write(lambda session: expire_pending(session.connection, shop.clock()))
        if spent:
            log.info("%d requests expired: nobody had decided", len(spent))
        for id_ in spent:
            shop.tell_request(id_, "expired")
        await asyncio.sleep(LOOK_SECONDS)
