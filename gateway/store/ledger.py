"""The ledger file's front door: opens, migrates and checks it, and hands work to its writer and its readers."""

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.store.session import LedgerSession
from gateway.store.tail import check_tail
from replication.storage.applied import has_applied
from replication.storage.checks import Check, check_storage
from replication.storage.connection import open_writer, storage_error
from replication.storage.lock import WriterLock
from replication.storage.readers import Readers
from replication.storage.wal import WalWatch
from replication.storage.writer import Told, Writer

LEDGER_FILE: Final = "ledger.db"
MIGRATIONS: Final = ("first_ledger",)
"""Those of `schema`, in order."""

CLOCK_BEGAN_ANEW: Final = 1_767_225_600_000
"""2026-01-01: a clock before it was never set, for no Kontor is so old (UTC milliseconds)."""
AHEAD_MILLISECONDS_MAX: Final = 31 * 24 * 3600 * 1000
"""Time that a clock may have lost: a device that was off for a month and goes on at the time it kept. An entry still further
ahead was written while the clock stood wrong, and must not make a shop's goods expire."""

T = TypeVar("T")


def wall_milliseconds() -> int:
    """UTC milliseconds of the system clock: a fact written beside events, never their order."""
    return time.time_ns() // 1_000_000


class Ledger:
    """An open ledger. `write` answers after the commit; `read` runs in one snapshot on a reader thread."""

    def __init__(
        self,
        writer: Writer[LedgerSession],
        readers: Readers,
        checks: tuple[Check, ...],
        path: Path,
        lock: WriterLock,
        session: LedgerSession,
        clock: Callable[[], int],
    ) -> None:
        self.writer = writer
        self.readers = readers
        self.checks = checks
        self.path = path
        self._lock = lock
        self._session = session
        self._clock = clock

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        on_fatal: Callable[[BaseException], None],
        clock: Callable[[], int] = wall_milliseconds,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> "Ledger":
        """Open or make the ledger of a data folder and start its writer. Raises StorageError."""
        path = folder / LEDGER_FILE
        with contextlib.ExitStack() as undo:
            lock = WriterLock(path)
            undo.callback(lock.release)
            connection = open_writer(path)
            undo.callback(connection.close)
            if not has_applied(connection, "ledger", MIGRATIONS):
                # Here and not above: what carries migrations out is heavy, and seldom needed.
                from gateway.store.schema import ledger_migrations
                from replication.storage.migrations import migrate

                migrate(connection, path, ledger_migrations)
            try:
                checks = (*check_storage(connection, folder), check_tail(connection))
                session = LedgerSession(connection, clock, randomness)
            except sqlite3.DatabaseError as error:
                raise storage_error("open", path, error) from error
            undo.pop_all()
        writer = Writer(connection, session, on_fatal=on_fatal, wal=WalWatch(path), expect=session.expect)
        writer.start()
        return cls(writer, Readers(path), checks, path, lock, session, clock)

    def now(self) -> int:
        """UTC milliseconds: this machine's clock, or the latest moment the ledger knows of where a clock without battery began
        anew: what has expired does not become fresh again. A clock that once stood far ahead is not believed. For any thread.
        """
        clock, seen = self._clock(), self._session.prices.seen
        return max(clock, seen) if clock < CLOCK_BEGAN_ANEW or seen - clock <= AHEAD_MILLISECONDS_MAX else clock

    async def write(self, command: Callable[[LedgerSession], T], document_id: bytes | None = None) -> T:
        """Run a command in the open transaction; raises StoreBusy when too many wait.

        `document_id` is the one it will look up: looked up together with those of its group.
        """
        return await self.writer.run(command, document_id)

    def submit(self, command: Callable[[LedgerSession], Any], told: Told, document_id: bytes) -> None:
        """`write` for a caller that is called back, on the loop, after the commit."""
        self.writer.submit(command, told, document_id)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query beside the writer."""
        return await self.readers.run(query)

    async def close(self) -> None:
        """Finish what waits and close every connection."""
        await self.writer.close()
        await self.readers.close()
        self._lock.release()
