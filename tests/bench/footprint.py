"""What Kontor takes: time to start, memory, bytes a sale leaves on the disk."""

import http.client
import sqlite3
import time
from pathlib import Path

from gateway.store.ledger import LEDGER_FILE
from tests.bench.figures import medians
from tests.bench.load import Job, load
from tests.bench.posting import Figures
from tests.bench.report import Goal, Row, Section, say
from tests.bench.sales import PATH, Sale, request
from tests.bench.servers import BranchSite, Server, free_port
from tests.bench.setting import Bench

CLIENTS = 8
SECONDS_MAX = 60.0


def measure(bench: Bench) -> list[Section]:
    """Starts, then a day's sales on one ledger."""
    starts = []
    for number in range(bench.extent.starts):
        say(f"footprint: start {number + 1} of {bench.extent.starts}")
        starts.append(_start(bench))
    say(f"footprint: {bench.extent.catch_up} sales on the disk")
    return [_section(medians(starts), _on_disk(bench))]


def _start(bench: Bench) -> Figures:
    """From the spawn to the first durable answer, with the pages' caches of the disk as they are."""
    branch = BranchSite(bench.ledger(), free_port())
    (token,) = branch.tokens(count=1)
    (sale,) = bench.sales(0, 1)
    branch.spawn()
    try:
        answered = _first_answer(branch, sale, token)
        return {"start": answered, "rss": branch.memory_megabytes()}
    finally:
        branch.stop()


def _first_answer(server: Server, sale: Sale, token: str) -> float:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while True:
        server.check()
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            line.request("PUT", PATH + sale.id_text, sale.body, headers)
            status = line.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.002)
            continue
        finally:
            line.close()
        assert status == 201, f"the first sale was answered {status}"
        return time.perf_counter() - server.spawned


def _on_disk(bench: Bench) -> Figures:
    """Bytes by which a number of sales grew the closed ledger, and the journal alone."""
    folder, count = bench.ledger(), bench.extent.catch_up
    before = _sizes(folder)
    with BranchSite(folder, free_port()) as branch:
        tokens = branch.tokens()
        posts = [request(sale, tokens[place % len(tokens)]) for place, sale in enumerate(bench.sales(0, count))]
        outcome = load(Job(port=branch.port, requests=posts, clients=CLIENTS, seconds=SECONDS_MAX, warm=0))
    assert outcome.answers == count, f"{outcome.answers} of {count} sales were answered"
    after = _sizes(folder)
    return {name: (after[name] - before[name]) / count for name in after}


def _sizes(folder: Path) -> Figures:
    connection = sqlite3.connect(folder / LEDGER_FILE)
    try:
        (pages,) = connection.execute("SELECT page_count FROM pragma_page_count").fetchone()
        (free,) = connection.execute("SELECT freelist_count FROM pragma_freelist_count").fetchone()
        (size,) = connection.execute("SELECT page_size FROM pragma_page_size").fetchone()
        (journal,) = connection.execute(
            "SELECT coalesce(sum(length(payload) + length(event_id) + length(hash)), 0) FROM journal"
        ).fetchone()
        (payload,) = connection.execute("SELECT coalesce(sum(length(payload)), 0) FROM journal").fetchone()
    finally:
        connection.close()
    return {"file": float((pages - free) * size), "journal": float(journal), "payload": float(payload)}


def _section(starts: Figures, disk: Figures) -> Section:
    rows = [
        Row("spawn to first durable answer", "s", (starts["start"],), (), "", (Goal(at_most=0.8, stretch=0.5),)),
        Row("gateway memory after its first sale", "MB", (starts["rss"],)),
        Row("ledger file, indexes and all", "B/sale", (disk["file"],), (), "", (Goal(at_most=400, stretch=250),)),
        Row("  of which journal entries", "B/sale", (disk["journal"],)),
        Row("  of which the event itself", "B/sale", (disk["payload"],)),
    ]
    return Section("6. Start, memory, disk", rows)
