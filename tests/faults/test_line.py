"""What a line may do between a branch, nats-server and headquarters; the tills must not notice any of it."""

import asyncio
import http.client
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import psutil
import pytest

from replication.link import LineDown, LineUp
from replication.nats_link import NatsBranchLink, NatsSettings, supervisor
from tests.crash.story import SKUS
from tests.faults.chaos_line import ChaosLine, Way
from tests.faults.conftest import Tell
from tests.faults.pace import Pace
from tests.faults.parts import Chain
from tests.replication.nats_process import NatsProcess

pytestmark = [pytest.mark.needs("nats-server")]

HALF_OPEN_SECONDS_MAX = 60.0
"""45 s by the settings, and what a busy machine adds."""
STALL_SECONDS, SLOW_SECONDS = 2.5, 5.0
SOLD_MEANWHILE_MIN = 5
"""While a line is broken, which is seconds at a time: a till that waited for the line would come to one or two."""
ENDS_SECONDS_MAX = 20.0
"""Ten are promised; the rest is for a machine with much else to do. A process that waits for the line never ends."""
LEAK_FILES_MAX = 10
LEAK_BYTES_MAX = 40 * 1024 * 1024


class Wired:
    """A chain whose two lines to the server can be broken."""

    def __init__(self, folder: Path) -> None:
        self.lines: dict[str, ChaosLine] = {}

        def through(name: str) -> Callable[[int], int]:
            def wire(port: int) -> int:
                line = self.lines[name] = ChaosLine(port)
                line.__enter__()
                return line.port

            return wire

        self.chain = Chain(folder, line=through("branch"), hq_line=through("hq"))
        self.chain.start()

    def close(self) -> None:
        self.chain.close()
        for line in self.lines.values():
            line.__exit__()


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    made = Wired(tmp_path_factory.mktemp("wired"))
    yield made
    made.close()


