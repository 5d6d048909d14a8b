"""A device's storage: a SQLite database in memory behind the product's own writer, and a power cut at any write.

What is committed is on the disk, since every connection of ours flushes each commit (`synchronous=FULL`; whether it does
is asked of the product's own `open_writer`). A power cut comes before a group begins, between its last row and its COMMIT,
or between the COMMIT and the answers. Torn writes inside SQLite's own files are the business of tests/faults.
"""

import asyncio
import contextlib
import queue
import sqlite3
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, TypeVar

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from replication.storage.connection import open_writer
from replication.storage.readers import Readers
from replication.storage.writer import QUEUE_MAX, Writer
from tests.simulation.process import PowerCut, Process

S = TypeVar("S")
T = TypeVar("T")

FLUSH_SECONDS_MAX = 0.02
"""A worn card's flush."""


STATEMENTS = 512
"""One connection stands for the writer, the readers and the oracle: none of their statements is prepared twice."""


@lru_cache(maxsize=4)
def empty_image(migrations: Migrations) -> bytes:
    """A database with tables and nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Database(connection, execute_plugins=False))
    return connection.serialize()


@lru_cache(maxsize=1)
def flushes_every_commit() -> bool:
    """Whether the product's own writing connection flushes at each commit."""
    with tempfile.TemporaryDirectory() as folder:
        connection = open_writer(Path(folder) / "flush.db")
        (level,) = connection.execute("PRAGMA synchronous").fetchone()
        connection.close()
    return int(level) >= 2


class Disk:
    """A card that can be imaged, copied and put into another device."""

    def __init__(self, name: str, image: bytes) -> None:
        self.name = name
        self.commits = 0
        self._asked: dict[tuple[str, str], tuple[int, set[Any]]] = {}
        self._load(image)

    def asked(self, query: str, value: str) -> set[Any]:
        """The one column of a query as a set, read again once something was committed. Not to be changed."""
        at, found = self._asked.get((query, value), (-1, set()))
        if at != self.commits:
            found = {row[0] for row in self.connection.execute(query, (value,))}
            self._asked[query, value] = (self.commits, found)
        return found

    def _load(self, image: bytes) -> None:
        self.commits += 1
        self.connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=STATEMENTS)
        self.connection.deserialize(image)
        self.connection.execute("PRAGMA foreign_keys = ON")

    def image(self) -> bytes:
        """All committed bytes."""
        assert not self.connection.in_transaction, "an image is taken between two commits"
        return self.connection.serialize()

    def restore(self, image: bytes) -> None:
        """Everything on the card becomes what it was in a backup."""
        self.connection.close()
        self._load(image)

    def lose_power(self) -> None:
        """What was not committed is gone."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


class _CuttingConnection:
    """The connection as the writer sees it: transaction words pass by, and the power may go at one of them."""

    def __init__(self, disk: Disk, process: Process) -> None:
        self._disk = disk
        self._process = process

    @property
    def in_transaction(self) -> bool:
        return self._disk.connection.in_transaction

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            self._process.reach("before a commit")
        cursor = self._disk.connection.execute(sql, *values)
        if sql == "COMMIT":
            self._disk.commits += 1
            self._process.reach("after a commit")
        return cursor


class _Queue:
    """The writer's queue on the loop: what is put there is committed a flush's time later."""

    def __init__(self, process: Process, drain_soon: Callable[[], None]) -> None:
        self._process = process
        self._drain_soon = drain_soon
        self._waiting: deque[Any] = deque()

    def put(self, waiting: Any) -> None:
        self._process.must_live()
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            self._drain_soon()

    def get(self, timeout: float | None = None) -> Any:  # noqa: ARG002 - as the queue it stands for
        return self.get_nowait()

    def get_nowait(self) -> Any:
        if not self._waiting:
            raise queue.Empty
        return self._waiting.popleft()

    def __len__(self) -> int:
        return len(self._waiting)


class LocalWriter(Writer[Any]):
    """The product's writer without its thread: groups are committed on the loop."""

    def __init__(
        self, disk: Disk, process: Process, random: Random, committed: Callable[[], None], session: Any, **bounds: Any
    ) -> None:
        # Nothing can come while the loop itself naps: it would only cost real time, of which a story has none.
        super().__init__(_CuttingConnection(disk, process), session, nap=lambda: None, **bounds)
        self._disk = disk
        self._process = process
        self._random = random
        self._committed = committed
        self._queue = _Queue(process, self._drain_soon)

    @property
    def waiting(self) -> int:
        """As many as there is room for, while the disk is full."""
        return QUEUE_MAX if self._process.disk_full else super().waiting

    def start(self) -> None:
        """No thread."""

    def _drain_soon(self) -> None:
        asyncio.get_running_loop().call_later(self._random.random() * FLUSH_SECONDS_MAX, self._drain)

    def _drain(self) -> None:
        if not self._process.alive or self._process.frozen:
            return
        try:
            self._process.reach("before a transaction")
            self._commit(self._next_group())
        except PowerCut:
            # The flush takes its time: what was said before it has long left the box when the power goes.
            self._disk.lose_power()
            self._process.frozen = True
            asyncio.get_running_loop().call_later(self._random.random() * FLUSH_SECONDS_MAX, self._process.die)
            return
        except BaseException as error:  # noqa: BLE001 - as the writer's thread does: the process must learn of it
            self._disk.lose_power()
            self._process.fatal(error)
            return
        self._committed()
        if len(self._queue):
            self._drain_soon()

    async def close(self) -> None:
        self._closing = True


class LocalReaders(Readers):
    """Queries on the loop, between two commits."""

    def __init__(self, disk: Disk, process: Process) -> None:
        self._disk = disk
        self._process = process

    async def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        await asyncio.sleep(0)
        self._process.must_live()
        return query(self._disk.connection)

    async def close(self) -> None:
        """Nothing is open."""


@contextlib.contextmanager
def opened_on(
    disk: Disk, process: Process, random: Random, module: ModuleType, committed: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Within this, the product's own `open` of that module opens the disk: every step of it runs, only not on a file."""

    def writer(_: sqlite3.Connection, session: Any, **bounds: Any) -> LocalWriter:
        return LocalWriter(disk, process, random, committed, session, **bounds)

    stands_for = {
        "open_writer": lambda _: disk.connection,
        "WriterLock": lambda _: _NoLock(),
        "check_storage": lambda *_: (),
        "Writer": writer,
        "Readers": lambda _: LocalReaders(disk, process),
    }
    real = {name: getattr(module, name) for name in stands_for}
    vars(module).update(stands_for)
    try:
        yield
    finally:
        vars(module).update(real)


class _NoLock:
    """One process per disk is the simulation's own doing."""

    def release(self) -> None:
        """Nothing is held."""
