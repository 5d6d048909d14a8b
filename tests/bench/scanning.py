"""A scan to its price: in the store, over HTTP, and over HTTP while eight tills post sales without a pause."""

import random

from tests.bench.figures import medians
from tests.bench.load import Driver, Job, load
from tests.bench.posting import Figures
from tests.bench.report import Goal, Row, Section, say
from tests.bench.sales import SEED, barcode, request, scan_request
from tests.bench.servers import BranchSite, free_port
from tests.bench.setting import Bench, measured

TILLS = 8
SCAN_PAUSE_SECONDS = 0.005
"""Between two scans beside the tills: quicker than any cashier, yet no load of its own."""
RATE_MAX = 10_000


def measure(bench: Bench) -> list[Section]:
    """All rounds, then the table."""
    items = bench.extent.scan_items
    say(f"scanning: a ledger of {items} items")
    folder = bench.ledger(items)
    rounds = []
    for number in range(bench.extent.rounds):
        say(f"scanning: round {number + 1} of {bench.extent.rounds}")
        found = measured("lookup", folder, items, bench.extent.lookups)
        with BranchSite(folder, free_port()) as branch:
            found |= _over_http(bench, branch, number)
        rounds.append(found)
    return [_section(medians(rounds), items)]


def _over_http(bench: Bench, branch: BranchSite, number: int) -> Figures:
    chance, tokens, seconds = random.Random(SEED), branch.tokens(), bench.extent.seconds
    scans = [
        scan_request(barcode(chance.randrange(bench.extent.scan_items)), tokens[place % len(tokens)])
        for place in range(2_000)
    ]
    bench.settle(branch)
    idle = load(Job(port=branch.port, requests=scans, clients=1, seconds=seconds, expected=200, again=True))
    count = int(RATE_MAX * (seconds + 0.6))
    taken = bench.sales(number * count, count)  # the rounds share a ledger: each has sales of its own
    posts = [request(sale, tokens[place % len(tokens)]) for place, sale in enumerate(taken)]
    tills = Driver(Job(port=branch.port, requests=posts, clients=TILLS, seconds=seconds + 0.3, events=branch.events()))
    beside = load(
        Job(
            port=branch.port, requests=scans, clients=1, seconds=seconds, warm=0.5, pause=SCAN_PAUSE_SECONDS,
            expected=200, again=True,
        )
    )  # fmt: skip
    return {
        "idle_p50": idle.p50_ms, "idle_p99": idle.p99_ms, "busy_p50": beside.p50_ms, "busy_p99": beside.p99_ms,
        "busy_rate": tills.outcome().rate,
    }  # fmt: skip


def _section(found: Figures, items: int) -> Section:
    rows = [
        Row("look-up in the store, p50 / p99", "µs", (found["p50"], found["p99"]), (found["peer_p50"], found["peer_p99"]),
            "sqlite-utils", (Goal(at_most=15), Goal(at_most=0.1, ratio=True))),
        Row("the use case on its reader thread, p50 / p99", "µs", (found["use_case_p50"], found["use_case_p99"])),
        Row("over HTTP, idle, p50 / p99", "ms", (found["idle_p50"], found["idle_p99"]), (), "",
            (Goal(at_most=1), Goal(at_most=5, stretch=3, part=1))),
        Row(f"over HTTP while {TILLS} tills post, p50 / p99", "ms", (found["busy_p50"], found["busy_p99"]), (), "",
            (Goal(at_most=10, stretch=5, part=1),)),
        Row("  sales those tills posted meanwhile", "sales/s", (found["busy_rate"],)),
    ]  # fmt: skip
    return Section(f"3. A scan to its price among {items:,} items", rows)
