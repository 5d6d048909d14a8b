"""Headquarters' SQLite database as a Store: opens, migrates and checks the file, hands work to writer and readers."""

import contextlib
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from replication.headquarters.stores.sqlite.archive import SqliteArchive
from replication.headquarters.stores.sqlite.incarnation import begin_incarnation
from replication.headquarters.stores.sqlite.session import HeadquartersSession
from replication.headquarters.stores.store import ApplySession, Archive
from replication.link import StreamPlace
from replication.storage.applied import has_applied
from replication.storage.checks import Check, check_storage
from replication.storage.connection import open_writer, storage_error
from replication.storage.lock import WriterLock
from replication.storage.readers import Readers
from replication.storage.wal import WalWatch
from replication.storage.writer import Writer

DATABASE_FILE: Final = "hq.db"
MIGRATIONS: Final = ("first_headquarters",)
"""Those of `schema`, in order."""
GROUP_COMMANDS_MAX: Final = 16
"""Commands in one transaction: a command is already a whole group of batches."""
T = TypeVar("T")


class SqliteStore:
    """An open database. Implements Store."""

    def __init__(
        self,
        writer: Writer[HeadquartersSession],
        readers: Readers,
        checks: tuple[Check, ...],
        path: Path,
        lock: WriterLock,
    ) -> None:
        self.writer = writer
        self.checks = checks
        self.path = path
        self._readers = readers
        self._lock = lock

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        on_fatal: Callable[[BaseException], None],
        opened_at: int = 0,
        new_key: Callable[[int], bytes] = secrets.token_bytes,
    ) -> "SqliteStore":
        """Open or make the database of a data folder and start its writer. `opened_at` is the UTC second, from which its
        incarnation is made; `new_key` makes the key of its seals. Raises StorageError."""
        path = folder / DATABASE_FILE
        with contextlib.ExitStack() as undo:
            lock = WriterLock(path)
            undo.callback(lock.release)
            connection = open_writer(path)
            undo.callback(connection.close)
            if not has_applied(connection, "headquarters", MIGRATIONS):
                # Here and not above: what carries migrations out is heavy, and seldom needed.
                from replication.headquarters.stores.sqlite.schema import headquarters_migrations
                from replication.storage.migrations import migrate

                migrate(connection, path, headquarters_migrations)
            try:
                checks = check_storage(connection, folder)
                begin_incarnation(connection, folder, opened_at, new_key)
                session = HeadquartersSession(connection)
            except sqlite3.DatabaseError as error:
                raise storage_error("open", path, error) from error
            undo.pop_all()
        writer = Writer(connection, session, on_fatal=on_fatal, wal=WalWatch(path), group_max=GROUP_COMMANDS_MAX)
        writer.start()
        return cls(writer, Readers(path), checks, path, lock)

    async def transact(self, command: Callable[[ApplySession], T]) -> T:
        """Run a command in one transaction; returns after its commit."""
        return await self.writer.run(command)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query in one snapshot, beside the writer."""
        return await self._readers.run(query)

    async def look(self, query: Callable[[Archive], T]) -> T:
        """Ask one snapshot of what is committed, beside the writer."""
        return await self._readers.run(lambda connection: query(SqliteArchive(connection)))

    async def place(self) -> StreamPlace | None:
        """Where reading the stream goes on."""

        def query(connection: sqlite3.Connection) -> StreamPlace | None:
            created, sequence = connection.execute("SELECT stream_created, stream_seq FROM site").fetchone()
            return None if created is None else StreamPlace(created, sequence)

        return await self.read(query)

    async def incarnation(self) -> int:
        """Which opening of the database this is."""
        return self.writer.session.incarnation

    def listen(self, outbox_grew: Callable[[Mapping[str, int]], None]) -> None:
        """Have the outboxes told that grew, after each commit, on the writer's thread; none where there is something to tell."""
        self.writer.session.outbox_grew = outbox_grew

    async def close(self) -> None:
        """Finish what waits and close every connection."""
        await self.writer.close()
        await self._readers.close()
        self._lock.release()
