"""The load generator, a process of its own: keep-alive connections that send prepared bytes and time each answer.

    python -m tests.bench.load < job        (msgpack of `Job`; JSON of `Outcome` on stdout)

Every answer's status is checked; one that is not expected ends the run with its text. Latencies are those of answers
within the window, after the warm-up.
"""

import asyncio
import gc
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop

from tests.bench.figures import percentile

ANSWER_SECONDS_MAX = 30.0
"""A server silent for so long is broken, not slow."""


class Job(msgspec.Struct, kw_only=True):
    """What to send: `requests` in order, over `clients` connections, until `seconds` are over or none is left.

    `pause` is how long a client waits between an answer and its next request; `again` starts over at the end.
    `events` are requests for event streams that are read beside it, whatever they say.
    """

    port: int
    requests: list[bytes]
    clients: int
    seconds: float
    warm: float = 0.3
    pause: float = 0.0
    again: bool = False
    expected: int = 201
    events: list[bytes] = []


class Outcome(msgspec.Struct, kw_only=True):
    """What came back; `answers` counts warm-up and tail too, for figures per answer of the server's side."""

    answers: int
    wall: float
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    event_bytes: int
    fault: str = ""


class Run:
    """What the connections share."""

    def __init__(self, job: Job, requests: Iterator[bytes]) -> None:
        self.job = job
        self.requests = requests
        self.begun = time.perf_counter()
        self.counted_from = self.begun + job.warm
        self.until = self.counted_from + job.seconds
        self.answers = 0
        self.last = self.begun
        self.waits: list[float] = []
        self.event_bytes = 0
        self.open = job.clients
        self.fault = ""
        self.done = asyncio.get_running_loop().create_future()

    def answered(self, sent: float, now: float) -> None:
        """One more good answer."""
        self.answers += 1
        if self.counted_from <= now <= self.until:
            self.waits.append(now - sent)
            self.last = now

    def leave(self, fault: str = "") -> None:
        """A connection has nothing more to do."""
        self.open -= 1
        self.fault = self.fault or fault
        if (self.open == 0 or fault) and not self.done.done():
            self.done.set_result(None)


class Client(asyncio.Protocol):
    """One till: sends, waits for the whole answer, sends the next."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.status = str(run.job.expected).encode()
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.sent = 0.0
        self.left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected: begin."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.send()

    def send(self) -> None:
        """The next request, or good-bye."""
        assert self.transport is not None
        request = next(self.run.requests, None) if time.perf_counter() < self.run.until else None
        if request is None:
            self.leave()
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Part of an answer, mostly the whole."""
        if self.received:
            data = self.received + data
        head = data.find(b"\r\n\r\n")
        if head < 0 or len(data) < head + 4 + _length(data[:head]):
            self.received = data
            return
        self.received = b""
        if data[9:12] != self.status:
            self.leave(data[:600].decode("utf-8", "replace"))
            return
        self.run.answered(self.sent, time.perf_counter())
        if self.run.job.pause:
            asyncio.get_running_loop().call_later(self.run.job.pause, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone; before the end that is a fault."""
        self.leave(f"the server hung up: {exc}")

    def leave(self, fault: str = "") -> None:
        """Once only."""
        if not self.left:
            self.left = True
            self.run.leave(fault)


class Listener(asyncio.Protocol):
    """One open page: reads its event stream."""

    def __init__(self, run: Run, request: bytes) -> None:
        self.run = run
        self.request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected: ask for the stream."""
        cast("asyncio.Transport", transport).write(self.request)

    def data_received(self, data: bytes) -> None:
        """Frames; only the first bytes are looked at."""
        if not self.run.event_bytes and data[9:12] != b"200":
            self.run.fault = data[:600].decode("utf-8", "replace")
        self.run.event_bytes += len(data)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        raise ValueError(f"an answer without a length: {head[:300]!r}")
    end = lowered.find(b"\r\n", at + 2)
    return int(lowered[at + 17 : end if end >= 0 else None])


async def drive(job: Job) -> Outcome:
    """Run a job."""
    loop = asyncio.get_running_loop()
    run = Run(job, itertools.cycle(job.requests) if job.again else iter(job.requests))
    for request in job.events:
        await loop.create_connection(lambda request=request: Listener(run, request), "127.0.0.1", job.port)
    gc.disable()
    for _ in range(job.clients):
        await loop.create_connection(lambda: Client(run), "127.0.0.1", job.port)
    async with asyncio.timeout(job.warm + job.seconds + ANSWER_SECONDS_MAX):
        await run.done
    wall = time.perf_counter() - run.begun
    window = max(min(run.last, run.until) - run.counted_from, 1e-9)
    return Outcome(
        answers=run.answers,
        wall=wall,
        rate=len(run.waits) / window,
        p50_ms=percentile(run.waits, 50) * 1e3,
        p99_ms=percentile(run.waits, 99) * 1e3,
        max_ms=max(run.waits, default=0.0) * 1e3,
        event_bytes=run.event_bytes,
        fault=run.fault,
    )


class LoadError(Exception):
    """A server answered what it should not have."""


class Driver:
    """A load generator under way, as the measuring process holds it."""

    def __init__(self, job: Job) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.msgpack.encode(job))
        self._process.stdin.close()

    def outcome(self) -> Outcome:
        """Wait for the end. Raises LoadError."""
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        if self._process.wait() != 0 or not said:
            raise LoadError("the load generator ended without a result")
        outcome = msgspec.json.decode(said, type=Outcome)
        if outcome.fault:
            raise LoadError(outcome.fault)
        return outcome


def load(job: Job) -> Outcome:
    """Run a job in a process of its own. Raises LoadError."""
    return Driver(job).outcome()


if __name__ == "__main__":
    wanted = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(drive(wanted))))
