"""A scanned code to its item and price in the store: one indexed read, against two `sqlite-utils` gets. JSON on stdout.

python -m tests.bench.lookup FOLDER ITEMS LOOKUPS
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop
from sqlite_utils import Database

from gateway.store.items import find_barcode
from gateway.store.ledger import LEDGER_FILE
from gateway.use_cases.resolve_scan import resolve_scan
from replication.storage.connection import open_reader
from tests.bench.figures import percentile
from tests.bench.sales import SEED, barcode
from tests.bench.stocked_ledger import open_shop

PEER_SHARE = 10
"""The peer is asked for one in so many: it takes that much longer."""


def timed(look_up: Callable[[str], object], codes: list[str]) -> tuple[float, float]:
    """(p50, p99) in µs."""
    took = []
    for code in codes:
        started = time.perf_counter_ns()
        found = look_up(code)
        took.append((time.perf_counter_ns() - started) / 1e3)
        assert found is not None
    return percentile(took, 50), percentile(took, 99)


async def use_case(folder: Path, codes: list[str]) -> tuple[float, float]:
    """The same through the use case and its reader thread."""
    took = []
    async with open_shop(folder) as shop:
        for code in codes:
            started = time.perf_counter_ns()
            resolved = await resolve_scan(shop, code)
            took.append((time.perf_counter_ns() - started) / 1e3)
            assert resolved.item is not None
    return percentile(took, 50), percentile(took, 99)


def main(folder: Path, items: int, count: int) -> dict[str, float]:
    """Every way to look up."""
    chance = random.Random(SEED)
    codes = [barcode(chance.randrange(items)) for _ in range(count)]
    connection = open_reader(folder / LEDGER_FILE)
    database = Database(connection, execute_plugins=False)

    def peer(code: str) -> object:
        (found, *_) = database.table("barcodes").rows_where("barcode = ?", [code])
        return database.table("items").get(found["item_id"])

    timed(lambda code: find_barcode(connection, (code,)), codes[: count // 10])  # warm
    ours = timed(lambda code: find_barcode(connection, (code,)), codes)
    theirs = timed(peer, codes[: max(count // PEER_SHARE, 1)])
    connection.close()
    through = uvloop.run(use_case(folder, codes[: max(count // PEER_SHARE, 1)]))
    return {
        "p50": ours[0], "p99": ours[1], "peer_p50": theirs[0], "peer_p99": theirs[1], "use_case_p50": through[0],
        "use_case_p99": through[1],
    }  # fmt: skip


if __name__ == "__main__":
    print(msgspec.json.encode(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))).decode())
