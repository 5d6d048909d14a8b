"""Keeps counting up to date beside the running branch: results are folded, and classes made anew after the site's midnight."""

import asyncio
import datetime as dt
from typing import Final

from gateway.domain.counting import CountRules
from gateway.store.counts_fold import Classified, classified_day, fold_counts, local_day, recompute_classes
from gateway.store.counts_sheets import drop_old_sheets
from gateway.use_cases.shop import Shop

LOOK_SECONDS: Final = 30.0
"""A class that is half a minute late harms nobody."""


async def follow_counts(shop: Shop, rules: CountRules) -> None:
    """Run until cancelled. Raises StoreBusy; whoever runs it starts it again."""
    while True:
        await catch_up(shop, rules)
        await asyncio.sleep(LOOK_SECONDS)


async def catch_up(shop: Shop, rules: CountRules) -> None:
    """Fold the counts that were posted, and class anew where a night passed."""
    if await shop.ledger.read(classified_day) != today_of(shop):
        await classify_now(shop, rules)
        await shop.ledger.write(lambda session: drop_old_sheets(session.connection, shop.clock()))
    while await shop.ledger.write(lambda session: fold_counts(session.connection, rules, zone_of(shop))):
        pass


async def classify_now(shop: Shop, rules: CountRules) -> Classified:
    """Make the classes anew, as the job does every night and a manager may at any time."""
    return await shop.ledger.write(
        lambda session: recompute_classes(session.connection, rules, shop.clock(), today_of(shop))
    )


def zone_of(shop: Shop) -> dt.tzinfo:
    """Where the site's days begin."""
    return shop.calendar.zone


def today_of(shop: Shop) -> int:
    """The site's day, counted as `date.toordinal` does."""
    return local_day(shop.clock(), zone_of(shop))
