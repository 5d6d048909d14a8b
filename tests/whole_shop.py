"""A real `kontor up` in a process of its own, for the tests that need the whole shop; and how to ask its API."""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil

READY_SECONDS_MAX = 90.0
ANSWER_SECONDS_MAX = 5.0
"""A client gives up on an answer after this and asks again with the same id."""


class WholeShop:
    """One home with headquarters, NATS and branches, as `kontor up` runs it; `options` are passed on to it."""

    def __init__(self, home: Path, *, branches: int = 2, options: tuple[str, ...] = ()) -> None:
        self.home = home
        self.said: list[str] = []
        self._branches, self._options = branches, options
        self.hq_port, self.nats_port = _free_port(), _free_port()
        self.branch_port = _free_run_of_ports(branches)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start `kontor up` and wait for its line that says ready."""
        command = [
            sys.executable, "-m", "gateway", "up", "--home", str(self.home), "--branches", str(self._branches),
            "--branch-port", str(self.branch_port), "--hq-port", str(self.hq_port), "--nats-port", str(self.nats_port),
            *self._options,
        ]  # fmt: skip
        log = (self.home.parent / "up.log").open("a")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        log.close()
        self._process = process
        said = self.said = []
        watchdog = threading.Timer(READY_SECONDS_MAX, process.kill)
        watchdog.start()
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.startswith("ready"):
                watchdog.cancel()
                return
        watchdog.cancel()
        raise AssertionError(
            f"kontor up was not ready:\n{''.join(said)}\n{(self.home.parent / 'up.log').read_text()[-3000:]}"
        )

    def kill_everything(self) -> None:
        """SIGKILL to the supervisor and every descendant, in an order nobody planned."""
        assert self._process is not None
        victims = [psutil.Process(self._process.pid)]
        victims += victims[0].children(recursive=True)
        for victim in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def stop(self) -> int:
        """Ask it to stop as a person would, and give its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill_everything()
            raise
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def token(self, site: str) -> str:
        """An admin's API token for a site."""
        command = [
            sys.executable,
            "-m",
            "gateway",
            "token",
            "--home",
            str(self.home),
            "--site",
            site,
            "--role",
            "admin",
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`kontor verify` over all sites."""
        command = [sys.executable, "-m", "gateway", "verify", "--home", str(self.home)]
        return subprocess.run(command, check=False, capture_output=True, text=True)


def ask(port: int, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request on a connection of its own; raises OSError or HTTPException while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def every_row(port: int, token: str, path: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        joint = "&" if "?" in path else "?"
        status, page = ask(port, token, "GET", f"{path}{joint}limit=1000{after}")
        assert status == 200, page
        rows += page["rows"]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _free_run_of_ports(length: int) -> int:
    """The first of `length` neighbouring ports that are free now."""
    while True:
        first = _free_port()
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + length):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
