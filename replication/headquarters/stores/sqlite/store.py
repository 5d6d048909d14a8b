"""Headquarters' SQLite database as a Store: opens, migrates and checks the file, hands work to writer and readers."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from replication.headquarters.stores.sqlite.schema import headquarters_migrations
from replication.headquarters.stores.sqlite.session import HeadquartersSession
from replication.headquarters.stores.store import ApplySession
from replication.link import StreamPlace
from replication.storage.checks import Check, check_storage
from replication.storage.connection import open_writer
from replication.storage.lock import WriterLock
from replication.storage.migrations import migrate
from replication.storage.readers import Readers
from replication.storage.writer import Writer

DATABASE_FILE: Final = "hq.db"
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
    def open(cls, folder: Path, *, on_fatal: Callable[[BaseException], None]) -> "SqliteStore":
        """Open or make the database of a data folder and start its writer. Raises StorageError."""
        path = folder / DATABASE_FILE
        with contextlib.ExitStack() as undo:
            lock = WriterLock(path)
            undo.callback(lock.release)
            connection = open_writer(path)
            undo.callback(connection.close)
            migrate(connection, path, headquarters_migrations)
            checks = check_storage(connection, folder)
            session = HeadquartersSession(connection)
            undo.pop_all()
        writer = Writer(connection, session, on_fatal=on_fatal, group_max=GROUP_COMMANDS_MAX)
        writer.start()
        return cls(writer, Readers(path), checks, path, lock)

    async def transact(self, command: Callable[[ApplySession], T]) -> T:
        """Run a command in one transaction; returns after its commit."""
        return await self.writer.run(command)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query in one snapshot, beside the writer."""
        return await self._readers.run(query)

    async def place(self) -> StreamPlace | None:
        """Where reading the stream goes on."""

        def query(connection: sqlite3.Connection) -> StreamPlace | None:
            created, sequence = connection.execute("SELECT stream_created, stream_seq FROM site").fetchone()
            return None if created is None else StreamPlace(created, sequence)

        return await self.read(query)

    async def incarnation(self) -> int:
        """Changes whenever this database was restored from a backup."""
        return await self.read(lambda connection: int(connection.execute("SELECT incarnation FROM site").fetchone()[0]))

    async def close(self) -> None:
        """Finish what waits and close every connection."""
        await self.writer.close()
        await self._readers.close()
        self._lock.release()
