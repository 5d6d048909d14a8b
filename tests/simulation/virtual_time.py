"""An event loop whose clock jumps: nothing is waited for, and the same seed tells the same story."""

import asyncio
import contextvars
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, TypeVar

from tests.simulation.process import Gone

T = TypeVar("T")


STORY_BEGINS = 1000.0
"""The loop's clock at the beginning."""


class _Call(asyncio.TimerHandle):
    """Something to be done, now or later. A third of what asyncio's own costs, and a story makes ten thousand of them."""

    __slots__ = ("arguments", "callback", "context")

    def __init__(
        self, callback: Callable[..., object], arguments: tuple[Any, ...], context: contextvars.Context | None
    ) -> None:
        self.callback: Callable[..., object] | None = callback
        self.arguments = arguments
        self.context = context

    def cancel(self) -> None:
        self.callback = None


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own loop on virtual time. No file is waited for and there is only this thread; calls of one moment are
    made in the order in which they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.now = STORY_BEGINS
        self._soon: deque[_Call] = deque()
        self._later: list[tuple[float, int, _Call]] = []
        self._number = count()

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        call = _Call(callback, args, context)
        self._soon.append(call)
        return call

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        call = _Call(callback, args, context)
        heapq.heappush(self._later, (when, next(self._number), call))
        return call

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        """Everything that is due now; where nothing is, the clock jumps to what comes next."""
        soon, later = self._soon, self._later
        while later and later[0][2].callback is None:
            heapq.heappop(later)
        if not soon:
            if not later:
                raise AssertionError("everything waits for everything: no timer is left")
            self.now = max(self.now, later[0][0])
        while later and later[0][0] <= self.now:
            soon.append(heapq.heappop(later)[2])
        for _ in range(len(soon)):
            call = soon.popleft()
            callback = call.callback
            if callback is None:
                continue
            try:
                if call.context is None:
                    callback(*call.arguments)
                else:
                    call.context.run(callback, *call.arguments)
            except Gone:
                pass  # what a process left for the end of the turn in which it died
            except Exception as error:  # noqa: BLE001 - as asyncio's own: told, and the loop goes on
                self.call_exception_handler({"message": f"in {callback!r}", "exception": error})


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
