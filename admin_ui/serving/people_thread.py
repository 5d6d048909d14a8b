"""The one thread that touches people.db, so that a slow card never holds up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from admin_ui.serving.people_store import PeopleStore

# Calls waiting for the thread. Each takes well under a millisecond on a sound card; more means the card is stuck.
WAITING_MAX = 256

P = ParamSpec("P")
R = TypeVar("R")


class PeopleBusy(Exception):
    """people.db does not keep up; the caller is asked to come back."""


class PeopleThread:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="people")
        self._waiting = 0
        self._store: PeopleStore | None = None

    async def open(self) -> None:
        self._store = await asyncio.get_running_loop().run_in_executor(self._thread, PeopleStore, self._path)

    async def run(self, method: Callable[Concatenate[PeopleStore, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a method of the store, given as `PeopleStore.person`."""
        store = self._store
        assert store is not None, "opened before used"
        if self._waiting >= WAITING_MAX:
            raise PeopleBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: method(store, *args, **kwargs)
            )
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        if self._store is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
            self._store = None
        self._thread.shutdown(wait=True)
