"""Durable 5-line sales: over HTTP against the hand-written peer, in process against bare SQLite. Rounds are interleaved."""

import contextlib
import re
from collections.abc import Iterator

from tests.bench.figures import medians
from tests.bench.load import Job, load
from tests.bench.peer_programs import empty_handler, fastapi_sqlite3
from tests.bench.report import Goal, Row, Section, say
from tests.bench.sales import request
from tests.bench.servers import BranchSite, HeadquartersSite, NatsServer, Program, Server, Site, free_port
from tests.bench.setting import Bench, measured

RATES_MAX = {1: 4_000, 8: 10_000, 64: 16_000}
"""Sales prepared per second of load: more than anything here takes."""

Figures = dict[str, float]


def measure(bench: Bench) -> list[Section]:
    """All rounds, then the tables."""
    rounds: dict[str, list[Figures]] = {}
    for number in range(bench.extent.rounds):
        say(f"posting: round {number + 1} of {bench.extent.rounds}")
        for name, found in _round(bench):
            rounds.setdefault(name, []).append(found)
    figures = {name: medians(found) for name, found in rounds.items()}
    return [_over_http(bench, figures), _in_process(bench, figures)]


def _round(bench: Bench) -> Iterator[tuple[str, Figures]]:
    for clients in bench.extent.clients:
        yield (
            f"in process {clients}",
            measured("in_process", bench.ledger(), bench.extent.items, clients, _share(bench, clients)),
        )
    yield (
        "bare",
        measured("bare_sqlite", bench.template(), bench.scratch("bare"), bench.extent.items, bench.extent.sales),
    )
    yield "peer", _posted(bench, fastapi_sqlite3(bench))
    with BranchSite(bench.ledger(), free_port()) as branch:
        yield "alone", loaded(bench, branch)
    with contextlib.ExitStack() as stack:
        nats = stack.enter_context(NatsServer(bench.scratch("nats"), free_port()))
        stack.enter_context(HeadquartersSite(bench.scratch("hq"), free_port(), nats))
        branch = stack.enter_context(BranchSite(bench.ledger(), free_port(), nats))
        yield "whole", loaded(bench, branch)
    yield "empty", _posted(bench, empty_handler(bench), (1,))


def _share(bench: Bench, clients: int) -> int:
    """Fewer sales where each waits for a flush of its own."""
    return bench.extent.sales // (4 if clients == 1 else 1)


def _posted(bench: Bench, program: Program, clients: tuple[int, ...] = ()) -> Figures:
    with program:
        return loaded(bench, program, clients)


def loaded(bench: Bench, server: Server, clients: tuple[int, ...] = ()) -> Figures:
    """Every number of clients in turn against a running server."""
    bench.settle(server)
    found: Figures = {"rss_idle": server.memory_megabytes()}
    site = server if isinstance(server, Site) else None
    if isinstance(server, BranchSite):
        server.meet_goods(bench.extent.items)
    tokens = site.tokens() if site else ["none"]
    seconds, first = bench.extent.seconds, 0
    for count in clients or bench.extent.clients:
        taken = bench.sales(first, int(RATES_MAX[count] * (seconds + bench.extent.warm)))
        wanted = [request(sale, tokens[place % len(tokens)]) for place, sale in enumerate(taken)]
        first += len(taken)
        before, groups = server.cpu_seconds(), _groups(site)
        outcome = load(
            Job(
                port=server.port, requests=wanted, clients=count, seconds=seconds, warm=bench.extent.warm,
                events=site.events() if site else [],
            )
        )  # fmt: skip
        spent, after = server.cpu_seconds() - before, _groups(site)
        found |= {
            f"rate {count}": outcome.rate, f"p50 {count}": outcome.p50_ms, f"p99 {count}": outcome.p99_ms,
            f"cpu {count}": spent / max(outcome.answers, 1) * 1e6,
        }  # fmt: skip
        if after[1] > groups[1]:
            found |= {f"group {count}": (after[0] - groups[0]) / (after[1] - groups[1]), f"largest {count}": after[2]}
    found["rss_loaded"] = server.memory_megabytes()
    return found


_GROUP_FIGURES = ("kontor_writer_commands", "kontor_writer_groups", "kontor_writer_largest_group")


