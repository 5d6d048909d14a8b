"""The writer thread: bounded, busy when full, and loud when a commit's outcome is unknown."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from replication.storage.checks import (
    CheckState,
    check_flush_latency,
    check_free_disk,
    check_sqlite_version,
    check_synchronous,
)
from replication.storage.connection import open_reader, open_writer
from replication.storage.errors import StorageError, StoreBusy, StoreClosed, StoreFull
from replication.storage.lock import WriterLock
from replication.storage.readers import QUERIES_WAITING_MAX, Readers
from replication.storage.wal import WalWatch
from replication.storage.writer import NAPS_MAX, Writer


class Rows:
    """The smallest session: one table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS rows (value INTEGER PRIMARY KEY) STRICT")

    def add(self, value: int) -> int:
        """Insert one row."""
        self.connection.execute("INSERT INTO rows VALUES (?)", (value,))
        return value

    def flush(self) -> None:
        """Nothing is buffered."""

    def committed(self) -> None:
        """Nothing is cached."""

    def discarded(self) -> None:
        """Nothing to forget."""


def fatal(error: BaseException) -> None:
    raise AssertionError from error


def values(path: Path) -> list[int]:
    connection = open_reader(path)
    rows = [value for (value,) in connection.execute("SELECT value FROM rows ORDER BY value")]
    connection.close()
    return rows


def test_an_answer_means_committed(tmp_path: Path) -> None:
    """When `run` returns, another connection sees the row."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        connection = open_writer(path)
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal)
        writer.start()
        assert await writer.run(lambda session: session.add(1)) == 1
        assert values(path) == [1]
        await writer.close()

    asyncio.run(story())


def test_a_full_queue_is_answered_busy(tmp_path: Path) -> None:
    """More than the bound is refused at once, with when to come back; what was accepted is done."""
    path = tmp_path / "rows.db"
    entered, gate = threading.Event(), threading.Event()

    def slow(session: Rows) -> int:
        entered.set()
        gate.wait(5)
        return session.add(0)

    def add(value: int) -> Callable[[Rows], int]:
        return lambda session: session.add(value)

    async def story() -> None:
        connection = open_writer(path)
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal, queue_max=3)
        writer.start()
        first = asyncio.ensure_future(writer.run(slow))
        await asyncio.to_thread(entered.wait, 5)
        waiting = [asyncio.ensure_future(writer.run(add(value))) for value in range(1, 8)]
        await asyncio.sleep(0)
        gate.set()
        answers = await asyncio.gather(first, *waiting, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, StoreBusy)]
        assert [busy.retry_after_seconds for busy in refused] == [1, 1, 1, 1]
        assert values(path) == [0, 1, 2, 3]
        await writer.close()
        with pytest.raises(StoreClosed):
            await writer.run(add(9))

    asyncio.run(story())


def test_a_commit_that_fails_is_fatal(tmp_path: Path) -> None:
    """After an error at COMMIT the outcome is unknown: the process is told to end, and whoever still waits that it is so."""
    path = tmp_path / "rows.db"
    told: list[BaseException] = []

    async def story() -> None:
        connection = open_writer(path)
        connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=told.append)
        writer.start()
        waiting = asyncio.ensure_future(
            writer.run(lambda session: session.connection.execute("INSERT INTO children VALUES (1)").rowcount)
        )
        await asyncio.sleep(0)
        await writer.close()
        with pytest.raises(StoreClosed, match="FOREIGN KEY"):
            await waiting
        with pytest.raises(StoreClosed):
            await writer.run(lambda _: None)

    asyncio.run(story())
    assert isinstance(told[0], sqlite3.IntegrityError)


def test_readers_cannot_write(tmp_path: Path) -> None:
    """A reading connection refuses every change."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        connection = open_writer(path)
        Rows(connection).add(5)
        readers = Readers(path)
        assert await readers.run(lambda reader: reader.execute("SELECT count(*) FROM rows").fetchone()) == (1,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await readers.run(lambda reader: reader.execute("DELETE FROM rows"))
        await readers.close()
        connection.close()

    asyncio.run(story())


def test_a_crowd_of_queries_is_told_busy(tmp_path: Path) -> None:
    """Beyond the bound nobody waits; once the others are answered, there is room again."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        connection = open_writer(path)
        Rows(connection).add(5)
        readers = Readers(path)
        held = threading.Event()
        waiting = [asyncio.ensure_future(readers.run(lambda _: held.wait(10))) for _ in range(QUERIES_WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy):
            await readers.run(lambda reader: reader.execute("SELECT 1").fetchone())
        held.set()
        await asyncio.gather(*waiting)
        assert await readers.run(lambda reader: reader.execute("SELECT 1").fetchone()) == (1,)
        await readers.close()
        connection.close()

    asyncio.run(story())


def test_a_file_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    """The error names the file and gives a hint in both languages."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is a shopping list, not a database" * 100)
    with pytest.raises(StorageError) as caught:
        open_writer(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    assert caught.value.hint_zh


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 40, 1), CheckState.ADVICE), ((3, 44, 6), CheckState.GOOD), ((3, 50, 6), CheckState.ADVICE),
        ((3, 50, 7), CheckState.GOOD), ((3, 51, 2), CheckState.ADVICE), ((3, 51, 3), CheckState.GOOD), ((3, 53, 0), CheckState.GOOD),
    ],
)  # fmt: skip
def test_the_wal_reset_advice(version: tuple[int, ...], state: CheckState) -> None:
    """Versions with the fault get advice, fixed ones and their back-ports none."""
    assert check_sqlite_version(version).state is state


