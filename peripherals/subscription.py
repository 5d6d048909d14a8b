"""One listener's share of the events: bounded, and honest about what it dropped."""

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec

from peripherals.events import Event, Missed

QUEUE_EVENTS_MAX = 256
"""A shop's devices say a few things a second; a listener this far behind has stopped listening."""


class DeviceEvent(msgspec.Struct, frozen=True):
    """What one device said. `device` is empty for `Missed`, which concerns the listener."""

    device: str
    event: Event


class Subscription:
    """An async iterator of events from the moment it was made; use it in a `with`, which ends it."""

    def __init__(self, leave: Callable[["Subscription"], None]) -> None:
        """Made by the hub."""
        self._leave = leave
        self._queue: deque[DeviceEvent] = deque()
        self._missed = 0
        self._closed = False
        self._changed = asyncio.Event()

    def put(self, event: DeviceEvent) -> None:
        """Never blocks: the oldest goes when the queue is full, and is counted."""
        if len(self._queue) >= QUEUE_EVENTS_MAX:
            self._queue.popleft()
            self._missed += 1
        self._queue.append(event)
        self._changed.set()

    def close(self) -> None:
        """Ends the iteration."""
        self._closed = True
        self._changed.set()
        self._leave(self)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Leaves the hub."""
        self.close()

    def __aiter__(self) -> Self:
        """Itself."""
        return self

    async def __anext__(self) -> DeviceEvent:
        """The next event, after a word about those that were dropped before it."""
        while not self._closed:
            if self._missed:
                count, self._missed = self._missed, 0
                return DeviceEvent(device="", event=Missed(count=count))
            if self._queue:
                return self._queue.popleft()
            self._changed.clear()
            await self._changed.wait()
        raise StopAsyncIteration
