"""What the tests of the devices share: a clock turned by hand, both loops, and transcripts told three ways."""

import asyncio
import heapq
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest


class HandClock:
    """A clock that stands until `advance` turns it; sleepers wake in the order of their deadlines."""

    def __init__(self) -> None:
        """Starts at an arbitrary moment, so that nobody relies on zero."""
        self._now = 1_000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def wall(self) -> datetime:
        return datetime(2026, 11, 22, 9, tzinfo=UTC) + timedelta(seconds=self._now)

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, self._count, future))
        await future

    async def settle(self) -> None:
        """Lets everything run that is ready to; in-memory lines need a handful of turns for one exchange."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Turns the clock, waking every sleeper on the way at its own time."""
        until = self._now + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            deadline, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._now = max(self._now, deadline)
            future.set_result(None)
            await self.settle()
        self._now = until
        await self.settle()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """The product runs on uvloop; what touches a loop is proved on both."""
    return ("asyncio", {"use_uvloop": request.param == "uvloop"})


@pytest.fixture
def told() -> Callable[..., list[list[Any]]]:
    """Feeds a transcript whole, byte by byte, and with a tail; returns the three stories."""

    def tell(make: Callable[[], Any], data: bytes, tail: bytes = b"") -> list[list[Any]]:
        whole = make().feed(data)
        reader = make()
        by_byte = [event for byte in data for event in reader.feed(bytes((byte,)))]
        with_tail = make().feed(data + tail)
        return [whole, by_byte, with_tail]

    return tell


@pytest.fixture
def reading_ids() -> Callable[[], str]:
    numbers: Iterator[int] = iter(range(1, 10_000))
    return lambda: f"r{next(numbers)}"


@pytest.fixture
async def eventually() -> Callable[..., Any]:
    """Waits until something is true on a real line; the bound is generous because machines differ."""

    async def wait(true: Callable[[], Any], seconds: float = 5.0) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            value = true()
            if value:
                return value
            await asyncio.sleep(0.005)
        pytest.fail(f"not within {seconds} s")

    return wait


@pytest.fixture
def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number
