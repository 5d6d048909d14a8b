"""From the till to headquarters: the lag of a lone sale, catching up, what it costs on both ends and on the wire.

Headquarters' side is timed by its own live events. Baseline: one JetStream message per sale.
"""

import asyncio
import contextlib
import http.client
import json
import math
import random
import time

import msgspec
import nats

from replication.nats_link import STREAM
from replication.wire.envelope import Envelope
from tests.bench.arrivals import Arrivals
from tests.bench.figures import medians, percentile
from tests.bench.load import Job, load
from tests.bench.posting import Figures
from tests.bench.report import Goal, Row, Section, say
from tests.bench.sales import PATH, SEED, Sale, request
from tests.bench.servers import BRANCH, BranchSite, HeadquartersSite, NatsServer, free_port, wait_until
from tests.bench.setting import Bench, measured

CLIENTS = 8
CLIENTS_AT_ONCE = 64
"""So many fill the ledger quickly."""
BATCH_MIN = 100
"""The goal on the wire is for batches of so many and more."""
POLL_SECONDS = 0.01
POST_SECONDS_MAX = 60.0
PAUSE_SECONDS = (0.12, 0.25)
"""Between two lone sales: longer than a batch is held back for company, at no particular phase of anybody's timer."""
PEER_PAUSE_SECONDS = 0.02


def measure(bench: Bench) -> list[Section]:
    """Lone sales, the line cut, headquarters away; then the peer."""
    ours, theirs = [], []
    for number in range(bench.extent.rounds):
        say(f"headquarters: round {number + 1} of {bench.extent.rounds}")
        ours.append(_ours(bench))
        theirs.append(_peer(bench))
    return [_section(bench, medians(ours), medians(theirs))]


def _ours(bench: Bench) -> Figures:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(NatsServer(bench.scratch("nats"), free_port()))
        headquarters = stack.enter_context(HeadquartersSite(bench.scratch("hq"), free_port(), server))
        branch = stack.enter_context(BranchSite(bench.ledger(), free_port(), server))
        taken = Taken(bench, branch)
        with Arrivals(headquarters, "branch") as arrivals, Arrivals(branch, "replication") as ticks:
            stocked = _head(branch)
            arrivals.wait_for(stocked)
            bench.settle(headquarters, branch)
            found: Figures = {"hq_idle": headquarters.memory_megabytes()}
            found |= _lone(taken.next(bench.extent.lone_sales), branch, arrivals, ticks)
            found |= _backlog(taken, (branch, server, headquarters), arrivals)
        found |= _away(taken, headquarters)
        found |= {"hq_loaded": headquarters.memory_megabytes(), "branch_loaded": branch.memory_megabytes()}
        found |= asyncio.run(_on_the_wire(server.url, stocked))
    return found


class Taken:
    """The sales of one branch, none of them twice."""

    def __init__(self, bench: Bench, branch: BranchSite) -> None:
        self.bench = bench
        self.branch = branch
        self._used = 0

    def next(self, count: int) -> list[Sale]:
        """So many new ones."""
        self._used += count
        return self.bench.sales(self._used - count, count)

    def post(self, count: int, clients: int) -> float:
        """Post so many as fast as they go; sales a second."""
        tokens = self.branch.tokens()
        posts = [request(sale, tokens[place % len(tokens)]) for place, sale in enumerate(self.next(count))]
        posted = load(Job(port=self.branch.port, requests=posts, clients=clients, seconds=POST_SECONDS_MAX, warm=0))
        assert posted.answers == count, f"{posted.answers} of {count} sales were answered"
        return posted.rate


def _head(branch: BranchSite) -> int:
    return int(branch.ask("/api/v1/replication")["head_seq"])


def _backlog(taken: Taken, sides: tuple[BranchSite, NatsServer, HeadquartersSite], arrivals: Arrivals) -> Figures:
    """The line is cut, the tills go on, the line is back. The clock runs from the first entries shown to the last."""
    branch, server, _ = sides
    before = _head(branch)
    server.stop()
    taken.post(taken.bench.extent.backlog, CLIENTS_AT_ONCE)
    head = _head(branch)
    server.start()
    first, begun = arrivals.wait_for(before + 1)
    used = [side.cpu_seconds() for side in sides]
    _, shown = arrivals.wait_for(head)
    spent = [side.cpu_seconds() - earlier for side, earlier in zip(sides, used, strict=True)]
    count = head - first
    if count == 0:
        return {}  # everything came in one piece: too little to time
    names = ("edge", "nats", "hq")
    return {
        "rate": count / (shown - begun),
        **{f"cpu_{name}": used / count * 1e6 for name, used in zip(names, spent, strict=True)},
    }


def _lone(taken: list[Sale], branch: BranchSite, arrivals: Arrivals, ticks: Arrivals) -> Figures:
    """From the answer to the till until headquarters shows it, and until the branch knows that it is there."""
    (token,) = branch.tokens(count=1)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    chance, shown, known = random.Random(SEED), [], []
    line = http.client.HTTPConnection("127.0.0.1", branch.port, timeout=10)
    for sale in taken:
        line.request("PUT", PATH + sale.id_text, sale.body, headers)
        answer = line.getresponse()
        answered = time.perf_counter()
        told = json.loads(answer.read())
        assert answer.status == 201, told
        # Either event may be here before the answer has been read.
        for lags, events in ((shown, arrivals), (known, ticks)):
            _, at = events.wait_for(told["seq"])
            lags.append(max(at - answered, 0.0) * 1e3)
        time.sleep(chance.uniform(*PAUSE_SECONDS))
    line.close()
    return {
        "shown_p50": percentile(shown, 50), "shown_p99": percentile(shown, 99), "known_p50": percentile(known, 50),
        "known_p99": percentile(known, 99),
    }  # fmt: skip


