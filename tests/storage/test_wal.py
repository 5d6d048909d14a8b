"""A reader that does not end: the writer notices that the log behind the database can no longer be folded back."""

import asyncio
import sqlite3
from pathlib import Path

from replication.storage.checks import CheckState
from replication.storage.connection import WAL_LIMIT_BYTES, open_reader, open_writer
from replication.storage.wal import LOOK_SECONDS, WAL_HELD_BYTES, WAL_HELD_SECONDS, WalWatch
from replication.storage.writer import Writer


class Blobs:
    """A session whose commands write half a megabyte each."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.execute("CREATE TABLE blobs (content BLOB)")

    def add(self) -> None:
        """One row."""
        self.connection.execute("INSERT INTO blobs VALUES (randomblob(524288))")

    def flush(self) -> None:
        """Nothing is buffered."""

    def committed(self) -> None:
        """Nothing is cached."""

    def discarded(self) -> None:
        """Nothing to forget."""


def _fatal(error: BaseException) -> None:
    raise AssertionError from error


def test_a_pinned_log_is_told_until_it_is_folded_back(tmp_path: Path) -> None:
    """Not at once, since a copy takes its time; in both languages; and no longer when the reader has ended."""
    path, now = tmp_path / "blobs.db", [1000.0]

    async def story() -> None:
        watch = WalWatch(path, clock=lambda: now[0])
        connection = open_writer(path)
        writer = Writer(connection, Blobs(connection), on_fatal=_fatal, wal=watch)
        writer.start()

        async def write(bytes_more: int) -> None:
            for _ in range(bytes_more // 524288 + 1):
                await writer.run(lambda session: session.add())
                now[0] += LOOK_SECONDS / 10

        await write(WAL_LIMIT_BYTES)
        assert watch.check().state is CheckState.GOOD
        assert watch.bytes() <= WAL_LIMIT_BYTES, "without a reader it is folded back again and again"

        reader = open_reader(path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM blobs").fetchone()
        await write(WAL_HELD_BYTES)
        now[0] += LOOK_SECONDS
        await write(0)
        assert watch.bytes() > WAL_HELD_BYTES
        assert watch.check().state is CheckState.GOOD, "a backup may be running"
        now[0] += WAL_HELD_SECONDS
        check = watch.check()
        assert (check.state, check.found) == (CheckState.ADVICE, f"{watch.bytes() / 1024**2:.1f} MiB")
        assert "Selling goes on" in check.advice
        assert "营业不受影响" in check.advice_zh
        assert watch.held_seconds() >= WAL_HELD_SECONDS

        reader.execute("COMMIT")
        reader.close()
        now[0] += LOOK_SECONDS
        await write(2 * 524288)
        now[0] += LOOK_SECONDS
        await write(524288)
        assert (watch.check().state, watch.held_seconds()) == (CheckState.GOOD, 0.0)
        await writer.close()

    asyncio.run(story())


def test_a_quiet_shop_is_not_told_of_a_reader_that_ended(tmp_path: Path) -> None:
    """After the writer folded everything back by itself the file is as long as before: that alone says nothing."""
    path, now = tmp_path / "blobs.db", [0.0]
    watch = WalWatch(path, clock=lambda: now[0])
    (tmp_path / "blobs.db-wal").write_bytes(bytes(WAL_HELD_BYTES + 1))
    watch.committed()
    now[0] += WAL_HELD_SECONDS
    assert watch.check().state is CheckState.ADVICE
    watch.folded()
    assert watch.check().state is CheckState.GOOD
