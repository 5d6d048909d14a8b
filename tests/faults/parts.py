"""The real parts of a small chain, each a process of the test's own: nats-server, headquarters, one branch.

Unlike `kontor up` nobody restarts a part but the test, and each may live on a disk, a clock or a line of its own.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.crash.story import SKUS, Client
from tests.replication.nats_process import nats_server_path
from tests.whole_shop import ask, every_row

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 120.0
CONVERGE_SECONDS_MAX = 180.0
SELL_SECONDS_MAX = 120.0
END_SECONDS_MAX = 60.0
"""All far above what they take: a machine that is busy with other things is no fault of the product."""


def free_port() -> int:
    """A port nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Part:
    """One process: started, stopped, killed, frozen; its words are in a log file."""

    def __init__(self, name: str, logs: Path, port: int) -> None:
        self.name, self.port = name, port
        self.log = logs / f"{name}.log"
        self.environment: dict[str, str] = {}
        self.prefix: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What is run."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start without waiting."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.prefix, *self.command()], stdout=log, stderr=log, cwd=ROOT, env=os.environ | self.environment
            )

    def start(self) -> None:
        """Start and wait until it answers."""
        self.launch()
        ends_at = time.monotonic() + READY_SECONDS_MAX
        while not self.answers():
            assert self.running, f"{self.name} ended with {self.code}:\n{self.said()[-3000:]}"
            assert time.monotonic() < ends_at, f"{self.name} is not ready:\n{self.said()[-3000:]}"
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended."""
        return None if self._process is None else self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP, SIGCONT and the like."""
        if self.running and self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self, seconds: float = END_SECONDS_MAX) -> int:
        """Until it ends; the code."""
        assert self._process is not None
        return self._process.wait(timeout=seconds)

    def stop(self) -> float:
        """SIGTERM, and wait; how long it took."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        self.wait()
        return time.monotonic() - began

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class NatsServer(Part):
    """A nats-server with a store of its own."""

    def __init__(
        self, folder: Path, logs: Path, *, sync: str = "always", program: str | None = None, extra: str = ""
    ) -> None:
        super().__init__("nats", logs, free_port())
        self.folder, self._sync, self._extra = folder, sync, extra
        self._program = program or nats_server_path()

    def command(self) -> list[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.log.with_name("nats.conf")
        interval = f"sync_interval: {self._sync}," if self._sync else ""
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: 1MB\n'
            f'jetstream {{ store_dir: "{self.folder}", {interval} max_file_store: 2GB }}\n{self._extra}\n'
        )
        return [self._program, "-c", str(config)]


class Site(Part):
    """A branch or headquarters."""

    def __init__(self, name: str, verb: str, folder: Path, logs: Path, settings: str) -> None:
        super().__init__(name, logs, free_port())
        self.folder = folder
        self._verb, self.settings = verb, settings
        self.config = logs / name / "config.toml"
        self._token = ""

    def command(self) -> list[str]:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            f'[site]\nid = "{self.name}"\nname = "{self.name}"\ndata = "{self.folder}"\n\n'
            f'[web]\nhost = "127.0.0.1"\nport = {self.port}\n\n{self.settings}\n'
        )
        return [sys.executable, "-m", "gateway", self._verb, "--config", str(self.config)]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/api/v1/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    @property
    def token(self) -> str:
        """An admin's token; made before the disk is broken."""
        if not self._token:
            home = self.folder.parent
            assert self.folder.name == self.name, "kontor token looks for the folder by the site's name"
            command = [
                sys.executable,
                "-m",
                "gateway",
                "token",
                "--home",
                str(home),
                "--site",
                self.name,
                "--role",
                "admin",
            ]
            self._token = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
        return self._token

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request."""
        return ask(self.port, self.token, method, path, body)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        return every_row(self.port, self.token, path)

    def health(self) -> dict[str, Any]:
        """What it says of itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/api/v1/health")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()


