"""The writer thread: the only one that writes a database, committing many waiting commands at once.

A command is a function of the store's session, run inside the open transaction. The writer drains its queue, runs the
commands one after another, lets the session flush its buffered rows, commits once, and only then answers. If one of a
group fails, the group is rolled back and its commands are run again one by one under savepoints, so that a neighbour's
fault is never yours. If the commit itself fails, the outcome is unknown: `on_fatal` is told, which as a rule ends the
process; where it returns, whoever waits is told StoreClosed, which says as much.
Only a full disk is no unknown outcome here: it is rolled back, told as such, and tried again with the next group.
"""

import asyncio
import collections
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from replication.storage.errors import StoreBusy, StoreClosed, StoreFull
from replication.storage.wal import WalWatch

QUEUE_MAX: Final = 1024
"""Commands that may wait: about a third of a second of work at a card's pace. More are answered "busy"."""
GROUP_MAX: Final = 256
"""Commands in one transaction: beyond this the flush no longer dominates and answers only get later."""
NAP_SECONDS: Final = 0.0002
NAPS_MAX: Final = 2
"""While several write at once, a group that is smaller than the last commit makes likely waits so often for so long: those
who were just answered come back together and share one flush, instead of falling into two groups that take turns. Less than
a flush takes; a lone writer never waits, and one that is left alone waits once."""
RETRY_AFTER_SECONDS: Final = 1
FULL_RETRY_AFTER_SECONDS: Final = 10
"""A person has to make room first; tills ask again with the same id."""
IDLE_CHECKPOINT_SECONDS: Final = 30.0
"""After this long without a write the WAL is folded back, so that a backup or a power cut finds little to replay."""


class Session(Protocol):
    """A store's own working state, touched only by the writer thread."""

    def flush(self) -> None:
        """Write buffered rows; called before COMMIT and before a savepoint is released."""

    def committed(self) -> None:
        """What was flushed is durable."""

    def discarded(self) -> None:
        """The transaction or savepoint was rolled back: drop buffers and every cached figure it may have changed."""


class WriterStatistics(msgspec.Struct):
    """Counted since start, for /metrics and the bench."""

    groups: int = 0
    commands: int = 0
    largest_group: int = 0
    failed_groups: int = 0
    refused: int = 0


S = TypeVar("S", bound=Session)
T = TypeVar("T")


Told = Callable[[Any, Exception | None], None]
"""Hears on the event loop, once, what a command answered or why it was not carried out."""


class _Waiting(Generic[S]):
    __slots__ = ("command", "error", "key", "loop", "result", "told")

    def __init__(
        self, command: Callable[[S], Any], key: bytes | None, loop: asyncio.AbstractEventLoop, told: Told
    ) -> None:
        self.command = command
        self.key = key
        self.loop = loop
        self.told = told
        self.result: Any = None
        self.error: Exception | None = None


