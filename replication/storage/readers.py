"""Query-only connections on their own few threads, so that no reader blocks the writer or the event loop."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from replication.storage.connection import open_reader
from replication.storage.errors import StoreBusy

READER_THREADS: Final = 2
"""A Pi has four cores and one of them writes; two readers keep a report from delaying a scan."""
QUERIES_WAITING_MAX: Final = 256
"""Queries that may wait: a page asks a handful, so this is a crowd; more are answered "busy" instead of ever later."""
RETRY_AFTER_SECONDS: Final = 1

T = TypeVar("T")


class Readers:
    """A small pool of reading connections, one per thread."""

    def __init__(self, path: Path, threads: int = READER_THREADS) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="ledger-reader")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._running = 0

    async def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query in one read snapshot on a reader thread. Raises StoreBusy when too many wait."""
        if self._running >= QUERIES_WAITING_MAX:
            raise StoreBusy(self._running, RETRY_AFTER_SECONDS)
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._run, query)
        self._running += 1
        future.add_done_callback(self._ended)
        return await future

    def _ended(self, _: "asyncio.Future[T]") -> None:
        self._running -= 1

    async def close(self) -> None:
        """Wait for running queries and close."""
        await asyncio.to_thread(self._executor.shutdown)
        for connection in self._opened:
            connection.close()

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._path)
            self._opened.append(connection)
        connection.execute("BEGIN")
        try:
            return query(connection)
        finally:
            connection.execute("COMMIT")
