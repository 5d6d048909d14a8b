"""A shop after years: 200,000 items and 5,000,000 movements. Its lists and look-ups, beside those of the same shop on its first
day. Only on request: filling the ledger takes some minutes."""

from tests.bench.report import Goal, Row, Section, say
from tests.bench.setting import Bench, measured

CLIENTS = 64
"""So many fill the ledger quickly."""
LINES = 5
SALES_AT_ONCE = 100_000
"""What a filling process holds in memory."""

READS = {
    "scan": "a scanned code → item and price",
    "stock": "page of 50 of the stock list, anywhere in it",
    "balances": "page of 50 balances",
    "card": "newest 50 movements of a stock card",
    "documents": "page of 50 documents, anywhere",
    "search": "page of 50 found by part of a SKU",
    "rare": "items found by a rare part of a name",
    "missed": "a search that nothing answers",
    "negative": "items below zero",
    "low": "items that run low",
    "out": "items that are out",
    "tabs": "how many items each tab of the stock page holds",
}


def measure(bench: Bench) -> list[Section]:
    """One round: what is read is the same in each."""
    extent = bench.extent
    say(f"a grown shop: {extent.grown_items:,} items, {extent.grown_movements:,} movements")
    folder = bench.ledger(extent.grown_items)
    young = measured("grown_ledger", folder, extent.grown_items, extent.lookups // 100 or 1)
    for first in range(0, extent.grown_movements // LINES, SALES_AT_ONCE):
        count = min(SALES_AT_ONCE, extent.grown_movements // LINES - first)
        measured("in_process", folder, extent.grown_items, CLIENTS, count, first)
    old = measured("grown_ledger", folder, extent.grown_items, extent.lookups // 100 or 1)
    rows = [
        Row("open the ledger, checks included", "ms", (old["open"],), (young["open"],), PEER, (Goal(at_most=1.3, ratio=True),)),
        *(
            Row(what, "µs p50 / p99", (old[f"{name}_p50"], old[f"{name}_p99"]), (young[f"{name}_p50"], young[f"{name}_p99"]), PEER)
            for name, what in READS.items()
        ),
    ]  # fmt: skip
    return [Section("7. A grown shop", rows)]


PEER = "its first day"
