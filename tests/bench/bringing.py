"""A whole shop brought in as tables, with one till selling meanwhile: how long it takes, how long a sale waits, and the memory."""

import contextlib
import http.client
import json
import statistics
import threading
import time
import uuid
from collections.abc import Iterator

import psutil

from admin_ui.serving.roles import Role
from tests.bench.report import Goal, Row, Section, say
from tests.bench.servers import BranchSite, ServerError, free_port
from tests.bench.setting import Bench

SOLD = tuple(f"till-{place}" for place in range(5))
SALE = json.dumps({"type": "sale", "lines": [{"item": sku, "quantity": "1"} for sku in SOLD]}).encode()
SALE_PAUSE_SECONDS = 0.02
"""Between two sales of the one till: quicker than any cashier, slow enough to leave the writer to the import."""
LOOK_SECONDS = 0.02
DONE_SECONDS_MAX = 900.0
COMPONENTS = 3

Waits = list[float]


def tables(rows: int) -> Iterator[tuple[str, bytes]]:
    """Items with a barcode each, a pack of each, what is there of each, and a dish for each tenth with a step."""
    skus = [f"bench-{place:05d}" for place in range(rows)]
    lines = [f"{sku},Item {place},商品 {place},piece,{place % 900}.50,X{place:07d}\n" for place, sku in enumerate(skus)]
    yield "items", ("sku,name,name_zh,unit,price,barcodes\n" + "".join(lines)).encode()
    yield "barcodes", ("sku,barcode,unit,factor\n" + "".join(f"{sku},P{sku},box,12\n" for sku in skus)).encode()
    yield "balances", ("sku,quantity,cost\n" + "".join(f"{sku},500,3.20\n" for sku in skus)).encode()
    made = range(COMPONENTS, len(skus), 10)
    dishes = [
        "".join(f"{skus[at]},{skus[at - step]},0.{step},\n" for step in range(1, COMPONENTS + 1))
        + f"{skus[at]},,,Cook\n"
        for at in made
    ]
    yield "recipes", ("code,component,quantity,step\n" + "".join(dishes)).encode()


def measure(bench: Bench) -> list[Section]:
    """One run: a shop is brought in once."""
    rows = bench.extent.grown_items // 4
    sections = []
    with BranchSite(bench.scratch("brought"), free_port()) as branch:
        (token,) = branch.tokens(Role.ADMIN, 1)
        figures: dict[str, dict[str, float]] = {}
        for sku in SOLD:
            _ask(branch, token, "PUT", f"items/{sku}", b'{"name": "Sold", "unit": "piece", "price": 100}')
        stock = {"type": "opening_balance", "lines": [{"item": sku, "quantity": "900000"} for sku in SOLD]}
        _ask(branch, token, "PUT", f"documents/{uuid.uuid4()}", json.dumps(stock).encode())
        with _till(branch, token) as alone:
            time.sleep(bench.extent.seconds)
        for kind, data in tables(rows):
            say(f"imports: {kind}")
            with _till(branch, token) as waits, _memory(branch) as memory:
                figures[kind] = _bring(branch, token, kind, data) | {"rows": data.count(b"\n") - 1}
            figures[kind] |= _waited(waits) | {"rise": max(memory) - memory[0]}
    by_itself = _waited(alone)
    for kind, found in figures.items():
        sections.append(Section(f"8. Import of {int(found['rows']):,} rows of {kind}", [
            Row("read and judged / staged and applied", "s", (found["judged"], found["applied"])),
            Row("a sale beside it, median / longest", "ms", (found["p50"], found["longest"]),
                (by_itself["p50"], by_itself["longest"]), "alone", (Goal(at_most=100, part=1),)),
            Row("memory while it went on, the reading process included", "MB more", (found["rise"],), (), "",
                (Goal(at_most=768),)),
        ]))  # fmt: skip
    return sections


def _waited(waits: Waits) -> dict[str, float]:
    """In milliseconds; a table that is in before anybody bought says nothing."""
    nothing = float("nan")
    return {
        "p50": statistics.median(waits) * 1000 if waits else nothing, "longest": max(waits, default=nothing) * 1000,
    }  # fmt: skip


def _bring(branch: BranchSite, token: str, kind: str, data: bytes) -> dict[str, float]:
    began = time.perf_counter()
    told = _ask(branch, token, "POST", f"imports/{kind}?dry_run=true", data)
    judged = time.perf_counter() - began
    if told["bad_row_count"]:
        raise ServerError(f"{kind}: {told['bad_rows'][:3]}")
    name = uuid.uuid4()
    began = time.perf_counter()
    _ask(branch, token, "POST", f"imports/{kind}?id={name}", data)
    while _ask(branch, token, "GET", f"imports/{name}")["state"] != "done":
        if time.perf_counter() - began > DONE_SECONDS_MAX:
            raise ServerError(f"the import of {kind} does not end")
        time.sleep(LOOK_SECONDS * 5)
    # The second time it was read and judged as well.
    return {"judged": judged, "applied": time.perf_counter() - began - judged}


def _ask(branch: BranchSite, token: str, method: str, path: str, body: bytes | None = None) -> dict[str, object]:
    line = http.client.HTTPConnection("127.0.0.1", branch.port, timeout=DONE_SECONDS_MAX)
    try:
        line.request(method, f"/api/v1/{path}", body, {"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        said = json.loads(answer.read())
    finally:
        line.close()
    if answer.status >= 300:
        raise ServerError(f"{path}: {answer.status} {said}")
    assert isinstance(said, dict)
    return said


@contextlib.contextmanager
def _till(branch: BranchSite, token: str) -> Iterator[Waits]:
    """A till that sells one sale after another; how long each took."""
    waits: Waits = []
    enough = threading.Event()

    def sell() -> None:
        line = http.client.HTTPConnection("127.0.0.1", branch.port, timeout=60)
        while not enough.wait(SALE_PAUSE_SECONDS):
            began = time.perf_counter()
            line.request("PUT", f"/api/v1/documents/{uuid.uuid4()}", SALE, {"Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            said = answer.read()
            if answer.status != 201:
                raise ServerError(f"a sale: {answer.status} {said[:300]!r}")
            waits.append(time.perf_counter() - began)
        line.close()

    thread = threading.Thread(target=sell)
    thread.start()
    try:
        yield waits
    finally:
        enough.set()
        thread.join()


@contextlib.contextmanager
def _memory(branch: BranchSite) -> Iterator[Waits]:
    """Resident megabytes, looked at again and again; the first is from before."""
    found = [branch.memory_megabytes()]
    enough = threading.Event()

    def look() -> None:
        while not enough.wait(LOOK_SECONDS):
            with contextlib.suppress(psutil.Error):  # the reader may end while it is looked at
                found.append(branch.memory_megabytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        enough.set()
        thread.join()
