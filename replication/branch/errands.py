"""What the shipper sent off and did not wait for: one errand of a kind at a time, and the fault of one that failed."""

import asyncio
from collections.abc import Callable, Coroutine


class Errands:
    """Tasks by kind. `failed` is called when one ended with a fault, which `fault` then holds."""

    def __init__(self, whose: str, failed: Callable[[], None]) -> None:
        self.fault: BaseException | None = None
        self._whose = whose
        self._failed = failed
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def send(self, kind: str, work: Coroutine[object, object, None]) -> None:
        """A new one of a kind takes the place of the old, whose answer nobody waits for any more."""
        previous = self._tasks.get(kind)
        if previous is not None:
            previous.cancel()
        task = asyncio.create_task(work, name=f"{kind} of {self._whose}")
        self._tasks[kind] = task
        task.add_done_callback(self._done)

    def drop(self, *, but: str) -> None:
        """End all but those of one kind."""
        for kind, task in self._tasks.items():
            if kind != but:
                task.cancel()

    async def end(self) -> None:
        """End all of them and forget their faults."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        self.fault = None

    def _done(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fault = error
            self._failed()
