"""One run of a program: its tasks live and die together, at an await or at a write, and nothing of it acts afterwards."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class PowerCut(BaseException):
    """The machine stops here, in the middle of what it did."""


class Gone(Exception):
    """What was asked of a process that does not run any more."""


class Process:
    """`died` is called once, when it died by itself at a write."""

    def __init__(self, name: str, died: Callable[[], None], failed: Callable[[str], None]) -> None:
        self.name = name
        self.alive = True
        self.disk_full = False
        self.frozen = False
        self.doomed_at: str | None = None
        self._died = died
        self._failed = failed
        self._tasks: list[asyncio.Task[Any]] = []

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        """Run something as part of this process; its failing is the simulation's."""
        task = asyncio.create_task(work, name=f"{name} of {self.name}")
        task.add_done_callback(self._ended)
        self._tasks.append(task)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        if (
            self.alive
            and not task.cancelled()
            and (error := task.exception()) is not None
            and not isinstance(error, Gone)
        ):
            self._failed(f"{task.get_name()} ended with {error!r}")

    def must_live(self) -> None:
        """Nothing is done for the dead."""
        if not self.alive or self.frozen:
            raise Gone(self.name)

    def reach(self, point: str) -> None:
        """A point where the power may go."""
        if self.doomed_at == point:
            self.doomed_at = None
            raise PowerCut(point)

    def die(self) -> None:
        """The power goes, now; whoever watches is told."""
        if self.alive:
            self.kill()
            self._died()

    def kill(self) -> None:
        """Every task ends where it waits, and nothing it still does has an effect."""
        self.alive = False
        for task in self._tasks:
            task.cancel()

    def fatal(self, error: BaseException) -> None:
        """The product's writer gave up."""
        self._failed(f"{self.name}: the database cannot be written: {error!r}")