class Writer(Generic[S]):
    """Owns the writing connection on a thread of its own; `run` is how the event loop hands it work."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        session: S,
        *,
        on_fatal: Callable[[BaseException], None],
        wal: WalWatch,
        expect: Callable[[list[bytes]], None] | None = None,
        queue_max: int = QUEUE_MAX,
        group_max: int = GROUP_MAX,
        nap: Callable[[], None] = lambda: time.sleep(NAP_SECONDS),
    ) -> None:
        """`expect` is told, inside the transaction and before the commands run, the keys of a group's commands. `nap` lets
        a moment pass for those that are likely to come."""
        self.statistics = WriterStatistics()
        self.wal = wal
        self._connection = connection
        self._session = session
        self._on_fatal = on_fatal
        self._expect = expect
        self._nap = nap
        self._queue_max = queue_max
        self._group_max = group_max
        # What came in one turn of the loop is one piece: the thread is woken once for all of it.
        self._queue: queue.SimpleQueue[list[_Waiting[S]] | None] = queue.SimpleQueue()
        self._handed: list[_Waiting[S]] = []
        self._handed_on: asyncio.AbstractEventLoop | None = None
        # Each is counted by one side only: commands that came, and those that are in a group or done.
        self._came = 0
        self._taken = 0
        self._backlog: collections.deque[_Waiting[S]] = collections.deque()
        self._closing = False
        self._ended = False
        self._group: list[_Waiting[S]] = []
        # How many commands were on their way at the last commit: in it, and come meanwhile.
        self._likely = 1
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)

    def start(self) -> None:
        """Start the thread; the connection belongs to it from here on."""
        self._thread.start()

    @property
    def session(self) -> S:
        """The store's session. Its working state belongs to the writer's thread."""
        return self._session

    @property
    def waiting(self) -> int:
        """Commands that are in no group yet."""
        return self._came - self._taken

    async def run(self, command: Callable[[S], T], key: bytes | None = None) -> T:
        """Run a command inside a transaction and answer after its commit. Raises StoreBusy or StoreClosed.

        `key` is what the command will look up, so that a group can do it at once.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def told(result: T, error: Exception | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.submit(command, told, key)
        return await future

    def submit(self, command: Callable[[S], Any], told: Told, key: bytes | None = None) -> None:
        """`run` for a caller that is called back: `told` hears once, after the commit. Raises StoreBusy or StoreClosed."""
        if self._closing:
            raise StoreClosed("the store is closing")
        waiting = self.waiting
        if waiting >= self._queue_max:
            self.statistics.refused += 1
            raise StoreBusy(waiting, RETRY_AFTER_SECONDS)
        loop = asyncio.get_running_loop()
        self._came += 1
        self._handed.append(_Waiting(command, key, loop, told))
        if self._handed_on is not loop:
            self._handed_on = loop
            loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """At the end of the loop's turn: all that came in it."""
        handed, self._handed, self._handed_on = self._handed, [], None
        if handed:
            self._queue.put(handed)
        if self._ended:
            # Put behind the back of a thread that had looked for the last time.
            self._refuse_queued(StoreClosed("the store ended"))

    async def close(self) -> None:
        """Finish what waits, checkpoint, close the connection, end the thread."""
        if not self._closing:
            self._closing = True
            self._hand_over()
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        try:
            while (group := self._next_group()) is not None:
                if group:
                    self._group = group
                    self._commit(group)
                    self._group = []
            self._checkpoint("TRUNCATE")
            self._connection.close()
        except BaseException as error:  # noqa: BLE001 - the thread's outermost edge: the process must learn of it
            self._closing = True
            try:
                self._on_fatal(error)
            finally:
                self._abandon(error)

    def _abandon(self, error: BaseException) -> None:
        """Nobody waits for a thread that is gone. Who was answered before keeps that answer."""
        self._ended = True
        why = StoreClosed(f"the store ended: {error}")
        why.__cause__ = error
        self._refuse([*self._group, *self._backlog], why)
        self._refuse_queued(why)

    def _refuse_queued(self, why: StoreClosed) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._refuse(self._queue.get_nowait() or [], why)

    def _next_group(self) -> list[_Waiting[S]] | None:
        backlog, naps = self._backlog, 0
        if not backlog:
            try:
                first = self._queue.get(timeout=IDLE_CHECKPOINT_SECONDS)
            except queue.Empty:
                self._checkpoint("PASSIVE")
                return []
            if first is None:
                return None
            backlog.extend(first)
            self._taken += len(first)
        while len(backlog) < self._group_max:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                if len(backlog) >= self._likely or naps == NAPS_MAX:
                    break
                naps += 1
                self._nap()
                continue
            if more is None:
                self._queue.put(None)
                break
            backlog.extend(more)
            self._taken += len(more)
        return [backlog.popleft() for _ in range(min(len(backlog), self._group_max))]

    def _checkpoint(self, how: str) -> None:
        """Fold the WAL back. Where there is no room for it, it stays a WAL, which is as safe."""
        try:
            _, pages, folded = self._connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
        else:
            (self.wal.folded if folded == pages else self.wal.committed)()

    def _commit(self, group: list[_Waiting[S]]) -> None:
        connection, session = self._connection, self._session
        if not self._begin(group):
            return
        try:
            if self._expect is not None:
                self._expect([waiting.key for waiting in group if waiting.key is not None])
            for waiting in group:
                waiting.result = waiting.command(session)
            session.flush()
        except Exception:  # noqa: BLE001 - any failure of one command means: run each alone
            # A full disk makes SQLite roll back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            session.discarded()
            self.statistics.failed_groups += 1
            if not (self._begin(group) and self._run_singly(group)):
                return
        try:
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            session.discarded()
            self._refuse(group, _told(error, len(group)))
            return
        session.committed()
        self._likely = len(group) + len(self._backlog) + self.waiting
        self.wal.committed()
        self.statistics.groups += 1
        self.statistics.commands += len(group)
        self.statistics.largest_group = max(self.statistics.largest_group, len(group))
        _answer(group)

    def _begin(self, group: list[_Waiting[S]]) -> bool:
        """Open the transaction. A lock that another program holds is no unknown outcome: the group is told "busy"."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY and not _is_full(error):
                raise
            self.statistics.refused += len(group)
            self._refuse(group, _told(error, len(group)))
            return False
        return True

    def _refuse(self, group: list[_Waiting[S]], why: Exception) -> None:
        """Nothing of the group is kept, and each is told so."""
        for waiting in group:
            waiting.error = why
        _answer(group)

    def _run_singly(self, group: list[_Waiting[S]]) -> bool:
        """The group again, each command under its own savepoint; the transaction is left open for COMMIT.

        False where SQLite gave the whole transaction up, or the disk is full: then every command is answered with that.
        """
        connection, session = self._connection, self._session
        for waiting in group:
            connection.execute("SAVEPOINT command")
            try:
                waiting.result = waiting.command(session)
                session.flush()
                connection.execute("RELEASE command")
            except Exception as error:  # noqa: BLE001 - handed to the one who sent the command
                if _is_full(error) or not connection.in_transaction:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    session.discarded()
                    self._refuse(group, _told(error, len(group)))
                    return False
                connection.execute("ROLLBACK TO command")
                connection.execute("RELEASE command")
                session.discarded()
                waiting.error = error
        return True


def _is_full(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL


def _told(error: Exception, waiting: int) -> Exception:
    """What the ones who wait are told: to come again where that helps, else what happened."""
    if _is_full(error):
        return StoreFull(waiting, FULL_RETRY_AFTER_SECONDS)
    if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
        return StoreBusy(waiting, RETRY_AFTER_SECONDS)
    return error


def _answer(group: list[_Waiting[Any]]) -> None:
    """Wake each event loop once for all of its commands."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiting[Any]]] = {}
    for waiting in group:
        loops.setdefault(waiting.loop, []).append(waiting)
    for loop, answered in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve, answered)
        except RuntimeError:
            # The loop ended while its command was being committed: nobody is left to tell, and a retry will find it.
            continue


def _resolve(answered: list[_Waiting[Any]]) -> None:
    for waiting in answered:
        try:
            waiting.told(waiting.result, waiting.error)
        except Exception as error:  # noqa: BLE001  (a callback's outermost edge: its neighbours are told all the same)
            waiting.loop.call_exception_handler({"message": "an answer was not taken", "exception": error})
