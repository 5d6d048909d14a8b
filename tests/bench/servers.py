"""Programs under measurement: started on a free port in a folder of their own, asked for CPU and memory, stopped.

A branch and headquarters are the real `kontor` commands with real settings; a peer is any command that listens.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Tokens, read_or_create_key
from gateway.up.nats_server import find_nats_server
from tests.bench.sales import PATH, receipts

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 15.0
POLL_SECONDS = 0.002
SETTLE_SECONDS = 0.7
"""Longer than a branch waits with compiling its templates after it has started."""
SETTLE_SECONDS_MAX = 5.0
BRANCH = "b001"
TOKENS = 64
"""Tokens a load takes turns with: the contract allows each of them 500 requests a second."""
ROOT = Path(__file__).resolve().parents[2]


class ServerError(Exception):
    """A program did not start, or ended before it was asked to; carries the end of its log."""


def free_port() -> int:
    """A port nobody uses at this moment."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Server:
    """One program, its log and its port. Use as a context."""

    name = "server"

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self.spawned = 0.0

    def command(self) -> Sequence[str]:
        """How the program is started."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it finds in its environment; one heap, as the systemd units have it, for peers as well."""
        return {**os.environ, "KONTOR_LOG_LEVEL": "WARNING", "MALLOC_ARENA_MAX": "1"}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until the port answers. Raises ServerError."""
        self.spawn()
        while not self._is_open():
            self.check()
            time.sleep(POLL_SECONDS)

    def spawn(self) -> None:
        """Start without waiting."""
        self.spawned = time.perf_counter()
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment()
            )

    def settle(self) -> None:
        """Wait until it is idle: what a program does once after its start belongs to no sale."""
        until = time.perf_counter() + SETTLE_SECONDS_MAX
        used = self.cpu_seconds()
        while time.perf_counter() < until:
            time.sleep(SETTLE_SECONDS)
            now = self.cpu_seconds()
            if now - used < SETTLE_SECONDS / 20:
                return
            used = now

    def stop(self) -> None:
        """End it as systemd would."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def cpu_seconds(self) -> float:
        """CPU the program has used so far, its children included."""
        return sum(sum(process.cpu_times()[:2]) for process in self._family())

    def memory_megabytes(self) -> float:
        """Resident memory now, its children included."""
        return sum(process.memory_info().rss for process in self._family()) / 1e6

    def _family(self) -> list[psutil.Process]:
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def _is_open(self) -> bool:
        with socket.socket() as door:
            return door.connect_ex(("127.0.0.1", self.port)) == 0

    def check(self) -> None:
        """Raises ServerError when it ended, or takes too long to answer."""
        assert self.process is not None
        waited = time.perf_counter() - self.spawned
        if self.process.poll() is not None or waited > START_SECONDS_MAX:
            log = (self.folder / f"{self.name}.log").read_text(encoding="utf-8", errors="replace")
            ended = (
                f"ended with {self.process.returncode}" if self.process.returncode is not None else "does not answer"
            )
            raise ServerError(f"{self.name} {ended} after {waited:.1f} s:\n{log[-3000:]}")


class Program(Server):
    """A peer: any command line."""

    def __init__(self, name: str, folder: Path, port: int, command: Sequence[str], **environment: str) -> None:
        super().__init__(folder, port)
        self.name = name
        self._command = command
        self._environment = environment

    def command(self) -> Sequence[str]:
        return self._command

    def environment(self) -> dict[str, str]:
        return {**super().environment(), **self._environment}


class NatsServer(Server):
    """JetStream as `kontor up` runs it: an acknowledgement means "on the disk"."""

    name = "nats-server"

    @property
    def url(self) -> str:
        """Where sites find it."""
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        program = find_nats_server()
        if program is None:
            raise ServerError("no nats-server program; `make setup` installs it")
        config = self.folder / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: 1MB\n'
            f'jetstream {{ store_dir: "{self.folder / "jetstream"}", sync_interval: always, max_mem: 64MB, max_file: 4GB }}\n',
            encoding="utf-8",
        )
        return (str(program), "-c", str(config))


class Site(Server):
    """A branch or headquarters, with tokens for it."""

    site = ""

    def tokens(self, role: Role = Role.CASHIER, count: int = TOKENS) -> list[str]:
        """API tokens as `kontor token` prints them."""
        tokens = Tokens(read_or_create_key(self.folder), self.site)
        return [tokens.issue(role=role, person=f"till-{number}", issued=int(time.time())) for number in range(count)]

    def ask(self, path: str) -> Any:
        """The JSON, or text, of a page of the API."""
        (token,) = self.tokens(Role.ADMIN, 1)
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            said = answer.read().decode()
            return json.loads(said) if "json" in answer.headers["content-type"] else said

    def events(self, topics: str = "") -> list[bytes]:
        """The request of one open page for its event stream."""
        (token,) = self.tokens(Role.ADMIN, 1)
        return [
            f"GET /api/v1/events?topics={topics} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        ]


class BranchSite(Site):
    """`kontor serve`: everything on but devices."""

    name = "kontor-serve"
    site = BRANCH

    def __init__(self, folder: Path, port: int, nats: NatsServer | None = None) -> None:
        super().__init__(folder, port)
        self.nats = nats

    def command(self) -> Sequence[str]:
        line = f'[headquarters]\nnats_url = "{self.nats.url}"\nreconnect_seconds_max = 1\n' if self.nats else ""
        config = self.folder / "config.toml"
        config.write_text(
            f'[site]\nid = "{self.site}"\nname = "Bench"\ncurrency = "CNY"\ntime_zone = "Asia/Shanghai"\ndata = "."\n'
            f'[web]\nhost = "127.0.0.1"\nport = {self.port}\n{line}',
            encoding="utf-8",
        )
        return (sys.executable, "-m", "gateway", "serve", "--config", str(config))

    def meet_goods(self, items: int) -> None:
        """Post receipts of all goods: its caches are those of an open shop, no longer those of its start."""
        (token,) = self.tokens(Role.ADMIN, 1)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for receipt in receipts(items):
            url = f"http://127.0.0.1:{self.port}{PATH}{receipt.id_text}"
            with urllib.request.urlopen(urllib.request.Request(url, receipt.body, headers, method="PUT"), timeout=10):
                pass


class HeadquartersSite(Site):
    """`kontor headquarters`."""

    name = "kontor-headquarters"
    site = "hq"

    def __init__(self, folder: Path, port: int, nats: NatsServer) -> None:
        super().__init__(folder, port)
        self.nats = nats

    def command(self) -> Sequence[str]:
        config = self.folder / "config.toml"
        config.write_text(
            f'[site]\nid = "hq"\nname = "Headquarters"\ndata = "."\ncurrency = "CNY"\ntime_zone = "Asia/Shanghai"\n'
            f'[web]\nhost = "127.0.0.1"\nport = {self.port}\n[nats]\nurl = "{self.nats.url}"\nreconnect_seconds_max = 1\n',
            encoding="utf-8",
        )
        return (sys.executable, "-m", "gateway", "headquarters", "--config", str(config))


def wait_until(what: str, is_so: Any, seconds: float = 60.0, pause: float = 0.02) -> None:
    """Ask again and again. Raises ServerError when it takes too long."""
    until = time.perf_counter() + seconds
    while True:
        try:
            if is_so():
                return
        except (OSError, urllib.error.URLError):
            pass
        if time.perf_counter() > until:
            raise ServerError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(pause)