def _away(taken: Taken, headquarters: HeadquartersSite) -> Figures:
    """Headquarters stops, the tills go on, headquarters comes back: until it shows everything."""
    headquarters.stop()
    rate = taken.post(taken.bench.extent.catch_up, CLIENTS)
    head = _head(taken.branch)
    headquarters.start()
    answering = time.perf_counter()
    wait_until(f"headquarters shows entry {head}", lambda: _shown(headquarters) >= head, pause=POLL_SECONDS)
    done = time.perf_counter()
    return {"away_start": done - headquarters.spawned, "away": done - answering, "away_rate": rate}


def _shown(headquarters: HeadquartersSite) -> int:
    rows = headquarters.ask("/api/v1/branches")["rows"]
    return next((int(row["applied_seq"]) for row in rows if row["branch"] == BRANCH), 0)


async def _on_the_wire(url: str, after: int) -> Figures:
    """Bytes per sale of the messages with entries after that one: the data alone, and with subject and headers."""
    line = await nats.connect(url)
    stream = line.jetstream()
    state = (await stream.stream_info(STREAM)).state
    batches: list[tuple[int, int, int]] = []
    lone: list[tuple[int, int, int]] = []
    for number in range(state.first_seq, state.last_seq + 1):
        message = await stream.get_msg(STREAM, number)
        data = message.data or b""
        envelope = msgspec.msgpack.decode(data, type=Envelope)
        around = len(message.subject or "") + sum(
            len(f"{name}: {value}") + 2 for name, value in (message.headers or {}).items()
        )
        size = (envelope.count, len(data), len(data) + around)
        if envelope.count == 1 and envelope.first_seq > after:
            lone.append(size)
        elif envelope.count >= BATCH_MIN and envelope.first_seq > after:
            batches.append(size)
    await line.drain()
    found: Figures = {}
    for name, sizes in (("batch", batches), ("lone", lone)):
        if entries := sum(size[0] for size in sizes):
            found[f"wire_{name}"] = sum(size[1] for size in sizes) / entries
            found[f"whole_{name}"] = sum(size[2] for size in sizes) / entries
    return found


def _peer(bench: Bench) -> Figures:
    with NatsServer(bench.scratch("nats"), free_port()) as server:
        many = measured(
            "peers.jetstream_publish", server.url, bench.folder / f"{server.port}.db", bench.extent.published, 0
        )
    with NatsServer(bench.scratch("nats"), free_port()) as server:
        path = bench.folder / f"{server.port}.db"
        lone = measured("peers.jetstream_publish", server.url, path, bench.extent.lone_sales, PEER_PAUSE_SECONDS)
    return many | {name: lone[name] for name in ("lag_p50_ms", "lag_p99_ms")}


PEER = "a message per sale"


def _section(bench: Bench, ours: Figures, theirs: Figures) -> Section:
    extent = bench.extent
    away = ours["away"]
    rows = [
        Row("lone sale, answered → shown at headquarters, p50 / p99", "ms", (ours["shown_p50"], ours["shown_p99"]),
            (theirs["lag_p50_ms"], theirs["lag_p99_ms"]), PEER),
        Row("lone sale, answered → the till's second tick, p50 / p99", "ms", (ours["known_p50"], ours["known_p99"])),
        Row(f"{extent.catch_up:,} sales taken while headquarters was away: from its first answer", "s", (away,),
            (extent.catch_up / theirs["rate"],), PEER, (Goal(at_most=0.5, stretch=0.3),)),
        Row("  the same with its start", "s", (ours["away_start"],)),
        Row(f"{extent.backlog:,} sales taken while the line was cut: first shown → all shown", "sales/s", (ours.get("rate", math.nan),),
            (theirs["rate"],), PEER, (Goal(at_least=30_000, stretch=50_000), Goal(at_least=20, stretch=30, ratio=True))),
        *(
            Row(f"  CPU of {name}", "µs/sale", (ours.get(f"cpu_{key}", math.nan),), (), "", (goal,))
            for key, name, goal in (
                ("edge", "the gateway", Goal(at_most=4, stretch=1)), ("nats", "nats-server", Goal(at_most=4, stretch=1)),
                ("hq", "headquarters", Goal(at_most=25, stretch=15)),
            )
        ),
        Row("on the wire, batches: data / with subject and headers", "B/sale",
            (ours.get("wire_batch", math.nan), ours.get("whole_batch", math.nan)), (theirs["wire_bytes"],), "JSON",
            (Goal(at_most=70, stretch=56),)),
        Row("on the wire, a lone sale: data / with subject and headers", "B/sale",
            (ours.get("wire_lone", math.nan), ours.get("whole_lone", math.nan)), (theirs["wire_bytes"],), "JSON",
            (Goal(at_most=140, stretch=94),)),
        Row("headquarters' memory, idle / after load", "MB", (ours["hq_idle"], ours["hq_loaded"])),
        Row("gateway memory after load", "MB", (ours["branch_loaded"],), (), "", (Goal(at_most=70, stretch=55),)),
    ]  # fmt: skip
    notes = (f"the tills posted {ours['away_rate']:,.0f} sales/s from {CLIENTS} clients while headquarters was away",)
    return Section("4. To headquarters", rows, notes)
