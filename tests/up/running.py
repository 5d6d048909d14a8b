"""A real `kontor up` on free ports, for tests: started, asked over HTTP, killed, started again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# A cold start takes about two seconds alone on two cores; a test machine is seldom alone.
READY_SECONDS_MAX = 90.0


def free_ports(count: int) -> list[int]:
    """Ports in a row that nobody uses at this moment, below the range the kernel gives out by itself."""
    for first in range(21000 + os.getpid() % 5000, 32000, count):
        doors = [socket.socket() for _ in range(count)]
        try:
            for offset, door in enumerate(doors):
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                door.bind(("127.0.0.1", first + offset))
        except OSError:
            continue
        else:
            return [first + offset for offset in range(count)]
        finally:
            for door in doors:
                door.close()
    raise AssertionError("no free ports")


class RunningUp:
    """One home, and the `kontor up` that runs in it."""

    def __init__(self, home: Path, *options: str, branches: int = 1) -> None:
        """Chooses ports; starts nothing."""
        self.home = home
        self.branches = branches
        self.options = options
        self.nats_port, self.hq_port, self.branch_port, *_ = free_ports(2 + branches)
        self.output = home.parent / f"{home.name}.out"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *more: str) -> list[str]:
        """The command line."""
        ports = [f"--branch-port={self.branch_port}", f"--hq-port={self.hq_port}", f"--nats-port={self.nats_port}"]
        return [*KONTOR, "up", "--home", str(self.home), f"--branches={self.branches}", *ports, *self.options, *more]

    def start(self) -> float:
        """Starts it and waits for `ready`; answers how long that took."""
        began = time.monotonic()
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                self.command(), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
            )
        until(lambda: "\nready" in self.said() or self.process.poll() is not None, READY_SECONDS_MAX, self.explain)
        assert "\nready" in self.said(), self.explain()
        return time.monotonic() - began

    def said(self) -> str:
        """All it printed."""
        return self.output.read_text(encoding="utf-8") if self.output.exists() else ""

    def explain(self) -> str:
        """For a failed test: what it printed, and the ends of its children's logs."""
        logs = [
            f"--- {log}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
            for log in self.home.glob("*/log/*.log")
        ]
        return "\n".join([self.said(), *logs])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stops it and answers its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """As a power cut would: the whole process group at once."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)

    def children(self) -> dict[str, int]:
        """Process numbers by `site/program`."""
        record = json.loads((self.home / "up.json").read_text(encoding="utf-8"))
        found = {}
        for child in record["children"]:
            folder = next((Path(part).parent.name for part in child["command"] if part.startswith(str(self.home))), "")
            found[f"{folder}/{child['name']}"] = child["pid"]
        return found

    def token(self, site: str = "b001", role: str = "admin") -> str:
        """From the command, as a script would."""
        asked = subprocess.run(
            [*KONTOR, "token", "--home", str(self.home), "--site", site, "--role", role],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return asked.stdout.strip()

    def ask(self, port: int, method: str, path: str, *, token: str = "", body: object = None) -> tuple[int, Any]:
        """One request; status 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()
        return response.status, json.loads(text) if text else None

    def healthy(self, port: int) -> bool:
        """Does the site on that port say it is well."""
        return self.ask(port, "GET", "/api/v1/health")[0] == 200


@contextmanager
def running_up(home: Path, *options: str, branches: int = 1) -> Iterator[RunningUp]:
    """A `kontor up` that is gone at the end of the block, whatever happened in it."""
    up = RunningUp(home, *options, branches=branches)
    try:
        up.start()
        yield up
    finally:
        up.kill()


def until(true: Callable[[], bool], seconds: float, explain: Callable[[], str] = lambda: "") -> float:
    """Waits for something to become true; answers how long it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"did not happen within {seconds} s\n{explain()}"
        time.sleep(0.02)
    return time.monotonic() - began


KONTOR = (sys.executable, "-m", "gateway")
