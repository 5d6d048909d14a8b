"""The clock as devices see it. Passed in everywhere, so that a test can turn it by hand."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for people, monotonic seconds for deadlines, and waiting."""

    def wall(self) -> datetime:
        """Now, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits that long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def wall(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits that long."""
        await asyncio.sleep(seconds)


async def wait_for(event: asyncio.Event, clock: Clock, until: float | None) -> bool:
    """Waits until `event` is set, or until the clock shows `until`; answers whether the event is set."""
    if event.is_set():
        return True
    if until is None:
        return await event.wait()
    remaining = until - clock.monotonic()
    if remaining <= 0:
        # One turn of the loop, so that a conversation that is always due cannot starve the other devices.
        await asyncio.sleep(0)
        return event.is_set()
    noticed = asyncio.ensure_future(event.wait())
    elapsed = asyncio.ensure_future(clock.sleep(remaining))
    try:
        await asyncio.wait((noticed, elapsed), return_when=asyncio.FIRST_COMPLETED)
    finally:
        noticed.cancel()
        elapsed.cancel()
    return event.is_set()