class Till(threading.Thread):
    """Sells up to ten a second, one after the other."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(daemon=True)
        self.chain, self.sold = chain, 0
        self.wrong: list[object] = []
        self.enough = threading.Event()

    def run(self) -> None:
        body = {"type": "sale", "lines": [{"item": sku, "quantity": "1"} for sku in SKUS[:5]]}
        while not self.enough.wait(0.1):
            try:
                status, answer = self.chain.branch.ask("PUT", f"/documents/{uuid.uuid4()}", body)
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(error)
                continue
            if status != 201:
                self.wrong.append(answer)
            self.sold += 1


def stalled(line: ChaosLine, *ways: Way) -> None:
    line.stall(*ways)
    time.sleep(STALL_SECONDS)
    line.heal()


def cut_again_and_again(line: ChaosLine) -> None:
    for _ in range(8):
        line.cut()
        time.sleep(0.4)


def far_away(line: ChaosLine) -> None:
    line.slow(latency_seconds=1.0)
    time.sleep(SLOW_SECONDS)
    line.heal()


def narrow(line: ChaosLine) -> None:
    line.slow(bits_per_second=64_000, latency_seconds=0.1)
    time.sleep(SLOW_SECONDS)
    line.heal()


def flapping(line: ChaosLine) -> None:
    for _ in range(6):
        line.refuse()
        time.sleep(1)
        line.heal()
        time.sleep(1)


FAULTS: dict[str, tuple[str, int, Callable[[ChaosLine], None]]] = {
    "stalled both ways for a while": ("20", 1, stalled),
    "stalled towards the server": ("20", 1, lambda line: stalled(line, Way.OUT)),
    "stalled from the server": ("20", 1, lambda line: stalled(line, Way.IN)),
    "cut in the middle": ("20", 8, cut_again_and_again),
    "2 s there and back": ("21", 1, far_away),
    "64 kbit/s": ("21", 1, narrow),
    "flapping, 1 s up and 1 s down": ("22", 6, flapping),
}
SHORT = {("branch", "stalled both ways for a while"), ("branch", "cut in the middle"), ("hq", "cut in the middle")}


@pytest.mark.parametrize(
    ("whose", "fault"),
    [
        pytest.param(whose, fault, marks=() if (whose, fault) in SHORT else pytest.mark.only_in_make_faults)
        for whose in ("branch", "hq")
        for fault in FAULTS
    ],
)
def test_a_broken_line_costs_time_only(wired: Wired, tally: Tell, pace: Pace, whose: str, fault: str) -> None:
    """Rows 20, 21, 22. Whatever the line does, the tills are answered as before, and everything arrives once."""
    row, times, break_line = FAULTS[fault]
    # Both sides of a kind that is one injection a round: five each.
    rounds = pace.rounds(most=-(-10 // times), least=3 if row == "21" else 1)
    till, meanwhile = Till(wired.chain), list[int]()
    till.start()
    for _ in rounds:
        before = till.sold
        break_line(wired.lines[whose])
        meanwhile.append(till.sold - before)
    till.enough.set()
    till.join()
    seconds = wired.chain.converged()
    lost, doubled = wired.chain.count()
    tally(
        row=row, fault=f"line of {whose}: {fault}", injected=rounds.done * times, events=till.sold, lost=lost, doubled=doubled,
        seconds=seconds,
    )  # fmt: skip
    assert till.wrong == []
    assert min(meanwhile) >= SOLD_MEANWHILE_MIN
    assert (lost, doubled) == (0, 0)


@pytest.mark.only_in_make_faults
@pytest.mark.parametrize("whose", ["branch", "hq"])
@pytest.mark.parametrize("ways", [(), (Way.IN,), (Way.OUT,)], ids=["both ways", "from the server", "to the server"])
def test_a_half_open_line_is_noticed_with_the_products_own_settings(
    wired: Wired, tally: Tell, pace: Pace, not_run: Callable[[str], None], whose: str, ways: tuple[Way, ...]
) -> None:
    """Row 20. Nobody says good-bye; what stands is useless. Both ends find out within 45 s and build a new line."""
    if pace.bounded and ways:
        not_run("half-open in one direction takes 45 s a line, and the run is bounded")
    line = wired.lines[whose]
    before = line.connections
    line.half_open(*ways)
    till = Till(wired.chain)
    till.start()
    began = time.monotonic()
    while line.connections == before:
        assert time.monotonic() - began < HALF_OPEN_SECONDS_MAX
        time.sleep(0.1)
    noticed = time.monotonic() - began
    till.enough.set()
    till.join()
    wired.chain.converged()
    lost, doubled = wired.chain.count()
    tally(
        row="20", fault=f"half-open line of {whose}, {'both ways' if not ways else ways[0].value}", injected=1,
        events=till.sold, lost=lost, doubled=doubled, seconds=noticed,
    )  # fmt: skip
    assert till.wrong == []
    assert (lost, doubled) == (0, 0)


@pytest.mark.only_in_make_faults
def test_a_flapping_line_leaks_nothing(wired: Wired, tally: Tell, pace: Pace) -> None:
    """Row 22. A hundred times down and up: the branch holds no more files and hardly more memory than before."""
    process = psutil.Process(wired.chain.branch.process_id)
    line = wired.lines["branch"]
    files, memory = process.num_fds(), process.memory_info().rss
    times = pace.rounds(most=100, least=30)
    for _ in times:
        line.refuse()
        time.sleep(0.2)
        line.heal()
        time.sleep(0.3)
    seconds = wired.chain.converged()
    grown = process.num_fds() - files, process.memory_info().rss - memory
    tally(
        row="22",
        fault="flapping, files and memory counted",
        injected=times.done,
        events=0,
        lost=0,
        doubled=0,
        seconds=seconds,
    )
    assert grown[0] <= LEAK_FILES_MAX
    assert grown[1] <= LEAK_BYTES_MAX


@pytest.mark.parametrize("whose", ["branch", "hq"])
def test_sigterm_ends_a_site_whose_line_is_stuck(wired: Wired, tally: Tell, pace: Pace, whose: str) -> None:
    """Row 50. SIGTERM while the line takes no byte: the process ends and nothing is lost."""
    chain = wired.chain
    part = chain.branch if whose == "branch" else chain.hq
    body = {"type": "sale", "lines": [{"item": sku, "quantity": "1"} for sku in SKUS[:5]]}
    times, sold, slowest, seconds = pace.rounds(most=5, least=5), 0, 0.0, 0.0
    for _ in times:
        wired.lines[whose].stall()
        if whose == "branch":
            sold += sum(chain.branch.ask("PUT", f"/documents/{uuid.uuid4()}", body)[0] == 201 for _ in range(20))
        slowest = max(slowest, part.stop())
        assert part.code == 0
        wired.lines[whose].heal()
        wired.lines[whose].cut()
        part.start()
        seconds = max(seconds, chain.converged())
    lost, doubled = chain.count()
    tally(
        row="50", fault=f"SIGTERM of {whose} on a stuck line ({slowest:.1f} s to end)", injected=times.done, events=sold, lost=lost,
        doubled=doubled, seconds=seconds,
    )  # fmt: skip
    assert slowest < ENDS_SECONDS_MAX
    assert (lost, doubled) == (0, 0)


@pytest.mark.anyio
async def test_a_half_open_line_is_noticed_by_its_pings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tell
) -> None:
    """Row 20. The same with pings every second: an idle client says the line is down, and has a new one at once."""
    monkeypatch.setattr(supervisor, "PING_SECONDS", 1)
    server = NatsProcess(tmp_path / "nats")
    await server.start()
    with ChaosLine(server.port) as line:
        url = f"nats://127.0.0.1:{line.port}"
        link = NatsBranchLink(
            NatsSettings(url=url, name="b001", reconnect_seconds_max=0.2), "b001", jitter=Random(1).random
        )
        heard: list[object] = []
        task = asyncio.create_task(link.run(heard.append))
        while not heard:
            await asyncio.sleep(0.02)
        line.half_open()
        began = time.monotonic()
        while len(heard) < 3:
            assert time.monotonic() - began < 30.0, heard
            await asyncio.sleep(0.02)
        seconds = time.monotonic() - began
        assert [type(one) for one in heard] == [LineUp, LineDown, LineUp]
        await link.close()
        await task
    await server.stop(signal.SIGTERM)
    tally(
        row="20",
        fault="half-open idle line, pings each second",
        injected=1,
        events=0,
        lost=0,
        doubled=0,
        seconds=seconds,
    )
