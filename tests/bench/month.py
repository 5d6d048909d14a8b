"""A branch that was cut off for a month: 150,000 sales catch up with headquarters, once. Baseline: a message per sale."""

import contextlib

from tests.bench.arrivals import Arrivals
from tests.bench.report import Goal, Row, Section, say
from tests.bench.servers import BranchSite, HeadquartersSite, NatsServer, free_port
from tests.bench.setting import Bench, measured

CLIENTS = 64
"""So many fill the ledger quickly."""


def measure(bench: Bench) -> list[Section]:
    """One round: filling the ledger alone takes half a minute."""
    count = bench.extent.month
    say(f"a month: {count:,} sales")
    folder = bench.ledger()
    filled = measured("in_process", folder, bench.extent.items, CLIENTS, count)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(NatsServer(bench.scratch("nats"), free_port()))
        headquarters = stack.enter_context(HeadquartersSite(bench.scratch("hq"), free_port(), server))
        bench.settle(headquarters)
        arrivals = stack.enter_context(Arrivals(headquarters, "branch"))
        branch = stack.enter_context(BranchSite(folder, free_port(), server))
        head = int(branch.ask("/api/v1/replication")["head_seq"])
        first, begun = arrivals.wait_for(1)
        _, done = arrivals.wait_for(head)
        whole = done - branch.spawned
        memory = headquarters.memory_megabytes()
    with NatsServer(bench.scratch("nats"), free_port()) as server:
        theirs = measured(
            "peers.jetstream_publish", server.url, bench.folder / f"{server.port}.db", bench.extent.published, 0
        )
    rate = (head - first) / (done - begun) if done > begun else float("nan")
    rows = [
        Row(f"{count:,} sales, from the start of the branch to the last one shown", "s", (whole,),
            (count / theirs["rate"],), PEER, (Goal(at_most=5, stretch=3),)),
        Row("  first shown → all shown", "sales/s", (rate,), (theirs["rate"],), PEER, (Goal(at_least=20, stretch=30, ratio=True),)),
        Row("  headquarters' memory afterwards", "MB", (memory,)),
    ]  # fmt: skip
    note = f"the ledger was filled in process at {filled['rate']:,.0f} sales/s; the peer's time follows from {bench.extent.published:,} sales"
    return [Section("5. A month without a line", rows, (note,))]


PEER = "a message per sale"