def _groups(site: Site | None) -> tuple[float, float, float]:
    """(commands, groups, largest group) so far, from /metrics."""
    if site is None:
        return 0.0, 0.0, 0.0
    text = site.ask("/api/v1/metrics")
    commands, groups, largest = (
        float(found[1]) if (found := re.search(rf"^{name} (\S+)$", text, re.MULTILINE)) else 0.0
        for name in _GROUP_FIGURES
    )
    return commands, groups, largest


PEER = "FastAPI+sqlite3"
RATE_GOALS = {
    8: (Goal(at_least=3.5, stretch=5, ratio=True),),
    64: (Goal(at_least=5_000, stretch=8_000), Goal(at_least=5, ratio=True)),
}
WAIT_GOALS = {1: (Goal(at_most=6, part=1),), 8: (Goal(at_most=10, stretch=5, part=1),)}
CPU_GOALS = {8: (Goal(at_most=200, stretch=130), Goal(at_most=0.25, ratio=True))}


def _over_http(bench: Bench, figures: dict[str, Figures]) -> Section:
    peer, empty, bare = figures["peer"], figures["empty"], figures["bare"]
    rows = []
    for key, name in (("alone", "without headquarters"), ("whole", "with headquarters")):
        ours = figures[key]
        for count in bench.extent.clients:
            who = f"{count} client{'s' if count > 1 else ''}, {name}"
            rows += [
                Row(who, "sales/s", (ours[f"rate {count}"],), (peer[f"rate {count}"],), PEER, RATE_GOALS.get(count, ())),
                Row(
                    "  wait p50 / p99", "ms", (ours[f"p50 {count}"], ours[f"p99 {count}"]),
                    (peer[f"p50 {count}"], peer[f"p99 {count}"]), PEER, WAIT_GOALS.get(count, ()),
                ),
                Row(
                    "  CPU of the server", "µs/sale", (ours[f"cpu {count}"],), (peer[f"cpu {count}"],), PEER,
                    CPU_GOALS.get(count, ()),
                ),
                Row("  group mean / largest so far", "sales", (ours[f"group {count}"], ours[f"largest {count}"])),
            ]  # fmt: skip
    whole, most = figures["whole"], max(bench.extent.clients)
    floor = empty["p50 1"] + bare["flush_ms"]
    rows += [
        Row("1 client p50 against empty handler + one flush", "ms", (whole["p50 1"],), (floor,), "floor",
            (Goal(at_most=2, stretch=1.5, ratio=True),)),
        Row(f"{most} clients, of the same rows in process", "sales/s", (whole[f"rate {most}"],),
            (figures[f"in process {most}"]["rate"],), "in process", (Goal(at_least=0.35, stretch=0.5, ratio=True),)),
        Row("gateway memory, idle / after load", "MB", (whole["rss_idle"], whole["rss_loaded"]),
            (peer["rss_idle"], peer["rss_loaded"]), PEER, (Goal(at_most=70, stretch=55, part=1),)),
    ]  # fmt: skip
    notes = (
        f"empty handler p50 {empty['p50 1']:.2f} ms, one 24 KiB flush p50 {bare['flush_ms']:.2f} ms",
        "the peer has no sign-in, policy, journal, live events or replication; ours had all of them switched on",
    )
    return Section("1. Durable 5-line sales over HTTP", rows, notes)


def _in_process(bench: Bench, figures: dict[str, Figures]) -> Section:
    bare = figures["bare"]
    rows = []
    for count in bench.extent.clients:
        ours = figures[f"in process {count}"]
        who = f"{count} client{'s' if count > 1 else ''}"
        rows += [
            Row(who, "sales/s", (ours["rate"],), (bare[f"rate_{count}"],), f"bare SQLite, {count} in a commit"),
            Row("  wait p50 / p99", "ms", (ours["p50_ms"], ours["p99_ms"])),
            Row("  group mean / largest", "sales", (ours["group"], ours["largest_group"])),
        ]
    rows += [
        Row("CPU, 32 in a commit", "µs/sale", (bare["ours_cpu_us_32"],), (bare["cpu_us_32"],), "bare SQLite",
            (Goal(at_most=60, stretch=35),)),
        Row("CPU, 1 in a commit", "µs/sale", (bare["ours_cpu_us_1"],), (bare["cpu_us_1"],), "bare SQLite"),
    ]  # fmt: skip
    return Section("2. The same in process, against exactly its rows written by bare sqlite3 (synchronous=FULL)", rows)
