"""From a scanner's last byte to the event on a till's page, through a real line and a real branch; and what a device takes of memory.

The baseline is the line alone: the same bytes on the same kind of pseudo-terminal, read by a thread that does nothing else.
"""

import os
import select
import socket
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path

from tests.bench.figures import medians
from tests.bench.posting import Figures
from tests.bench.report import Goal, Row, Section, say
from tests.bench.sales import barcode
from tests.bench.servers import BranchSite, ServerError, free_port, wait_until
from tests.bench.setting import Bench

DEVICES = 40
"""Far above a counter's; one of them is scanned with."""
PAUSE_SECONDS = 0.02
"""Between two scans: quicker than any hand, and each is over before the next."""
WAIT_SECONDS_MAX = 5.0


def measure(bench: Bench) -> list[Section]:
    """All rounds, then the table."""
    rounds = []
    for number in range(bench.extent.rounds):
        say(f"counter: round {number + 1} of {bench.extent.rounds}")
        rounds.append(_round(bench))
    found = medians(rounds)
    row = Row(
        "scan to the till's event, p50 / p99", "ms", (found["p50"], found["p99"]), (found["line_p50"], found["line_p99"]),
        "the line alone", (Goal(at_most=50, part=1),),
    )  # fmt: skip
    return [Section("10. A counter", [row, Row("memory of a device", "kB", (found["memory"],))])]


class Line:
    """A pseudo-terminal of a scanner: we hold its end."""

    def __init__(self) -> None:
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.path = os.ttyname(self.near)

    def close(self) -> None:
        os.close(self.far)
        os.close(self.near)


class Counter(BranchSite):
    """A branch with scanners, the first of them at a till."""

    def __init__(self, folder: Path, port: int, lines: list[Line]) -> None:
        super().__init__(folder, port)
        self._lines = lines

    def command(self) -> list[str]:
        command = list(super().command())
        devices = "".join(
            f'[[devices]]\nname = "scanner-{number}"\ndriver = "serial-scanner"\ntransport = "serial"\npath = "{line.path}"\n'
            for number, line in enumerate(self._lines)
        )
        station = '[[stations]]\nname = "till-1"\nscanner = "scanner-0"\n'
        config = Path(command[-1])
        config.write_text(config.read_text("utf-8") + devices + station, "utf-8")
        return command

    def heard(self) -> bool:
        """Whether all of them are open."""
        rows = self.ask("/api/v1/devices?limit=100")["rows"]
        return len(rows) == len(self._lines) and all(row["state"] == "online" for row in rows)


def _round(bench: Bench) -> Figures:
    lines = [Line() for _ in range(DEVICES)]
    try:
        with Counter(bench.ledger(), free_port(), lines) as branch:
            wait_until("the scanners are open", branch.heard)
            bench.settle(branch)
            ours = _scans(bench, branch, lines[0])
        bare = _bare(bench)
    finally:
        for line in lines:
            line.close()
    return {"memory": _memory(), **_points("", ours), **_points("line_", bare)}


def _memory() -> float:
    """Kilobytes, by a program of its own."""
    command = [sys.executable, "-m", "tests.bench.device_memory"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise ServerError(f"tests.bench.device_memory: {done.stderr.strip()[-400:]}")
    return float(done.stdout)


def _scans(bench: Bench, branch: Counter, line: Line) -> list[float]:
    """Milliseconds from writing a code to its event, one after another."""
    found = []
    with socket.create_connection(("127.0.0.1", branch.port)) as page:
        (request,) = branch.events("scan")
        page.sendall(request)
        page.settimeout(WAIT_SECONDS_MAX)
        _until(page, b"\r\n\r\n")
        for number in range(_count(bench)):
            code = barcode(number % bench.extent.items)
            began = time.perf_counter()
            os.write(line.far, code.encode() + b"\r")
            _until(page, code.encode())
            found.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE_SECONDS)
    return found


def _until(page: socket.socket, said: bytes) -> None:
    heard = b""
    while said not in heard:
        try:
            data = page.recv(65_536)
        except TimeoutError:
            raise ServerError(f"no event of {said!r} within {WAIT_SECONDS_MAX} s") from None
        if not data:
            raise ServerError("the stream of events ended")
        heard += data


def _bare(bench: Bench) -> list[float]:
    """The same bytes on a line of its own, to a reader that waits for nothing else."""
    line, came = Line(), threading.Semaphore(0)
    seen: list[float] = []

    def read() -> None:
        for _ in range(_count(bench)):
            held = b""
            while not held.endswith(b"\r"):
                select.select([line.near], [], [])
                held += os.read(line.near, 4096)
            seen.append(time.perf_counter())
            came.release()

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    found = []
    for number in range(_count(bench)):
        began = time.perf_counter()
        os.write(line.far, barcode(number % bench.extent.items).encode() + b"\r")
        if not came.acquire(timeout=WAIT_SECONDS_MAX):
            raise ServerError("the line alone was silent")
        found.append((seen[-1] - began) * 1000)
        time.sleep(PAUSE_SECONDS)
    reading.join(WAIT_SECONDS_MAX)
    line.close()
    return found


def _count(bench: Bench) -> int:
    return min(500, max(5, bench.extent.lookups // 20))


def _points(prefix: str, milliseconds: list[float]) -> Figures:
    ordered = sorted(milliseconds)
    return {f"{prefix}p50": ordered[len(ordered) // 2], f"{prefix}p99": ordered[len(ordered) * 99 // 100]}
