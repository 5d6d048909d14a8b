"""The list of what a person is to count today at a location; made when it is first asked for, and the same all day."""

from gateway.domain.counting import CountRules
from gateway.store.counts import TaskRow, list_today, make_today
from gateway.use_cases.count_job import today_of
from gateway.use_cases.shop import Shop


async def count_today(shop: Shop, rules: CountRules, person: str, location: str) -> list[TaskRow]:
    """What is still to do, and what was done. Raises StoreBusy."""
    day = today_of(shop)
    known = await shop.ledger.read(lambda connection: list_today(connection, day, person, location))
    if known is None:
        await shop.ledger.write(lambda session: make_today(session.connection, day, person, location, rules))
        known = await shop.ledger.read(lambda connection: list_today(connection, day, person, location))
    return known or []