class Chain:
    """One branch, headquarters and the server between them. `disks` puts a part's data elsewhere."""

    def __init__(
        self,
        folder: Path,
        *,
        disks: Mapping[str, Path] | None = None,
        nats: NatsServer | None = None,
        line: Callable[[int], int] = lambda port: port,
        hq_line: Callable[[int], int] = lambda port: port,
    ) -> None:
        disks = disks or {}
        logs = folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.nats = nats or NatsServer(disks.get("nats", folder / "nats"), logs)
        url = f"nats://127.0.0.1:{line(self.nats.port)}"
        self.hq = Site(
            "hq", "headquarters", disks.get("hq", folder) / "hq", logs,
            f'[nats]\nurl = "nats://127.0.0.1:{hq_line(self.nats.port)}"\nreconnect_seconds_max = 1\n',
        )  # fmt: skip
        self.branch = Site(
            "b001", "serve", disks.get("branch", folder) / "b001", logs,
            f'[headquarters]\nnats_url = "{url}"\nreconnect_seconds_max = 1\n',
        )  # fmt: skip
        self.parts: tuple[Part, ...] = (self.nats, self.hq, self.branch)
        self.clients: list[Client] = []

    def start(self) -> "Chain":
        """Everything up, with goods in the branch."""
        for part in self.parts:
            part.start()
        for sku in SKUS:
            status, answer = self.branch.ask("PUT", f"/items/{sku}", {"name": sku, "unit": "piece", "price": 100})
            assert status in {200, 201}, answer
        lines = [{"item": sku, "quantity": "900000"} for sku in SKUS]
        status, answer = self.branch.ask(
            "PUT", f"/documents/{uuid.uuid4()}", {"type": "opening_balance", "lines": lines}
        )
        assert status == 201, answer
        _ = self.hq.token
        return self

    def sell(self, clients: int = 2, *, seed: int = 1) -> list[Client]:
        """Tills that sell until `enough`, and never give a sale up."""
        made = [Client(self.branch.port, self.branch.token, seed + number) for number in range(clients)]
        for client in made:
            client.start()
        self.clients += made
        return made

    def sold(self) -> int:
        """Sales acknowledged so far."""
        return sum(len(client.acknowledged) for client in self.clients)

    def sell_more(self, count: int, seconds: float = SELL_SECONDS_MAX) -> None:
        """Wait until so many more were acknowledged."""
        goal, ends_at = self.sold() + count, time.monotonic() + seconds
        while self.sold() < goal:
            assert time.monotonic() < ends_at, f"only {self.sold()} of {goal} sold:\n{self.branch.said()[-2000:]}"
            time.sleep(0.02)

    def enough(self) -> None:
        """Tills finish the sale they are at."""
        for client in self.clients:
            client.enough.set()
        for client in self.clients:
            client.join(timeout=SELL_SECONDS_MAX)
            assert not client.is_alive(), "a till still waits for its answer"
            assert client.wrong == [], client.wrong[:3]

    def converged(self, seconds: float = CONVERGE_SECONDS_MAX) -> float:
        """Wait until headquarters has applied the branch's head; how long it took."""
        return self._until(lambda applied: applied == self.head(), seconds)

    def caught_up(self) -> float:
        """Until headquarters has what the branch has now, while tills go on."""
        head = self.head()
        return self._until(lambda applied: applied >= head, CONVERGE_SECONDS_MAX)

    def head(self) -> int:
        """The branch's newest entry."""
        found: int = self.branch.ask("GET", "/replication")[1]["head_seq"]
        return found

    def _until(self, enough: Callable[[int], bool], seconds: float) -> float:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            with contextlib.suppress(OSError, http.client.HTTPException):
                rows = self.hq.rows("/branches")
                if enough(next((row["applied_seq"] for row in rows if row["branch"] == self.branch.name), 0)):
                    return time.monotonic() - began
            time.sleep(0.1)
        states = self.branch.ask("GET", "/replication")[1], self.hq.rows("/branches")
        said = "\n".join(part.said()[-1500:] for part in (self.branch, self.hq, self.nats))
        raise AssertionError(f"headquarters did not catch up\n{states}\n{said}")

    def count(self) -> tuple[int, int]:
        """(lost, doubled) of the acknowledged sales, at the branch and at headquarters; both ledgers must verify."""
        acknowledged = {key for client in self.clients for key in client.acknowledged}
        lost = doubled = 0
        for site, path in ((self.branch, "/documents?type=sale"), (self.hq, "/documents?branch=b001&type=sale")):
            ids = [row["id"] for row in site.rows(path)]
            lost += len(acknowledged - set(ids))
            doubled += len(ids) - len(set(ids))
        assert verify_branch(self.branch.folder) == ()
        assert verify_headquarters(self.hq.folder) == ()
        return lost, doubled

    def close(self) -> None:
        """End everything that still runs."""
        for client in self.clients:
            client.enough.set()
        for part in reversed(self.parts):
            part.signal(signal.SIGCONT)
            part.signal(signal.SIGKILL)
        for part in self.parts:
            if part.code is None and part.running:
                part.wait()


def verify_branch(folder: Path) -> tuple[str, ...]:
    """What differs in a branch's ledger."""
    from gateway.store.verify import verify_site

    return verify_site(folder).differences


def verify_headquarters(folder: Path) -> tuple[str, ...]:
    """What differs in headquarters' database."""
    from replication.headquarters.stores.verify import verify_site

    return verify_site(folder).differences
