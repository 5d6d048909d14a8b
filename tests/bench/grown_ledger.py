"""Lists and look-ups of a ledger file, and how long it takes to open. JSON on stdout: µs, and ms to open.

python -m tests.bench.grown_ledger FOLDER ITEMS READS
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.store.documents import list_documents
from gateway.store.items import find_barcode, list_items
from gateway.store.ledger import LEDGER_FILE, Ledger
from gateway.store.stock import Level, count_levels, list_balances, list_movements, list_overview
from replication.storage.connection import open_reader
from tests.bench.figures import percentile
from tests.bench.sales import SEED, barcode, sku

PAGE = 50


def main(folder: Path, items: int, count: int) -> dict[str, float]:
    """Every list a person opens, at a place of its own each time."""
    chance = random.Random(SEED)
    opened = time.perf_counter()
    ledger = Ledger.open(folder, on_fatal=lambda error: sys.exit(str(error)))
    opens = time.perf_counter() - opened
    asyncio.run(ledger.close())
    connection = open_reader(folder / LEDGER_FILE)

    def any_sku() -> str:
        return sku(chance.randrange(items))

    (head,) = connection.execute("SELECT max(seq) FROM journal").fetchone()
    reads: dict[str, Callable[[], object]] = {
        "scan": lambda: find_barcode(connection, (barcode(chance.randrange(items)),)),
        "stock": lambda: list_overview(
            connection, level=Level.ALL, search="", after=(f"Item {chance.randrange(items)}", 0), limit=PAGE
        ),
        "search": lambda: list_overview(connection, level=Level.ALL, search=any_sku(), after=("", 0), limit=PAGE),
        "rare": lambda: list_items(connection, search=f"m {chance.randrange(items)}", after=("", 0), limit=PAGE),
        "missed": lambda: list_items(connection, search=f"q{chance.randrange(items)}", after=("", 0), limit=PAGE),
        "negative": lambda: list_overview(connection, level=Level.NEGATIVE, search="", after=("", 0), limit=PAGE),
        "low": lambda: list_overview(connection, level=Level.LOW, search="", after=("", 0), limit=PAGE),
        "out": lambda: list_overview(connection, level=Level.OUT, search="", after=("", 0), limit=PAGE),
        "tabs": lambda: count_levels(connection),
        "balances": lambda: list_balances(
            connection, after=(chance.randrange(items), 0, 0), limit=PAGE, item=None, location=None
        ),
        "card": lambda: list_movements(connection, sku(chance.randrange(min(items, 1000))), limit=PAGE),
        "documents": lambda: list_documents(connection, before_seq=chance.randrange(2, head + 2), limit=PAGE),
    }
    found = {"open": opens * 1e3}
    for name, read in reads.items():
        took = []
        for _ in range(count):
            began = time.perf_counter_ns()
            read()
            took.append((time.perf_counter_ns() - began) / 1e3)
        found |= {f"{name}_p50": percentile(took, 50), f"{name}_p99": percentile(took, 99)}
    connection.close()
    return found


if __name__ == "__main__":
    print(msgspec.json.encode(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))).decode())
