"""People at headquarters: they put goods of the whole chain and prices from a moment on, and try until it is done."""

import asyncio
from collections.abc import Callable

from replication.headquarters.catalogue import put_item
from replication.headquarters.prices import DEFAULT_LIST, PriceRow, put_prices
from replication.headquarters.stores.store import ApplySession
from replication.storage.errors import StoreBusy
from replication.wire.item import Item
from tests.simulation.process import Gone
from tests.simulation.world import World

CHAIN_GOODS = ("CHAIN-MILK", "CHAIN-BREAD", "CHAIN-SALT")
PATIENCE_SECONDS = 3.0


def put_goods(world: World) -> None:
    """An item of headquarters, new or changed."""
    sku, price = world.random.choice(CHAIN_GOODS), world.random.randrange(100, 900)
    world.say(f"headquarters puts {sku} at {price}")
    world.do(_until_done(world, lambda session, at: put_item(session, Item(sku, sku.title(), "pc", price), at)))


def put_price(world: World) -> None:
    """A price from some moment on, often one still to come."""
    sku, price = world.random.choice(CHAIN_GOODS), world.random.randrange(100, 900)
    later = world.random.choice((-60_000, 5_000, 30_000, 3_600_000))
    world.do(
        _until_done(
            world, lambda session, at: put_prices(session, DEFAULT_LIST, [PriceRow(sku, price, at + later)], at)
        )
    )


async def _until_done(world: World, work: Callable[[ApplySession, int], object]) -> None:
    def put(session: ApplySession) -> None:
        work(session, world.office.clock.utc_milliseconds())

    while True:
        try:
            if world.office.is_on:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await world.office.store.transact(put)
                return
        except (Gone, StoreBusy, TimeoutError):
            pass
        await asyncio.sleep(world.random.random())
