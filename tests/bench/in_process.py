"""Durable sales without HTTP: JSON bytes into the use case, answered after the commit. One measurement, JSON on stdout.

python -m tests.bench.in_process FOLDER ITEMS CLIENTS SALES [FIRST]

FIRST is the number of the first sale: a ledger that was filled before knows the ones before it.
"""

import asyncio
import sys
import time
from pathlib import Path

import msgspec
import uvloop

from gateway.store.session import Posted
from gateway.use_cases.post_document import post_document
from gateway.use_cases.shop import Poster
from tests.bench.figures import percentile
from tests.bench.sales import receipts, sales
from tests.bench.stocked_ledger import ADMIN, body_decoder, open_shop, settle_collector

CASHIER = Poster("lin", "cashier")
WARM_SALES = 200
"""Sales before the clock starts, besides receipts of all goods: caches fill, the WAL grows to its size."""


async def measure(folder: Path, items: int, clients: int, count: int, first: int = 0) -> dict[str, float]:
    """Post `count` sales from so many clients at once."""
    first *= 2  # so that the ones that warm up are new as well
    async with open_shop(folder) as shop:
        waits: list[float] = []

        async def client(share: list[tuple[bytes, bytes]]) -> None:
            while share:
                identity, raw = share.pop()
                started = time.perf_counter()
                answer = await post_document(shop, CASHIER, identity, body_decoder.decode(raw))
                waits.append(time.perf_counter() - started)
                assert isinstance(answer, Posted), answer

        async def take(start: int, number: int) -> None:
            share = [(sale.id, sale.body) for sale in sales(number, items, first=start)][::-1]
            counted = shop.ledger.writer.statistics
            before = counted.commands, counted.groups
            settle_collector()
            cpu, wall = time.process_time(), time.perf_counter()
            await asyncio.gather(*(client(share) for _ in range(clients)))
            took.update(
                cpu=time.process_time() - cpu, wall=time.perf_counter() - wall,
                group=(counted.commands - before[0]) / (counted.groups - before[1]),
            )  # fmt: skip

        took: dict[str, float] = {}
        for receipt in receipts(items):
            await post_document(shop, ADMIN, receipt.id, body_decoder.decode(receipt.body))
        await take(first, WARM_SALES)
        waits.clear()
        await take(first + WARM_SALES, count)
        return {
            "rate": count / took["wall"],
            "cpu_us": took["cpu"] / count * 1e6,
            "p50_ms": percentile(waits, 50) * 1e3,
            "p99_ms": percentile(waits, 99) * 1e3,
            "group": took["group"],
            "largest_group": float(shop.ledger.writer.statistics.largest_group),
        }


if __name__ == "__main__":
    found = uvloop.run(measure(Path(sys.argv[1]), *map(int, sys.argv[2:6])))
    print(msgspec.json.encode(found).decode())
