"""A site's own word on how far a branch is at headquarters: its live events, each noted with the moment it came."""

import json
import socket
import threading
import time
from types import TracebackType
from typing import Self

from tests.bench.servers import BRANCH, ServerError, Site

ARRIVE_SECONDS_MAX = 60.0


class Arrivals:
    """Reads the event stream on a thread of its own, as a page does. Use as a context.

    The topic is `branch` at headquarters, and at the branch itself `replication`, which is what turns a till's second tick.
    """

    def __init__(self, site: Site, topic: str) -> None:
        self._seen: list[tuple[int, float]] = []
        self._news = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", site.port))
        (request,) = site.events(topic)
        self._socket.sendall(request)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def wait_for(self, seq: int) -> tuple[int, float]:
        """The first entry at or after `seq` that was shown, and the moment it was. Raises ServerError."""
        until = time.perf_counter() + ARRIVE_SECONDS_MAX
        with self._news:
            while True:
                for applied, at in self._seen:
                    if applied >= seq:
                        return applied, at
                if not self._news.wait(until - time.perf_counter()):
                    raise ServerError(f"entry {seq} was not shown within {ARRIVE_SECONDS_MAX:.0f} s")

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            at = time.perf_counter()
            *lines, rest = (rest + data).split(b"\n")
            applied = [seq for line in lines if (seq := self._applied(line)) is not None]
            if applied:
                with self._news:
                    self._seen += [(seq, at) for seq in applied]
                    self._news.notify_all()

    @staticmethod
    def _applied(line: bytes) -> int | None:
        if not line.startswith(b"data: {"):
            return None
        told = json.loads(line[6:])
        return int(told["applied_seq"]) if "applied_seq" in told and told.get("branch", BRANCH) == BRANCH else None