def test_checks_measure_the_disk(tmp_path: Path) -> None:
    """Flush latency and free space are measured where the file lives, and leave nothing behind."""
    connection = open_writer(tmp_path / "rows.db")
    assert check_synchronous(connection).state is CheckState.GOOD
    connection.close()
    assert "ms" in check_flush_latency(tmp_path).found
    assert "GiB" in check_free_disk(tmp_path).found
    assert not list(tmp_path.glob(".flush*"))


def test_a_lock_of_another_program_is_answered_busy(tmp_path: Path) -> None:
    """Whoever opens the file in a shell and begins to write holds sales up; the process goes on, and so do the sales."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        connection = open_writer(path)
        connection.execute("PRAGMA busy_timeout = 20")
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal)
        writer.start()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            await asyncio.wait_for(writer.run(lambda session: session.add(1)), 10)
        other.execute("ROLLBACK")
        other.close()
        assert await writer.run(lambda session: session.add(2)) == 2
        await writer.close()

    asyncio.run(story())
    assert values(path) == [2]


def test_a_full_file_refuses_and_keeps_what_was_answered(tmp_path: Path) -> None:
    """SQLite gives up the whole transaction then: every command of it hears so, and smaller ones go on."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        connection = open_writer(path)
        connection.execute("CREATE TABLE big (content BLOB)")
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal)
        writer.start()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

        def too_much(session: Rows) -> None:
            session.connection.execute("INSERT INTO big VALUES (zeroblob(100000))")

        commands = [lambda session: session.add(1), too_much, lambda session: session.add(3)]
        told = await asyncio.wait_for(
            asyncio.gather(*(writer.run(command) for command in commands), return_exceptions=True), 10
        )
        assert isinstance(told[1], StoreFull)
        answered = [value for value in told if isinstance(value, int)]
        assert await writer.run(lambda session: session.add(4)) == 4
        await writer.close()
        assert values(path) == [*answered, 4]

    asyncio.run(story())


def test_a_folder_that_is_none_is_said_with_a_hint(tmp_path: Path) -> None:
    """The lock is what touches the folder first, and its fault is told like every other of storage."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as raised:
        WriterLock(tmp_path / "file" / "rows.db")
    assert raised.value.hint
    assert raised.value.hint_zh


def test_a_group_waits_for_those_who_were_just_answered(tmp_path: Path) -> None:
    """Where several came before, one that comes alone waits for its neighbours, so often and no more; a lone writer never."""
    path = tmp_path / "rows.db"
    naps: list[int] = []

    async def story() -> None:
        connection = open_writer(path)
        writer = Writer(
            connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal, nap=lambda: naps.append(writer.waiting)
        )
        together = [
            asyncio.create_task(writer.run(lambda session: session.add(1))),
            asyncio.create_task(writer.run(lambda session: session.add(2))),
        ]
        await asyncio.sleep(0)
        writer.start()
        await asyncio.gather(*together)
        assert (writer.statistics.groups, naps) == (1, [])
        await writer.run(lambda session: session.add(3))
        assert naps == [0] * NAPS_MAX
        await writer.run(lambda session: session.add(4))
        assert len(naps) == NAPS_MAX, "it was alone before, and is not kept waiting again"
        await writer.close()

    asyncio.run(story())


def test_more_than_a_group_holds_is_done_in_the_order_it_came(tmp_path: Path) -> None:
    """What came in one turn of the loop may be more than a transaction takes: the rest waits for the next."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        connection = open_writer(path)
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal, group_max=2)
        order: list[int] = []

        def add(value: int) -> Callable[[Rows], int]:
            def command(session: Rows) -> int:
                order.append(value)
                return session.add(value)

            return command

        waiting = [asyncio.ensure_future(writer.run(add(value))) for value in range(5)]
        await asyncio.sleep(0)
        assert writer.waiting == 5
        writer.start()
        assert await asyncio.gather(*waiting) == order == [0, 1, 2, 3, 4]
        assert (writer.statistics.groups, writer.statistics.largest_group, writer.waiting) == (3, 2, 0)
        await writer.close()

    asyncio.run(story())


def test_an_answer_that_is_not_taken_harms_no_neighbour(tmp_path: Path) -> None:
    """A callback that fails is told to the loop, and the others of its group hear their answers."""
    path = tmp_path / "rows.db"

    async def story() -> None:
        faults: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))
        connection = open_writer(path)
        writer = Writer(connection, Rows(connection), wal=WalWatch(path), on_fatal=fatal)
        told: list[object] = []
        broken = RuntimeError("broken on purpose")

        def refuse(result: object, error: Exception | None) -> None:
            told.append((result, error))
            raise broken

        writer.submit(lambda session: session.add(1), refuse)
        neighbour = asyncio.ensure_future(writer.run(lambda session: session.add(2)))
        await asyncio.sleep(0)
        writer.start()
        assert await neighbour == 2
        assert (told, faults) == ([(1, None)], [broken])
        await writer.close()

    asyncio.run(story())
