"""An event loop whose clock jumps: nothing is waited for, and the same seed tells the same story."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


STORY_BEGINS = 1000.0
"""The loop's clock at the beginning."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting, moves the loop's clock."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits for everything: no timer is left")
        if timeout > 0:
            self.loop.now += timeout
        return []  # no file is waited for: everything happens on this loop


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on virtual time."""

    def __init__(self) -> None:
        self.now = STORY_BEGINS
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        """There is only this thread."""
        return self.call_soon(callback, *args, context=context)


class VirtualClock:
    """The clock both ends are given: virtual, and a wall clock that starts in November 2026."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def monotonic(self) -> float:
        return self._loop.time()

    def utc_milliseconds(self) -> int:
        return 1_795_000_000_000 + int(self._loop.time() * 1000)


class MachineClock(VirtualClock):
    """One machine's clocks: its wall clock may be set to anything at any moment."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.offset_milliseconds = 0

    def utc_milliseconds(self) -> int:
        return super().utc_milliseconds() + self.offset_milliseconds


def run_virtually(story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end on a loop of its own."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(story)
    finally:
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        if pending:
            loop.run_until_complete(asyncio.wait(pending))
        loop.close()
